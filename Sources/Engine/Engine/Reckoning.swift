import Values

/// What one rule comes to for one conversion, in the fixed order: base, rate or amount, boosts, bounds.
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
        let start = outcome.workings.count
        guard isQualified, let promise = promise, let promised = try amount(of: promise, memory) else {
            return nil
        }
        let due = try bounded(boosted(promised, memory))
        var reward = Reward(
            partner: occasion.member.partner, rule: rule.number, base: promised.base, pay: due.pay,
            rounding: occasion.terms.terms.rounding, holdUntil: occasion.holdUntil(rule))
        reward.refund = rule.refund
        if !workings.isEmpty {
            outcome.workings.append(.promise(promise))
            outcome.workings += workings
            reward.workings = Run(start..<outcome.workings.count)
        }
        return reward
    }

    private var isQualified: Bool {
        rule.qualification.map { occasion.course.completes($0, rule.lane, with: occasion.sale) } ?? true
    }

    // MARK: Rate or amount

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

    private mutating func amount(of promise: Promise, _ memory: Memory) throws(Stop) -> Due? {
        switch promise {
        case .percent(let rate): return .share(rate, of: share.base)
        case .flat(let reward): return .amount(Exact(reward.minor), reward.currency)
        case .each(let price):
            guard case .unit(let unit) = price.per, let measure = memory.details.measure(of: occasion.sale),
                measure.unit == unit
            else { return nil }
            workings.append(.measure(measure))
            guard let each = price.minor, let exact = each.times(measure.quantity) else {
                throw .refused(.overflow)
            }
            return .amount(exact, price.currency)
        }
    }

    // MARK: Boosts

    /// All points first, then the factors.
    private mutating func boosted(_ due: Due, _ memory: Memory) throws(Stop) -> Due {
        var boosted = due
        let active = rule.boosts.filter { boost in
            boost.conditions.allSatisfy { memory.holds($0, occasion) }
        }
        for boost in active {
            guard case .points(let points) = boost.change, case .share(let rate, let base) = boosted else {
                continue
            }
            workings.append(.points(points))
            guard let more = rate.adding(points) else { throw .refused(.overflow) }
            boosted = .share(more, of: base)
        }
        for boost in active {
            guard case .times(let factor) = boost.change else { continue }
            workings.append(.times(factor))
            guard let more = boosted.times(factor) else { throw .refused(.overflow) }
            boosted = more
        }
        return boosted
    }

    // MARK: Bounds

    private mutating func bounded(_ due: Due) throws(Stop) -> Due {
        guard let bounds = rule.bounds else { return due }
        let exact = try due.exact
        // What has come to nothing is not raised: there is nothing to pay for.
        if let least = bounds.min, least.currency == due.currency, exact > .zero, exact < Exact(least.minor) {
            workings.append(.minimum(exact, least))
            return .amount(Exact(least.minor), least.currency)
        }
        if let most = bounds.max, most.currency == due.currency, exact > Exact(most.minor) {
            workings.append(.maximum(exact, most))
            return .amount(Exact(most.minor), most.currency)
        }
        return due
    }
}

/// What is due before it is rounded.
enum Due {
    case share(Fraction, of: Money)
    case amount(Exact, Currency)

    var pay: Pay {
        switch self {
        case .share(let rate, _): .percent(rate)
        case .amount(let exact, let currency): .amount(exact, currency)
        }
    }

    var currency: Currency {
        switch self {
        case .share(_, let base): base.currency
        case .amount(_, let currency): currency
        }
    }

    /// What a line shows as its base: an amount is its own.
    var base: Money {
        switch self {
        case .share(_, let base): base
        case .amount(let exact, let currency): Money(exact.whole, currency)
        }
    }

    var exact: Exact {
        get throws(Stop) {
            switch self {
            case .share(let rate, let base):
                guard let exact = Exact(base.minor).times(rate) else { throw .refused(.overflow) }
                return exact
            case .amount(let exact, _): return exact
            }
        }
    }

    /// Nil where it does not fit.
    func times(_ factor: Fraction) -> Due? {
        switch self {
        case .share(let rate, let base): rate.times(factor).map { .share($0, of: base) }
        case .amount(let exact, let currency): exact.times(factor).map { .amount($0, currency) }
        }
    }
}

extension Price {
    /// In minor units; nil where it does not fit.
    var minor: Exact? {
        let (top, overflow) = Int128(exact.numerator)
            .multipliedReportingOverflow(by: Int128(powerOfTen(currency.exponent)))
        return overflow ? nil : Exact(top, over: Int128(exact.denominator))
    }
}
