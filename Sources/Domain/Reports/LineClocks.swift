import Engine
import Facts
import Values
import Work

/// When each of some lines is paid, or what stands in its way: for all of a page at once.
///
/// What stands on no statement is settled on trial: a partner's money, with what is alike in one sum.
struct LineClocks {
    private var clocks: [String: MoneyClock] = [:]

    init(_ lines: [LineFile], _ terms: TermsHistory, at look: Look) throws {
        let now = look.house.now()
        let today = (terms.inForce(at: now)?.zone ?? .utc).day(of: now)
        let members = try ExplanationQueries.members(Set(lines.map(\.partner)).sorted(), at: look)
        func rail(_ line: LineFile) -> Rail? { members[line.partner]?.rail.flatMap(Rail.init) }

        let away = lines.filter { $0.stated != nil && $0.stated?.item == nil }
        let returned = try ClockQueries.cameBack(Set(away.map(\.partner)).sorted(), at: look)
        for line in lines {
            guard let stated = line.stated else { continue }
            let due = MoneyClock.Due(
                day: stated.payDay, statement: stated.date, amount: stated.amount, isIssued: true)
            clocks[line.id] = MoneyClock(
                due, by: rail(line), item: stated.item ?? returned[stated.id], today: today)
        }

        for line in lines where line.status == .booked { clocks[line.id] = .waits(Wait(.notOwed)) }
        let open = lines.filter { $0.stated == nil && $0.earning.map(\.isOpen) ?? false }
        let partners = Set(open.map(\.partner)).sorted().compactMap { members[$0] }
        let byDay = terms.versions.contains(where: \.payouts.rateAtConversion)
        var purse = try OpenPurse(partners, byDay: byDay, at: look)
        let settledUntil = try FactLog.settledUntil(at: look)
        var forecasts: [String: Forecast] = [:]
        for line in open {
            let forecast =
                try forecasts[line.partner]
                ?? Forecast(
                    of: purse.partner(line.partner), settledUntil: settledUntil, now: now, terms,
                    purse.memory)
            forecasts[line.partner] = forecast
            let clock = purse.clock(of: line, forecast)
            guard case .due(let due) = clock else {
                clocks[line.id] = clock
                continue
            }
            clocks[line.id] = MoneyClock(due, by: rail(line), item: nil, today: today)
        }
    }

    /// What was taken back after its statement has no other.
    subscript(_ line: LineFile) -> MoneyClock { clocks[line.id] ?? .waits(Wait(.owedBack)) }
}

/// What some partners have that stands on no statement, as the engine remembers it. Earnings that were never
/// held and never changed later are alike by currency and quarter of an hour: their sums settle as they do.
struct OpenPurse {
    private(set) var memory = Memory(isWhole: true)
    private var names = Names()
    private var open: [Ref<Engine.Partner>: [EarningKey]] = [:]
    /// Those that are not in a sum.
    private var single: Set<EarningKey> = []

    /// A sum of earnings that become due together.
    struct Pile: Hashable {
        let partner: String
        let currency: Currency
        /// The first quarter of an hour, counted from 1970, at whose beginning it may be on a statement.
        let ready: Int64
        /// That in which it was earned, where the rate of that day counts. Every zone's days begin with one.
        let earned: Int64?

        static let length: Int64 = 900_000
    }

    private let byDay: Bool

    init(_ members: [MemberFile], byDay: Bool, at look: Look) throws {
        self.byDay = byDay
        let ids = members.map(\.id)
        guard !ids.isEmpty else { return }
        for member in members {
            let joining = Joining(
                partner: names.partner(member.id), at: member.at, type: names.word(""), plan: nil,
                account: nil, email: nil, currency: member.currency,
                rail: member.rail.flatMap(Rail.init))
            memory.partners[joining.partner] = Membership(joining: joining, leftAt: member.leftAt)
        }
        for (pile, sum) in try ClockQueries.piles(of: ids, byDay: byDay, at: look) { add(pile, sum) }
        for (earning, lines) in try ClockQueries.singles(of: ids, &names, at: look) {
            single.insert(earning.key)
            add(earning, lines)
        }
        for (conversion, marks) in try ClockQueries.holds(of: ids, &names, at: look) {
            memory.holds[conversion] = marks
        }
        for (partner, list) in try ClockQueries.clawbacks(of: ids, &names, at: look) {
            memory.clawbacks[partner] = list
        }
        for (partner, keys) in open { memory.setOpen(keys, of: partner) }
        try addQuotes(members, at: look)
    }

    private mutating func addQuotes(_ members: [MemberFile], at look: Look) throws {
        let open = memory.earnings.all
        guard let earliest = open.map(\.at).min() else { return }
        let now = look.house.now()
        let currencies = Set(open.map(\.currency)).union(members.compactMap(\.currency))
        guard currencies.count > 1 else { return }
        let from = Zone.utc.day(of: min(earliest, now)).adding(days: -9)
        memory.quotes = try ClockQueries.quotes(of: currencies.sorted(), from: from, at: look)
    }

    private mutating func add(_ earning: Earning, _ lines: [LineBrief]) {
        memory.earnings.load(earning)
        for line in lines { memory.earnings.post(line, to: earning.key) }
        open[earning.key.partner, default: []].append(earning.key)
    }

    private mutating func add(_ pile: Pile, _ sum: Int64) {
        let ready = Instant(milliseconds: pile.ready * Pile.length) ?? .latest
        let earned = pile.earned.flatMap { Instant(milliseconds: $0 * Pile.length) }
        let before = earned ?? ready.moved(by: Span(milliseconds: -1))
        var earning = Earning(
            key: key(pile), at: before, base: .zero(pile.currency), pay: .amount(.zero, pile.currency),
            rounding: .halfEven, holdUntil: ready)
        earning.posted = sum
        add(earning, [LineBrief(ordinal: 0, at: before, amount: sum)])
    }

    private mutating func key(_ pile: Pile) -> EarningKey {
        // No conversion has an id with a line break in it.
        let sum = "\(pile.currency.code)\n\(pile.ready) \(pile.earned ?? 0)"
        return EarningKey(
            conversion: names.conversion(sum), partner: names.partner(pile.partner), rule: 0)
    }
}

extension OpenPurse {
    mutating func partner(_ id: String) -> Ref<Engine.Partner> { names.partner(id) }

    mutating func clock(of line: LineFile, _ forecast: Forecast) -> MoneyClock {
        let own = EarningKey(
            conversion: names.conversion(line.conversion), partner: names.partner(line.partner),
            rule: UInt16(truncatingIfNeeded: line.rule),
            generation: UInt16(truncatingIfNeeded: line.generation))
        if single.contains(own) { return forecast.clock(of: own, ordinal: Int32(clamping: line.ordinal)) }
        if line.kind == "cap", line.amount.minor == 0 { return .waits(Wait(.capped)) }
        guard let earning = line.earning, earning.posted != 0 else { return .waits(Wait(.reversed)) }
        let ready = max(earning.holdUntil.milliseconds, earning.at.milliseconds + 1)
        let pile = Pile(
            partner: line.partner, currency: line.amount.currency,
            ready: (ready + Pile.length - 1) / Pile.length,
            earned: byDay ? earning.at.milliseconds / Pile.length : nil)
        return forecast.clock(of: key(pile), ordinal: 0)
    }
}
