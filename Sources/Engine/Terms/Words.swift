import Engine
import Facts

/// The words of one file, numbered as they come. `ProgramFile.compile` puts a fold's numbers in their place.
struct Words: Sendable {
    private var names = Names()
    private(set) var texts: [String] = []

    mutating func callAsFunction(_ text: String) -> Symbol {
        let symbol = names.word(text)
        if Int(symbol.number) == texts.count { texts.append(text) }
        return symbol
    }

    func text(_ symbol: Symbol) -> String { texts[Int(symbol.number)] }
}

/// Puts other numbers in the place of a file's words.
struct Renaming {
    /// By the file's number.
    let symbols: [Symbol]

    func callAsFunction(_ symbol: Symbol) -> Symbol { symbols[Int(symbol.number)] }
    func callAsFunction(_ list: [Symbol]) -> [Symbol] { list.map { self($0) } }

    func callAsFunction(_ plan: Plan) -> Plan {
        var renamed = Plan(name: self(plan.name), rules: plan.rules.map { self($0) })
        renamed.margin = plan.margin
        renamed.margin?.tiers = (plan.margin?.tiers ?? []).map {
            Margin.TierShare(tier: self($0.tier), share: $0.share)
        }
        renamed.override = plan.override
        renamed.fund = plan.fund
        renamed.assist = plan.assist
        renamed.bonuses = plan.bonuses.map { bonus in
            var bonus = bonus
            bonus.events = self(bonus.events)
            return bonus
        }
        return renamed
    }

    func callAsFunction(_ rule: Rule) -> Rule {
        var renamed = rule
        renamed.events = self(rule.events)
        renamed.conditions = rule.conditions.map { self($0) }
        renamed.net = rule.net.map { self($0) }
        renamed.pay = self(rule.pay)
        renamed.renewal = rule.renewal.map { Renewal(pay: self($0.pay), limit: $0.limit) }
        renamed.tiers = rule.tiers.map { self($0) }
        renamed.boosts = rule.boosts.map { boost in
            Boost(change: boost.change, conditions: boost.conditions.map { self($0) })
        }
        renamed.qualification = rule.qualification.map { qualification in
            Qualification(
                goals: qualification.goals.map {
                    Qualification.Goal(kind: $0.kind, name: self($0.name), least: $0.least)
                }, within: qualification.within)
        }
        return renamed
    }

    func callAsFunction(_ promise: Promise) -> Promise {
        guard case .each(let price) = promise, case .unit(let unit) = price.per else { return promise }
        return .each(Price(exact: price.exact, currency: price.currency, per: .unit(self(unit))))
    }

    func callAsFunction(_ condition: Condition) -> Condition {
        switch condition {
        case .country(let words): .country(self(words))
        case .product(let words): .product(self(words))
        case .sku(let words): .sku(self(words))
        case .category(let words): .category(self(words))
        case .coupon(let words): .coupon(self(words))
        case .sub(let lane, let words): .sub(lane: lane, self(words))
        case .metadata(let key, let words): .metadata(key: self(key), self(words))
        case .tier(let words): .tier(self(words))
        case .customerIsNew, .amount, .from, .until: condition
        }
    }

    func callAsFunction(_ counted: TierTable.Counted) -> TierTable.Counted {
        if case .events(let event) = counted { .events(self(event)) } else { counted }
    }

    func callAsFunction(_ table: TierTable) -> TierTable {
        var renamed = TierTable(
            counted: self(table.counted), shape: table.shape, period: table.period, currency: table.currency,
            slices: table.slices,
            steps: table.steps.map { TierTable.Step(start: $0.start, pay: self($0.pay)) })
        renamed.number = table.number
        return renamed
    }

    func callAsFunction(_ tier: StatusTier) -> StatusTier {
        var renamed = tier
        renamed.name = self(tier.name)
        renamed.goals = tier.goals.map {
            var goal = StatusTier.Goal(counted: self($0.counted), least: $0.least, currency: $0.currency)
            goal.lane = self($0.lane)
            return goal
        }
        return renamed
    }

    func callAsFunction(_ net: NetRevenue) -> NetRevenue {
        var renamed = net
        renamed.component = self(net.component)
        renamed.less = net.less.map { deduction in
            switch deduction {
            case .component(let name): return .component(self(name))
            case .percent(let share, .component(let name), let own):
                return .percent(share, of: .component(self(name)), name: self(own))
            case .percent(let share, .rest, let own):
                return .percent(share, of: .rest, name: self(own))
            }
        }
        return renamed
    }
}
