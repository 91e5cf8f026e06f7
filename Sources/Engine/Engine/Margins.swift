import Values

/// What a reseller keeps of the list price when it sells.
package struct Margin: Sendable {
    package enum Combination: String, Hashable, Sendable, CaseIterable, BitwiseCopyable {
        /// `margin + uplift`.
        case add
        /// `1 − (1 − margin) × (1 − uplift)`.
        case compound
    }

    package struct TierShare: Hashable, Sendable, BitwiseCopyable {
        package let tier: Symbol
        package let share: Fraction

        package init(tier: Symbol, share: Fraction) {
            self.tier = tier
            self.share = share
        }
    }

    package var number: UInt16
    package var base: Fraction
    /// In place of `base` for partners of these tiers.
    package var tiers: [TierShare]
    /// The uplift for the deal's own registrant.
    package var registered: Fraction
    package var combination: Combination

    package init(
        number: UInt16, base: Fraction, tiers: [TierShare], registered: Fraction, combination: Combination
    ) {
        self.number = number
        self.base = base
        self.tiers = tiers
        self.registered = registered
        self.combination = combination
    }
}

/// A partner's marketing fund (MDF): what it earns for it, and how its claims are paid.
package struct FundTerms: Hashable, Sendable, BitwiseCopyable {
    package let number: UInt16
    /// The share of each sale, or of the commission, that is put by.
    package let accrue: Fraction
    package let measure: Override.Measure
    /// The share of an invoice that a claim may be for; never more than the fund has.
    package let reimburse: Fraction
    /// Calendar months after which what was put by and not used lapses; nil: never.
    package let expiresMonths: Int32?

    package init(
        number: UInt16, accrue: Fraction, measure: Override.Measure, reimburse: Fraction,
        expiresMonths: Int32?
    ) {
        self.number = number
        self.accrue = accrue
        self.measure = measure
        self.reimburse = reimburse
        self.expiresMonths = expiresMonths
    }
}
