/// An exact number, such as a rate or a share: 20 % is 1/5, never 0.2.
///
/// Kept in lowest terms with a positive denominator; both parts fit 64 bits, so that a product with an amount
/// fits 128.
package struct Fraction: Hashable, Sendable, BitwiseCopyable {
    package let numerator: Int64
    package let denominator: Int64

    package static let zero = Fraction(0, 1)!
    package static let one = Fraction(1, 1)!

    /// Nil when the denominator is zero or a part does not fit.
    package init?(_ numerator: Int64, _ denominator: Int64) {
        guard denominator != 0, denominator != .min, numerator != .min else { return nil }
        let divisor = max(1, greatestCommonDivisor(numerator.magnitude, denominator.magnitude))
        let sign: Int64 = denominator < 0 ? -1 : 1
        self.numerator = sign * (numerator / Int64(divisor))
        self.denominator = sign * (denominator / Int64(divisor))
    }

    /// Reads `0.8559`, `12` and the like, exactly: digits, at most one point, at most `places` places.
    package init?(decimal text: String, places: Int = 12) {
        guard let (digits, scale) = decimalDigits(text, places: places) else { return nil }
        self.init(digits, powerOfTen(scale))
    }

    /// Reads `20%` and `12.5%`.
    package init?(percent text: String) {
        guard text.hasSuffix("%"), let (digits, scale) = decimalDigits(String(text.dropLast()), places: 9)
        else {
            return nil
        }
        self.init(digits, powerOfTen(scale + 2))
    }

    package func times(_ other: Fraction) -> Fraction? {
        if other == .one { return self }
        let crossed = Fraction(numerator, other.denominator).flatMap { a in
            Fraction(other.numerator, denominator).map { (a, $0) }
        }
        guard let (a, b) = crossed else { return nil }
        let (top, topOverflow) = a.numerator.multipliedReportingOverflow(by: b.numerator)
        let (bottom, bottomOverflow) = a.denominator.multipliedReportingOverflow(by: b.denominator)
        return topOverflow || bottomOverflow ? nil : Fraction(top, bottom)
    }

    package func adding(_ other: Fraction) -> Fraction? {
        if other.numerator == 0 { return self }
        // Each product stays below 2^126, so the sum fits.
        let top =
            Int128(numerator) * Int128(other.denominator) + Int128(other.numerator) * Int128(denominator)
        let bottom = Int128(denominator) * Int128(other.denominator)
        let divisor = Int128(max(1, greatestCommonDivisor(top.magnitude, bottom.magnitude)))
        guard let numerator = Int64(exactly: top / divisor),
            let denominator = Int64(exactly: bottom / divisor)
        else { return nil }
        return Fraction(numerator, denominator)
    }

    /// `1 − self`, for a share that is kept back.
    package var complement: Fraction? {
        let (rest, overflow) = denominator.subtractingReportingOverflow(numerator)
        return overflow ? nil : Fraction(rest, denominator)
    }

    /// `12.5%`; a fraction that has no finite decimal keeps its slash: `1/3`.
    package var percentText: String {
        decimal(times: 100).map { "\($0)%" } ?? text
    }

    /// As a decimal, `0.8559`; nil where it would not end within 12 places.
    package var decimalText: String? { decimal(times: 1) }

    private func decimal(times factor: Int128) -> String? {
        let exact = Int128(numerator) * factor * Int128(powerOfTen(12))
        let (digits, rest) = exact.quotientAndRemainder(dividingBy: Int128(denominator))
        guard rest == 0 else { return nil }
        let (whole, part) = digits.magnitude.quotientAndRemainder(dividingBy: UInt128(powerOfTen(12)))
        var places = String(part)
        places = String(repeating: "0", count: 12 - places.utf8.count) + places
        while places.last == "0" { places.removeLast() }
        return (digits < 0 ? "-" : "") + String(whole) + (places.isEmpty ? "" : "." + places)
    }

    /// `3/5`, or `3` for a whole number: how shares are written.
    package var text: String { denominator == 1 ? String(numerator) : "\(numerator)/\(denominator)" }
}

extension Fraction: Comparable {
    package static func < (a: Self, b: Self) -> Bool {
        Int128(a.numerator) * Int128(b.denominator) < Int128(b.numerator) * Int128(a.denominator)
    }
}

func greatestCommonDivisor<Whole: UnsignedInteger>(_ a: Whole, _ b: Whole) -> Whole {
    var (x, y) = (a, b)
    while y != 0 { (x, y) = (y, x % y) }
    return x
}

/// 10 to the power of `exponent`, for 0 to 18.
package func powerOfTen(_ exponent: Int) -> Int64 {
    precondition((0...18).contains(exponent), "scales are bounded where they are read")
    return (0..<exponent).reduce(Int64(1)) { power, _ in power * 10 }
}

/// The digits of a plain decimal (`-12.340` gives -12340 and 3); nil for anything else, and for more places
/// or digits than fit.
package func decimalDigits(_ text: String, places: Int) -> (digits: Int64, scale: Int)? {
    guard let scale = decimalScale(text), scale <= places else { return nil }
    var value: Int64 = 0
    for byte in text.utf8 where byte != UInt8(ascii: ".") && byte != UInt8(ascii: "-") {
        let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
        let (sum, carry) = tens.addingReportingOverflow(Int64(byte - UInt8(ascii: "0")))
        if overflow || carry { return nil }
        value = sum
    }
    return (text.utf8.first == UInt8(ascii: "-") ? -value : value, scale)
}

/// How many places a plain decimal has; nil for anything else: no exponent, no plus, no blanks, no bare
/// point, no leading zero beside the units.
func decimalScale(_ text: String) -> Int? {
    var whole = 0
    var scale = 0
    var afterPoint = false
    var bytes = text.utf8[...]
    if bytes.first == UInt8(ascii: "-") { bytes = bytes.dropFirst() }
    let leadingZero = bytes.first == UInt8(ascii: "0")
    for byte in bytes {
        switch byte {
        case UInt8(ascii: ".") where !afterPoint && whole > 0: afterPoint = true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): if afterPoint { scale += 1 } else { whole += 1 }
        default: return nil
        }
    }
    return whole > 0 && (!afterPoint || scale > 0) && !(leadingZero && whole > 1) ? scale : nil
}
