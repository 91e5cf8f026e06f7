import Values

// Partners' marketing funds. What a sale puts by stands in the books as an earning that nobody is paid; what
// it has come to is held in lots by the day on which they lapse. Claims take from them, the oldest first.

/// What was put by in a partner's fund and lapses on the same day.
package struct FundLot: Hashable, Sendable, BitwiseCopyable {
    package let currency: Currency
    /// From then on nothing of it can be claimed; `never` for what does not lapse.
    package let lapsesOn: Day
    package var accrued: Int64 = 0
    /// What claims took of it.
    package var used: Int64 = 0
    package var lapsed: Int64 = 0

    package static let never = Day(number: .max)

    package init(currency: Currency, lapsesOn: Day) {
        self.currency = currency
        self.lapsesOn = lapsesOn
    }

    /// Below zero where more was claimed than refunds have left.
    package var left: Int64 { accrued - used - lapsed }
}

/// All of a partner's fund in one currency.
struct Fund {
    let currency: Currency
    /// Those that lapse first come first.
    private(set) var lots: [FundLot]

    init(_ lots: [FundLot], in currency: Currency) {
        self.currency = currency
        self.lots = lots.filter { $0.currency == currency }.sorted { $0.lapsesOn < $1.lapsesOn }
    }

    /// What claims may take on a day: nothing while it is overdrawn by as much.
    func available(on day: Day) throws(Stop) -> Int64 {
        let there = try total(lots.map { day < $0.lapsesOn ? max(0, $0.left) : 0 })
        return max(0, there - (try overdrawn()))
    }

    /// Puts by, or takes back. What has lapsed of the lot is taken back before what claims took, and a claim
    /// that the lot bears no longer is borne by the others, as far as they have not lapsed by `day`.
    mutating func add(_ amount: Int64, lapsing: Day, on day: Day) throws(Stop) {
        let index = place(of: lapsing)
        lots[index].accrued = try total([lots[index].accrued, amount])
        let back = min(lots[index].lapsed, max(0, -lots[index].left))
        lots[index].lapsed -= back
        try level(on: day)
    }

    private mutating func place(of lapsing: Day) -> Int {
        if let known = lots.firstIndex(where: { $0.lapsesOn == lapsing }) { return known }
        let index = lots.firstIndex { lapsing < $0.lapsesOn } ?? lots.count
        lots.insert(FundLot(currency: currency, lapsesOn: lapsing), at: index)
        return index
    }

    private mutating func level(on day: Day) throws(Stop) {
        for short in lots.indices where lots[short].left < 0 {
            for other in lots.indices where lots[other].left > 0 && day < lots[other].lapsesOn {
                let part = min(lots[other].left, -lots[short].left)
                lots[other].used = try total([lots[other].used, part])
                lots[short].used = try total([lots[short].used, -part])
                if lots[short].left == 0 { break }
            }
        }
    }

    /// - Precondition: as much is available.
    mutating func take(_ amount: Int64, on day: Day) throws(Stop) {
        var rest = amount
        for index in lots.indices where lots[index].left > 0 && day < lots[index].lapsesOn {
            let part = min(rest, lots[index].left)
            lots[index].used = try total([lots[index].used, part])
            rest -= part
        }
    }

    /// Lets lapse what lapses on a day.
    mutating func lapse(on day: Day) throws(Stop) {
        for index in lots.indices where lots[index].lapsesOn == day && lots[index].left > 0 {
            lots[index].lapsed = try total([lots[index].lapsed, lots[index].left])
        }
    }

    // MARK: In the books

    fileprivate func accrued() throws(Stop) -> Int64 { try total(lots.map(\.accrued)) }
    fileprivate func used() throws(Stop) -> Int64 { try total(lots.map(\.used)) }
    fileprivate func lapsed() throws(Stop) -> Int64 { try total(lots.map(\.lapsed)) }
    fileprivate func standing() throws(Stop) -> Int64 { try total(lots.map { max(0, $0.left) }) }
    fileprivate func overdrawn() throws(Stop) -> Int64 { try total(lots.map { max(0, -$0.left) }) }
}

extension Memory {
    func fund(_ partner: Ref<Partner>) throws(Stop) -> [FundLot] {
        if let known = funds[partner] { return known }
        if isWhole { return [] }
        throw .unknown([.fund(partner)])
    }

    /// As it stands after an outcome that is still being made.
    private func fund(_ partner: Ref<Partner>, after outcome: Outcome) throws(Stop) -> [FundLot] {
        for change in outcome.changes.reversed() {
            if case .fund(partner, let lots) = change { return lots }
        }
        return try fund(partner)
    }

