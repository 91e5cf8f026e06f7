import Values

/// What those above the selling partner have of its sales. The seller's plan decides.
package struct Override: Sendable {
    package enum Measure: String, Hashable, Sendable, CaseIterable, BitwiseCopyable {
        /// The base of the seller's rule.
        case sale
        /// The seller's rounded line.
        case commission
    }

    package enum Cut: String, Hashable, Sendable, CaseIterable, BitwiseCopyable {
        /// The last level is cut first, the seller never.
        case deepestFirst = "deepest-first"
        /// All are cut alike, the seller's line, too.
        case proRata = "pro-rata"
    }

    package var number: UInt16
    /// Shares; the first is the seller's parent's. One to `levelsMax`.
    package var levels: [Fraction]
    package var measure: Measure
    /// The most that the seller's line and its overrides together may be, as a share of the sale's base.
    package var ceiling: Fraction?
    package var cut: Cut
    /// Of what follows from rules that are rounded on the statement, and of what statements round of it; set
    /// where the plan has such rules.
    package var sumNumber: UInt16?
    /// What stays the same from version to version: its plan's name and its own.
    package var lane = Symbol(0)

    package static let levelsMax = 10

    package init(number: UInt16, levels: [Fraction], measure: Measure, ceiling: Fraction?, cut: Cut) {
        self.number = number
        self.levels = levels
        self.measure = measure
        self.ceiling = ceiling
        self.cut = cut
    }
}

/// What a confirmed assistant has of a sale's base.
package struct AssistTerms: Hashable, Sendable, BitwiseCopyable {
    package let number: UInt16
    package let share: Fraction

    package init(number: UInt16, share: Fraction) {
        self.number = number
        self.share = share
    }
}
