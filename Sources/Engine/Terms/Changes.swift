import Values

/// One thing that two program files say otherwise.
package struct TermsChange: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable { case changed, new, gone, moved }

    package let kind: Kind
    /// Of what: `rule sale of plan standard`, `attribution`, `the program`.
    package let subject: String
    /// The keys below it, such as `then.lasts`; empty for the whole of it.
    package let key: String
    /// As the files say it; nil where one says nothing.
    package let before: String?
    package let after: String?
    package let sentence: String

    package var json: JSON {
        .record([
            "what": .string(kind.rawValue), "of": .string(subject), "key": .string(key),
            "before": before.map { .string($0) } ?? .null, "after": after.map { .string($0) } ?? .null,
            "sentence": .string(sentence),
        ])
    }
}

extension ProgramFile {
    /// All that this file says otherwise than `old`, in this file's order. What is only written otherwise, as
    /// `20.0%` for `20%` or a standard in full, is no change, nor is a comment.
    package func changes(from old: ProgramFile) -> [TermsChange] {
        guard yaml != old.yaml else { return [] }
        var complaints = Complaints()
        guard let before = Tree.parse(old.yaml, &complaints), let after = Tree.parse(yaml, &complaints) else {
            return []
        }
        // With another currency the same digits are another amount, which the currency's change says.
        let currency = old.currency == currency ? currency.code : ""
        var comparison = FileComparison(Meaning(currency: currency))
        comparison.program(before, after)
        return comparison.changes
    }
}

/// Walks two program files side by side, item by item: it knows no key but those that hold named things, so
/// that none can be forgotten.
struct FileComparison {
    private(set) var changes: [TermsChange] = []
    private let meaning: Meaning

    init(_ meaning: Meaning) { self.meaning = meaning }

    mutating func program(_ old: Tree, _ new: Tree) {
        for key in keys(old, new) {
            let (before, after) = (old[key], new[key])
            switch key {
            case "attribution", "payouts":
                mapping(before, after, Role("program")[key], key)
            case "partners":
                for name in keys(before, after) {
                    whole(before?[name], after?[name], Role("type"), "partners of type `\(name)`")
                }
            case "tiers": tiers(before?.elements ?? [], after?.elements ?? [])
            case "plans":
                for name in keys(before, after) { plan(before?[name], after?[name], name) }
            default: value(before, after, Role("program")[key], "the program", key)
            }
        }
    }

    /// The keys of both in the order of the new one, those that are gone at the end.
    private func keys(_ old: Tree?, _ new: Tree?) -> [String] {
        let own = (new?.members ?? []).map(\.key)
        let known = Set(own)
        return own + (old?.members ?? []).map(\.key).filter { !known.contains($0) }
    }

    private mutating func add(
        _ kind: TermsChange.Kind, _ subject: String, _ key: String, _ before: String?, _ after: String?,
        _ sentence: String
    ) {
        changes.append(
            TermsChange(
                kind: kind, subject: subject.replacing("`", with: ""), key: key, before: before, after: after,
                sentence: sentence))
    }

    // MARK: Named things

    /// Something that is there as a whole, or is not.
    private mutating func whole(_ old: Tree?, _ new: Tree?, _ role: Role, _ subject: String) {
        switch (old, new) {
        case (nil, let new?): add(.new, subject, "", nil, new.flow, "\(subject): new (\(spoken(new)))")
        case (let old?, nil): add(.gone, subject, "", old.flow, nil, "\(subject): gone (\(spoken(old)))")
        default: mapping(old, new, role, subject)
        }
    }

    /// What a mapping says, without its braces.
    private func spoken(_ tree: Tree, without name: String = "") -> String {
        guard case .mapping(let members) = tree.content else { return tree.flow }
        return joined(members.filter { $0.key != name }.map { "\($0.key) \($0.value.flow)" })
    }

    private mutating func tiers(_ old: [Tree], _ new: [Tree]) {
        named(
            Named(old) { $0["name"]?.text ?? "" }, Named(new) { $0["name"]?.text ?? "" },
            rank: ("above", "the lowest")
        ) { name in (Role("tier"), "tier `\(name)`", "name") }
    }

