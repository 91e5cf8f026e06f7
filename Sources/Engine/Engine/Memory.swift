import Values

/// What the fold remembers. A value.
///
/// `simulate` and `verify` hold it whole: what is absent is zero. Live it is partial: what was not loaded is
/// never taken for zero, it stops the judgement with `Stop.unknown`, the caller loads it and judges again. So
/// there is no list of needs that could drift from the rules.
package struct Memory: Sendable {
    package let isWhole: Bool
    package var partners: Column<Partner, Membership> = Column()
    /// Whose a link is.
    package var links: Column<Link, Ref<Partner>> = Column()
    /// Whose they are that belong to several; `links` has the first of them.
    package var sharedLinks: [Ref<Link>: [Sharer]] = [:]
    package var coupons: [Symbol: CouponGrant?] = [:]
    package var customers: Column<Identity, Customer> = Column()
    /// Of those whose earlier conversions a rule looks at.
    package var courses: Column<Identity, Course> = Column()
    package var histories = Histories()
    package var sales: Column<Conversion, Sale> = Column()
    package var details = Details()
    package var touches = Touches()
    /// Whether every click is there and stands in its place among its visitor's. Otherwise the edge says for
    /// each judgement which clicks may speak.
    package var walksVisitors = false
    /// The clicks that may speak at a conversion, the newest first; handed in by the edge for each judgement.
    package var evidence: [Ref<Conversion>: [Ref<Click>]] = [:]
    package var dossiers: Column<Conversion, Dossier> = Column()
    /// Whose those are that several share; they come with their dossiers.
    package var shares: [Ref<Conversion>: [Sharer]] = [:]
    /// Of those that ever were held, when: in their order.
    package var holds: Column<Conversion, [HoldMark]> = Column()
    /// The ranks that were given to partners by hand, in their order.
    package var ranks: Column<Partner, [RankMark]> = Column()
    package var earnings = Earnings()
    package var tallies: [TallyKey: Tally] = [:]
    package var nets: [NetKey: NetTally] = [:]
    /// Handed in by the edge for each settlement.
    package var traffic: [TrafficQuery: Int64] = [:]
    /// In whose place what statements round stands; handed in by the edge when it is asked.
    package var accounts: [StatementAccount: Ref<Conversion>] = [:]
    /// Earnings of a partner that stand on no statement yet, by row, in the order in which they were made.
    var open: Column<Partner, [Int32]> = Column()
    package var clawbacks: Column<Partner, [Clawback]> = Column()
    /// What partners' marketing funds hold.
    package var funds: Column<Partner, [FundLot]> = Column()
    /// By the company that they are with.
    package var deals: [Symbol: Deals] = [:]
    package var quotes: [Currency: [Quote]] = [:]
    /// Statements that no batch has taken yet, or that came back.
    package var unpaid: [StatementBrief]?
    package var batches: Column<Batch, BatchMemory> = Column()
    /// Whether the first of a tie comes first; handed in by the edge when it is asked.
    package var ties: [Tie: Bool] = [:]

    package init(isWhole: Bool) {
        self.isWhole = isWhole
        if isWhole { unpaid = [] }
    }

    /// Makes room for what is about to come, so that nothing is moved while it comes.
    package mutating func reserve(clicks: Int, conversions: Int, customers count: Int) {
        touches.reserve(clicks)
        customers.reserve(count)
        sales.reserve(conversions)
        dossiers.reserve(conversions)
        histories.reserve(conversions)
        earnings.reserve(conversions)
    }
}

/// Something the memory was asked for and does not hold.
package enum Wanted: Hashable, Sendable {
    case partner(Ref<Partner>)
    case coupon(Symbol)
    case customer(Ref<Identity>)
    case history(Ref<Identity>)
    case sale(Ref<Conversion>)
    case evidence(Ref<Conversion>)
    case dossier(Ref<Conversion>)
    case holds(Ref<Conversion>)
    case tally(TallyKey)
    case net(NetKey)
    case sum(EarningKey)
    case traffic(TrafficQuery)
    case account(StatementAccount)
    case ranks(Ref<Partner>)
    case open(Ref<Partner>)
    case clawbacks(Ref<Partner>)
    case fund(Ref<Partner>)
    case deals(Symbol)
    case quotes(Currency, Day)
    case unpaid
    case batch(Ref<Batch>)
    case order(Tie)
}

/// Why a judgement ended without an outcome.
package enum Stop: Error {
    case unknown([Wanted])
    case refused(Refusal)
}

/// A partner's time in the program.
package struct Membership: Hashable, Sendable, BitwiseCopyable {
    package let joining: Joining
    package var leftAt: Instant?

    package init(joining: Joining, leftAt: Instant? = nil) {
        self.joining = joining
        self.leftAt = leftAt
    }

    package func isActive(at instant: Instant) -> Bool {
        joining.at <= instant && (leftAt.map { instant < $0 } ?? true)
    }
}

