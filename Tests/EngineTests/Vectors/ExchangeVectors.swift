import Facts
import Replay
import Terms
import Testing
import Values

/// Statements in another currency, and their thresholds.
enum ExchangeVectors {
    static let cases = [
        VectorCase("CM-59", at: .statements, overTheEuro), VectorCase("CM-60", at: .statements, overTheEuro),
        VectorCase("CM-61", at: .statements, saturday), VectorCase("CM-62", at: .statements, spread),
        VectorCase("CM-63", at: .statements, realised), VectorCase("CM-64", at: .statements, whenFixed),
        VectorCase("CM-65", at: .statements, consolidated),
        VectorCase("CM-66", at: .statements, originalRate),
        VectorCase("CM-67", at: .statements, threshold),
    ]

    /// Commissions of these amounts, earned on 15 September, on a statement in another currency.
    private static func stated(
        _ v: Vector, _ amounts: [String], on date: String = "2026-11-01", rates: [String],
        more: [FactRecord] = [], payouts: String = "", needs: Set<Provision> = []
    ) -> Story? {
        let sales = amounts.enumerated().map { index, text in
            let money = Vector.moneyWithCode(text)
            return sale("s\(index)", at: "2026-09-15", money.amount, money.currency.code)
        }
        // Until then nobody else's statement may take it up.
        let days = day(date).number - day("2026-09-15").number
        let story = v.story(
            programText(hold: "\(days)d", rules: ["{rule: all, on: sale, pay: 100%}"], payouts: payouts),
            needs: needs,
            [partner("ada", [("currency", .string(v.code))]), click("k", at: "2026-09-01", of: "ada")]
                + rates.flatMap(Vector.rates) + more + sales)
        guard var story else { return nil }
        story.settle(date)
        return story
    }

    private static func parts(_ story: Story) -> [JSON] {
        story.records.flatMap(\.statements).first?.json["earned"]?.elements ?? []
    }

    static func overTheEuro(_ v: Vector) throws {
        let amount = Vector.moneyWithCode(v.text("input amount"))
        let date = v.text("rule date")
        guard let story = stated(v, [v.text("input amount")], rates: [date]) else { return }
        #expect(story.statements() == ["2026-11-01: \(v.money("expected total"))"])
        // The exact amount to eight places, and what it would be with the euro rounded on the way.
        let (from, to) = (Vector.quote(date, of: amount.currency.code), Vector.quote(date, of: v.code))
        #expect([from, to] == [amount.currency.code, v.code].map { v.fraction("rule \($0)") })
        let top = Int128(amount.minor) * Int128(to.numerator) * Int128(from.denominator) * 1_000_000
        let exact = Rounding.halfEven.divide(top, by: Int128(to.denominator) * Int128(from.numerator))
        #expect(Fraction(Int64(exact), 100_000_000) == v.fraction("expected exact_8"))
        let euro = try amount.times(Fraction.one.dividedBy(from), .halfEven)
        let scale = Fraction(powerOfTen(v.currency.exponent), powerOfTen(amount.currency.exponent))!
        let wrong = Money(try euro.times(to.times(scale)!, .halfEven).minor, v.currency)
        #expect(wrong == v.money("expected if_rounded_in_EUR_first"))
        #expect(story.statements() != ["2026-11-01: \(wrong)"])
    }

    /// 31 October is a Saturday, as 1 November is a Sunday: both have the rates of Friday.
    static func saturday(_ v: Vector) {
        let asked = day(v.text("input date"))
        #expect(asked.weekday == 6 && asked.adding(days: 1) == day("2026-11-01"))
        let published = v.text("expected rate_date")
        let story = stated(v, [v.text("input amount")], rates: ["2026-10-29", published])
        #expect(story?.statements() == ["2026-11-01: \(v.money("expected total"))"])
        #expect(story.map(parts)?.first?["rate_date"]?.text == published)
        // A rate may be so many days old and no older.
        let oldest = day("2026-11-01").adding(days: -v.count("rule max_gap_days"))
        for (age, isPaid) in [(0, true), (-1, false)] {
            let old = rate(oldest.adding(days: age).text, "USD", "1.1")
            let late = stated(v, [v.text("input amount")], rates: [], more: [old])
            #expect(late?.statements().isEmpty == !isPaid)
        }
    }

    static func spread(_ v: Vector) {
        let story = stated(
            v, [v.text("input amount")], rates: [v.text("rule date")],
            payouts: "rate: {spread: \(v.percent("rule spread"))}")
        guard let story else { return }
        #expect(story.statements() == ["2026-11-01: \(v.money("expected total"))"])
        #expect(story.balance("Equity:FX", v.code) == v.text("expected mid_total"))
        #expect(story.balance("Income:FXSpread", v.code) == "-\(v.text("expected spread_cost"))")
        #expect(parts(story).first?["spread"]?.text == v.percent("rule spread"))
    }

