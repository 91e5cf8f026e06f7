import Values

/// What is counted for a step or a cap: of one kind, for one rule, over one period.
package struct TallyKey: Hashable, Sendable, BitwiseCopyable {
    package enum Kind: String, Hashable, Sendable, CaseIterable, BitwiseCopyable {
        /// What a partner brought under a rule with tiers.
        case steps
        /// Events of one name that a partner brought; the lane is the name.
        case events
        /// What a rule has paid for a customer, to a partner, in all.
        case customerCap = "customer_cap"
        case partnerCap = "partner_cap"
        case budget
        /// What a partner has brought for a goal of a rank.
        case rank
        /// What a partner brought towards a bonus.
        case bonus
        /// What rounding has left over of a rule's accruals for the partner's next statement.
        case leftOver = "left_over"
        /// What statements took up of a partner's clicks or impressions under a rule.
        case traffic
        /// What statements have told that caps took of it.
        case lost
    }

    package let kind: Kind
    package let lane: Symbol
    @Packed package var partner: Ref<Partner>?
    @Packed package var identity: Ref<Identity>?
    /// Eight times the number of the period's first day, and what kind of period it is; `lifetime` for all
    /// time. So a month is not taken for the day on which it begins.
    package let start: Int32
    /// Of the sum.
    package let currency: Currency

    package static let lifetime = Int32.min
    static let rollingDay: Int32 = 5

    package init(
        _ kind: Kind, _ lane: Symbol, partner: Ref<Partner>? = nil, identity: Ref<Identity>? = nil,
        start: Int32, _ currency: Currency
    ) {
        self.kind = kind
        self.lane = lane
        self.start = start
        self.currency = currency
        self.partner = partner
        self.identity = identity
    }

    /// Whether it is one of many days that are asked for together. Such have a count and a sum alone.
    package var isOneOfDays: Bool { kind == .rank || start & 7 == Self.rollingDay }

    /// The kind's word would be hashed letter by letter.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(UInt64(truncatingIfNeeded: start) << 32 | UInt64(UInt32(bitPattern: lane.number)))
        let holder = partner?.number ?? identity?.number ?? -1
        hasher.combine(holder)
    }
}

package struct Tally: Hashable, Sendable {
    package var count: Int64 = 0
    package var sum: Int64 = 0
    package var exact = Exact.zero
    /// Retroactive tiers: what the lines come to at each step.
    package var ladders: [Ladder] = []
    /// Caps that reopen: lines that were cut, in their order.
    package var waiting: [EarningKey] = []
    /// Of a budget that is shared when it closes, since it closed.
    package var closing: Closing?

    package init() {}

    /// How a budget is shared: each line has what the running sum of those before it and its own comes to,
    /// less what that came to before. So all of them together have the whole.
    package struct Closing: Hashable, Sendable {
        /// What lines asked for when it closed.
        package let asked: Exact
        /// Of the lines of money among them that were cut by now.
        package var seen: Int64 = 0
        package var given: Int64 = 0

        package init(asked: Exact, seen: Int64 = 0, given: Int64 = 0) {
            self.asked = asked
            self.seen = seen
            self.given = given
        }
    }

    /// The lines of one currency under one version of the terms.
    package struct Ladder: Hashable, Sendable {
        package let rule: UInt16
        package let terms: Int32
        package let currency: Currency
        /// By step; in minor units, or in billionths of them where a statement rounds. So is what follows.
        package var targets: [Int64]
        /// What was asked for them, true-ups included.
        package var posted: Int64 = 0
        /// What of it caps let pass.
        package var paid: Int64 = 0
        /// What of that true-ups are; below zero where lines had to give back what they were made at.
        package var trueUp: Int64 = 0
        /// The latest conversion that joined.
        package var latest: Ref<Conversion>
        /// Conversions that have a true-up line, in the order in which they got it.
        package var trueUps: [Ref<Conversion>] = []
        /// Where refunds come off the top: what is left of the period, from the bottom, no two of one rate
        /// beside each other.
        package var slices: [Slice] = []
        /// What the lines' own slices give for that.
        package var own = Exact.zero

        package init(rule: UInt16, terms: Int32, currency: Currency, steps: Int, latest: Ref<Conversion>) {
            self.rule = rule
            self.terms = terms
            self.currency = currency
            self.latest = latest
            targets = Array(repeating: 0, count: steps)
        }
    }
}

