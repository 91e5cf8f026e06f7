import Engine
import Values

extension Reader {
    /// `{base: 18%, tier: {silver: 20%, gold: 22%}, registered: 10%, combine: add}`
    mutating func margin(_ item: Item?, into reading: inout PlanReading) {
        guard let item = offered(item, by: .margins), var section = section(item) else { return }
        let base = percent(required("base", in: &section), most: 100)
        let tiers = marginTiers(section.take("tier"))
        let registeredItem = section.take("registered")
        let registered = percent(registeredItem, most: 100) ?? .zero
        let combination = word(section.take("combine"), of: Margin.Combination.allCases) ?? .add
        close(section)
        guard let base else { return }
        let highest = tiers.map(\.share).max().map { max($0, base) } ?? base
        if let registeredItem, combination == .add, highest.adding(registered).map({ $0 > .one }) ?? true {
            refuse(
                registeredItem,
                "must not make up more than 100% with the margin of \(highest.percentText); or take "
                    + "`combine: compound`")
        }
        guard let number = number("margin", pay: base.percentText, at: item, in: &reading) else { return }
        reading.places["margin"] = item
        reading.plan.margin = Margin(
            number: number, base: base, tiers: tiers, registered: registered, combination: combination)
    }

    private mutating func marginTiers(_ item: Item?) -> [Margin.TierShare] {
        guard let item, let members = members(item) else { return [] }
        return members.compactMap { member in
            let entry = item.below(member)
            let key = Item(tree: Tree(content: .text(member.key), spot: member.spot), path: entry.path)
            guard let name = tier(key), let share = percent(entry, most: 100) else { return nil }
            return Margin.TierShare(tier: words(name), share: share)
        }
    }

    /// `{accrue: 3%, of: sale, reimburse: 50%, expires: 6 months}`
    mutating func fund(_ item: Item?, into reading: inout PlanReading) {
        guard let item = offered(item, by: .funds), var section = section(item) else { return }
        let accrue = positiveShare(required("accrue", in: &section))
        let measure = word(section.take("of"), of: Override.Measure.allCases) ?? .sale
        let reimburse = positiveShare(section.take("reimburse")) ?? .one
        let expires = months(section.take("expires"))
        close(section)
        guard let accrue,
            let number = number("mdf", pay: accrue.percentText, at: item, in: &reading)
        else { return }
        reading.plan.fund = FundTerms(
            number: number, accrue: accrue, measure: measure, reimburse: reimburse, expiresMonths: expires)
    }
}
