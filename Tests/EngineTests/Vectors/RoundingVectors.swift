import Terms
import Testing
import Values

/// Where and how an exact amount becomes money.
enum RoundingVectors {
    static let cases = [
        VectorCase("CM-45", at: .money, ties), VectorCase("CM-46", places), VectorCase("CM-47", yen),
        VectorCase("CM-48", dinars), VectorCase("CM-49", noBinaryPoint), VectorCase("CM-74", residue),
    ]

    static func ties(_ v: Vector) {
        for (rounding, key) in [(Rounding.halfEven, "half_even"), (.halfUp, "half_up")] {
            let rounded = v.texts("input values").map { text in
                let exact = Fraction(decimal: text)!
                let power = Int128(powerOfTen(v.count("rule scale")))
                let minor = rounding.divide(
                    Int128(exact.numerator) * power, by: Int128(exact.denominator))
                return Money(Int64(minor), v.currency)
            }
            #expect(rounded == v.moneys("expected \(key)"))
        }
    }

    static func places(_ v: Vector) {
        let sales = (0..<v.count("input lines")).map {
            sale("s\($0)", at: "2026-01-05", v.text("input sale"), v.code)
        }
        let share = "{rule: r, on: sale, pay: \(v.percent("rule rate"))"
        let lines = v.story(programText(rules: [share + "}"]), adaClicked + sales)
        #expect(lines?.total("ada", in: v.currency) == v.money("expected per_line"))
        let file = programText(rules: [share + ", round: statement}"])
        guard var story = v.story(file, needs: [.statementRounding], adaClicked + sales) else { return }
        story.settle("2026-02-01")
        #expect(story.statements() == ["2026-02-01: \(v.money("expected per_statement"))"])
        #expect(story.total("ada", in: v.currency) == v.money("expected per_statement"))
    }

    private static func earned(_ v: Vector, _ rounding: String) -> [String]? {
        let rule = "{rule: r, on: sale, pay: \(v.percent("rule rate"))}"
        let file = programText(currency: v.code, rules: [rule], rounding: rounding)
        return v.story(file, adaClicked + [sale("s", at: "2026-01-05", v.text("input sale"), v.code)])?
            .lines()
    }

    static func yen(_ v: Vector) {
        #expect(earned(v, "half-even") == v.lines("expected half_even"))
        #expect(earned(v, "half-up") == v.lines("expected half_up"))
    }

    static func dinars(_ v: Vector) { #expect(earned(v, "half-even") == v.lines("expected total")) }

    static func noBinaryPoint(_ v: Vector) {
        #expect(earned(v, "half-even") == v.lines("expected half_even"))
        #expect(earned(v, "half-even") != v.lines("expected double_then_half_even"))
        #expect(earned(v, "half-up") == v.lines("expected half_up"))
    }

    /// What is exact in a line is whole on the statement; what the statement leaves is less than half a cent.
    static func residue(_ v: Vector) throws {
        let exact = v.texts("input exact_lines").map { Fraction(decimal: $0)! }
        let sum = exact.dropFirst().reduce(exact[0]) { $0.adding($1)! }
        let statement = v.money("expected statement")
        let left = v.fraction("expected rounding_entry")
        #expect(sum == Fraction(statement.minor, powerOfTen(statement.currency.exponent))!.adding(left))
        // A tenth of ten times as much, to the tenth of a cent.
        let sales = exact.enumerated().map { index, amount in
            let minor = amount.times(Fraction(1000, 1)!)!
            return sale("s\(index)", at: "2026-01-05", Money(minor.numerator, v.currency).amount, v.code)
        }
        let file = programText(rules: ["{rule: r, on: sale, pay: 10%, round: statement}"])
        guard var story = v.story(file, needs: [.statementRounding], adaClicked + sales) else { return }
        story.settle("2026-02-01")
        #expect(story.statements() == ["2026-02-01: \(statement)"])
        #expect(story.standing() == "payable \(statement.amount)")
    }
}
