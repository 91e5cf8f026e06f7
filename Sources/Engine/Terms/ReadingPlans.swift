import Engine
import Values

/// What was read of one plan so far.
struct PlanReading {
    var plan: Plan
    /// The names that its lines bear.
    var names: Set<String> = []
    /// The rules with their places, for what only shows when they stand side by side.
    var rules: [ReadRule] = []
    var places: [String: Item] = [:]
}

struct ReadRule {
    let name: String
    let rule: Rule
    let item: Item
}

extension Reader {
    /// Numbers are 16 bits wide. A file of 1 MiB holds fewer in earnest.
    static let entriesMax = 60_000

    mutating func plans(_ item: Item?) -> [WrittenPlan] {
        guard let item, let members = members(item) else { return [] }
        var plans: [WrittenPlan] = []
        for member in members {
            let entry = item.below(member)
            let key = Item(tree: Tree(content: .text(member.key), spot: member.spot), path: entry.path)
            let isSlug = slug(key) != nil
            var reading = PlanReading(plan: Plan(name: words(member.key), rules: []))
            switch entry.tree.content {
            case .list(let trees) where !trees.isEmpty:
                for (index, tree) in trees.enumerated() { self.entry(entry.at(index, tree), into: &reading) }
                checkNetRevenue(reading)
                checkAccruals(&reading)
                // Of what is half read nothing can be said.
                if !complaints.hasErrors { warn(of: reading) }
            default: refuse(entry, "must be a list of rules, each beginning with `- rule: …`")
            }
            // A plan with something wrong is kept, or every type that names it would be called wrong, too.
            if isSlug { plans.append(WrittenPlan(name: member.key, plan: reading.plan)) }
        }
        return plans
    }

    private enum Kind: String, CaseIterable { case rule, override, mdf, assist, margin, bonus }

    /// One entry of a plan: a rule, or what stands beside rules.
    private mutating func entry(_ item: Item, into reading: inout PlanReading) {
        guard var section = section(item) else { return }
        guard entries.count < Self.entriesMax else {
            return refuse(item, "is one too many: a file has at most \(Self.entriesMax) entries in its plans")
        }
        let kind = Kind.allCases.first { kind in section.members.contains { $0.key == kind.rawValue } }
        guard let kind, kind != .rule else { return rule(&section, into: &reading) }
        let value = section.take(kind.rawValue)
        close(section)
        switch kind {
        case .rule: break
        case .override: override(value, into: &reading)
        case .mdf: fund(value, into: &reading)
        case .assist: assist(value, into: &reading)
        case .margin: margin(value, into: &reading)
        case .bonus: bonus(value, into: &reading)
        }
    }

    /// The next number, for an entry of this name; nil, with a complaint, where the name is taken.
    mutating func number(
        _ name: String, pay: String, at item: Item, in reading: inout PlanReading
    ) -> UInt16? {
        guard reading.names.insert(name).inserted else {
            refuse(item, "must be unique in its plan; \(shown(name)) is taken")
            return nil
        }
        entries.append(WrittenEntry(plan: words.text(reading.plan.name), name: name, payText: pay))
        return UInt16(entries.count - 1)
    }
}
