import Facts
import Terms
import Testing
import Values

/// What a customer's later events pay.
enum RecurringVectors {
    static let cases = [
        VectorCase("CM-11", payments), VectorCase("CM-12", months), VectorCase("CM-13", rates),
        VectorCase("CM-75", prorated),
    ]

    private static let brought = [partner("ada"), click("k", at: "2026-01-15", of: "ada")]

    /// Of one customer, on the last day of each month from January 2026 on.
    private static func invoices(_ amounts: [String], _ code: String) -> [FactRecord] {
        amounts.enumerated().map { index, amount in
            let next = Day(year: 2026 + (index + 1) / 12, month: (index + 1) % 12 + 1, day: 1)!
            return sale(
                "s\(index)", at: next.adding(days: -1).text, amount, code,
                [("event", "renewal"), ("customer", "kim")])
        }
    }

    static func payments(_ v: Vector) {
        let rule =
            "{rule: r, on: renewal, pay: \(v.text("rule amount")), "
            + "then: {payments: \(v.count("rule max_payments"))}}"
        let all = invoices(Array(repeating: "99.00", count: v.count("input payments")), v.code)
        let file = programText(rules: [rule])
        guard let story = v.story(file, needs: [.renewals], brought + all) else { return }
        #expect(story.total("ada", in: v.currency) == v.money("expected total"))
        #expect(story.lines().count == v.count("expected paid_count"))
    }

    static func months(_ v: Vector) {
        let rule =
            "{rule: r, on: renewal, pay: \(v.percent("rule rate")), "
            + "then: {lasts: \(v.count("rule max_months")) months}}"
        let amounts = Array(repeating: v.text("input invoice"), count: v.count("input paid_months"))
        let file = programText(rules: [rule])
        let story = v.story(file, needs: [.renewals], brought + invoices(amounts, v.code))
        guard let story else { return }
        let line = v.money("expected per_month").description
        #expect(story.lines() == Array(repeating: line, count: v.count("rule max_months")))
        #expect(story.total("ada", in: v.currency) == v.money("expected total"))
    }

    static func rates(_ v: Vector) {
        let (first, later) = (v.percent("rule first_rate"), v.percent("rule renewal_rate"))
        let all = brought + invoices(v.texts("input invoices"), v.code)
        let apart = v.story(
            programText(rules: [
                "{rule: first, on: renewal, when: {customer: new}, pay: \(first)}",
                "{rule: later, on: renewal, pay: \(later)}",
            ]), all)
        #expect(apart?.lines() == v.linesOf("expected lines"))
        let rule = "{rule: r, on: renewal, pay: \(first), then: {pay: \(later)}}"
        guard let story = v.story(programText(rules: [rule]), needs: [.renewals], all) else { return }
        #expect(story.lines() == v.linesOf("expected lines"))
        #expect(story.total("ada", in: v.currency) == v.money("expected total"))
    }

    /// The invoice is money, rounded; what is paid is of it, not of what it was reckoned from.
    static func prorated(_ v: Vector) throws {
        let days = v.text("input days").split(separator: "/").map { Int64($0)! }
        let share = Fraction(days[0], days[1])!
        let invoice = try v.money("input monthly").times(share, .halfEven)
        #expect(invoice == v.money("expected invoice"))
        let rule = "{rule: r, on: renewal, pay: \(v.percent("rule rate"))}"
        let all = brought + invoices([invoice.amount], v.code)
        guard let story = v.story(programText(rules: [rule]), all) else { return }
        #expect(story.lines() == v.lines("expected total"))
        let exact = try v.money("input monthly").times(share.times(v.fraction("rule rate"))!, .halfEven)
        #expect(exact == v.money("expected wrong_on_exact") && story.lines() != [exact.description])
    }
}