    /// Changes a fund and books what changed of it. What claims took goes to the partner's account; what
    /// they took of sales that were refunded since is overdrawn.
    private func change(
        _ partner: Ref<Partner>, _ currency: Currency, into outcome: inout Outcome,
        _ body: (inout Fund) throws(Stop) -> Void
    ) throws(Stop) {
        let lots = try fund(partner, after: outcome)
        let before = Fund(lots, in: currency)
        var after = before
        try body(&after)
        outcome.post(.fundExpense, try total([after.accrued(), -before.accrued()]), currency)
        outcome.post(.approved(partner), try total([before.used(), -after.used()]), currency)
        outcome.post(.fundLapsed, try total([before.lapsed(), -after.lapsed()]), currency)
        outcome.post(.fund(partner), try total([before.standing(), -after.standing()]), currency)
        outcome.post(.fundOverdrawn(partner), try total([after.overdrawn(), -before.overdrawn()]), currency)
        outcome.changes.append(
            .fund(partner, lots.filter { $0.currency != currency } + after.lots))
    }
}

// MARK: What a sale puts by

extension FundTerms {
    /// The day on which what a sale puts by lapses: so many calendar months after its month has ended.
    func lapse(of sale: Instant, in zone: Zone) -> Day {
        guard let expiresMonths else { return FundLot.never }
        let first = Day(number: Period.month.firstDay(of: zone.day(of: sale)))
        return first.adding(months: Int(expiresMonths) + 1)
    }
}

extension Memory {
    /// Adds what a seller of record puts by of what its order leaves the vendor.
    func addFund(
        ofSeller member: Joining, _ sale: Sale, _ terms: SharedTerms, into outcome: inout Outcome
    ) throws(Stop) {
        guard terms.beside.hasFunds,
            let fund = terms.terms.plan(type: member.type, plan: member.plan)?.fund, fund.measure == .sale
        else { return }
        add(fund, of: try Base().of(sale), for: member, at: sale.at, terms, &outcome)
        outcome.tellMargin(of: sale, from: outcome.rewards.count - 1)
    }

    /// Adds what a sale puts by that rules pay for: of what they were reckoned on. A rule beside others adds
    /// nothing, unless there are only such.
    /// - Parameter start: where the rewards of the rules begin.
    func addFund(_ occasion: Occasion, from start: Int, into outcome: inout Outcome) throws(Stop) {
        guard occasion.terms.beside.hasFunds else { return }
        let (member, terms) = (occasion.member, occasion.terms)
        guard let fund = terms.terms.plan(type: member.type, plan: member.plan)?.fund, fund.measure == .sale,
            start < outcome.rewards.count
        else { return }
        let own = outcome.rewards[start...]
        let main = own.filter { terms.rule($0.rule)?.isAlso == false }
        let bases = (main.isEmpty ? [own[start]] : main).map(\.sale)
        let currency = occasion.sale.amount.currency
        let base = Money(try total(bases.map { $0.currency == currency ? $0.minor : 0 }), currency)
        add(fund, of: base, for: member, at: occasion.sale.at, terms, &outcome)
    }

    private func add(
        _ fund: FundTerms, of base: Money, for member: Joining, at instant: Instant, _ terms: SharedTerms,
        _ outcome: inout Outcome
    ) {
        let start = outcome.workings.count
        outcome.workings.append(.fund(base))
        var reward = Reward(
            partner: member.partner, rule: fund.number, base: base, pay: .percent(fund.accrue),
            rounding: terms.terms.rounding, holdUntil: instant)
        reward.workings = Run(start..<outcome.workings.count)
        outcome.rewards.append(reward)
    }

    /// Adds what is put by of the commission: of the lines that the rules pay, before caps and the guard.
    func addFunds(_ dossier: Dossier, _ terms: SharedTerms, into outcome: inout Outcome) throws(Stop) {
        guard terms.beside.hasFundsOfCommission else { return }
        let day = terms.terms.zone.day(of: dossier.at)
        var isDone: Set<Ref<Partner>> = []
        for reward in outcome.rewards where !isDone.contains(reward.partner) {
            guard let fund = terms.beside.fund(beside: reward.rule), fund.measure == .commission else {
                continue
            }
            isDone.insert(reward.partner)
            var (whole, left): (Int64, Int64) = (0, 0)
            for (other, target) in zip(outcome.rewards, outcome.targets)
            where other.partner == reward.partner && terms.rule(other.rule) != nil {
                let all = Money(try other.target(in: dossier.whole), other.currency)
                whole = try total([whole, try compared(all, in: reward.currency, on: day) ?? 0])
                let now = Money(target, other.currency)
                left = try total([left, try compared(now, in: reward.currency, on: day) ?? 0])
            }
            guard let member = try membership(reward.partner)?.joining else { continue }
            add(fund, of: Money(whole, reward.currency), for: member, at: dossier.at, terms, &outcome)
            do {
                outcome.targets.append(
                    try Money(left, reward.currency).times(fund.accrue, terms.terms.rounding).minor)
            } catch {
                throw .refused(error)
            }
        }
    }

