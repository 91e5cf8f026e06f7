import Values

/// What settling will make of all that is known of a partner, if nothing else happens: told by settling it.
///
/// Each boundary is judged by the terms in force at it, as a clock that runs every day would. Where rates are
/// published these days, that of today is taken to go on; where none was for a week, none will be.
package struct Forecast: Sendable {
    private let earnings: [EarningKey: Earning]
    private let linesOf: [EarningKey: [LineBrief]]
    private let held: Set<EarningKey>
    private var stated: [StatedLine: MoneyClock.Due] = [:]
    /// What their statement gives for those that one takes up, and what of theirs it rounds.
    private var given: [EarningKey: Int64] = [:]
    private var rounded: [EarningKey: Exact] = [:]
    private var waits: [EarningKey: Wait] = [:]
    private var isRefused = false
    /// Until when it looked.
    private var end = Instant.earliest

    /// How far it looks: eleven years, beyond the longest hold.
    private static let reach = Span.days(4018)

    /// - Parameter settledUntil: until when the partner is settled.
    /// - Throws: `Stop.unknown` for what a partial memory was not given.
    package init(
        of partner: Ref<Partner>, settledUntil: Instant?, now: Instant, _ history: TermsHistory,
        _ memory: Memory
    ) throws(Stop) {
        var own = try memory.alone(partner)
        let open = own.earnings.all
        earnings = Dictionary(uniqueKeysWithValues: open.map { ($0.key, $0) })
        linesOf = Dictionary(uniqueKeysWithValues: open.map { ($0.key, own.earnings.lines(of: $0.key)) })
        held = Set(open.map(\.key).filter { own.holds[$0.conversion]?.last?.isHold == true })
        do {
            try foresee(partner, settledUntil, now, history, &own)
        } catch .refused {
            isRefused = true
        }
    }

    private mutating func foresee(
        _ partner: Ref<Partner>, _ settledUntil: Instant?, _ now: Instant, _ history: TermsHistory,
        _ memory: inout Memory
    ) throws(Stop) {
        let start = max(now, settledUntil ?? .earliest)
        let zone = history.inForce(at: now)?.zone ?? .utc
        let far = start.moved(by: Self.reach)
        let changes = Set(history.versions.compactMap(\.effectiveAt)).filter { start < $0 && $0 <= far }
        // Past the next boundary after all that has a date each further one would find the same.
        let last = max(start, changes.max() ?? start, memory.lastDate(in: zone))
        end = min(far, last.moved(by: .days(32)))
        memory.goOn(after: zone.day(of: now), to: zone.day(of: end))
        let before = changes.sorted().map { $0.moved(by: Span(milliseconds: -1)) }
        var from = settledUntil
        for asOf in [start] + before + [end] {
            var settling = try Settling(partner, from: from, asOf: asOf, history, memory, isTrial: true)
            var outcome = Outcome()
            try settling.run(into: &outcome)
            for issue in outcome.statements { take(issue) }
            waits = settling.waits
            memory.apply(outcome)
            from = asOf
        }
    }

    private mutating func take(_ issue: StatementIssue) {
        let due = MoneyClock.Due(
            day: issue.payDay, statement: issue.date, amount: issue.amount, isIssued: false)
        for line in issue.lines {
            stated[line] = due
            let own = linesOf[line.earning]?.first { $0.ordinal == line.ordinal }
            given[line.earning, default: 0] += own?.amount ?? 0
            if let exact = own?.exact, let sum = rounded[line.earning, default: .zero].adding(exact) {
                rounded[line.earning] = sum
            }
        }
    }

    /// Of a line of an earning that stands on no statement yet, as far as its statement goes.
    package func clock(of key: EarningKey, ordinal: Int32) -> MoneyClock {
        guard let earning = earnings[key] else { return .waits(Wait(.owedBack)) }
        let line = linesOf[key]?.first { $0.ordinal == ordinal }
        if let line, line.amount == 0, line.exact == nil { return .waits(Wait(.capped)) }
        let isTaken = given[key] ?? 0 != 0 || rounded[key] ?? .zero != .zero
        if earning.posted == 0, earning.accrued == .zero, !isTaken { return .waits(Wait(.reversed)) }
        if let due = stated[StatedLine(earning: key, ordinal: ordinal)] { return MoneyClock(due) }
        if given[key] != nil { return .waits(Wait(.owedBack)) }
        if held.contains(key) { return .waits(Wait(.held)) }
        if isRefused { return .waits(Wait(.cannotSettle)) }
        if end <= max(earning.holdUntil, earning.at) { return .waits(Wait(.tooFar)) }
        return .waits(waits[key] ?? Wait(.tooFar))
    }

    /// Every line of every earning that stands on no statement yet.
    package var lines: [(line: StatedLine, clock: MoneyClock)] {
        linesOf.flatMap { key, lines in
            lines.map { line in
                (
                    StatedLine(earning: key, ordinal: line.ordinal),
                    clock(of: key, ordinal: line.ordinal)
                )
            }
        }
    }
}

extension Memory {
    /// A whole memory of nothing but this partner's money that stands on no statement.
    fileprivate func alone(_ partner: Ref<Partner>) throws(Stop) -> Memory {
        var own = Memory(isWhole: true)
        own.partners[partner] = try membership(partner)
        own.clawbacks[partner] = try owed(partner)
        own.quotes = quotes
        let open = try openEarnings(partner)
        for earning in open {
            own.earnings.load(earning)
            for line in earnings.lines(of: earning.key) { own.earnings.post(line, to: earning.key) }
            own.holds[earning.key.conversion] = holds[earning.key.conversion]
        }
        own.setOpen(open.map(\.key), of: partner)
        if open.contains(where: \.isAccruing) {
            own.tallies = tallies.filter { $0.key.kind == .leftOver && $0.key.partner == partner }
        }
        return own
    }

    /// The last instant that this money knows of.
    fileprivate func lastDate(in zone: Zone) -> Instant {
        var dates = earnings.all.flatMap { [$0.holdUntil] + earnings.lines(of: $0.key).map(\.at) }
        dates += holds.all.joined().map(\.at) + clawbacks.all.joined().map(\.at)
        dates += quotes.values.compactMap(\.last).map { zone.start(of: $0.day.adding(days: 8)) }
        return dates.max() ?? .earliest
    }

    /// Quotes of the days to come, like those of today.
    fileprivate mutating func goOn(after today: Day, to last: Day) {
        let count = Int(last.number - today.number)
        let days = stride(from: 1, through: count, by: 7).map { today.adding(days: $0) }
        for (currency, known) in quotes {
            let isFresh = known.contains { today.adding(days: -7) <= $0.day && $0.day <= today }
            guard isFresh else { continue }
            var quotes = known
            for day in days {
                guard let index = quotes.lastIndex(where: { $0.day <= day }), quotes[index].day < day else {
                    continue
                }
                quotes.insert(Quote(currency: currency, day: day, rate: quotes[index].rate), at: index + 1)
            }
            self.quotes[currency] = quotes
        }
    }
}
