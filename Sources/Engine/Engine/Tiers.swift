import Values

/// Over what something is counted. Calendar periods are those of the program's zone; weeks begin on Monday.
package enum Period: Hashable, Sendable, BitwiseCopyable {
    case day, week, month, quarter, lifetime
    /// The span before each event, which itself is the end.
    case rolling(Span)

    /// As the program file has it.
    package var word: String {
        switch self {
        case .day: "day"
        case .week: "week"
        case .month: "month"
        case .quarter: "quarter"
        case .lifetime: "lifetime"
        case .rolling(let span): "rolling \(span.milliseconds / Span.days(1).milliseconds)d"
        }
    }
}

/// What one rule pays, by what the partner has brought under it.
package struct TierTable: Sendable {
    package enum Shape: String, Hashable, Sendable, CaseIterable, BitwiseCopyable {
        /// Each slice at its own step.
        case progressive
        /// All of the period at the step reached; the difference is a true-up.
        case retroactive
        /// Each event at the step that was reached before it.
        case prospective
    }

    /// What is counted, per partner and rule.
    package enum Counted: Hashable, Sendable, BitwiseCopyable {
        /// Bases.
        case revenue
        /// Events that the rule pays for.
        case count
        /// Events of this name, whether the rule pays for them or not.
        case events(Symbol)
    }

    /// How a refund leaves a progressive table.
    package enum Slices: String, Hashable, Sendable, CaseIterable, BitwiseCopyable {
        /// It takes back the line's own slices, in proportion.
        case own
        /// It comes off the top of the period.
        case top
    }

    package struct Step: Hashable, Sendable, BitwiseCopyable {
        /// Inclusive: minor units of the table's currency by revenue, else a count.
        package let start: Int64
        package let pay: Promise

        package init(start: Int64, pay: Promise) {
            self.start = start
            self.pay = pay
        }
    }

    package let counted: Counted
    package let shape: Shape
    package let period: Period
    /// In which revenue is compared.
    package let currency: Currency
    package let slices: Slices
    /// Of its true-up lines, among all entries of all plans; set where it makes any.
    package var number: UInt16 = 0
    /// Rising; the first starts at 0 by revenue, at 1 by count, and holds for all that is below, too. All
    /// promise the same kind of thing as the rule, in one currency and for one unit.
    package var steps: [Step]

    package init(
        counted: Counted, shape: Shape, period: Period, currency: Currency, slices: Slices, steps: [Step]
    ) {
        self.counted = counted
        self.shape = shape
        self.period = period
        self.currency = currency
        self.slices = slices
        self.steps = steps
    }
}

/// A rank of partners, such as gold.
package struct StatusTier: Sendable {
    package struct Goal: Hashable, Sendable, BitwiseCopyable {
        package let counted: TierTable.Counted
        /// Inclusive: minor units of `currency` by revenue, else a count.
        package let least: Int64
        package let currency: Currency
        /// What stays the same from version to version: its tier's name, what is counted and over what.
        package var lane = Symbol(0)

        package init(counted: TierTable.Counted, least: Int64, currency: Currency) {
            self.counted = counted
            self.least = least
            self.currency = currency
        }
    }

    package var name: Symbol
    /// All must be reached in the period, over all of the partner's conversions. Empty: the first tier is
    /// everybody's, any other is given by a `tier` fact only.
    package var goals: [Goal]
    package var period: Period
    /// How long the tier is kept after a period in which its goals were not reached.
    package var grace: Span

    package init(name: Symbol, goals: [Goal], period: Period, grace: Span) {
        self.name = name
        self.goals = goals
        self.period = period
        self.grace = grace
    }
}
