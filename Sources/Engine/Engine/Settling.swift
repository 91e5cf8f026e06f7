import Values

/// What the clock does for one partner, up to `asOf`: approves what its hold has left, and issues a statement
/// at every period's end on the way, in order, so that one late run equals many.
struct Settling {
    let partner: Ref<Partner>
    private let from: Instant?
    let asOf: Instant
    let history: TermsHistory
    let terms: Terms
    let memory: Memory
    let membership: Membership
    var member: Joining { membership.joining }
    /// Whether nothing of it will be kept.
    let isTrial: Bool
    var earnings: [Earning] = []
    var owed: [Clawback]
    var touched: Set<EarningKey> = []
    /// Lines of budgets that closed just now.
    private let cuts: [Line]
    /// Those of the earnings that the statement at hand would round, by index.
    var sums: [Int: Sum] = [:]
    /// What was due at the last boundary and went on no statement, and why.
    var waiting: [(indices: [Int], wait: Wait)] = []

    init(
        _ partner: Ref<Partner>, from: Instant?, asOf: Instant, _ history: TermsHistory, _ memory: Memory,
        after outcome: Outcome = Outcome(), isTrial: Bool = false
    ) throws(Stop) {
        guard let terms = history.inForce(at: asOf), let membership = try memory.membership(partner) else {
            throw .refused(.notFound(kind: "partner", id: "of this settlement"))
        }
        self.partner = partner
        self.from = from
        self.asOf = asOf
        self.history = history
        self.terms = terms
        self.memory = memory
        self.isTrial = isTrial
        self.membership = membership
        owed = try memory.owed(partner)
        earnings = try memory.openEarnings(partner).map { earning in
            outcome.earnings.last { $0.earning.key == earning.key }?.earning ?? earning
        }
        cuts = outcome.lines
    }

    mutating func run(into outcome: inout Outcome) throws(Stop) {
        let begins = trafficBegins
        guard let earliest = (earnings.map(\.at) + [begins].compactMap(\.self)).min() else { return }
        var day = terms.zone.day(of: max(from ?? earliest, earliest))
        while true {
            day = terms.payouts.schedule.boundary(after: day)
            let boundary = terms.zone.start(of: day)
            // Beyond the last day that can be written there is no boundary.
            guard boundary <= asOf, boundary < .latest else { break }
            if let from, boundary <= from { continue }
            try approve(until: boundary, &outcome)
            let before = outcome.statements.count
            try state(at: boundary, day, &outcome)
            // Past everything that has a date, each further boundary would find what this one found.
            if outcome.statements.count == before, boundary > quietAfter, try isQuiet(after: boundary) {
                break
            }
        }
        try approve(until: asOf, &outcome)
        for earning in earnings where touched.contains(earning.key) {
            outcome.keep(earning)
        }
        if owed != (try memory.owed(partner)) { outcome.changes.append(.clawbacks(partner, owed)) }
    }

    /// After this instant nothing that is known changes by itself: no hold ends; no line, debt or rate is
    /// newer.
    private var quietAfter: Instant {
        var last = earnings.map(\.holdUntil).max() ?? .earliest
        for earning in earnings {
            last = max(last, earning.frozen?.capped?.closesAt ?? last)
            last = max(last, lines(of: earning).map(\.at).max() ?? last, marks(earning).last?.at ?? last)
        }
        last = max(last, owed.map(\.at).max() ?? last)
        for day in memory.quotes.values.compactMap(\.last?.day) {
            last = max(last, terms.zone.start(of: day.adding(days: 9)))
        }
        return last
    }

    func lines(of earning: Earning) -> [LineBrief] {
        let known = memory.earnings.lines(of: earning.key)
        return cuts.isEmpty
            ? known : known + cuts.filter { $0.earning.key == earning.key }.map(LineBrief.init)
    }

    /// The sum of an earning's lines before `boundary`.
    private func dated(_ index: Int, before boundary: Instant) -> Int64 {
        if let sum = sums[index] { return sum.money }
        return lines(of: earnings[index]).reduce(0) { $1.at < boundary ? $0 + $1.amount : $0 }
    }

    // MARK: Approval