    private mutating func plan(_ old: Tree?, _ new: Tree?, _ name: String) {
        if old == nil { add(.new, "plan `\(name)`", "", nil, nil, "plan `\(name)` is new") }
        if new == nil { add(.gone, "plan `\(name)`", "", nil, nil, "plan `\(name)` is gone") }
        func entries(_ tree: Tree?, areRules: Bool) -> Named {
            Named((tree?.elements ?? []).filter { ($0["rule"] != nil) == areRules }) { entry in
                if let rule = entry["rule"]?.text { return rule }
                let kind = entry.members.first?.key ?? ""
                return kind == "bonus" ? "bonus \(entry["bonus"]?["name"]?.text ?? "")" : kind
            }
        }
        named(
            entries(old, areRules: true), entries(new, areRules: true), rank: ("tried after", "tried first")
        ) { rule in (Role("rule"), "rule `\(rule)` of plan `\(name)`", "rule") }
        let (before, after) = (entries(old, areRules: false), entries(new, areRules: false))
        for entry in after.order + before.order.filter({ after[$0] == nil }) {
            beside(before[entry], after[entry], entry, name)
        }
    }

    /// What stands beside rules: its one key names its kind, and its value is what it says.
    private mutating func beside(_ old: Tree?, _ new: Tree?, _ entry: String, _ plan: String) {
        let kind = (new ?? old)?.members.first?.key ?? entry
        let name = entry.dropFirst(6)
        let subject = kind == "bonus" ? "bonus `\(name)` of plan `\(plan)`" : "the \(kind) of plan `\(plan)`"
        let (before, after) = (old?[kind], new?[kind])
        guard let before, let after else { return whole(before, after, Role(kind), subject) }
        value(before, after, Role(kind), subject, "")
    }

    /// Things in a list that are known by their names, and whose order says something.
    private mutating func named(
        _ old: Named, _ new: Named, rank: (after: String, first: String),
        _ about: (String) -> (role: Role, subject: String, name: String)
    ) {
        let moved = new.moved(from: old)
        for (index, name) in new.order.enumerated() {
            let (role, subject, key) = about(name)
            guard let after = new[name] else { continue }
            func place(_ list: Named, _ index: Int) -> String {
                index == 0 ? rank.first : "\(rank.after) `\(list.order[index - 1])`"
            }
            guard let before = old[name], let was = old.index(of: name) else {
                let stands = new.order.count > 1 ? ", \(place(new, index))" : ""
                add(
                    .new, subject, "", nil, after.flow,
                    "\(subject) is new\(stands): \(spoken(after, without: key))")
                continue
            }
            if moved.contains(name) {
                let (from, to) = (place(old, was), place(new, index))
                add(.moved, subject, "", from, to, "\(subject) moved: \(to) now, \(from) before")
            }
            mapping(before, after, role, subject)
        }
        for name in old.order where new[name] == nil {
            let (_, subject, key) = about(name)
            guard let before = old[name] else { continue }
            add(.gone, subject, "", before.flow, nil, "\(subject) is gone: \(spoken(before, without: key))")
        }
    }

    // MARK: Values

    private mutating func mapping(
        _ old: Tree?, _ new: Tree?, _ role: Role, _ subject: String, _ key: String = ""
    ) {
        for name in keys(old, new) {
            value(old?[name], new?[name], role[name], subject, key.isEmpty ? name : "\(key).\(name)")
        }
    }

    private mutating func value(
        _ old: Tree?, _ new: Tree?, _ role: Role, _ subject: String, _ key: String
    ) {
        guard meaning.of(old, as: role) != meaning.of(new, as: role) else { return }
        switch (old?.content, new?.content) {
        case (.mapping, .mapping): return mapping(old, new, role, subject, key)
        case (nil, .mapping) where role.isSection, (.mapping, nil) where role.isSection:
            return mapping(old, new, role, subject, key)
        case (.list(let before), .list(let after)) where role.isSet:
            return members(before, after, role, subject, key)
        case (.list(let before), .list(let after)) where (before + after).allSatisfy({ $0.text == nil }):
            return entries(before, after, role, subject, key)
        default: break
        }
        let (before, after) = (shown(old, role), shown(new, role))
        let said = key.isEmpty ? subject + ":" : "\(subject): \(key)"
        add(.changed, subject, key, old?.flow, new?.flow, "\(said) \(before) → \(after)")
    }

    private func shown(_ tree: Tree?, _ role: Role) -> String {
        tree?.flow ?? role.standard.map { "\($0.flow) (unsaid)" } ?? "none"
    }

