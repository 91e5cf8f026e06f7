import Values

/// What else an earning was reckoned by, beyond its base, its pay and its step. It stays with the earning, so
/// that a refund is reckoned by the same. Only few earnings have any.
package struct Frozen: Hashable, Sendable {
    /// Of an earning whose rule has caps.
    package var capped: Capped?
    /// Of one of several who share the conversion.
    package var portion: Portion?
    /// Of an earning under terms that ask for ranks: its partner's at the event, by its place among the
    /// tiers; −1 where it had none.
    package var rank: Int32?
    /// What the guard of the price left of it, where that was not all.
    package var guarded: Guarded?
    /// Of an earning of net revenue.
    package var net: NetShare?
    /// What the sale brought under the rule, where others have shares of it and the base does not say it.
    package var sale: Money?
    /// Of an order of a reseller.
    package var resale: Resale?
    /// Of an earning that is rounded on its statement, and of what it was rounded into.
    package var accrual: Accrual?

    package init() {}

    var isEmpty: Bool { self == Frozen() }
}

/// What caps have counted of an earning.
package struct Capped: Hashable, Sendable {
    /// Whose caps they are; of what stands above a seller the seller's rule.
    package let rule: UInt16
    /// By the rule's caps, in their currencies.
    package var counted: [Exact]
    /// What they have left unpaid of it, in the earning's currency.
    package var lost = Exact.zero
    /// When a budget that is shared at its close closes; nil once it was, or where there is none.
    package var closesAt: Instant?

    package init(_ rule: UInt16, counted: [Exact], lost: Exact = .zero) {
        self.rule = rule
        self.counted = counted
        self.lost = lost
    }
}
