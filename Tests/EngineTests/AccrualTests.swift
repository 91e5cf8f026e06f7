import Facts
import Replay
import Terms
import Testing
import Values

private let ada = [partner("ada"), click("k", at: "2026-01-01", of: "ada")]

private func statements(
    _ facts: [FactRecord], rule: String = "pay: 5%", hold: String = "0d", payouts: String = "",
    rounding: String = "half-even"
) -> Story {
    Story(
        program(
            hold: hold, rules: ["{rule: r, on: sale, \(rule), round: statement}"], payouts: payouts,
            rounding: rounding), facts)
}

/// So many sales of 0.99 on the 5th, which are worth 0.0495 each.
private func sales(_ count: Int, _ prefix: String = "s", at: String = "2026-01-05") -> [FactRecord] {
    (0..<count).map { sale("\(prefix)\($0)", at: at, "0.99") }
}

@Suite("What is rounded on the statement")
struct AccrualTests {
    @Test("accrues without a cent being posted, and becomes one line of the statement")
    func oneLine() throws {
        var story = statements(ada + sales(10))
        #expect(story.standing() == "" && story.sealed.isEmpty)
        #expect(story.records.flatMap(\.lines).map(\.kind) == Array(repeating: "accrual", count: 10))
        #expect(try story.paid("s0") == ["2026-02-01"])
        story.settle("2026-02-01")
        #expect(story.statements() == ["2026-02-01: 0.50 USD"] && story.standing() == "payable 0.50")
        let line = try #require(story.records.last?.lines.first)
        #expect(line.kind == "commission" && line.rule == "r:statement" && line.amount.amount == "0.50")
        let steps = (line.json["workings"]?.elements ?? []).map {
            "\($0["step"]?.text ?? "") \($0["amount"]?.text ?? "")"
        }
        #expect(steps == ["accrued 0.495 USD", "left_over -0.005 USD"])
        #expect(story.entries.map { $0.prefix(8) } == ["earned 2", "approved", "stated 2"])
        let statement = try #require(story.records.flatMap(\.statements).first)
        #expect(statement.lines.count == 11 && statement.lines.contains(line.id))
    }

    @Test("brings what rounding left over forward to the next statement, so that no cent is lost or made")
    func broughtForward() throws {
        // Five are worth 0.2475: 0.25, and −0.0025 is left; five more make 0.245, half to even 0.24.
        var story = statements(ada + sales(5))
        story.settle("2026-02-01")
        story.tell([click("k2", at: "2026-02-01", of: "ada")] + sales(5, "t", at: "2026-02-05"))
        story.settle("2026-03-01")
        #expect(story.statements() == ["2026-02-01: 0.25 USD", "2026-03-01: 0.24 USD"])
        let line = try #require(story.records.last?.lines.first)
        let steps = (line.json["workings"]?.elements ?? []).compactMap { $0["amount"]?.text }
        #expect(steps == ["-0.0025 USD", "0.245 USD", "0.005 USD"])
    }

    @Test("below the smallest coin waits for more")
    func tooLittle() throws {
        var story = statements(ada + [sale("s", at: "2026-01-05", "0.08")])
        story.settle("2026-02-01")
        #expect(story.statements().isEmpty && story.sealed.isEmpty)
        #expect(try story.paid("s") == ["below_threshold 0.01 USD"])
        story.tell([click("k2", at: "2026-02-01", of: "ada"), sale("t", at: "2026-02-05", "0.08")])
        #expect(try story.paid("s") == ["2026-03-01"])
        story.settle("2026-03-01")
        #expect(story.statements() == ["2026-03-01: 0.01 USD"])
    }

    @Test("has all of the time before midnight, whatever is sent back at midnight, which is owed")
    func midnight() {
        var story = statements(ada + sales(10) + [refund("r", of: "s0", at: "2026-02-01T00:00:00Z")])
        story.settle("2026-02-01")
        #expect(story.statements() == ["2026-02-01: 0.50 USD"])
        #expect(story.standing() == "payable 0.50, clawback 0.05")
    }