    /// A long list is told by what came and what went.
    private mutating func members(
        _ old: [Tree], _ new: [Tree], _ role: Role, _ subject: String, _ key: String
    ) {
        let (before, after) = (Tree(old), Tree(new))
        var sentence = "\(subject): \(key) \(before.flow) → \(after.flow)"
        if max(old.count, new.count) > Self.shownMax {
            let was = Set(old.map { meaning.of($0, as: role) })
            let now = Set(new.map { meaning.of($0, as: role) })
            let came = new.filter { !was.contains(meaning.of($0, as: role)) }
            let went = old.filter { !now.contains(meaning.of($0, as: role)) }
            let parts = [
                came.isEmpty ? nil : "with \(Tree(came).flow)",
                went.isEmpty ? nil : "without \(Tree(went).flow)",
            ]
            sentence = "\(subject): \(key) \(parts.compactMap(\.self).joined(separator: ", ")) now"
        }
        add(.changed, subject, key, before.flow, after.flow, sentence)
    }

    private static let shownMax = 8

    /// Caps, boosts, steps and deductions: those with the same name are compared, of the others those that
    /// stand in the same place among what is left.
    private mutating func entries(
        _ old: [Tree], _ new: [Tree], _ role: Role, _ subject: String, _ key: String
    ) {
        var left = old
        var open: [Tree] = []
        for entry in new {
            let same = meaning.of(entry, as: role)
            if let index = left.firstIndex(where: { meaning.of($0, as: role) == same }) {
                left.remove(at: index)
            } else {
                open.append(entry)
            }
        }
        var rest: [Tree] = []
        for entry in open {
            guard let name = name(of: entry, role),
                let index = left.firstIndex(where: { self.name(of: $0, role) == name })
            else {
                rest.append(entry)
                continue
            }
            self.entry(left.remove(at: index), entry, role, subject, "\(key) (\(name))")
        }
        // Only what has no name can be another in the same place.
        while let before = left.first, let after = rest.first, name(of: after, role) == nil {
            left.removeFirst()
            rest.removeFirst()
            entry(before, after, role, subject, key)
        }
        for entry in rest {
            add(.new, subject, key, nil, entry.flow, "\(subject): \(key): \(entry.flow) is new")
        }
        for entry in left {
            add(.gone, subject, key, entry.flow, nil, "\(subject): \(key): \(entry.flow) is gone")
        }
        guard open.isEmpty, left.isEmpty else { return }
        add(
            .moved, subject, key, Tree(old).flow, Tree(new).flow,
            "\(subject): \(key) in another order: \(Tree(new).flow)")
    }

    private mutating func entry(
        _ old: Tree, _ new: Tree, _ role: Role, _ subject: String, _ key: String
    ) {
        guard case (.list(let before), .list(let after)) = (old.content, new.content) else {
            return mapping(old, new, role, subject, key)
        }
        value(before.last, after.last, role, subject, key)
    }

    /// What tells an entry from the others of its list.
    private func name(of entry: Tree, _ role: Role) -> String? {
        switch role.last {
        case "steps": entry.elements.first.map { "from \(meaning.number($0.text ?? ""))" }
        case "caps":
            "per \(entry["per"]?.text ?? "")" + (entry["period"]?.text.map { " and \($0)" } ?? "")
        case "less": (entry["component"] ?? entry["name"])?.text
        default: nil
        }
    }
}

extension Tree {
    fileprivate init(_ trees: [Tree]) { self.init(content: .list(trees), spot: .start) }
}

/// A list of things with names.
private struct Named {
    let order: [String]
    private let trees: [String: Tree]
    private let places: [String: Int]

    init(_ list: [Tree], _ name: (Tree) -> String) {
        order = list.map(name)
        trees = Dictionary(zip(order, list), uniquingKeysWith: { first, _ in first })
        places = Dictionary(zip(order, order.indices), uniquingKeysWith: { first, _ in first })
    }

    subscript(_ name: String) -> Tree? { trees[name] }

    func index(of name: String) -> Int? { places[name] }

    /// The fewest that have changed their place among those that both have.
    func moved(from old: Named) -> Set<String> {
        let common = order.compactMap { name in old.index(of: name).map { (name, $0) } }
        // The longest run that still rises stays; `ends` holds the least end of a run of each length.
        var ends: [Int] = []
        var before: [Int?] = []
        for (index, one) in common.enumerated() {
            var (low, high) = (0, ends.count)
            while low < high {
                let middle = (low + high) / 2
                if common[ends[middle]].1 < one.1 { low = middle + 1 } else { high = middle }
            }
            before.append(low == 0 ? nil : ends[low - 1])
            if low == ends.count { ends.append(index) } else { ends[low] = index }
        }
        var moved = Set(common.map(\.0))
        var next = ends.last
        while let index = next {
            moved.remove(common[index].0)
            next = before[index]
        }
        return moved
    }
}
