/// How an exact amount becomes whole minor units. Both are symmetric, so that a reversal mirrors what it
/// reverses.
package enum Rounding: String, Hashable, Sendable, CaseIterable, BitwiseCopyable {
    case halfEven = "half-even"
    /// Ties away from zero.
    case halfUp = "half-up"
    /// Toward zero: for limits that must never be passed.
    case down
}

extension Rounding {
    /// `numerator / denominator` as a whole number.
    /// - Precondition: the denominator is positive.
    package func divide(_ numerator: Int128, by denominator: Int128) -> Int128 {
        precondition(denominator > 0, "an exact number has a positive denominator")
        let (quotient, remainder) = numerator.quotientAndRemainder(dividingBy: denominator)
        if remainder == 0 { return quotient }
        let away = quotient + (numerator < 0 ? -1 : 1)
        let rest = remainder.magnitude
        let gap = denominator.magnitude - rest
        switch self {
        case .down: return quotient
        case .halfUp: return rest >= gap ? away : quotient
        case .halfEven:
            if rest == gap { return quotient % 2 == 0 ? quotient : away }
            return rest > gap ? away : quotient
        }
    }
}
