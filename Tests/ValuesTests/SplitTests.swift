import Testing
import Values

@Suite("A split")
struct SplitTests {
    @Test("gives the largest remainders the missing units, ties to the first")
    func examples() {
        #expect(Money(100_00, .usd).split(over: [1, 1, 1]).map(\.minor) == [33_34, 33_33, 33_33])
        #expect(Money(9_99, .usd).split(over: [40, 35, 25]).map(\.minor) == [3_99, 3_50, 2_50])
        #expect(Money(1, .jpy).split(over: [1, 1]).map(\.minor) == [1, 0])
        #expect(Money(5, .usd).split(over: [0, 1, 0]).map(\.minor) == [0, 5, 0])
        #expect(Money(0, .usd).split(over: [3, 4]).map(\.minor) == [0, 0])
        let half = Int64.max / 2
        #expect(Money(.max, .usd).split(over: [half, half]).map(\.minor) == [half + 1, half])
    }

    @Test(
        "sums to the whole, mirrors negatives, and no part is a unit or more from its exact share",
        arguments: 0..<300)
    func properties(_ seed: Int) {
        var chance = Seeded(UInt64(seed))
        let minor =
            Int64.random(in: 0...Money.minorMax, using: &chance) >> Int64.random(in: 0..<50, using: &chance)
        var weights = (0..<Int.random(in: 1...9, using: &chance)).map { _ in
            Int64.random(in: 0...Int64(1) << Int64.random(in: 0..<40, using: &chance), using: &chance)
        }
        weights[0] += 1
        let parts = Money(minor, .usd).split(over: weights).map(\.minor)
        #expect(parts.reduce(0, +) == minor)
        #expect(Money(-minor, .usd).split(over: weights).map(\.minor) == parts.map { -$0 })
        let total = weights.reduce(Int128(0)) { $0 + Int128($1) }
        for (part, weight) in zip(parts, weights) {
            let distance = Int128(part) * total - Int128(minor) * Int128(weight)
            #expect(distance.magnitude < total.magnitude)
            #expect(weight > 0 || part == 0)
        }
    }
}

@Suite("Rounding")
struct RoundingTests {
    /// In thousandths, to hundredths.
    @Test(
        "breaks ties",
        arguments: [
            (125, 12, 13, 12), (135, 14, 14, 13), (2675, 268, 268, 267), (1005, 100, 101, 100),
            (124, 12, 12, 12),
            (126, 13, 13, 12), (120, 12, 12, 12), (5, 0, 1, 0), (15, 2, 2, 1), (0, 0, 0, 0), (9, 1, 1, 0),
            (1, 0, 0, 0),
        ] as [(Int128, Int128, Int128, Int128)])
    func ties(_ value: Int128, _ even: Int128, _ up: Int128, _ down: Int128) {
        #expect(Rounding.halfEven.divide(value, by: 10) == even)
        #expect(Rounding.halfUp.divide(value, by: 10) == up)
        #expect(Rounding.down.divide(value, by: 10) == down)
        #expect(Rounding.halfEven.divide(-value, by: 10) == -even)
        #expect(Rounding.halfUp.divide(-value, by: 10) == -up)
        #expect(Rounding.down.divide(-value, by: 10) == -down)
    }

    @Test("is nearest and symmetric", arguments: [Rounding.halfEven, .halfUp])
    func nearest(_ rounding: Rounding) {
        var chance = Seeded(7)
        for _ in 0..<3000 {
            let denominator = Int128(Int64.random(in: 1...97, using: &chance))
            let numerator = Int128(Int64.random(in: -10_000...10_000, using: &chance))
            let rounded = rounding.divide(numerator, by: denominator)
            #expect(rounding.divide(-numerator, by: denominator) == -rounded)
            #expect(((rounded * denominator - numerator) * 2).magnitude <= denominator.magnitude)
        }
    }
}

@Suite("A fraction")
struct FractionTests {
    @Test(
        "is read exactly and kept in lowest terms",
        arguments: [
            ("0.2", 1, 5), ("0.8559", 8559, 10_000), ("12", 12, 1), ("1.50", 3, 2), ("-0.25", -1, 4),
            ("0", 0, 1),
            ("0.000000000001", 1, 1_000_000_000_000),
        ] as [(String, Int64, Int64)])
    func decimals(_ text: String, _ numerator: Int64, _ denominator: Int64) throws {
        let fraction = try #require(Fraction(decimal: text))
        #expect(fraction.numerator == numerator && fraction.denominator == denominator)
    }

    @Test(
        "is not read from",
        arguments: ["", ".2", "1.", "+1", "01", "1e-1", "0.0000000000001", "1/5", "20%", "NaN", "1e400"])
    func refuses(_ text: String) {
        #expect(Fraction(decimal: text) == nil)
    }

    @Test(
        "is read from a percentage",
        arguments: [
            ("20%", 1, 5), ("12.5%", 1, 8), ("0%", 0, 1), ("100%", 1, 1), ("0.035%", 7, 20_000),
            ("33.333333333%", 33_333_333_333, 100_000_000_000),
        ] as [(String, Int64, Int64)])
    func percentages(_ text: String, _ numerator: Int64, _ denominator: Int64) throws {
        let fraction = try #require(Fraction(percent: text))
        #expect(fraction == Fraction(numerator, denominator))
        #expect(fraction.percentText == text)
    }

    @Test(
        "is no percentage without its sign, twice, or with a blank",
        arguments: ["20", "20%%", "20 %", "%", "1.0000000000%", ".5%"])
    func refusesPercentages(_ text: String) {
        #expect(Fraction(percent: text) == nil)
    }

    @Test("keeps its sign above, and has no zero below")
    func signs() {
        #expect(Fraction(1, -2) == Fraction(-1, 2))
        #expect(Fraction(0, -7) == .zero)
        #expect(Fraction(1, 0) == nil && Fraction(.min, 1) == nil && Fraction(1, .min) == nil)
        #expect(Fraction(.max, .max) == .one)
    }

    @Test("is written as a decimal where it has an end, else with its slash")
    func writes() throws {
        #expect(Fraction(1, 3)!.percentText == "1/3" && Fraction(1, 3)!.decimalText == nil)
        #expect(Fraction(-1, 8)!.decimalText == "-0.125" && Fraction(1117, 1000)!.decimalText == "1.117")
        #expect(Fraction(3, 5)!.text == "3/5" && Fraction(4, 2)!.text == "2")
    }

    @Test("multiplies and compares exactly, or says that it cannot")
    func arithmetic() {
        #expect(Fraction(2, 3)!.times(Fraction(3, 4)!) == Fraction(1, 2))
        // Crossing out comes first, so that a product that fits is never lost on the way.
        #expect(Fraction(.max, 2)!.times(Fraction(2, .max)!) == .one)
        #expect(Fraction(.max, 1)!.times(Fraction(2, 1)!) == nil)
        #expect(Fraction(1, 50)!.complement == Fraction(49, 50))
        #expect(Fraction(1, 3)! < Fraction(334, 1000)! && Fraction(-1, 2)! < .zero)
        #expect(Fraction(.max - 1, .max)! < .one)
    }
}
