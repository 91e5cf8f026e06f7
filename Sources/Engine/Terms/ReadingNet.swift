import Engine
import Values

extension Reader {
    /// `base: {from: ggr, less: […]}`; the period, the pool and what is carried come with `carryOver`.
    mutating func netRevenue(_ from: Item, less: Item?) -> NetRevenue? {
        guard let name = text(from, max: 64) else { return nil }
        return NetRevenue(
            component: words(name), less: deductions(less), period: .month, pool: .all,
            carryOver: NetRevenue.CarryOver(what: .none, expiresMonths: nil, highRoller: nil))
    }

    private mutating func deductions(_ item: Item?) -> [NetRevenue.Deduction] {
        guard let item else { return [] }
        guard case .list(let trees) = item.tree.content, !trees.isEmpty else {
            refuse(
                item, "must be a list such as [{component: bonuses}, {percent: 12%, of: ggr, name: admin}]")
            return []
        }
        guard trees.count <= Self.stepsMax else {
            refuse(item, "must not be more than \(Self.stepsMax) deductions")
            return []
        }
        var names: Set<String> = []
        return trees.enumerated().compactMap { deduction(item.at($0, $1), &names) }
    }

    private mutating func deduction(_ item: Item, _ names: inout Set<String>) -> NetRevenue.Deduction? {
        guard var section = section(item) else { return nil }
        let component = section.take("component")
        if component == nil {
            // Either may be meant; the first is the plainer.
            guard section.members.contains(where: { $0.key == "percent" }) else {
                refuse(item, "must be {component: bonuses} or {percent: 12%, of: ggr, name: admin}")
                return nil
            }
            let share = positiveShare(required("percent", in: &section))
            let of = text(required("of", in: &section), max: 64)
            let nameItem = required("name", in: &section)
            let name = text(nameItem, max: 64)
            close(section)
            guard let share, let of, let name, let nameItem, isNew(name, nameItem, &names) else { return nil }
            return .percent(share, of: of == "rest" ? .rest : .component(words(of)), name: words(name))
        }
        let name = text(component, max: 64)
        close(section)
        guard let name, let component, isNew(name, component, &names) else { return nil }
        return .component(words(name))
    }

    private mutating func isNew(_ name: String, _ item: Item, _ names: inout Set<String>) -> Bool {
        guard names.insert(name).inserted else {
            refuse(item, "must be unique among the deductions; \(shown(name)) is taken")
            return false
        }
        return true
    }

    /// A rule's `carry-over` and `period`, which only net revenue has.
    mutating func carryOver(_ item: Item?, into rule: inout Rule, period: Item?) {
        let item = offered(item, by: .netRevenue)
        let period = offered(period, by: .netRevenue)
        guard rule.net != nil else {
            // Where `from` itself was refused the rest is not worth a word.
            guard !refused.contains(.netRevenue) else { return }
            for item in [item, period].compactMap(\.self) {
                refuse(
                    item, "needs `base: {from: …}`: only net revenue is counted by period and carried over")
            }
            return
        }
        if let period = self.period(period, lifetime: false) { rule.net?.period = period }
        guard let item, var section = section(item) else { return }
        let what = word(required("what", in: &section), of: NetRevenue.CarryOver.What.allCases) ?? .none
        let pool = word(section.take("pool"), of: NetRevenue.Pool.allCases) ?? .all
        let expiresItem = section.take("expires")
        let expires = months(expiresItem)
        let rollerItem = section.take("high-roller")
        let roller = negativeMoney(rollerItem)
        close(section)
        if let expiresItem, what == .none {
            refuse(expiresItem, "has no place beside `what: none`: nothing is carried that could expire")
        }
        if let rollerItem, pool == .customer {
            refuse(rollerItem, "has no place beside `pool: customer`: each customer stands alone already")
        }
        rule.net?.pool = pool
        rule.net?.carryOver = NetRevenue.CarryOver(what: what, expiresMonths: expires, highRoller: roller)
    }

    /// What is reckoned on single sales has nothing to reckon on where revenue is known over a period alone.
    mutating func checkNetRevenue(_ reading: PlanReading) {
        let plan = reading.plan
        guard plan.override != nil || plan.fund != nil || plan.assist != nil else { return }
        guard refused.contains(.netBeside) else { return }
        for rule in reading.rules where rule.rule.net != nil {
            let place = rule.item.child("base") ?? rule.item
            refuse(place, "with `from` beside an override, mdf or assist is not in this version")
        }
    }

    /// A limit below zero, such as `-10000.00`.
    private mutating func negativeMoney(_ item: Item?) -> Money? {
        guard let text = text(item, max: 200), let item else { return nil }
        guard text.hasPrefix("-") else {
            refuse(item, "must be below zero, such as -10000.00, not \(shown(text))")
            return nil
        }
        guard let money = money(String(text.dropFirst()), of: item) else { return nil }
        if money.minor > 0 { return money.negated() }
        refuse(item, "must be below zero, such as -10000.00, not \(shown(text))")
        return nil
    }
}
