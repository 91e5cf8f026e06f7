import Testing
import Values

/// What becomes of a payable on its way out: no program file speaks of it, so it is amounts and rounding
/// alone.
enum PayoutVectors {
    static let cases = [
        VectorCase("CM-68", at: .money, withholding), VectorCase("CM-69", at: .money, backupWithholding),
        VectorCase("CM-70", at: .money, tax), VectorCase("CM-71", at: .money, reverseCharge),
        VectorCase("CM-72", at: .money, reportable), VectorCase("CM-73", at: .money, fee),
        VectorCase("CM-79", at: .money, coins),
    ]

    private static func check(_ v: Vector, withholding share: Fraction) throws {
        let commission = v.money("input commission")
        let withheld = try commission.times(share, .halfEven)
        #expect(withheld == v.money("expected withheld"))
        #expect(try commission.subtracting(withheld) == v.money("expected paid"))
    }

    static func withholding(_ v: Vector) throws {
        try check(v, withholding: v.fraction("rule withholding").times(v.fraction("rule us_source_share"))!)
    }

    static func backupWithholding(_ v: Vector) throws { try check(v, withholding: v.fraction("rule backup")) }

    /// Of the sum of a category, never of its lines.
    static func tax(_ v: Vector) throws {
        let lines = v.moneys("input lines")
        let rate = v.fraction("rule vat")
        let net = try lines.dropFirst().reduce(lines[0]) { try $0.adding($1) }
        let tax = try net.times(rate, .halfUp)
        #expect(net == v.money("expected net") && tax == v.money("expected vat"))
        #expect(try net.adding(tax) == v.money("expected gross"))
        let apart = try lines.map { try $0.times(rate, .halfUp).minor }.reduce(0, +)
        #expect(Money(apart, v.currency) == v.money("expected wrong_sum_of_line_vat"))
        #expect(tax != v.money("expected wrong_sum_of_line_vat"))
    }

    static func reverseCharge(_ v: Vector) throws {
        let net = v.money("input net")
        let tax = try net.times(.zero, .halfUp)
        #expect(tax == v.money("expected vat"))
        #expect(try net.adding(tax) == v.money("expected gross"))
    }

    /// By the year of the payment, over the rails that report themselves.
    static func reportable(_ v: Vector) throws {
        let year = v.count("rule year")
        let threshold = v.money("rule threshold")
        let counted = v.value("input payments").elements!.map { $0.elements!.map { $0.text! } }
            .filter { day($0[0]).parts.year == year && $0[2] != "paypal" }
            .map { v.money(amount: $0[1]) }
        let sum = try counted.reduce(Money.zero(v.currency)) { try $0.adding($1) }
        #expect(sum == v.money("expected reportable_\(year)"))
        #expect((sum.minor >= threshold.minor) == v.value("expected file").flag)
        let without = sum.minor - counted.last!.minor
        #expect((without >= threshold.minor) == v.value("expected without_last_cent").flag)
    }

    static func fee(_ v: Vector) throws {
        let gross = v.money("input gross")
        let fee = try gross.times(v.fraction("rule fee_rate"), .halfEven).adding(v.money("rule fee_fixed"))
        #expect(fee == v.money("expected fee"))
        #expect(try gross.subtracting(fee) == v.money("expected net"))
    }

    /// A coin of six places takes no more than the ledger's two.
    static func coins(_ v: Vector) {
        let payable = Vector.moneyWithCode(v.text("input payable"))
        let places = v.text("expected amount").split(separator: ".")[1].count
        #expect(payable.currency.exponent == v.count("rule ledger_scale"))
        let units = payable.minor * powerOfTen(places - payable.currency.exponent)
        #expect(String(units) == v.text("expected transfer_units"))
        let amount = Fraction(units, powerOfTen(places))
        #expect(amount == v.fraction("expected amount"))
        #expect(amount == Fraction(payable.minor, powerOfTen(payable.currency.exponent)))
    }
}