extension Period {
    /// Tells kinds of periods from each other.
    var sign: Int32 {
        switch self {
        case .day: 0
        case .week: 1
        case .month: 2
        case .quarter: 3
        case .lifetime: 4
        case .rolling: TallyKey.rollingDay
        }
    }

    /// The period that an instant lies in, as tallies name it. Where it rolls each day stands for itself.
    func start(of instant: Instant, in zone: Zone) -> Int32 {
        self == .lifetime ? TallyKey.lifetime : firstDay(of: zone.day(of: instant)) * 8 + sign
    }

    /// Where it rolls: so many whole days in the program's zone, of which that of `instant` is the last.
    func days(until instant: Instant, in zone: Zone) -> ClosedRange<Int32>? {
        guard case .rolling(let span) = self else { return nil }
        let last = zone.day(of: instant).number
        return last - Int32(span.milliseconds / Span.days(1).milliseconds) + 1...last
    }

    /// When the calendar period that an instant lies in is over.
    func end(of instant: Instant, in zone: Zone) -> Instant {
        let first = Day(number: firstDay(of: zone.day(of: instant)))
        switch self {
        case .day: return zone.start(of: first.adding(days: 1))
        case .week: return zone.start(of: first.adding(days: 7))
        case .month: return zone.start(of: first.adding(months: 1))
        case .quarter: return zone.start(of: first.adding(months: 3))
        case .lifetime, .rolling: return .latest
        }
    }

    func firstDay(of day: Day) -> Int32 {
        let (year, month, _) = day.parts
        switch self {
        case .week: return day.adding(days: 1 - day.weekday).number
        case .month: return Day(year: year, month: month, day: 1)?.number ?? day.number
        case .quarter: return Day(year: year, month: (month - 1) / 3 * 3 + 1, day: 1)?.number ?? day.number
        case .day, .lifetime, .rolling: return day.number
        }
    }
}

extension Memory {
    /// As it stands after an outcome that is still being made.
    func tally(_ key: TallyKey, after outcome: Outcome) throws(Stop) -> Tally {
        if let change = outcome.tallies.last(where: { $0.key == key }) { return change.tally }
        if let known = tallies[key] { return known }
        if isWhole { return Tally() }
        throw .unknown([.tally(key)])
    }

    /// What several have, asked for together.
    func tallies(_ keys: [TallyKey], after outcome: Outcome) throws(Stop) -> [Tally] {
        var tallies: [Tally] = []
        var wanted: [Wanted] = []
        for key in keys {
            do throws(Stop) {
                tallies.append(try tally(key, after: outcome))
            } catch {
                guard case .unknown(let more) = error else { throw error }
                wanted += more
            }
        }
        if !wanted.isEmpty { throw .unknown(wanted) }
        return tallies
    }

    /// An amount in another currency at its day's rate, for comparison only; nil where there is no rate.
    func compared(_ money: Money, in currency: Currency, on day: Day) throws(Stop) -> Int64? {
        if money.currency == currency { return money.minor }
        guard let price = try price(of: money.currency, in: currency, on: day) else { return nil }
        return try converted(money, to: currency, by: price, .halfEven).minor
    }

    /// What a unit of a currency is in another at its day's rate; nil where there is none.
    func price(of currency: Currency, in other: Currency, on day: Day) throws(Stop) -> Fraction? {
        guard let (from, to, _) = try rates(currency, other, on: day) else { return nil }
        return Fraction(from.denominator, from.numerator).flatMap { to.times($0) }
    }
}

/// What a tally is from now on.
package struct TallyChange: Hashable, Sendable {
    package let key: TallyKey
    package let tally: Tally
}
