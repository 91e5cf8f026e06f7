import Values

/// Where in a program file a value stands, apart from the names that people chose: `rule.caps.period`.
struct Role: Hashable {
    let keys: [String]

    init(_ root: String) { keys = [root] }

    private init(keys: [String]) { self.keys = keys }

    subscript(_ key: String) -> Role { Role(keys: keys + [key]) }

    private var root: String { keys[0] }
    var last: String { keys[keys.count - 1] }
    private var parent: String { keys.count < 2 ? "" : keys[keys.count - 2] }

    /// Mappings that need not be there: each of their keys is compared by itself.
    var isSection: Bool {
        switch root {
        case "program":
            ["attribution", "payouts"].contains(keys.dropFirst().first) && last != "from"
                && last != "sepa" && parent != "sepa"
        case "rule": keys == ["rule", "when"]
        default: false
        }
    }

    /// Lists whose order says nothing, and in which one value stands for a list of it.
    var isSet: Bool {
        if parent == "metadata" || last.hasPrefix("sub") { return true }
        switch last {
        case "on", "country", "coupon", "product", "sku", "category", "without", "destinations": return true
        case "of": return root == "bonus"
        case "tier", "amount": return parent == "when"
        default: return false
        }
    }

    /// Lists of mappings whose order says nothing.
    var isUnordered: Bool { keys == ["rule", "caps"] || keys == ["rule", "boosts"] }

    /// Values that are numbers, and so may be written in several ways. Of all others the letter counts.
    var isNumber: Bool {
        if parent == "threshold" || parent == "total" || last.hasPrefix("first-") { return true }
        if root == "margin", parent == "tier" { return true }
        if root == "tier", parent == "when" { return last != "period" }
        switch last {
        case "pay", "points", "times", "min", "max", "amount", "full-from", "window", "within", "hold",
            "expires", "max-share", "registered", "levels", "ceiling", "accrue", "reimburse", "assist",
            "percent", "high-roller", "steps", "revenue", "count", "spread", "offset", "write-off-after",
            "above", "grace", "lasts", "payments", "net-days", "people", "then":
            return true
        case "base": return root == "margin"
        default: return false
        }
    }

    /// What holds where the file says nothing.
    var standard: Tree? {
        var tree = Role.standards
        for key in keys {
            guard case .mapping(let members)? = tree?.content else { return nil }
            tree = members.first { $0.key == key }?.value
        }
        // Of most mappings only the keys have standards: without the mapping there is nothing.
        if case .mapping = tree?.content, keys != ["rule", "base"] { return nil }
        return tree
    }

    private static let standards: Tree? = {
        var complaints = Complaints()
        return Tree.parse(standardYAML, &complaints)
    }()

    static let standardYAML = """
        program:
          timezone: UTC
          destinations: []
          attribution:
            order: [override, registration, customer, lead, coupon, click]
            click: {window: 30d, model: last}
            lead: {window: 180d}
            coupon: {requires-click: false}
            customer: {keeps-terms: false}
            hold: 30d
          payouts:
            schedule: monthly
            net-days: 15
            rate: {source: ecb, fixed: statement, spread: 0%}
            clawback: {offset: 100%}
            approval: {people: 1}
          rounding: half-even
        type: {approval: automatic}
        tier: {when: {period: lifetime}, grace: 0d}
        rule:
          base: {without: [tax, shipping, discount]}
          tiers: {period: month, slices: own}
          caps: {period: lifetime, when-full: first-come, reopen: false}
          carry-over: {pool: all}
          period: month
          refund: proportional
          also: false
        override: {of: sale, cut: deepest-first}
        mdf: {of: sale, reimburse: 100%}
        margin: {registered: 0%, combine: add}
        bonus: {when: {period: lifetime}}
        """
}

/// What a value comes to, as a text that is the same for all ways to write it.
struct Meaning {
    /// Amounts in it need not name it.
    let currency: String

    /// Of nothing: that of the standard, else empty.
    func of(_ tree: Tree?, as role: Role) -> String {
        switch tree?.content {
        case nil, .nothing:
            if let standard = role.standard { return of(standard, as: role) }
            return role.isSection ? "{}" : ""
        case .text(let text): return role.isSet ? "[\(quoted(text, role))]" : quoted(text, role)
        case .list(let trees):
            var parts = trees.map { tree in
                if case .text(let text) = tree.content { quoted(text, role) } else { of(tree, as: role) }
            }
            if role.isSet || role.isUnordered { parts.sort { $0.precedes($1) } }
            return "[\(joined(parts))]"
        case .mapping(let members):
            let parts = members.compactMap { member -> String? in
                let part = of(member.value, as: role[member.key])
                return part == of(nil, as: role[member.key]) ? nil : "\(member.key.debugDescription): \(part)"
            }
            return "{\(joined(parts.sorted { $0.precedes($1) }))}"
        }
    }

    private func quoted(_ text: String, _ role: Role) -> String {
        switch role.last {
        case "country": text.uppercased().debugDescription
        case "coupon", "destinations": text.lowercased().debugDescription
        default: (role.isNumber ? number(text) : text).debugDescription
        }
    }

    /// `>= 50.0 USD` as `>=50` where the currency is the program's; a share, a time and a price likewise.
    func number(_ text: String) -> String {
        let sign = text.prefix { "<>=".contains($0) }
        var words = text.dropFirst(sign.count).split(separator: " ").map(String.init)
        guard let first = words.first else { return text }
        words[0] = plain(first)
        if words.count > 1, words[1] == currency, Fraction(decimal: first) != nil { words.remove(at: 1) }
        return sign + words.joined(separator: " ")
    }

    private func plain(_ word: String) -> String {
        if word.hasPrefix("-") { return "-" + plain(String(word.dropFirst())) }
        if let share = Fraction(percent: word) { return share.percentText }
        if let number = Fraction(decimal: word)?.decimalText { return number }
        if word.hasSuffix("h"), let hours = Int(word.dropLast()), hours % 24 == 0 { return "\(hours / 24)d" }
        return word
    }
}

extension Tree {
    /// As it could stand in a file, on one line.
    var flow: String {
        switch content {
        case .nothing: "~"
        case .text(let text): text.isPlainInFlow ? text : text.debugDescription
        case .list(let trees): "[\(joined(trees.map(\.flow)))]"
        case .mapping(let members): "{\(joined(members.map { "\($0.key): \($0.value.flow)" }))}"
        }
    }

    subscript(_ key: String) -> Tree? {
        guard case .mapping(let members) = content else { return nil }
        return members.first { $0.key == key }?.value
    }

    var members: [Member] {
        if case .mapping(let members) = content { members } else { [] }
    }

    var elements: [Tree] {
        if case .list(let trees) = content { trees } else { [] }
    }

    var text: String? {
        if case .text(let text) = content { text } else { nil }
    }
}

extension String {
    fileprivate var isPlainInFlow: Bool {
        guard let first = unicodeScalars.first, !",[]{}&*!|>'\"%@`#?-".unicodeScalars.contains(first) else {
            return self.first == "-" && dropFirst().first?.isNumber == true
        }
        return !contains { ",[]{}\"".contains($0) } && !contains(": ") && !contains(" #")
    }
}