/// What is known of a customer after all of its conversions so far.
package struct Customer: Hashable, Sendable, BitwiseCopyable {
    private var boundAt = Instant.earliest
    private var firstPaidAt = Instant.earliest
    private var lastAt = Instant.earliest
    @Packed private var boundTo: Ref<Partner>?
    @Packed private var boundBy: Ref<Conversion>?
    @Packed private var firstPaidBy: Ref<Conversion>?
    @Packed private var lastBy: Ref<Conversion>?

    package init() {}

    package var bind: Bind? {
        get {
            guard let boundTo, let boundBy else { return nil }
            return Bind(partner: boundTo, by: boundBy, at: boundAt)
        }
        set { (boundTo, boundBy, boundAt) = (newValue?.partner, newValue?.by, newValue?.at ?? .earliest) }
    }

    /// Its earliest conversion with an amount above zero.
    package var firstPaid: Place? {
        get { firstPaidBy.map { Place(at: firstPaidAt, conversion: $0) } }
        set { (firstPaidBy, firstPaidAt) = (newValue?.conversion, newValue?.at ?? .earliest) }
    }

    package var last: Place? {
        get { lastBy.map { Place(at: lastAt, conversion: $0) } }
        set { (lastBy, lastAt) = (newValue?.conversion, newValue?.at ?? .earliest) }
    }
}

/// A customer bound to a partner by its first conversion that had a single source.
package struct Bind: Hashable, Sendable, BitwiseCopyable {
    package let partner: Ref<Partner>
    package let by: Ref<Conversion>
    package let at: Instant

    package init(partner: Ref<Partner>, by: Ref<Conversion>, at: Instant) {
        self.partner = partner
        self.by = by
        self.at = at
    }

    /// Whether it had come to its end by then; the end itself is outside.
    func isOver(at instant: Instant, _ policy: Attribution) -> Bool {
        policy.bindExpires.map { instant >= at.moved(by: $0) } ?? false
    }
}

/// A conversion's file: what was decided and what of it is left.
package struct Dossier: Hashable, Sendable, BitwiseCopyable {
    package let at: Instant
    package let amount: Money
    package var isNewCustomer: Bool
    package var isRejected = false
    package var isHeld = false
    package internal(set) var terms: Int32
    /// Gross, cumulative, never above the amount.
    package var refunded: Int64 = 0
    package let conversion: Ref<Conversion>
    /// How often it was decided.
    package var decisions: Int32 = 0
    /// The one partner that it is attributed to.
    @Packed package var source: Ref<Partner>?

    package init(
        conversion: Ref<Conversion>, at: Instant, amount: Money, terms: Int32, source: Ref<Partner>?,
        isNewCustomer: Bool
    ) {
        self.conversion = conversion
        self.at = at
        self.amount = amount
        self.terms = terms
        self.isNewCustomer = isNewCustomer
        self.source = source
    }

    package var place: Place { Place(at: at, conversion: conversion) }
    package var left: Int64 { isRejected ? 0 : amount.minor - refunded }
}

/// From when on a conversion's money is held, or no longer.
package struct HoldMark: Hashable, Sendable, BitwiseCopyable {
    package let at: Instant
    package let mark: Ref<Mark>
    package let isHold: Bool

    package init(_ mark: Ref<Mark>, at: Instant, isHold: Bool) {
        self.mark = mark
        self.at = at
        self.isHold = isHold
    }
}

/// What one conversion earns one partner under one rule. `generation` counts up when money is added after the
/// earlier one was already on a statement.
package struct EarningKey: Hashable, Sendable, BitwiseCopyable {
    package let conversion: Ref<Conversion>
    package let partner: Ref<Partner>
    package let rule: UInt16
    package let generation: UInt16

    package init(conversion: Ref<Conversion>, partner: Ref<Partner>, rule: UInt16, generation: UInt16 = 0) {
        self.conversion = conversion
        self.partner = partner
        self.rule = rule
        self.generation = generation
    }

    /// The same earning, whatever its generation.
    func isKin(of other: EarningKey) -> Bool {
        conversion == other.conversion && partner == other.partner && rule == other.rule
    }
}

