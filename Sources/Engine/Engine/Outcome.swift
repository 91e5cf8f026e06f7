import Values

/// What follows from one fact. The memory is not touched until `Memory.apply`.
///
/// A buffer: emptied and handed in again, it is filled without taking memory.
package struct Outcome: Sendable {
    /// Whether every claim is weighed, with the reason why it lost. Otherwise the winner alone is looked for;
    /// it is the same.
    package let isExplained: Bool
    package var decisions: [Decision] = []
    /// Those of all decisions.
    package var claims: [WeighedClaim] = []
    /// Those of all decisions.
    package var sharers: [Sharer] = []
    package var lines: [Line] = []
    package var entries: [Entry] = []
    /// Those of all lines.
    package var workings: [Working] = []
    /// Those of all entries.
    package var postings: [Posting] = []
    package var statements: [StatementIssue] = []
    package var notices: [Notice] = []

    // New values of what is remembered.
    package var sales: [Sale] = []
    package var customers: [CustomerChange] = []
    package var dossiers: [Dossier] = []
    package var earnings: [EarningChange] = []
    package var tallies: [TallyChange] = []
    package var netTallies: [NetTallyChange] = []
    package var changes: [Change] = []

    /// What the rules promise for the conversion that is judged just now.
    var rewards: [Reward] = []
    /// What each of them comes to.
    var targets: [Int64] = []
    /// What rules with net revenue see in it.
    var netAims: [NetAim] = []

    package init(isExplained: Bool = true) { self.isExplained = isExplained }

    /// Makes it ready for the next fact.
    package mutating func clear() {
        decisions.empty()
        claims.empty()
        sharers.empty()
        lines.empty()
        workings.empty()
        entries.empty()
        postings.empty()
        sales.empty()
        customers.empty()
        dossiers.empty()
        earnings.empty()
        rewards.empty()
        targets.empty()
        statements.empty()
        notices.empty()
        tallies.empty()
        netTallies.empty()
        netAims.empty()
        changes.empty()
    }

    /// Whether anything that is remembered gets a new value.
    package var changesMemory: Bool {
        !(sales.isEmpty && customers.isEmpty && dossiers.isEmpty && earnings.isEmpty && changes.isEmpty)
    }

    /// Makes one entry of the postings from `start` on; none where there are none.
    mutating func enter(_ kind: Entry.Kind, at instant: Instant, from start: Int) {
        guard start < postings.count else { return }
        entries.append(Entry(kind: kind, effectiveAt: instant, postings: Run(start..<postings.count)))
    }

    mutating func keep(_ earning: Earning) {
        let before = sales.count + dossiers.count + earnings.count + changes.count
        earnings.append(EarningChange(earning: earning, index: before))
    }

    mutating func post(_ account: Account, _ minor: Int64, _ currency: Currency) {
        postings.append(Posting(account: account, minor: minor, currency: currency))
    }

    package func isBalanced(_ entry: Entry) -> Bool {
        var sums: [Currency: Int64] = [:]
        for posting in postings[entry.postings] { sums[posting.currency, default: 0] &+= posting.minor }
        return sums.values.allSatisfy { $0 == 0 }
    }
}

/// Something worth telling that changed less than was asked for.
package enum Notice: Hashable, Sendable {
    /// A refund above what was left of the sale was cut to it.
    case refundCapped(asked: Int64, taken: Int64, Currency)
    /// What was given already is so much more than the guard lets all have of the price.
    case guardOverrun(Money)
    /// The fund had less than a claim was for.
    case claimCapped(asked: Money, paid: Money)
}

/// Whose a conversion is, and what became of every claim.
package struct Decision: Sendable, BitwiseCopyable {
    package let at: Instant
    /// The claim that won; of several the first.
    package let winner: Claim?
    package let model: Attribution.Model
    package let conversion: Ref<Conversion>
    package let terms: Int32
    /// How many decisions of this conversion came before.
    package let number: Int32
    /// Where its claims stand among the outcome's: in the order of the program's classes, the best first, the
    /// dropped ones last. None where the decision is not explained.
    package let claims: Run
    /// Where those stand among the outcome's who share it; none where it is one partner's, or nobody's.
    package let sharers: Run

    init(
        _ sale: Sale, _ terms: SharedTerms, _ number: Int32, _ winner: Claim?, claims: Range<Int>,
        sharers: Range<Int>
    ) {
        at = sale.at
        conversion = sale.conversion
        self.terms = terms.terms.version
        self.number = number
        model = terms.terms.attribution.model
        self.winner = winner
        self.claims = Run(claims)
        self.sharers = Run(sharers)
    }

    /// The one partner that it is attributed to.
    package var source: Ref<Partner>? { isShared ? nil : winner?.partner }
    package var isShared: Bool { !sharers.range.isEmpty }
}

package struct Claim: Hashable, Sendable, BitwiseCopyable {
    package let at: Instant
    /// The click, the coupon or the binding conversion, by class.
    package let evidence: Int32
    package let partner: Ref<Partner>
    package let kind: ClaimClass
}

package struct WeighedClaim: Hashable, Sendable, BitwiseCopyable {
    package let claim: Claim
    package internal(set) var verdict: Verdict
}

extension ClaimClass {
    /// What kind of thing its evidence is.
    package var evidence: Space {
        switch self {
        case .click: .click
        case .coupon: .coupon
        case .customer: .conversion
        case .override, .registration, .lead: preconditionFailure("no such claim is made yet")
        }
    }
}

package enum Verdict: Hashable, Sendable, BitwiseCopyable {
    case won
    case lost(LossReason)
    case dropped(Gate)
}

