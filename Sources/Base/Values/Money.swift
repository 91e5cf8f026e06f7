/// Money: a whole count of a currency's minor unit (cents for EUR, yen for JPY). Never a fraction, never a
/// float.
package struct Money: Hashable, Sendable, BitwiseCopyable, CustomStringConvertible {
    package let minor: Int64
    package let currency: Currency

    package init(_ minor: Int64, _ currency: Currency) {
        self.minor = minor
        self.currency = currency
    }

    package static func zero(_ currency: Currency) -> Money { Money(0, currency) }

    /// The amount as it goes on the wire: `120.00`, with exactly the currency's decimals.
    package var amount: String {
        let places = currency.exponent
        guard places > 0 else { return String(minor) }
        // 19 digits, a sign and a point are the most there can be.
        return String(unsafeUninitializedCapacity: 24) { out in
            var rest = minor.magnitude
            var start = 24
            var written = 0
            repeat {
                if written == places {
                    start -= 1
                    out[start] = UInt8(ascii: ".")
                }
                start -= 1
                out[start] = UInt8(ascii: "0") + UInt8(rest % 10)
                rest /= 10
                written += 1
            } while rest > 0 || written <= places
            if minor < 0 {
                start -= 1
                out[start] = UInt8(ascii: "-")
            }
            for index in start..<24 { out[index - start] = out[index] }
            return 24 - start
        }
    }

    /// `120.00 EUR`
    package var description: String { "\(amount) \(currency.code)" }
}

extension Money {
    /// The greatest amount taken from outside: 9,000,000,000,000.00 in a currency with cents. A thousand such
    /// fit in 64 bits, so that a sum that overflows is a mistake worth refusing, not an everyday case.
    package static let minorMax: Int64 = 900_000_000_000_000

    /// Reads a decimal string: at most the currency's decimals, no exponent, no sign but `-`, no blanks.
    package init(amount text: String, _ currency: Currency) throws(MoneyFault) {
        guard let places = decimalScale(text) else { throw .notADecimal }
        guard places <= currency.exponent else { throw .tooManyDecimals(allowed: currency.exponent) }
        guard let (digits, scale) = decimalDigits(text, places: places) else { throw .tooLarge }
        let (minor, overflow) = digits.multipliedReportingOverflow(by: powerOfTen(currency.exponent - scale))
        guard !overflow, minor.magnitude <= Self.minorMax.magnitude else { throw .tooLarge }
        self.init(minor, currency)
    }

    /// The sum. Refuses to add two currencies, and refuses to wrap around.
    package func adding(_ other: Money) throws(Refusal) -> Money {
        guard currency == other.currency else { throw .currencyMismatch(currency, other.currency) }
        let (sum, overflow) = minor.addingReportingOverflow(other.minor)
        guard !overflow else { throw .overflow }
        return Money(sum, currency)
    }

    package func subtracting(_ other: Money) throws(Refusal) -> Money { try adding(other.negated()) }

    /// - Precondition: not the one number without a mirror, which no reader lets in.
    package func negated() -> Money {
        precondition(minor != .min, "amounts from outside are bounded")
        return Money(-minor, currency)
    }

    /// This amount times an exact fraction, rounded once.
    package func times(_ fraction: Fraction, _ rounding: Rounding) throws(Refusal) -> Money {
        let exact = Int128(minor) * Int128(fraction.numerator)
        guard let minor = Int64(exactly: rounding.divide(exact, by: Int128(fraction.denominator))) else {
            throw .overflow
        }
        return Money(minor, currency)
    }

    /// This amount times `part / whole` times an exact fraction, rounded once: what is left of it.
    /// - Precondition: `whole` is positive.
    package func times(_ fraction: Fraction, part: Int64, of whole: Int64, _ rounding: Rounding)
        throws(Refusal) -> Money
    {
        precondition(whole > 0, "what is left is a part of something")
        let left = Int128(minor) * Int128(part)
        let (exact, overflow) = left.multipliedReportingOverflow(by: Int128(fraction.numerator))
        let divisor = Int128(fraction.denominator) * Int128(whole)
        guard !overflow, let minor = Int64(exactly: rounding.divide(exact, by: divisor)) else {
            throw .overflow
        }
        return Money(minor, currency)
    }

    /// This money split over `weights` without losing a minor unit: largest remainder first, ties to the
    /// earlier; a negative amount mirrors the positive one.
    /// - Precondition: weights are ≥ 0 and their sum is > 0 and fits 64 bits.
    package func split(over weights: [Int64]) -> [Money] {
        let total = weights.reduce(Int128(0)) { $0 + Int128($1) }
        precondition(total > 0 && weights.allSatisfy { $0 >= 0 }, "a split has a positive weight")
        let exact = weights.map { (Int128(minor) * Int128($0)).quotientAndRemainder(dividingBy: total) }
        let missing = Int(Int128(minor) - exact.reduce(Int128(0)) { $0 + $1.quotient })
        let order = exact.indices.sorted {
            let (a, b) = (exact[$0].remainder.magnitude, exact[$1].remainder.magnitude)
            return a > b || (a == b && $0 < $1)
        }
        var parts = exact.map { Int64($0.quotient) }
        for index in order.prefix(abs(missing)) { parts[index] += missing < 0 ? -1 : 1 }
        return parts.map { Money($0, currency) }
    }
}

/// Why a text is not an amount.
package enum MoneyFault: Error, Hashable, Sendable {
    case notADecimal
    case tooManyDecimals(allowed: Int)
    case tooLarge
}