    private mutating func approve(until instant: Instant, _ outcome: inout Outcome) throws(Stop) {
        var sums: [Currency: Int64] = [:]
        for (index, earning) in earnings.enumerated()
        where earning.state == .pending && isFree(earning, by: instant) {
            earnings[index].state = .approved
            touched.insert(earning.key)
            sums[earning.currency] = try total([sums[earning.currency] ?? 0, earning.posted])
        }
        guard sums.values.contains(where: { $0 != 0 }) else { return }
        let start = outcome.postings.count
        for (currency, sum) in sums.sorted(by: { $0.key < $1.key }) {
            outcome.post(.pending(partner), sum, currency)
            outcome.post(.approved(partner), -sum, currency)
        }
        outcome.enter(.approved, at: instant, from: start)
    }

    /// Whether its hold was over by then, and nobody held it at that moment or has released it since.
    private func isFree(_ earning: Earning, by instant: Instant) -> Bool {
        guard earning.holdUntil <= instant else { return false }
        let end = earning.holdUntil
        return !isHeld(earning, at: end)
            || marks(earning).contains { !$0.isHold && end < $0.at && $0.at <= instant }
    }

    private func isHeld(_ earning: Earning, at instant: Instant) -> Bool {
        marks(earning).last { $0.at <= instant }?.isHold ?? false
    }

    /// Those of open earnings come with them; one without was never held.
    private func marks(_ earning: Earning) -> [HoldMark] { memory.holds[earning.key.conversion] ?? [] }

    // MARK: Statements

    /// Why what was due at the last boundary went on no statement.
    var waits: [EarningKey: Wait] {
        var waits: [EarningKey: Wait] = [:]
        for (indices, wait) in waiting { for index in indices { waits[earnings[index].key] = wait } }
        return waits
    }

    private mutating func state(at boundary: Instant, _ date: Day, _ outcome: inout Outcome) throws(Stop) {
        waiting = []
        var due = earnings.indices.filter {
            earnings[$0].state == .approved && earnings[$0].isDue(before: boundary)
                && !isHeld(earnings[$0], at: boundary)
        }
        due = try summed(due, at: boundary, date, outcome)
        defer { forgetSums() }
        let currencies = Set(due.map { earnings[$0].currency }).sorted()
        if let payout = member.currency {
            try issue(currencies, in: payout, due, at: boundary, date, &outcome)
        } else {
            for currency in currencies {
                try issue([currency], in: currency, due, at: boundary, date, &outcome)
            }
        }
    }

    private mutating func issue(
        _ currencies: [Currency], in payout: Currency, _ due: [Int], at boundary: Instant, _ date: Day,
        _ outcome: inout Outcome
    ) throws(Stop) {
        var parts: [(part: EarnedPart, indices: [Int])] = []
        var sum: Int64 = 0
        for currency in currencies {
            let own = due.filter { earnings[$0].currency == currency }
            for (indices, price) in try priced(own, from: currency, to: payout, on: date) {
                let earned = try total(indices.map { dated($0, before: boundary) })
                guard let part = try convert(Money(earned, currency), to: payout, at: price) else {
                    wait(indices, Wait(.waitingForRate))
                    continue
                }
                parts.append((part, indices))
                sum = try total([sum, part.converted.minor])
            }
        }
        let offset = try offset(against: sum, payout, before: boundary)
        guard sum > 0, sum - offset >= terms.payouts.threshold(payout) else {
            wait(parts.flatMap(\.indices), wait(for: sum, payout, before: boundary))
            return
        }
        try earn(parts.flatMap(\.indices), at: boundary, &outcome)
        let start = outcome.postings.count
        var stated: [StatedLine] = []
        for (part, indices) in parts {
            try post(part, indices, payout, boundary, &outcome)
            for index in indices { stated += statedLines(index, before: boundary) }
        }
        if offset > 0 {
            outcome.post(.payable(partner), offset, payout)
            outcome.post(.clawback(partner), -offset, payout)
            take(offset, payout, before: boundary)
        }
        outcome.enter(.stated, at: boundary, from: start)
        for (part, indices) in parts {
            for index in indices { try takeBack(from: index, part.exchange, at: boundary, &outcome) }
        }
        outcome.statements.append(
            StatementIssue(
                partner: partner, boundary: boundary, date: date,
                payDay: date.adding(days: terms.payouts.netDays), amount: Money(sum - offset, payout),
                offset: offset, earned: parts.map(\.part), lines: stated))
    }

