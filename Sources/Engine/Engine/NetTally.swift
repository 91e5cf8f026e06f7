import Values

/// Whose net revenue is summed together: what a partner brought under one rule, by pool and currency.
package struct NetKey: Hashable, Sendable, BitwiseCopyable {
    package let lane: Symbol
    package let partner: Ref<Partner>
    package let pool: NetRevenue.Pool
    @Packed package var product: Symbol?
    /// Of a pool that is one customer's; also of what a customer brings to a pool with a limit for high
    /// rollers.
    @Packed package var identity: Ref<Identity>?
    package let currency: Currency

    package init(
        _ lane: Symbol, _ partner: Ref<Partner>, _ pool: NetRevenue.Pool, product: Symbol?,
        identity: Ref<Identity>?, _ currency: Currency
    ) {
        self.lane = lane
        self.partner = partner
        self.pool = pool
        self.currency = currency
        self.product = product
        self.identity = identity
    }
}

/// Net revenue by period, and what was posted for it.
package struct NetTally: Hashable, Sendable {
    /// By their first day.
    package var periods: [NetPeriod] = []
    /// Where steps go by events: all tallies of the rule and the partner, which that in the program's
    /// currency knows.
    package var pools: [NetPool] = []

    package init() {}
}

/// One of the tallies of a rule and a partner.
package struct NetPool: Hashable, Sendable, BitwiseCopyable {
    @Packed package var product: Symbol?
    @Packed package var identity: Ref<Identity>?
    package let currency: Currency

    package init(product: Symbol?, identity: Ref<Identity>?, _ currency: Currency) {
        self.currency = currency
        self.product = product
        self.identity = identity
    }
}

package struct NetPeriod: Hashable, Sendable {
    package let start: Int32
    package var parts: [NetPart] = []
    /// The sum of the earnings in the chain that begins with `top`.
    package var posted: Int64 = 0
    /// What was due, whatever caps left of it, and what they counted.
    package var asked: Int64 = 0
    package var counted: [Exact] = []
    /// How many events the partner brought that the steps go by, where they go by events.
    package var reached: Int64 = 0
    /// The latest conversion that brought revenue.
    package var latest: NetLink
    /// The earning that has to give back first; each knows the one below it.
    package var top: NetLink?

    package init(start: Int32, latest: NetLink) {
        self.start = start
        self.latest = latest
    }
}

/// An earning of the tally's partner.
package struct NetLink: Hashable, Sendable, BitwiseCopyable {
    package let conversion: Ref<Conversion>
    package let rule: UInt16
    package let generation: UInt16

    package init(conversion: Ref<Conversion>, rule: UInt16, generation: UInt16 = 0) {
        self.conversion = conversion
        self.rule = rule
        self.generation = generation
    }
}

/// What came at one rate, under one version of the terms.
package struct NetPart: Hashable, Sendable {
    package let policy: NetPolicy
    /// Without steps.
    package let rate: Fraction
    /// What is added to the rate of a step.
    package let boosts: NetBoosts
    package var sum: Int64
    /// The same in the currency of the limit for high rollers, or of the steps.
    package var compared: Int64
    /// How many conversions.
    package var count: Int64

    package init(
        policy: NetPolicy, rate: Fraction, boosts: NetBoosts = .none, sum: Int64, compared: Int64,
        count: Int64 = 1
    ) {
        self.policy = policy
        self.rate = rate
        self.boosts = boosts
        self.sum = sum
        self.compared = compared
        self.count = count
    }
}

/// What a version of the terms says of a period below zero.
package struct NetPolicy: Hashable, Sendable {
    package let terms: Int32
    package let what: NetRevenue.CarryOver.What
    package let rounding: Rounding
    /// The first day on which what the period leaves is gone.
    package let lapses: Int32?
    /// For high rollers.
    package let limit: Int64?
    package let steps: NetSteps?

    package init(
        terms: Int32, what: NetRevenue.CarryOver.What, rounding: Rounding, lapses: Int32?, limit: Int64?,
        steps: NetSteps? = nil
    ) {
        self.steps = steps
        self.terms = terms
        self.what = what
        self.rounding = rounding
        self.lapses = lapses
        self.limit = limit
    }
}

/// What an earning of net revenue is besides its base, the net revenue of its own conversion, and its rate.
package struct NetShare: Hashable, Sendable, BitwiseCopyable {
    /// The base in the currency of the limit for high rollers.
    package var compared: Int64
    /// What is added to the rate of a step; where there are no steps they are in its rate.
    package var boosts = NetBoosts.none
    /// Whether its money is of a customer that stands alone.
    package var isAlone = false
    /// The earning of its period that was there before it and gives back after it.
    package var below: NetLink?

    package init(
        compared: Int64, boosts: NetBoosts = .none, isAlone: Bool = false, below: NetLink? = nil
    ) {
        self.boosts = boosts
        self.compared = compared
        self.isAlone = isAlone
        self.below = below
    }
}

/// What a tally of net revenue is from now on.
package struct NetTallyChange: Hashable, Sendable {
    package let key: NetKey
    package let tally: NetTally
}

extension NetPeriod {
    /// That of its latest version; nil where nothing is left in it.
    var policy: NetPolicy? { parts.max { $0.policy.terms < $1.policy.terms }?.policy }

    /// Whether what a customer lost in it is at the limit or beyond.
    fileprivate func isHighRolling() throws(Stop) -> Bool {
        guard let limit = policy?.limit else { return false }
        return try total(parts.filter { $0.policy.limit != nil }.map(\.compared)) <= limit
    }

    fileprivate mutating func add(_ new: NetPart, times sign: Int64) throws(Stop) {
        let index = parts.firstIndex {
            $0.policy == new.policy && $0.rate == new.rate && $0.boosts == new.boosts
        }
        guard let index else {
            guard sign > 0 else { throw .refused(.notFound(kind: "net revenue", id: "of this period")) }
            return parts.append(new)
        }
        parts[index].sum = try total([parts[index].sum, sign * new.sum])
        parts[index].compared = try total([parts[index].compared, sign * new.compared])
        parts[index].count += sign * new.count
        if parts[index].count == 0 { parts.remove(at: index) }
    }
}

extension NetTally {
    func index(of start: Int32) -> Int? { periods.firstIndex { $0.start == start } }

    /// From which period on a customer stands alone.
    func quarantine() throws(Stop) -> Int32? {
        for period in periods where try period.isHighRolling() { return period.start }
        return nil
    }

    /// Puts one thing in another's place.
    /// - Parameter latest: the conversion that the period begins with, if it does.
    mutating func replace(_ old: [NetPart], by new: [NetPart], at start: Int32, latest: NetLink)
        throws(Stop)
    {
        var found = index(of: start)
        if found == nil, !new.isEmpty {
            let place = periods.firstIndex { $0.start > start } ?? periods.count
            periods.insert(NetPeriod(start: start, latest: latest), at: place)
            found = place
        }
        guard let index = found else { return }
        for part in new { try periods[index].add(part, times: 1) }
        for part in old { try periods[index].add(part, times: -1) }
    }
}

extension Period {
    /// The first day after the period that begins on `start`.
    func end(of start: Int32) -> Day {
        let day = Day(number: start)
        switch self {
        case .day: return day.adding(days: 1)
        case .week: return day.adding(days: 7)
        case .month: return day.adding(months: 1)
        case .quarter: return day.adding(months: 3)
        case .lifetime, .rolling: preconditionFailure("net revenue has a calendar period")
        }
    }
}
