import Values

/// What one rule comes to for one conversion, in the fixed order: base, tier, rate or amount, boosts, bounds.
/// Rounding, caps and the hold come after it.
struct Reckoning {
    private let rule: SharedRule
    private let share: Basket.Share
    private var step: Working?
    private var workings: [Working] = []

    init(_ rule: SharedRule, of share: Basket.Share) {
        self.rule = rule
        self.share = share
    }

    /// Adds what the rule comes to.
    /// - Returns: whether it pays for this conversion after all.
    mutating func reward(_ occasion: Occasion, _ memory: Memory, into outcome: inout Outcome) throws(Stop)
        -> Bool
    {
        if share.isPart { workings.append(rule.takesItems ? .items(share.base) : .rest(share.base)) }
        guard isQualified(occasion), let (own, isRenewal) = promise(occasion) else { return false }
        var promise = own
        guard let quantity = quantity(for: promise, occasion, memory) else { return false }
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
                step = .step(climbed.step, before: climbed.before)
            }
            tiering = climbed
        }
        try add(promise, formula, tiering, occasion, &outcome)
        return true
    }

    private mutating func add(
        _ promise: Promise, _ formula: Formula, _ tiering: Tiering?, _ occasion: Occasion,
        _ outcome: inout Outcome
    ) throws(Stop) {
        var due = try formula.unbounded(promise)
        if let bound = try formula.bound(on: due) {
            let exact = try due.exact
            workings.append(bound.isMinimum ? .minimum(exact, bound.money) : .maximum(exact, bound.money))
            due = .amount(Exact(bound.money.minor), bound.money.currency)
        }
        var reward = Reward(
            partner: occasion.member.partner, rule: rule.number, base: try base(promise, formula),
            pay: due.pay, rounding: occasion.terms.terms.rounding, holdUntil: occasion.holdUntil(rule))
        reward.refund = rule.refund
        reward.tiering = tiering
        reward.keep(sale: share.base, occasion.terms)
        reward.accrues = rule.rounds == .statement
        if step != nil || !workings.isEmpty {
            let start = outcome.workings.count
            outcome.workings.append(.promise(promise))
            if let step { outcome.workings.append(step) }
            outcome.workings += workings
            reward.workings = Run(start..<outcome.workings.count)
        }
        outcome.rewards.append(reward)
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

    private func isQualified(_ occasion: Occasion) -> Bool {
        guard let qualification = rule.qualification else { return true }
        return occasion.course.completes(qualification, rule.lane, with: occasion.sale)
    }

    /// What the rule promises for this event: for the first that it pays for one thing, for those that follow
    /// another, as long as it lasts. Nil: nothing.
    private mutating func promise(_ occasion: Occasion) -> (Promise, isRenewal: Bool)? {
        guard let renewal = rule.renewal else { return (rule.pay, false) }
        if occasion.sale.amount.minor == 0 { return nil }
        guard let anchor = occasion.course.anchor(rule.lane, occasion.member.partner) else {
            return (rule.pay, false)
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
        return (renewal.pay, true)
    }

    /// How many units the promise is for; nil where it is for another unit.
    private mutating func quantity(for promise: Promise, _ occasion: Occasion, _ memory: Memory)
        -> Fraction?
    {
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
    func boosts(of rule: SharedRule, _ occasion: Occasion) throws(Stop) -> (
        points: Fraction, times: Fraction, workings: [Working]
    ) {
        if rule.boosts.isEmpty { return (.zero, .one, []) }
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