    /// The lines that a statement takes up with an earning: those before it, and of a sum all that it is of.
    private func statedLines(_ index: Int, before boundary: Instant) -> [StatedLine] {
        let own = (sums[index]?.sources ?? [index]).flatMap { source in
            lines(of: earnings[source]).filter { $0.at < boundary }
                .map { StatedLine(earning: earnings[source].key, ordinal: $0.ordinal) }
        }
        return own + (sums[index] == nil ? [] : [StatedLine(earning: earnings[index].key, ordinal: 0)])
    }

    /// Notes why these wait; for a sum all that it is of does.
    mutating func wait(_ indices: [Int], _ wait: Wait) {
        waiting.append((indices.flatMap { sums[$0]?.sources ?? [$0] }, wait))
    }

    /// Why a sum makes no statement, and how much more would.
    private func wait(for sum: Int64, _ currency: Currency, before boundary: Instant) -> Wait {
        let least = Int128(max(terms.payouts.threshold(currency), 1))
        var enough = least
        for debt in owed where debt.currency == currency && debt.at < boundary { enough += Int128(debt.open) }
        // A debt takes no more than its share, so that the sum may reach the threshold before it is paid off.
        if let kept = terms.payouts.offset.complement, kept.numerator > 0 {
            let withShare = (least - 1) * Int128(kept.denominator) / Int128(kept.numerator) + 1
            enough = min(enough, withShare)
        }
        let missing = Money(Int64(clamping: enough - Int128(sum)), currency)
        return Wait(Int128(sum) >= least ? .offset : .belowThreshold, missing: missing)
    }

    /// Moves a currency's earnings onto the statement. What was taken back after the boundary is known
    /// already and is owed from its own day on, as if the statement had been issued in time.
    private mutating func post(
        _ part: EarnedPart, _ indices: [Int], _ payout: Currency, _ boundary: Instant,
        _ outcome: inout Outcome
    ) throws(Stop) {
        let currency = part.earned.currency
        let factor = part.exchange?.factor ?? .one
        var whole: Int64 = 0
        var owedBack: Int64 = 0
        var earned: Int64 = 0
        var given: Int64 = 0
        for index in indices {
            // The sum was rounded once; each earning has the step that it adds to the rounded sum.
            let own = dated(index, before: boundary)
            earned = try total([earned, own])
            let sum = try converted(Money(earned, currency), to: payout, by: factor, terms.rounding).minor
            let stated = Stated(
                amount: own, currency: payout, factor: factor, converted: sum - given, clawedBack: 0)
            given = sum
            whole = try total([whole, earnings[index].posted])
            owedBack = try total([owedBack, try stateEarning(at: index, stated, boundary)])
        }
        outcome.post(.approved(partner), whole, currency)
        outcome.post(.payable(partner), -part.converted.minor, payout)
        outcome.post(.clawback(partner), owedBack, payout)
        if let exchange = part.exchange {
            let mid = try converted(part.earned, to: payout, by: exchange.mid, terms.rounding).minor
            outcome.post(.exchange, -whole, currency)
            outcome.post(.exchange, mid - owedBack, payout)
            outcome.post(.spread, part.converted.minor - mid, payout)
        }
    }

    private mutating func stateEarning(
        at index: Int, _ new: Stated, _ boundary: Instant
    ) throws(Stop) -> Int64 {
        var stated = new
        let earning = earnings[index]
        var gone: Int64 = 0
        for line in lines(of: earning) where line.at >= boundary {
            gone -= line.amount
            let total = try stated.worth(gone, terms.rounding)
            if total > stated.clawedBack {
                owed = owed.adding(total - stated.clawedBack, stated.currency, at: line.at)
                stated.clawedBack = total
            }
        }
        earnings[index].stated = stated
        earnings[index].state = .stated
        touched.insert(earning.key)
        return stated.clawedBack
    }

    // MARK: What is owed

