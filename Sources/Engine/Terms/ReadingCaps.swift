import Engine
import Values

extension Reader {
    mutating func bounds(_ item: Item?) -> Bounds? {
        guard let item, var section = section(item) else { return nil }
        let minItem = section.take("min")
        let maxItem = section.take("max")
        let least = positiveMoney(minItem)
        let most = positiveMoney(maxItem)
        close(section)
        if minItem == nil, maxItem == nil {
            refuse(item, "must have a min, a max or both, such as {min: 5.00, max: 100.00}")
        }
        if let least, let most, let maxItem {
            if least.currency != most.currency {
                refuse(maxItem, "must be in \(least.currency.code) like `min`")
            } else if most.minor < least.minor {
                refuse(maxItem, "must not be below `min`, which is \(least)")
            }
        }
        return least == nil && most == nil ? nil : Bounds(min: least, max: most)
    }

    mutating func caps(_ item: Item?) -> [Cap] {
        guard let item else { return [] }
        guard case .list(let trees) = item.tree.content, !trees.isEmpty else {
            refuse(item, "must be a list such as [{per: customer, amount: 200.00}]")
            return []
        }
        var caps: [Cap] = []
        for (index, tree) in trees.enumerated() {
            let entry = item.at(index, tree)
            guard let cap = cap(entry) else { continue }
            if caps.contains(where: { $0.scope == cap.scope && $0.period == cap.period }) {
                refuse(entry, "must not repeat a cap of the same reach and period: the lower one decides")
            }
            caps.append(cap)
        }
        return caps
    }

    private mutating func cap(_ item: Item) -> Cap? {
        guard var section = section(item) else { return nil }
        let scope = word(required("per", in: &section), of: Cap.Scope.allCases)
        let amount = positiveMoney(required("amount", in: &section))
        let periodItem = section.take("period")
        let period = period(periodItem) ?? .lifetime
        let fullItem = section.take("when-full")
        let whenFull = word(fullItem, of: Cap.WhenFull.allCases) ?? .firstCome
        let reopens = flag(section.take("reopen")) ?? false
        close(section)
        if let fullItem, whenFull == .proRata, offers("pro-rata", of: fullItem, by: .proRataCaps) {
            if period == .lifetime {
                refuse(fullItem, "pro-rata needs a `period` such as month: lines are cut when it closes")
            }
            if let scope, scope != .program { refuse(fullItem, "pro-rata is for `per: program` only") }
        }
        guard let scope, let amount else { return nil }
        return Cap(scope: scope, amount: amount, period: period, whenFull: whenFull, reopens: reopens)
    }

    mutating func refundPolicy(_ item: Item?) -> RefundPolicy {
        guard let item else { return .proportional }
        if case .mapping = item.tree.content {
            guard let item = offered(item, by: .refundPolicies), var section = section(item) else {
                return .proportional
            }
            let share = positiveShare(required("full-from", in: &section))
            close(section)
            return share.map { .full(from: $0) } ?? .proportional
        }
        guard let text = text(item, max: 200) else { return .proportional }
        switch text {
        case "proportional": return .proportional
        case "never": return offers(text, of: item, by: .refundPolicies) ? .never : .proportional
        default:
            let hint = suggestion(text, ["proportional", "never"])
            refuse(item, "must be proportional, never or {full-from: 50%}, not \(shown(text))\(hint)")
            return .proportional
        }
    }

    /// `{first-deposit: 20.00, total: {wager: 100.00}, within: 30d}`
    mutating func qualification(_ item: Item?) -> Qualification? {
        guard let item, var section = section(item) else { return nil }
        var goals: [Qualification.Goal] = []
        for member in section.members where member.key.hasPrefix("first-") {
            guard let entry = section.take(member.key) else { continue }
            let event = String(member.key.dropFirst(6))
            guard !event.isEmpty, event.count <= 64 else {
                refuse(entry, "must name an event, such as first-deposit")
                continue
            }
            if let least = positiveMoney(entry) {
                goals.append(.init(kind: .first, name: words(event), least: least))
            }
        }
        if let total = section.take("total"), let members = members(total) {
            for member in members {
                if let least = positiveMoney(total.below(member)) {
                    goals.append(.init(kind: .total, name: words(member.key), least: least))
                }
            }
        }
        let within = window(section.take("within"))
        // The key as it is meant to be written, for hints.
        _ = section.members.contains { $0.key.hasPrefix("first-") } ? nil : section.take("first-deposit")
        close(section)
        if !section.members.contains(where: { $0.key == "total" || $0.key.hasPrefix("first-") }) {
            refuse(item, "must say what is needed, such as first-deposit: 20.00 or total: {wager: 100.00}")
        }
        return goals.isEmpty ? nil : Qualification(goals: goals, within: within)
    }
}