/// An earning. Its lines stand apart (`Earnings`). Its money moves from place to place as a whole:
///
///     pending ──hold over──▶ approved ──statement──▶ stated
///     booked: in the books alone; nobody is paid it
package struct Earning: Hashable, Sendable {
    package enum State: String, Hashable, Sendable, BitwiseCopyable { case pending, approved, stated, booked }

    package let key: EarningKey
    package let at: Instant
    /// What the rate was applied to, before refunds; for a reward that is no share the reward itself.
    package var base: Money
    package var pay: Pay
    package let rounding: Rounding
    package let holdUntil: Instant
    package var state = State.pending
    package var isHeld = false
    /// Whether the decision in force promises it.
    package var stands = true
    package var posted: Int64 = 0
    /// How many lines were posted for it before this judgement.
    package var lineCount: Int32 = 0
    /// Set when it is stated.
    @Boxed package var stated: Stated?
    /// Where its rule has tiers: at which step it stands. Of the first generation alone.
    package var tiering: Tiering?
    @Boxed package var frozen: Frozen?

    package init(key: EarningKey, at: Instant, base: Money, pay: Pay, rounding: Rounding, holdUntil: Instant)
    {
        self.key = key
        self.at = at
        self.base = base
        self.pay = pay
        self.rounding = rounding
        self.holdUntil = holdUntil
    }

    package var currency: Currency {
        switch pay {
        case .percent: base.currency
        case .amount(_, let currency): currency
        }
    }

    /// Whether it waits for a statement.
    package var isOpen: Bool { state == .pending || state == .approved }

    /// What caps left unpaid of it.
    package var lost: Int64 { frozen?.capped?.lost ?? 0 }
}

/// How an earning came onto its statement, so that a later refund takes the original rate.
package struct Stated: Hashable, Sendable, BitwiseCopyable {
    package let amount: Int64
    package let currency: Currency
    /// One minor-exact unit of the earning's currency in the statement's, spread taken off.
    package let factor: Fraction
    /// Its part of what the statement gives for this currency; the parts of a statement sum to that exactly.
    package let converted: Int64
    /// In the statement's currency: what was claimed back so far.
    package var clawedBack: Int64

    package init(amount: Int64, currency: Currency, factor: Fraction, converted: Int64, clawedBack: Int64) {
        self.amount = amount
        self.currency = currency
        self.factor = factor
        self.converted = converted
        self.clawedBack = clawedBack
    }

    /// What so much of the amount came to on the statement: all of it to all that was given.
    func worth(_ part: Int64, _ rounding: Rounding) throws(Stop) -> Int64 {
        // What was owed without having been stated is owed as it is.
        guard amount != 0 else { return factor == .one ? part : 0 }
        do {
            return try Money(converted, currency).times(.one, part: part, of: amount, rounding).minor
        } catch {
            throw .refused(error)
        }
    }
}

package struct LineBrief: Hashable, Sendable, BitwiseCopyable {
    package let at: Instant
    package let amount: Int64
    package let ordinal: Int32
    /// What it adds before rounding, where that is the statement's.
    package let exact: Exact?

    package init(ordinal: Int32, at: Instant, amount: Int64, exact: Exact? = nil) {
        self.ordinal = ordinal
        self.at = at
        self.amount = amount
        self.exact = exact
    }
}

/// What a partner owes since `at`; offset against later statements, oldest first.
package struct Clawback: Hashable, Sendable, BitwiseCopyable {
    package let number: Int32
    package let at: Instant
    package let currency: Currency
    package let amount: Int64
    package var open: Int64

    package init(number: Int32, at: Instant, currency: Currency, amount: Int64, open: Int64) {
        self.number = number
        self.at = at
        self.currency = currency
        self.amount = amount
        self.open = open
    }
}

/// A statement as payouts see it.
package struct StatementBrief: Hashable, Sendable, BitwiseCopyable {
    package let statement: Ref<Statement>
    package let partner: Ref<Partner>
    package let amount: Money
    package let payDay: Day

    package init(statement: Ref<Statement>, partner: Ref<Partner>, amount: Money, payDay: Day) {
        self.statement = statement
        self.partner = partner
        self.amount = amount
        self.payDay = payDay
    }
}

/// A batch of payouts:
///
///     open ──approved by enough others──▶ approved ──every item answered──▶ completed
package struct BatchMemory: Hashable, Sendable {
    package enum State: String, Hashable, Sendable { case open, approved, completed }

    package var state = State.open
    package let openedBy: Ref<Person>
    package var approvedBy: [Ref<Person>] = []
    package let approvalsNeeded: Int
    package var items: [PayoutItem]

    package init(openedBy: Ref<Person>, approvalsNeeded: Int, items: [PayoutItem]) {
        self.openedBy = openedBy
        self.approvalsNeeded = approvalsNeeded
        self.items = items
    }
}

package struct PayoutItem: Hashable, Sendable {
    package enum State: String, Hashable, Sendable, BitwiseCopyable {
        case open, released, paid, rejected, returned, unknown
    }
    package let partner: Ref<Partner>
    package let rail: Rail
    package let amount: Money
    package var state = State.open
    package let statements: [StatementBrief]

    package init(partner: Ref<Partner>, rail: Rail, amount: Money, statements: [StatementBrief]) {
        self.partner = partner
        self.rail = rail
        self.amount = amount
        self.statements = statements
    }
}
