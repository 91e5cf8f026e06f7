import Values

/// What one rule comes to for one conversion, in the fixed order: base, tier, rate or amount, boosts, bounds.
/// Rounding, caps and the hold come after it.
struct Reckoning {
    private let rule: Rule
    private let occasion: Occasion
    private let share: Basket.Share
    private var workings: [Working] = []

    init(_ rule: Rule, _ occasion: Occasion, of share: Basket.Share) {
        self.rule = rule
        self.occasion = occasion
        self.share = share
    }

    /// Nil where the rule does not pay for this conversion after all.
    mutating func reward(_ memory: Memory, _ outcome: inout Outcome) throws(Stop) -> Reward? {
        if share.isPart { workings.append(rule.takesItems ? .items(share.base) : .rest(share.base)) }
        guard isQualified, var promise = promise else { return nil }
        let isRenewal = workings.contains { if case .renewal = $0 { true } else { false } }
        guard let quantity = quantity(for: promise, memory) else { return nil }
        let boosts = try memory.boosts(of: rule, occasion)
        workings += boosts.workings
        let formula = Formula(
            base: share.base, quantity: quantity, points: boosts.points, times: boosts.times,
            bounds: rule.bounds)
        var tiering: Tiering?
        if let table = rule.tiers {
            var climbed = try memory.climb(table, rule, occasion, formula, after: outcome)
            climbed.isStepped = !isRenewal
            if !isRenewal {
                promise = climbed.promise
                workings.insert(.step(climbed.step, before: climbed.before), at: 0)
            }
            tiering = climbed
        }
        return try reward(for: promise, formula, tiering, &outcome)
    }

    private mutating func reward(
        for promise: Promise, _ formula: Formula, _ tiering: Tiering?, _ outcome: inout Outcome
    ) throws(Stop) -> Reward {
        let unbounded = try formula.unbounded(promise)
        if let bound = try formula.bound(on: unbounded) {
            let exact = try unbounded.exact
            workings.append(bound.isMinimum ? .minimum(exact, bound.money) : .maximum(exact, bound.money))
        }
        var reward = Reward(
            partner: occasion.member.partner, rule: rule.number, base: try base(promise, formula),
            pay: try formula.due(promise).pay, rounding: occasion.terms.terms.rounding,
            holdUntil: occasion.holdUntil(rule))
        reward.refund = rule.refund
        reward.tiering = tiering
        reward.keep(sale: share.base, occasion.terms)
        reward.accrues = rule.rounds == .statement
        if !workings.isEmpty {
            let start = outcome.workings.count
            outcome.workings.append(.promise(promise))
            outcome.workings += workings
            reward.workings = Run(start..<outcome.workings.count)
        }
        return reward
    }

    /// What a line shows as its base: an amount is its own.
    private func base(_ promise: Promise, _ formula: Formula) throws(Stop) -> Money {
        switch promise {
        case .percent: formula.base
        case .flat(let reward): reward
        case .each(let price): Money(try formula.unbounded(promise).exact.whole, price.currency)
        }
    }

    // MARK: Rate or amount

    private var isQualified: Bool {
        rule.qualification.map { occasion.course.completes($0, rule.lane, with: occasion.sale) } ?? true
    }

    /// What the rule promises for this event: for the first that it pays for one thing, for those that follow
    /// another, as long as it lasts. Nil: nothing.
    private var promise: Promise? {
        mutating get {
            guard let renewal = rule.renewal else { return rule.pay }
            if occasion.sale.amount.minor == 0 { return nil }
            guard let anchor = occasion.course.anchor(rule.lane, occasion.member.partner) else {
                return rule.pay
            }
            switch renewal.limit {
            case .payments(let most) where anchor.payments >= most: return nil
            case .months(let count):
                let zone = occasion.terms.terms.zone
                let end = zone.day(of: anchor.at).adding(months: Int(count))
                if zone.day(of: occasion.sale.at) >= end { return nil }
            case .payments, nil: break
            }
            workings.append(.renewal(anchor.payments))
            return renewal.pay
        }
    }

    /// How many units the promise is for; nil where it is for another unit.
    private mutating func quantity(for promise: Promise, _ memory: Memory) -> Fraction? {
        guard case .each(let price) = promise else { return .one }
        guard case .unit(let unit) = price.per, let measure = memory.details.measure(of: occasion.sale),
            measure.unit == unit
        else { return nil }
        workings.append(.measure(measure))
        return measure.quantity
    }
}

extension Memory {
    /// The sum of the points and the product of the factors that hold.
    func boosts(of rule: Rule, _ occasion: Occasion) throws(Stop) -> (
        points: Fraction, times: Fraction, workings: [Working]
    ) {
        var (points, times) = (Fraction.zero, Fraction.one)
        var workings: [Working] = []
        for boost in rule.boosts where boost.conditions.allSatisfy({ holds($0, occasion) }) {
            switch boost.change {
            case .points(let more):
                guard let sum = points.adding(more) else { throw .refused(.overflow) }
                points = sum
                workings.append(.points(more))
            case .times(let factor):
                guard let product = times.times(factor) else { throw .refused(.overflow) }
                times = product
                workings.append(.times(factor))
            }
        }
        return (points, times, workings)
    }
}
