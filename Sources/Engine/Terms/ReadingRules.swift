import Engine
import Values

extension Reader {
    static let boostsMax = 50

    mutating func rule(_ section: inout Section, into reading: inout PlanReading) {
        let nameItem = required("rule", in: &section)
        let name = slug(nameItem)
        // Without a name it is perhaps no rule at all, and what else it lacks is not worth telling.
        let isNamed = nameItem != nil
        let on = isNamed ? required("on", in: &section) : section.take("on")
        let events = list(on, single: true) { $0.event($1) } ?? []
        var rule = Rule(number: 0, events: events.map { words($0) }, pay: .percent(.zero))
        rule.conditions = conditions(section.take("when"))
        base(section.take("base"), into: &rule)
        let payItem = isNamed ? required("pay", in: &section) : section.take("pay")
        let pay = promise(payItem)
        if let pay { rule.pay = pay.promise }
        rule.renewal = renewal(offered(section.take("then"), by: .renewals), instead: pay?.promise)
        let tiers = offered(section.take("tiers"), by: .tierTables)
        rule.tiers = tierTable(tiers, instead: pay?.promise)
        rule.boosts = boosts(offered(section.take("boosts"), by: .boosts), of: rule)
        rule.bounds = bounds(offered(section.take("per-conversion"), by: .bounds))
        rule.caps = caps(offered(section.take("caps"), by: .caps))
        rule.qualification = qualification(offered(section.take("qualify"), by: .qualifications))
        carryOver(section.take("carry-over"), into: &rule, period: section.take("period"))
        rule.refund = refundPolicy(section.take("refund"))
        rule.hold = hold(section.take("hold"))
        rule.isAlso = flag(section.take("also")) ?? false
        rule.rounds = rounding(section.take("round"), of: rule)
        close(section)
        if let on, pay != nil, !events.isEmpty { checkEvents(rule, events, at: on) }
        checkCombinations(rule, section)
        checkTopSlices(rule, section)
        guard let name, let nameItem,
            let number = number(name, pay: pay?.text ?? "", at: nameItem, in: &reading)
        else { return }
        rule.number = number
        if rule.tiers?.shape == .retroactive || rule.tiers?.slices == .top,
            let own = self.number("\(name):true-up", pay: "", at: nameItem, in: &reading)
        {
            rule.tiers?.number = own
        }
        if rule.rounds == .statement,
            let own = self.number("\(name):statement", pay: "", at: nameItem, in: &reading)
        {
            rule.sumNumber = own
        }
        reading.plan.rules.append(rule)
        reading.rules.append(ReadRule(name: name, rule: rule, item: section.item))
    }

    private mutating func event(_ item: Item) -> String? {
        guard let text = text(item, max: 64) else { return nil }
        switch text {
        case "click": return offers(text, of: item, by: .clicks) ? text : nil
        case "impression": return offers(text, of: item, by: .impressions) ? text : nil
        default: return text
        }
    }

    private mutating func base(_ item: Item?, into rule: inout Rule) {
        guard let item, var section = section(item) else { return }
        let isNet = section.members.contains { $0.key == "from" || $0.key == "less" }
        let without = isNet ? section.take("without") : required("without", in: &section)
        if let parts = list(without, canBeEmpty: true, { $0.word($1, of: Part.allCases) }) {
            rule.base.withoutTax = parts.contains(.tax)
            rule.base.withoutShipping = parts.contains(.shipping)
            rule.base.withoutDiscount = parts.contains(.discount)
            rule.base.withoutFees = parts.contains(.fees)
        }
        let from = offered(section.take("from"), by: .netRevenue)
        let less = section.take("less")
        if let less, !section.members.contains(where: { $0.key == "from" }) {
            refuse(less, "needs `from`: the component that it is taken from, such as ggr")
        } else if let from {
            if let without { refuse(without, "has no place beside `from`, which names what is counted") }
            rule.net = netRevenue(from, less: less)
        }
        close(section)
    }

    private enum Part: String, CaseIterable { case tax, shipping, discount, fees }

    private mutating func renewal(_ item: Item?, instead pay: Promise?) -> Renewal? {
        guard let item, var section = section(item) else { return nil }
        let own = section.take("pay")
        let promise = promise(own)?.promise ?? pay
        let lasts = section.take("lasts")
        let payments = section.take("payments")
        let months = months(lasts)
        let count = whole(payments, 1...100_000)
        close(section)
        if own == nil, lasts == nil, payments == nil {
            refuse(
                item,
                "must say what renewals pay, such as pay: 10%, or for how long, such as lasts: 12 months")
        }
        if lasts != nil, let payments {
            refuse(payments, "has no place beside `lasts`: the limit is one or the other")
        }
        guard let promise else { return nil }
        if promise.isForTraffic { refuse(item, "must not be a price for clicks or impressions") }
        return Renewal(pay: promise, limit: months.map { .months($0) } ?? count.map { .payments(Int32($0)) })
    }

    private mutating func boosts(_ item: Item?, of rule: Rule) -> [Boost] {
        guard let item else { return [] }
        guard case .list(let trees) = item.tree.content, !trees.isEmpty else {
            refuse(item, "must be a list such as [{points: 2%, until: 2026-12-31}]")
            return []
        }
        guard trees.count <= Self.boostsMax else {
            refuse(item, "must not be more than \(Self.boostsMax) boosts")
            return []
        }
        return trees.enumerated().compactMap { boost(item.at($0, $1), of: rule) }
    }

