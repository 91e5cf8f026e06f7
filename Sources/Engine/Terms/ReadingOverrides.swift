import Engine
import Values

extension Reader {
    mutating func override(_ item: Item?, into reading: inout PlanReading) {
        guard let item = offered(item, by: .overrides), var section = section(item) else { return }
        let levels = levels(required("levels", in: &section))
        let measure = word(section.take("of"), of: Override.Measure.allCases) ?? .sale
        let ceiling = positiveShare(section.take("ceiling"))
        let cutItem = section.take("cut")
        let cut = word(cutItem, of: Override.Cut.allCases) ?? .deepestFirst
        if let cutItem, !section.members.contains(where: { $0.key == "ceiling" }) {
            refuse(cutItem, "needs `ceiling`: without one nothing is cut")
        }
        close(section)
        let text = joined(levels.map(\.percentText))
        guard !levels.isEmpty, let number = number("override", pay: text, at: item, in: &reading) else {
            return
        }
        reading.places["override"] = item
        reading.plan.override = Override(
            number: number, levels: levels, measure: measure, ceiling: ceiling, cut: cut)
    }

    /// Shares, which may repeat; empty after a complaint.
    private mutating func levels(_ item: Item?) -> [Fraction] {
        guard let item else { return [] }
        guard case .list(let trees) = item.tree.content, !trees.isEmpty else {
            refuse(item, "must be a list of shares such as [5%, 2%], the parent's first")
            return []
        }
        guard trees.count <= Override.levelsMax else {
            refuse(item, "must not be more than \(Override.levelsMax) levels")
            return []
        }
        let levels = trees.enumerated().compactMap { positiveShare(item.at($0, $1)) }
        return levels.count == trees.count ? levels : []
    }

    mutating func assist(_ item: Item?, into reading: inout PlanReading) {
        guard let item = offered(item, by: .assists), let share = positiveShare(item),
            let number = number("assist", pay: share.percentText, at: item, in: &reading)
        else { return }
        reading.places["assist"] = item
        reading.plan.assist = AssistTerms(number: number, share: share)
    }

    /// `{name: first-ten, when: {count: 10, of: sale}, pay: 100.00 USD}`
    mutating func bonus(_ item: Item?, into reading: inout PlanReading) {
        guard let item = offered(item, by: .bonuses), var section = section(item) else { return }
        let nameItem = required("name", in: &section)
        let name = slug(nameItem)
        let goal = bonusGoal(required("when", in: &section))
        let payItem = required("pay", in: &section)
        let pay = positiveMoney(payItem)
        let hold = hold(section.take("hold"))
        close(section)
        guard let name, let nameItem,
            let number = number(name, pay: pay?.description ?? "", at: nameItem, in: &reading), let goal,
            let pay
        else { return }
        reading.plan.bonuses.append(
            Bonus(
                number: number, goal: goal.goal, events: goal.events, period: goal.period, pay: pay,
                hold: hold))
    }

    private struct BonusGoal {
        let goal: Bonus.Goal
        let events: [Symbol]
        let period: Period
    }

    private mutating func bonusGoal(_ item: Item?) -> BonusGoal? {
        guard let item, var section = section(item) else { return nil }
        let countItem = section.take("count")
        let revenueItem = section.take("revenue")
        let count = whole(countItem, 1...999_999_999)
        let revenue = positiveMoney(revenueItem)
        let events = list(section.take("of"), single: true) { $0.text($1, max: 64) } ?? []
        let period = period(section.take("period")) ?? .lifetime
        close(section)
        if let revenueItem, countItem != nil {
            refuse(revenueItem, "has no place beside `count`; write two bonuses")
        }
        if countItem == nil, revenueItem == nil {
            refuse(item, "must say what is needed, such as count: 10 or revenue: 10000.00")
        }
        guard let goal = count.map({ Bonus.Goal.count(Int64($0)) }) ?? revenue.map(Bonus.Goal.revenue) else {
            return nil
        }
        return BonusGoal(goal: goal, events: events.map { words($0) }, period: period)
    }
}