    @Test("leaves out what was rejected")
    func rejected() {
        var story = statements(ada + sales(10) + [note("rejection", of: "s0", at: "2026-01-06")])
        story.settle("2026-02-01")
        // Nine are worth 0.4455.
        #expect(story.statements() == ["2026-02-01: 0.45 USD"])
    }

    @Test("a refund before the statement lowers it exactly")
    func refundedBefore() throws {
        var story = statements(ada + sales(20) + [refund("r", of: "s0", at: "2026-01-06")])
        #expect(try story.paid("s0") == ["reversed", "reversed"])
        story.settle("2026-02-01")
        // Nineteen are worth 0.9405.
        #expect(story.statements() == ["2026-02-01: 0.94 USD"])
    }

    @Test("a refund after it takes back what the sum of the rest says, and all of them all of it")
    func refundedAfter() throws {
        var story = statements(ada + sales(20))
        story.settle("2026-02-01")
        #expect(story.statements() == ["2026-02-01: 0.99 USD"])
        var owed: [String] = []
        for number in 0..<20 {
            story.tell([refund("r\(number)", of: "s\(number)", at: "2026-02-02")])
            owed.append(story.balance("Assets:ClawbackReceivable:P-ada"))
        }
        // 0.9405 is left, then 0.891, 0.8415, 0.792.
        #expect(owed.prefix(4) == ["0.05", "0.10", "0.15", "0.20"])
        #expect(owed.last == "0.99" && story.balance("Expenses:Commission:Affiliate") == "0.00")
        #expect(story.standing() == "payable 0.99, clawback 0.99" && story.faultBelowZero == nil)
    }

    @Test("a late settlement comes to the same as one in time", arguments: ["USD", "EUR"])
    func late(_ currency: String) {
        let people =
            [partner("ada", [("currency", .string(currency))]), click("k", at: "2026-01-01", of: "ada")]
            + [rate("2026-01-30", "USD", "1.1172")]
        let facts =
            people + sales(20)
            + [refund("r", of: "s0", at: "2026-02-02"), refund("q", of: "s1", at: "2026-02-03", "0.50")]
        var late = statements(facts)
        late.settle("2026-02-20")
        var timely = statements(Array(facts.prefix(23)))
        timely.settle("2026-02-01")
        timely.tell(Array(facts.suffix(2)))
        timely.settle("2026-02-20")
        #expect(late.ending == timely.ending && !late.statements().isEmpty)
    }

    @Test("waits for its hold, sale by sale")
    func held() {
        var story = statements(
            ada + sales(10) + sales(10, "t", at: "2026-01-25"), hold: "14d")
        story.settle("2026-02-01")
        #expect(story.statements() == ["2026-02-01: 0.50 USD"])
        story.settle("2026-03-01")
        // 0.495, and −0.005 was left: 0.49.
        #expect(story.statements().last == "2026-03-01: 0.49 USD")
    }

    @Test("counts towards the threshold, and what is below it is not rounded yet")
    func threshold() throws {
        var story = statements(ada + sales(10), payouts: "threshold: {USD: 0.60}")
        story.settle("2026-02-01")
        #expect(story.statements().isEmpty && story.sealed.isEmpty)
        #expect(try story.paid("s0") == ["below_threshold 0.10 USD"])
        story.tell([click("k2", at: "2026-02-01", of: "ada")] + sales(5, "t", at: "2026-02-05"))
        story.settle("2026-03-01")
        #expect(story.statements() == ["2026-03-01: 0.74 USD"])
    }

    @Test("of two rules is rounded for each, beside lines that are whole")
    func rules() {
        let rules = [
            "{rule: a, on: sale, pay: 5%, round: statement, also: true}",
            "{rule: b, on: sale, pay: 0.4%, round: statement, also: true}",
            "{rule: c, on: sale, pay: 1.00}",
        ]
        var story = Story(program(rules: rules), ada + sales(10))
        story.settle("2026-02-01")
        // 0.495 and 0.0396 beside ten times 1.00.
        #expect(story.statements() == ["2026-02-01: 10.54 USD"])
    }