    /// Books what changed of what a sale puts by.
    func putBy(
        _ amount: Int64, for earning: Earning, _ dossier: Dossier, _ terms: SharedTerms,
        _ instant: Instant, _ outcome: inout Outcome
    ) throws(Stop) {
        let zone = terms.terms.zone
        let lapses = terms.beside.fund(number: earning.key.rule)?.lapse(of: dossier.at, in: zone)
        try change(earning.key.partner, earning.currency, into: &outcome) { fund throws(Stop) in
            try fund.add(amount, lapsing: lapses ?? FundLot.never, on: zone.day(of: instant))
        }
    }
}

// MARK: Claims, and what lapses

/// A claim on a partner's fund, which somebody has approved.
package struct FundClaim: Sendable, BitwiseCopyable {
    /// In whose place its earning stands.
    package let account: Ref<Conversion>
    package let partner: Ref<Partner>
    /// Of the invoice.
    package let amount: Money

    package init(account: Ref<Conversion>, partner: Ref<Partner>, amount: Money) {
        self.account = account
        self.partner = partner
        self.amount = amount
    }
}

extension Memory {
    /// Pays the share of an invoice that the fund's terms promise, as far as the fund has it.
    func pay(
        _ claim: FundClaim, at instant: Instant, _ terms: TermsHistory, into outcome: inout Outcome
    ) throws(Stop) {
        guard let member = try membership(claim.partner)?.joining,
            let version = terms.sharedInForce(at: instant),
            let own = version.terms.plan(type: member.type, plan: member.plan)?.fund
        else { throw .refused(.invalid("/partner", .because("has a plan without a marketing fund"))) }
        let currency = claim.amount.currency
        let day = version.terms.zone.day(of: instant)
        let available = try Fund(try fund(claim.partner), in: currency).available(on: day)
        guard available > 0 else {
            throw .refused(
                .invalid("/amount", .because("is for a fund that has nothing in \(currency.code) by then")))
        }
        let asked: Money
        do {
            asked = try claim.amount.times(own.reimburse, version.terms.rounding)
        } catch {
            throw .refused(error)
        }
        let paid = Money(min(asked.minor, available), currency)
        guard paid.minor > 0 else {
            throw .refused(.invalid("/amount", .because("comes to less than the smallest coin")))
        }
        if paid != asked { outcome.notices.append(.claimCapped(asked: asked, paid: paid)) }
        let start = outcome.postings.count
        try change(claim.partner, currency, into: &outcome) { fund throws(Stop) in
            try fund.take(paid.minor, on: day)
        }
        outcome.enter(.claimed, at: instant, from: start)
        earn(paid, of: asked, claim, own, version, at: instant, Money(available, currency), &outcome)
    }

    private func earn(
        _ paid: Money, of asked: Money, _ claim: FundClaim, _ own: FundTerms, _ version: SharedTerms,
        at instant: Instant, _ available: Money, _ outcome: inout Outcome
    ) {
        var earning = Earning(
            key: EarningKey(conversion: claim.account, partner: claim.partner, rule: own.number), at: instant,
            base: claim.amount, pay: .percent(own.reimburse), rounding: version.terms.rounding,
            holdUntil: instant)
        earning.state = .approved
        earning.posted = paid.minor
        let start = outcome.workings.count
        outcome.workings.append(.claim(asked, available: available))
        outcome.lines.append(
            Line(
                earning: earning, kind: .fund, amount: paid, at: instant,
                refunded: .zero(paid.currency), terms: version.terms.version, isClawback: false, ordinal: 0,
                postedBefore: 0, workings: Run(start..<outcome.workings.count)))
        outcome.keep(earning)
    }

    /// Lets lapse what nobody has claimed of a partner's fund by then, day by day.
    func lapseFund(
        of partner: Ref<Partner>, asOf instant: Instant, _ terms: TermsHistory, into outcome: inout Outcome
    ) throws(Stop) {
        guard terms.haveFunds, let zone = terms.inForce(at: instant)?.zone else { return }
        let today = zone.day(of: instant)
        let due = try fund(partner).filter { $0.lapsesOn <= today && $0.left > 0 }
        for lot in due.sorted(by: { ($0.lapsesOn, $0.currency) < ($1.lapsesOn, $1.currency) }) {
            let start = outcome.postings.count
            try change(partner, lot.currency, into: &outcome) { fund throws(Stop) in
                try fund.lapse(on: lot.lapsesOn)
            }
            outcome.enter(.lapsed, at: zone.start(of: lot.lapsesOn), from: start)
        }
    }
}
