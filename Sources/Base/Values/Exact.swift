/// An amount before it is rounded, in minor units: 46.725 USD are 4672 and 1/2.
package struct Exact: Hashable, Sendable, BitwiseCopyable {
    /// Rounded down.
    package let whole: Int64
    /// From zero on, below one.
    private let part: Fraction

    package static let zero = Exact(0)

    package init(_ minor: Int64) {
        whole = minor
        part = .zero
    }

    /// Nil when the denominator is not positive or the number does not fit.
    package init?(_ numerator: Int128, over denominator: Int128) {
        guard denominator > 0 else { return nil }
        var (quotient, rest) = numerator.quotientAndRemainder(dividingBy: denominator)
        if rest < 0 {
            quotient -= 1
            rest += denominator
        }
        let divisor = Int128(max(1, greatestCommonDivisor(rest.magnitude, denominator.magnitude)))
        guard let whole = Int64(exactly: quotient), let top = Int64(exactly: rest / divisor),
            let bottom = Int64(exactly: denominator / divisor), let part = Fraction(top, bottom)
        else { return nil }
        self.whole = whole
        self.part = part
    }

    /// Reads what `text` wrote.
    package init?(text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let top = parts.first.flatMap({ Int128($0) }), parts.count <= 2,
            let bottom = parts.count == 2 ? Int128(parts[1]) : 1
        else { return nil }
        self.init(top, over: bottom)
    }

    package var isWhole: Bool { part.numerator == 0 }
    package var denominator: Int64 { part.denominator }

    package var numerator: Int128 {
        Int128(whole) * Int128(part.denominator) + Int128(part.numerator)
    }

    /// In minor units: `9345/2`, or `4672`.
    package var text: String { isWhole ? String(whole) : "\(numerator)/\(denominator)" }

    /// To the billionth of a minor unit, half to even, so that any number of them can be added up. Nil when
    /// it does not fit.
    package var onGrid: Exact? {
        let grid: Int128 = 1_000_000_000
        if grid % Int128(denominator) == 0 { return self }
        let (top, overflow) = numerator.multipliedReportingOverflow(by: grid)
        return overflow ? nil : Exact(Rounding.halfEven.divide(top, by: Int128(denominator)), over: grid)
    }

    package var negated: Exact {
        Exact(-numerator, over: Int128(denominator)) ?? .zero
    }

    /// Nil when it does not fit.
    package func times(_ factor: Fraction) -> Exact? {
        let (top, overflow) = numerator.multipliedReportingOverflow(by: Int128(factor.numerator))
        return overflow ? nil : Exact(top, over: Int128(denominator) * Int128(factor.denominator))
    }

    /// Nil when it does not fit.
    package func adding(_ other: Exact) -> Exact? {
        if isWhole, other.isWhole {
            let (sum, overflow) = whole.addingReportingOverflow(other.whole)
            return overflow ? nil : Exact(sum)
        }
        let (a, aOver) = numerator.multipliedReportingOverflow(by: Int128(other.denominator))
        let (b, bOver) = other.numerator.multipliedReportingOverflow(by: Int128(denominator))
        let (sum, overflow) = a.addingReportingOverflow(b)
        if aOver || bOver || overflow { return nil }
        return Exact(sum, over: Int128(denominator) * Int128(other.denominator))
    }

    /// So much of it as `part` is of `whole`, to the billionth of a minor unit, half to even. Nil when it
    /// does not fit.
    /// - Precondition: `whole` is positive.
    package func times(_ part: Exact, of whole: Exact) -> Exact? {
        precondition(whole > .zero, "a share is of something")
        guard let own = billionths, let part = part.billionths, let all = whole.billionths, all > 0 else {
            return nil
        }
        let share = Rounding.halfEven.divide(Int128(own) * Int128(part), by: Int128(all))
        return Exact(share, over: 1_000_000_000)
    }

    /// How many billionths of a minor unit, of what is on the grid. Nil when they do not fit.
    package var billionths: Int64? {
        guard let exact = onGrid else { return nil }
        let (top, overflow) = exact.numerator.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? nil : Int64(exactly: top / Int128(exact.denominator))
    }

    package init(billionths: Int64) {
        self = Exact(Int128(billionths), over: 1_000_000_000) ?? .zero
    }

    package func rounded(_ rounding: Rounding) throws(Refusal) -> Int64 {
        try rounded(rounding, part: 1, of: 1)
    }

    /// So much of it, rounded once.
    /// - Precondition: `whole` is positive.
    package func rounded(_ rounding: Rounding, part: Int64, of whole: Int64) throws(Refusal) -> Int64 {
        precondition(whole > 0, "what is left is a part of something")
        let (top, overflow) = numerator.multipliedReportingOverflow(by: Int128(part))
        guard !overflow,
            let minor = Int64(exactly: rounding.divide(top, by: Int128(denominator) * Int128(whole)))
        else { throw .overflow }
        return minor
    }

    /// `46.725`; a fraction of minor units where that has no end.
    package func shown(_ currency: Currency) -> String { decimalText(currency) ?? text }

    /// `46.725 USD`, or with a slash what has no end.
    package func description(_ currency: Currency) -> String {
        "\(decimalText(currency) ?? "\(text) minor units of") \(currency.code)"
    }

    /// In major units: `46.725`; nil where it would not end within 12 places beyond the minor unit's.
    package func decimalText(_ currency: Currency) -> String? {
        if isWhole { return Money(whole, currency).amount }
        let (scaled, overflow) = numerator.magnitude.multipliedReportingOverflow(by: UInt128(powerOfTen(12)))
        let (digits, rest) = scaled.quotientAndRemainder(dividingBy: UInt128(denominator))
        guard !overflow, rest == 0 else { return nil }
        let places = 12 + currency.exponent
        var text = String(digits)
        text = String(repeating: "0", count: max(0, places + 1 - text.utf8.count)) + text
        let split = text.index(text.endIndex, offsetBy: -places)
        var decimals = text[split...]
        while decimals.last == "0" { decimals.removeLast() }
        return (numerator < 0 ? "-" : "") + text[..<split] + "." + decimals
    }
}

extension Exact: Comparable {
    package static func < (a: Self, b: Self) -> Bool {
        a.whole != b.whole ? a.whole < b.whole : a.part < b.part
    }
}
