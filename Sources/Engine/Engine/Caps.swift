import Values

/// The most that a rule pays, by sequence: a line that is cut has what is left.
package struct Cap: Hashable, Sendable, BitwiseCopyable {
    package enum Scope: String, Hashable, Sendable, CaseIterable, BitwiseCopyable {
        /// Over all partners that are paid for one customer.
        case customer
        case partner
        /// A budget. Overrides count here, and only here.
        case program
    }

    package enum WhenFull: String, Hashable, Sendable, CaseIterable, BitwiseCopyable {
        /// Who comes first is paid.
        case firstCome = "first-come"
        /// All lines of the period are cut alike, when it closes. Only for a program's calendar period.
        case proRata = "pro-rata"
    }

    package let scope: Scope
    /// Above zero. Lines in other currencies are converted at their day's rate, for the comparison only.
    package let amount: Money
    package let period: Period
    package let whenFull: WhenFull
    /// Whether a refund gives room back.
    package let reopens: Bool

    package init(scope: Scope, amount: Money, period: Period, whenFull: WhenFull, reopens: Bool) {
        self.scope = scope
        self.amount = amount
        self.period = period
        self.whenFull = whenFull
        self.reopens = reopens
    }
}
