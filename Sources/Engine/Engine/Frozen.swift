/// What else an earning was reckoned by, beyond its base, its pay and its step. It stays with the earning, so
/// that a refund is reckoned by the same. Only few earnings have any.
package struct Frozen: Hashable, Sendable {
    /// Of an earning whose rule has caps.
    package var capped: Capped?
    /// Of an earning of net revenue.
    package var net: NetShare?

    package init() {}

    var isEmpty: Bool { self == Frozen() }
}

/// What caps have counted of an earning.
package struct Capped: Hashable, Sendable {
    /// By the rule's caps, in their currencies.
    package var counted: [Int64]
    /// What they have left unpaid of it, in the earning's currency.
    package var lost: Int64 = 0

    package init(counted: [Int64], lost: Int64 = 0) {
        self.counted = counted
        self.lost = lost
    }
}
