import Values

/// A base that is gathered from components over a period (NGR), may be negative, and is carried over.
package struct NetRevenue: Sendable {
    package enum Deduction: Hashable, Sendable, BitwiseCopyable {
        /// The component of this name.
        case component(Symbol)
        /// This share of something, as money, rounded; of a negative it is zero.
        case percent(Fraction, of: Measure, name: Symbol)
    }

    package enum Measure: Hashable, Sendable, BitwiseCopyable {
        case component(Symbol)
        /// What is left after the deductions above this one.
        case rest
    }

    /// What is summed separately.
    package enum Pool: String, Hashable, Sendable, CaseIterable, BitwiseCopyable {
        case all, product, customer
    }

    package struct CarryOver: Hashable, Sendable, BitwiseCopyable {
        package enum What: String, Hashable, Sendable, CaseIterable, BitwiseCopyable {
            /// A negative period ends as zero.
            case none
            /// The negative base.
            case base
            /// The rate times the negative base.
            case commission
        }

        package let what: What
        /// Calendar months after which what is carried lapses; nil: never.
        package let expiresMonths: Int32?
        /// Below zero: a customer at or under it in one period stands alone from then on; only its own later
        /// revenue makes good.
        package let highRoller: Money?

        package init(what: What, expiresMonths: Int32?, highRoller: Money?) {
            self.what = what
            self.expiresMonths = expiresMonths
            self.highRoller = highRoller
        }
    }

    /// The component that it begins with, such as `ggr`.
    package var component: Symbol
    /// In file order; each is shown.
    package var less: [Deduction]
    /// A calendar period.
    package var period: Period
    package var pool: Pool
    package var carryOver: CarryOver

    package init(component: Symbol, less: [Deduction], period: Period, pool: Pool, carryOver: CarryOver) {
        self.component = component
        self.less = less
        self.period = period
        self.pool = pool
        self.carryOver = carryOver
    }
}