    @Test("of a sale that turns out to be another's goes with it")
    func another() {
        var story = statements(
            ada + [partner("bo")] + sales(10) + [coupon("c", "BO", of: "bo")],
            payouts: "threshold: {USD: 0.01}")
        story.tell([click("k0", at: "2026-01-04", of: "bo")])
        story.tell((0..<10).map { review(of: "s\($0)", at: "2026-01-06") })
        story.settle("2026-02-01")
        #expect(story.statements("ada").isEmpty && story.statements("bo") == ["2026-02-01: 0.50 USD"])
    }

    @Test("is cut by a cap to the billionth, and the cut line says what was lost")
    func capped() throws {
        var story = statements(
            ada + sales(30), rule: "pay: 5%, caps: [{per: partner, period: month, amount: 1.00}]")
        // Twenty are worth 0.99; the next has 0.01 of its 0.0495, the others nothing.
        let lines = story.records.flatMap(\.lines)
        #expect(lines.filter { $0.kind == "cap" }.count == 10)
        #expect(lines.first { $0.kind == "cap" }?.json["lost"]?.text == "0.0395")
        story.settle("2026-02-01")
        #expect(story.statements() == ["2026-02-01: 1.00 USD"])
    }

    @Test("gets what a refund frees of a cap that reopens")
    func reopened() {
        var story = statements(
            ada + sales(30), rule: "pay: 5%, caps: [{per: partner, amount: 1.00, reopen: true}]")
        story.tell((0..<5).map { refund("r\($0)", of: "s\($0)", at: "2026-01-10") })
        story.settle("2026-02-01")
        #expect(story.statements() == ["2026-02-01: 1.00 USD"])
    }

    @Test("shares a budget that is shared at its close")
    func shared() {
        var story = statements(
            ada + sales(30),
            rule: "pay: 5%, caps: [{per: program, period: month, amount: 0.99, when-full: pro-rata}]")
        story.settle("2026-02-01")
        #expect(story.statements() == ["2026-02-01: 0.99 USD"])
    }

    @Test("gives the levels above the seller shares that accrue, of the sale or of the commission")
    func levels() throws {
        let people = [
            partner("top"), partner("bo", [("parent", "top")]), partner("ada", [("parent", "bo")]),
            click("k", at: "2026-01-01", of: "ada"),
        ]
        for (measure, bo) in [("commission", "0.10"), ("sale", "1.98")] {
            var story = Story(
                program(rules: [
                    "{rule: r, on: sale, pay: 5%, round: statement}",
                    "override: {levels: [10%, 4%], of: \(measure)}",
                ]), people + sales(20))
            #expect(story.sealed.isEmpty)
            story.settle("2026-02-01")
            #expect(story.statements() == ["2026-02-01: 0.99 USD"])
            #expect(story.statements("bo") == ["2026-02-01: \(bo) USD"])
            #expect(story.balance("Expenses:Commission:Affiliate") == "0.99")
            story.tell((0..<20).map { refund("r\($0)", of: "s\($0)", at: "2026-02-03") })
            #expect(story.balance("Expenses:Commission:Override") == "0.00")
            #expect(story.balance("Expenses:Commission:Affiliate") == "0.00" && story.faultBelowZero == nil)
        }
    }

    @Test("is cut with its levels by a ceiling")
    func ceiling() {
        let people = [
            partner("bo"), partner("ada", [("parent", "bo")]), click("k", at: "2026-01-01", of: "ada"),
        ]
        var story = Story(
            program(rules: [
                "{rule: r, on: sale, pay: 5%, round: statement}",
                "override: {levels: [5%], of: sale, ceiling: 6%, cut: pro-rata}",
            ]), people + sales(20))
        story.settle("2026-02-01")
        // 19.80 of sales leave 1.188, half for each.
        #expect(story.statements() == ["2026-02-01: 0.59 USD"])
        #expect(story.statements("bo") == ["2026-02-01: 0.59 USD"])
    }
}