    private func offset(against total: Int64, _ currency: Currency, before boundary: Instant) throws(Stop)
        -> Int64
    {
        guard total > 0 else { return 0 }
        let open = try Engine.total(owed.filter { $0.currency == currency && $0.at < boundary }.map(\.open))
        do {
            return min(open, try Money(total, currency).times(terms.payouts.offset, .down).minor)
        } catch {
            throw .refused(error)
        }
    }

    private mutating func take(_ amount: Int64, _ currency: Currency, before boundary: Instant) {
        var rest = amount
        for index in owed.indices where owed[index].currency == currency && owed[index].at < boundary {
            let part = min(rest, owed[index].open)
            owed[index].open -= part
            rest -= part
        }
    }

    // MARK: Exchange

    /// Nil when no rate is known: the money waits.
    private func convert(_ earned: Money, to payout: Currency, at price: Worth) throws(Stop) -> EarnedPart? {
        switch price {
        case .same: return EarnedPart(earned: earned, converted: earned, exchange: nil)
        case .unknown: return nil
        case .rate(let exchange):
            let amount = try converted(earned, to: payout, by: exchange.factor, terms.rounding)
            return EarnedPart(earned: earned, converted: amount, exchange: exchange)
        }
    }

    /// What one currency costs in another.
    private enum Worth {
        case same, unknown
        case rate(Exchange)
    }

    /// What is due in one currency, by the rate that it is converted at: that of the statement, or those of
    /// the days of its conversions, the oldest first.
    private func priced(
        _ due: [Int], from currency: Currency, to payout: Currency, on date: Day
    ) throws(Stop) -> [(indices: [Int], price: Worth)] {
        if currency == payout { return [(due, .same)] }
        guard terms.payouts.rateAtConversion else {
            return [(due, try exchange(currency, payout, on: date).map(Worth.rate) ?? .unknown)]
        }
        var byDay: [Day: [Int]] = [:]
        for index in due { byDay[terms.zone.day(of: earnings[index].at), default: []].append(index) }
        var piles: [(indices: [Int], price: Worth, published: Day?)] = []
        for (day, indices) in byDay.sorted(by: { $0.key < $1.key }) {
            let exchange = try exchange(currency, payout, on: day)
            // Days without a publication of their own share that of the day before.
            if let index = piles.firstIndex(where: { $0.published == exchange?.day }) {
                piles[index].indices += indices
            } else {
                piles.append((indices, exchange.map(Worth.rate) ?? .unknown, exchange?.day))
            }
        }
        return piles.map { ($0.indices, $0.price) }
    }

    private func exchange(_ from: Currency, _ to: Currency, on date: Day) throws(Stop) -> Exchange? {
        guard let (fromRate, toRate, day) = try memory.rates(from, to, on: date) else { return nil }
        // A price that does not fit is no price: the money waits, and the rest of the partner's goes on.
        guard let inverse = Fraction(fromRate.denominator, fromRate.numerator),
            let mid = toRate.times(inverse), let kept = terms.payouts.spread.complement,
            let factor = mid.times(kept)
        else { return nil }
        return Exchange(
            from: fromRate, to: toRate, day: day, spread: terms.payouts.spread, mid: mid, factor: factor)
    }
}

extension Memory {
    /// Both rates per euro of the last day on which both were published, at most 7 days before `date`
    func rates(_ from: Currency, _ to: Currency, on date: Day) throws(Stop) -> (Fraction, Fraction, Day)? {
        let earliest = date.adding(days: -7)
        func published(_ currency: Currency) throws(Stop) -> [Quote] {
            try quotes(currency, date).filter { earliest <= $0.day && $0.day <= date }
        }
        if from == .eur { return try published(to).last.map { (.one, $0.rate, $0.day) } }
        if to == .eur { return try published(from).last.map { ($0.rate, .one, $0.day) } }
        let others = try published(to)
        for quote in try published(from).reversed() {
            if let other = others.last(where: { $0.day == quote.day }) {
                return (quote.rate, other.rate, quote.day)
            }
        }
        return nil
    }
}

/// A sum that is refused where it does not fit, never a trap.
func total(_ parts: [Int64]) throws(Stop) -> Int64 {
    guard let sum = Int64(exactly: parts.reduce(Int128(0)) { $0 + Int128($1) }) else {
        throw .refused(.overflow)
    }
    return sum
}
