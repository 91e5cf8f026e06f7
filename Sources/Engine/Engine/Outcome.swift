import Values

/// What follows from one fact. The memory is not touched until `Memory.apply`.
package struct Outcome: Sendable {
    package var decisions: [Decision] = []
    package var lines: [Line] = []
    package var entries: [Entry] = []
    package var statements: [StatementIssue] = []
    package var changes: [Change] = []
    package var notices: [Notice] = []

    package init() {}
}

/// Something worth telling that changed less than was asked for.
package enum Notice: Hashable, Sendable {
    /// A refund above what was left of the sale was cut to it.
    case refundCapped(asked: Int64, taken: Int64, Currency)
}

/// Whose a conversion is, and what became of every claim.
package struct Decision: Hashable, Sendable {
    package let conversion: Ref<Conversion>
    package let at: Instant
    package let terms: Int32
    package let model: Attribution.Model
    package let source: Ref<Partner>?
    /// In the order of the program's classes, the best first, the dropped ones last.
    package let claims: [WeighedClaim]
    /// How many decisions of this conversion came before.
    package let number: Int32
}

package struct Claim: Hashable, Sendable {
    /// The click, the coupon or the binding conversion, by class.
    package let evidence: Int32
    package let kind: ClaimClass
    package let partner: Ref<Partner>
    package let place: Place
}

package struct WeighedClaim: Hashable, Sendable {
    package let claim: Claim
    package let verdict: Verdict
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
    package enum Kind: String, Hashable, Sendable { case commission, reversal }

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
}

/// A journal entry: postings that sum to zero per currency. Debits are positive.
package struct Entry: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable {
        case earned, reversed, adjusted, approved, stated, released, paid, rejected, returned
    }
    package let kind: Kind
    package let effectiveAt: Instant
    package var postings: [Posting]

    package var isBalanced: Bool {
        var sums: [Currency: Int64] = [:]
        for posting in postings { sums[posting.currency, default: 0] &+= posting.minor }
        return sums.values.allSatisfy { $0 == 0 }
    }
}

package struct Posting: Hashable, Sendable, BitwiseCopyable {
    package let account: Account
    package let minor: Int64
    package let currency: Currency
}

/// An account of the books; its path is written at the edge.
package enum Account: Hashable, Sendable, BitwiseCopyable {
    case commission(type: Symbol)
    case pending(Ref<Partner>), approved(Ref<Partner>), payable(Ref<Partner>)
    case clawback(Ref<Partner>)
    case clearing(Rail), bank(Rail)
    case exchange, spread
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

/// A new value of something remembered.
package enum Change: Sendable {
    case partner(Membership)
    case coupon(CouponGrant)
    case customer(Ref<Identity>, Customer)
    case history(Ref<Identity>, [Ref<Conversion>])
    case sale(Sale)
    case dossier(Dossier)
    case holds(Ref<Conversion>, [HoldMark])
    case earning(Earning)
    case clawbacks(Ref<Partner>, [Clawback])
    case quote(Quote)
    case batch(Ref<Batch>, BatchMemory)
    /// These statements were taken by a batch, or came back from one.
    case taken([StatementBrief])
    case cameBack([StatementBrief])
}