    /// The same liability at the rates of two days.
    static func realised(_ v: Vector) throws {
        let values = ["accrual_date", "payout_date"].map { key in
            stated(v, [v.text("input liability")], rates: [v.text("rule \(key)")])?.statements()
        }
        let expected = ["booked", "settled"].map { v.money("expected \($0)") }
        #expect(values == expected.map { ["2026-11-01: \($0)"] })
        #expect(try expected[0].subtracting(expected[1]) == v.money("expected fx_gain"))
    }

    /// On the day of the sale, of the approval or of the payout: what is stated on these days takes their
    /// rates. Fixed at the conversion, the last statement has the rate of the first.
    static func whenFixed(_ v: Vector) {
        let days = v.texts("rule days")
        let codes = days.map { Vector.quote($0, of: "USD").decimalText! }
        #expect(codes == v.texts("expected rates"))
        let dated = [
            ("2026-09-16", "at_conversion"), ("2026-10-01", "at_approval"), ("2026-11-01", "at_payout"),
        ]
        for (date, key) in dated {
            let story = stated(
                v, [v.text("input commission")], on: date, rates: days, payouts: "schedule: twice-monthly")
            #expect(story?.statements() == ["\(date): \(v.money("expected \(key)"))"])
        }
        let fixed = stated(
            v, [v.text("input commission")], rates: days, payouts: "rate: {fixed: conversion}",
            needs: [.rateAtConversion])
        guard let fixed else { return }
        #expect(fixed.statements() == ["2026-11-01: \(v.money("expected at_conversion"))"])
    }

    static func consolidated(_ v: Vector) {
        let balances = v.texts("input balances")
        guard let story = stated(v, balances, rates: [v.text("rule date")]) else { return }
        #expect(story.statements() == ["2026-11-01: \(v.money("expected total"))"])
        let converted = parts(story).map { ($0["currency"]?.text, $0["converted"]?.text) }
        for (balance, expected) in zip(balances, v.texts("expected converted")) {
            let code = Vector.moneyWithCode(balance).currency.code
            #expect(converted.first { $0.0 == code }?.1 == expected)
        }
        // A currency is converted once, however many lines it has.
        let usd = Vector.moneyWithCode(balances[0])
        let halves = usd.split(over: [1, 1, 1, 1, 1, 1, 1]).map(\.description)
        let split = stated(v, halves + balances.dropFirst(), rates: [v.text("rule date")])
        #expect(split?.statements() == story.statements())
    }

    static func originalRate(_ v: Vector) throws {
        let (sold, refunded) = (v.text("input sale_date"), v.text("input refund_date"))
        let amount = Vector.moneyWithCode(v.text("input sale"))
        let story = v.story(
            programText(
                rules: ["{rule: r, on: sale, pay: \(v.percent("rule rate"))}"],
                payouts: "schedule: twice-monthly"),
            [
                partner("ada", [("currency", .string(v.code))]), click("k", at: "2026-09-01", of: "ada"),
                sale("s", at: sold, amount.amount, amount.currency.code),
            ] + Vector.rates(sold) + Vector.rates(refunded))
        guard var story else { return }
        story.settle("2026-09-16")
        #expect(story.statements() == ["2026-09-16: \(v.money("expected original"))"])
        story.tell([refund("r", of: "s", at: refunded)])
        let owed = story.balance("Assets:ClawbackReceivable:P-ada", v.code)
        #expect(owed == v.money("expected reversal").negated().amount)
        #expect(owed != v.money("expected wrong_current_rate").negated().amount)
        // Nothing is left of it in the books but what is owed against what was stated.
        #expect(story.balance("Equity:FX", v.code) == "0.00" && story.balance("Equity:FX") == "0.00")
    }

    static func threshold(_ v: Vector) {
        let thresholds = v.value("rule threshold").members!.map { "\($0.key): \($0.value.text!)" }
        let paid = v.texts("input balances").map { text in
            let money = Vector.moneyWithCode(text)
            let story = v.story(
                programText(
                    rules: ["{rule: all, on: sale, pay: 100%}"],
                    payouts: "threshold: {\(thresholds.joined(separator: ", "))}"),
                adaClicked + [sale("s", at: "2026-01-05", money.amount, money.currency.code)])
            guard var story else { return false }
            story.settle("2026-02-01")
            #expect(story.statements().isEmpty || story.statements() == ["2026-02-01: \(money)"])
            // What waits is not lost: with another it is enough.
            story.tell([
                click("k2", at: "2026-02-01", of: "ada"),
                sale("t", at: "2026-02-02", money.amount, money.currency.code),
            ])
            let isPaid = !story.statements().isEmpty
            story.settle("2026-03-01")
            let both = Money(isPaid ? money.minor : 2 * money.minor, money.currency)
            #expect(story.statements().last == "2026-03-01: \(both)")
            return isPaid
        }
        #expect(paid == v.value("expected pay").elements?.compactMap(\.flag))
    }
}