    private mutating func boost(_ item: Item, of rule: Rule) -> Boost? {
        guard var section = section(item) else { return nil }
        let pointsItem = section.take("points")
        let timesItem = section.take("times")
        let points = positiveShare(pointsItem)
        let times = factor(timesItem)
        let dates = dates(&section)
        let when = conditions(section.take("when"))
        close(section)
        if let pointsItem, timesItem != nil {
            refuse(pointsItem, "has no place beside `times`; write two boosts")
        }
        if pointsItem == nil, timesItem == nil {
            refuse(item, "must say what it adds: points: 2%, or times: 1.25")
        }
        let paysShares = rule.pay.isShare || rule.renewal?.pay.isShare ?? false
        if let pointsItem, points != nil, !paysShares {
            refuse(pointsItem, "has nothing to be added to: the rule pays no share; take `times`")
        }
        guard let change = points.map(Boost.Change.points) ?? times.map(Boost.Change.times) else {
            return nil
        }
        return Boost(change: change, conditions: dates + when)
    }

    private mutating func factor(_ item: Item?) -> Fraction? {
        guard let text = text(item, max: 200), let item else { return nil }
        if let factor = Fraction(decimal: text, places: 9), factor > .zero, factor <= Fraction(100, 1)! {
            return factor
        }
        refuse(item, "must be a factor above 0, up to 100, such as 1.25, not \(shown(text))")
        return nil
    }

    private mutating func rounding(_ item: Item?, of rule: Rule) -> RoundingPlace {
        let word = word(item, of: RoundingPlace.allCases)
        guard !rule.pay.isForTraffic else {
            if word == .line, let item {
                refuse(item, "must be statement for clicks and impressions, which have no lines of their own")
            }
            return .statement
        }
        if word == .statement, let item, !offers("statement", of: item, by: .statementRounding) {
            return .line
        }
        if word == .statement, rule.tiers?.shape == .retroactive, let item,
            !offers("statement beside retroactive tiers", of: item, by: .retroactiveAccruals)
        {
            return .line
        }
        return word ?? .line
    }
}

// MARK: What does not go together

extension Reader {
    /// A price per click goes with clicks and nothing else does; likewise for impressions.
    private mutating func checkEvents(_ rule: Rule, _ events: [String], at on: Item) {
        for (event, price) in [
            ("click", "0.035 USD per click"), ("impression", "1.75 USD per 1000 impressions"),
        ] {
            let isOn = events.contains(event)
            var isPaid = false
            if case .each(let each) = rule.pay {
                isPaid = event == "click" ? each.per == .click : each.per == .thousandImpressions
            }
            if isOn, !isPaid {
                refuse(on, "\(shown(event)) needs a price such as \(price), in a rule of its own")
            } else if isPaid, events != [event] {
                refuse(on, "must be \(event) alone: that is what the price is for")
            }
        }
    }

    private mutating func checkCombinations(_ rule: Rule, _ section: Section) {
        func items(_ keys: [String]) -> [Item] {
            section.members.filter { keys.contains($0.key) }.map(section.item.below)
        }
        if rule.pay.isForTraffic {
            let keys = ["base", "then", "per-conversion", "qualify", "carry-over", "refund"]
            for item in items(keys) {
                refuse(item, "has no place in a rule for clicks or impressions, which have no amount")
            }
            checkTraffic(rule, section)
        }
        if rule.net != nil {
            if !rule.pay.isShare {
                refuse(section.item, "must pay a share: its base is net revenue over a period")
            }
            for item in items(["then", "per-conversion", "qualify", "refund", "round"]) {
                refuse(item, "has no place beside `base: {from: …}`, which is paid by period, not by event")
            }
            checkNetSteps(rule, section)
            if rule.conditions.contains(where: \.isForItems) {
                refuse(section.item, "must not ask for sku or category: net revenue has no items")
            }
        }
        let isPerCustomer = rule.caps.contains { $0.scope == .customer }
        if rule.net == nil, rule.tiers?.shape == .retroactive, isPerCustomer {
            for item in items(["caps"]) {
                refuse(
                    item,
                    "must not be per customer beside retroactive tiers: a true-up is for many customers at "
                        + "once")
            }
        }
        if rule.qualification != nil {
            if rule.pay.flat == nil {
                refuse(
                    section.item, "must pay an amount such as 120.00: `qualify` pays once for each customer")
            }
            for item in items(["then"]) {
                refuse(item, "has no place beside `qualify`, which pays once for each customer")
            }
        }
    }

    /// What its steps give for a whole period is all that a rule with slices that come off the top pays.
    private mutating func checkTopSlices(_ rule: Rule, _ section: Section) {
        guard rule.tiers?.slices == .top else { return }
        var keys = ["then", "boosts", "per-conversion", "caps"]
        if rule.refund != .proportional { keys.append("refund") }
        if rule.rounds == .statement { keys.append("round") }
        if rule.net != nil { keys.append("base") }
        for member in section.members where keys.contains(member.key) {
            refuse(
                section.item.below(member),
                "has no place beside `slices: top`, which pays what the steps give for all that is left of a "
                    + "period, not for each sale")
        }
    }
}
