import Values

/// How a promise becomes money for one conversion: everything but the promise itself.
struct Formula: Sendable {
    let base: Money
    /// Of a measured sale.
    let quantity: Fraction
    let points: Fraction
    let times: Fraction
    let bounds: Bounds?

    /// All points first, then the factors.
    func unbounded(_ promise: Promise) throws(Stop) -> Due {
        let due: Due?
        switch promise {
        case .percent(let rate):
            due = rate.adding(points).flatMap { $0.times(times) }.map { .share($0, of: base) }
        case .flat(let reward):
            due = Exact(reward.minor).times(times).map { .amount($0, reward.currency) }
        case .each(let price):
            due = price.minor.flatMap { $0.times(quantity) }.flatMap { $0.times(times) }
                .map { .amount($0, price.currency) }
        }
        guard let due else { throw .refused(.overflow) }
        return due
    }

    func due(_ promise: Promise) throws(Stop) -> Due {
        let due = try unbounded(promise)
        guard let bound = try bound(on: due) else { return due }
        return .amount(Exact(bound.money.minor), bound.money.currency)
    }

    /// The bound that takes the place of what would be due; nil where none does.
    func bound(on due: Due) throws(Stop) -> (money: Money, isMinimum: Bool)? {
        guard let bounds else { return nil }
        let exact = try due.exact
        // What has come to nothing is not raised: there is nothing to pay for.
        if let least = bounds.min, least.currency == due.currency, exact > .zero, exact < Exact(least.minor) {
            return (least, true)
        }
        if let most = bounds.max, most.currency == due.currency, exact > Exact(most.minor) {
            return (most, false)
        }
        return nil
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
}

extension Price {
    /// In minor units; nil where it does not fit.
    var minor: Exact? {
        let (top, overflow) = Int128(exact.numerator)
            .multipliedReportingOverflow(by: Int128(powerOfTen(currency.exponent)))
        return overflow ? nil : Exact(top, over: Int128(exact.denominator))
    }
}