package enum LossReason: String, Hashable, Sendable, CaseIterable, BitwiseCopyable {
    case lowerClass = "lower_class"
    case earlierClick = "earlier_click"
    case laterClick = "later_click"
}

/// Why a claim was not weighed.
package enum Gate: String, Hashable, Sendable, CaseIterable, BitwiseCopyable {
    case afterConversion = "after_conversion"
    case windowElapsed = "window_elapsed"
    case bot
    case consentDenied = "consent_denied"
    case partnerNotActive = "partner_not_active"
    case selfReferral = "self_referral"
    case couponNotYetValid = "coupon_not_yet_valid"
    case requiresClick = "requires_click"
}

/// A commission line: a movement of an earning, never edited.
package struct Line: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, BitwiseCopyable {
        case commission, override, margin, reversal
        /// Of net revenue: what is below zero has changed another period, or leaves nothing due.
        case carry
        case trueUp = "true_up"
        /// Of no money: what it adds is rounded on the statement.
        case accrual
        /// Of nothing: it says what a cap took.
        case cap, bonus
        /// What was put by in a fund, or paid out of it.
        case fund = "mdf"
    }

    package let earning: Earning
    package let kind: Kind
    package let amount: Money
    package let at: Instant
    package let refunded: Money
    package let terms: Int32
    /// Where the line's money went: to the earning's own account, or to what the partner owes.
    package let isClawback: Bool
    package let ordinal: Int32
    package let postedBefore: Int64
    /// Where the steps stand among the outcome's, if there are any to tell of.
    package let workings: Run
    /// What it adds before rounding.
    package var accrued: Accrued?
}

/// A journal entry: postings that sum to zero per currency. Debits are positive.
package struct Entry: Hashable, Sendable, BitwiseCopyable {
    package enum Kind: String, Hashable, Sendable, BitwiseCopyable {
        case earned, reversed, adjusted, approved, stated, released, paid, rejected, returned
        /// Of funds.
        case claimed, lapsed
    }
    package let kind: Kind
    package let effectiveAt: Instant
    /// Where they stand among the outcome's.
    package let postings: Run
}

package struct Posting: Hashable, Sendable, BitwiseCopyable {
    package let account: Account
    package let minor: Int64
    package let currency: Currency
}

/// An account of the books; its path is written at the edge.
package enum Account: Hashable, Sendable, BitwiseCopyable {
    case commission(type: Symbol)
    case override, assist, bonus
    case pending(Ref<Partner>), approved(Ref<Partner>), payable(Ref<Partner>)
    case clawback(Ref<Partner>)
    case clearing(Rail), bank(Rail)
    case exchange, spread
    /// What a reseller owes for its orders, the revenue at list price, and what was given up of that.
    case receivable(Ref<Partner>), revenue, given(Giveaway)
    /// What a partner's fund has, what it has paid of sales that were refunded since, what was put by in all
    /// and what of that has lapsed.
    case fund(Ref<Partner>), fundOverdrawn(Ref<Partner>), fundExpense, fundLapsed

    package enum Giveaway: String, Hashable, Sendable, CaseIterable, BitwiseCopyable {
        case margin = "Margin"
        case uplift = "Uplift"
        case coupon = "Coupon"
    }
}

/// A statement as it is issued.
package struct StatementIssue: Hashable, Sendable {
    package let partner: Ref<Partner>
    /// The boundary it closes at; its local day is the statement's date.
    package let boundary: Instant
    package let date: Day
    package let payDay: Day
    package let amount: Money
    package let offset: Int64
    package let earned: [EarnedPart]
    package let lines: [StatedLine]
}

/// What was earned in one currency, and what it came to in the statement's.
package struct EarnedPart: Hashable, Sendable, BitwiseCopyable {
    package let earned: Money
    package let converted: Money
    package let exchange: Exchange?
}

package struct Exchange: Hashable, Sendable, BitwiseCopyable {
    package let from: Fraction
    package let to: Fraction
    package let day: Day
    package let spread: Fraction
    /// Units of the statement's currency for one of the earned, before the spread; exact.
    package let mid: Fraction
    /// The same after the spread.
    package let factor: Fraction
}

package struct StatedLine: Hashable, Sendable, BitwiseCopyable {
    package let earning: EarningKey
    package let ordinal: Int32
}

/// What is known of a customer from now on.
package struct CustomerChange: Sendable, BitwiseCopyable {
    package let identity: Ref<Identity>
    package let customer: Customer
    /// The conversion that joins its history as the latest.
    @Packed var latest: Ref<Conversion>?

    init(_ identity: Ref<Identity>, _ customer: Customer, latest: Ref<Conversion>? = nil) {
        self.identity = identity
        self.customer = customer
        self.latest = latest
    }
}

/// What is known of an earning from now on.
package struct EarningChange: Sendable {
    package let earning: Earning
    /// How many changes of the outcome came before it: with the fact's sequence the order in which earnings
    /// are made.
    package let index: Int
}

/// A new value of something remembered, of those that change less often.
package enum Change: Sendable {
    case partner(Membership)
    case coupon(CouponGrant)
    /// Empty where a conversion is no longer shared.
    case shares(Ref<Conversion>, [Sharer])
    case ranks(Ref<Partner>, [RankMark])
    case history(Ref<Identity>, [Ref<Conversion>])
    case course(Ref<Identity>, Course)
    case holds(Ref<Conversion>, [HoldMark])
    case clawbacks(Ref<Partner>, [Clawback])
    case fund(Ref<Partner>, [FundLot])
    case deals(Symbol, Deals)
    case quote(Quote)
    case batch(Ref<Batch>, BatchMemory)
    /// These statements were taken by a batch, or came back from one.
    case taken([StatementBrief])
    case cameBack([StatementBrief])
}
