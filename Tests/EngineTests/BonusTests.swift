import Facts
import Replay
import Terms
import Testing
import Values

@Suite("A bonus")
struct BonusTests {
    private static let ada = [partner("ada"), click("k", at: "2026-01-01", of: "ada")]

    private static func file(_ bonus: String, _ payouts: String = "") -> ProgramFile {
        program(
            rules: ["{rule: r, on: sale, pay: 10%}", "bonus: \(bonus)"], payouts: payouts)
    }

    private static let three = "{name: three, when: {count: 3, of: sale}, pay: 50.00 USD}"

    private static func sales(_ count: Int, of amount: String = "100.00") -> [FactRecord] {
        (0..<count).map { sale("s\($0)", at: "2026-01-0\($0 + 2)", amount) }
    }

    @Test("is paid once, by the event that completes it, and says what was reached")
    func once() throws {
        let story = Story(Self.file(Self.three), Self.ada + Self.sales(5))
        #expect(story.posted(by: "conversion:s1") == ["commission 10.00"])
        #expect(story.posted(by: "conversion:s2") == ["commission 10.00", "bonus 50.00"])
        #expect(story.posted(by: "conversion:s4") == ["commission 10.00"])
        let line = try #require(story.records.flatMap(\.lines).first { $0.kind == "bonus" })
        #expect(line.rule == "three" && line.body.contains(#""reached":"3""#))
        #expect(story.balance("Expenses:Commission:Bonus", "USD") == "50.00")
    }

    @Test("counts nobody else's sales, nor other events")
    func own() {
        let others = [
            partner("bo"), click("k2", at: "2026-01-01", of: "bo", by: "w"),
            sale("o1", at: "2026-01-02", "9.00", "USD", [("visitor", "w")]),
            sale("l1", at: "2026-01-02", "0.00", "USD", [("event", "lead")]),
        ]
        let story = Story(Self.file(Self.three), Self.ada + others + Self.sales(2))
        #expect(!story.records.flatMap(\.lines).contains { $0.kind == "bonus" })
    }

    @Test("is taken back when what it was paid for is, and paid again when it is there again")
    func lost() {
        var story = Story(Self.file(Self.three), Self.ada + Self.sales(3))
        story.tell([refund("r", of: "s0", at: "2026-01-10")])
        #expect(story.posted(by: "refund:r") == ["reversal -10.00", "reversal -50.00"])
        story.tell([sale("more", at: "2026-01-11")])
        #expect(story.posted(by: "conversion:more") == ["commission 10.00", "bonus 50.00"])
        #expect(story.balance("Expenses:Commission:Bonus", "USD") == "50.00")
    }

    @Test("that was paid already is owed back")
    func owed() {
        var story = Story(Self.file(Self.three), Self.ada + Self.sales(3))
        story.settle("2026-02-01")
        #expect(story.statements() == ["2026-02-01: 80.00 USD"])
        story.tell([refund("r", of: "s1", at: "2026-02-03")])
        #expect(story.standing() == "payable 80.00, clawback 60.00")
    }

    @Test("of revenue counts bases, less what was refunded, and can be reached in each period")
    func revenue() {
        let bonus = "{name: month, when: {revenue: 250.00, period: month}, pay: 20.00 USD}"
        var story = Story(Self.file(bonus), Self.ada)
        story.tell([
            sale("s0", at: "2026-01-02", "150.00", "USD", [("tax", "25.00")]),
            sale("s1", at: "2026-01-03", "125.00"),
        ])
        #expect(story.posted(by: "conversion:s1") == ["commission 12.50", "bonus 20.00"])
        story.tell([refund("r", of: "s1", at: "2026-01-05", "0.01")])
        #expect(story.posted(by: "refund:r").last == "reversal -20.00")
        story.tell([
            click("k2", at: "2026-02-01", of: "ada"), sale("f", at: "2026-02-03", "250.00"),
        ])
        #expect(story.posted(by: "conversion:f") == ["commission 25.00", "bonus 20.00"])
    }

    @Test("goes with the sale that late evidence gives to another")
    func late() {
        var story = Story(
            Self.file("{name: first, when: {count: 1}, pay: 5.00 USD}"),
            Self.ada + [partner("bo"), coupon("c", "BO", at: "2026-01-01", of: "bo")])
        story.tell([sale("s", at: "2026-01-05", "10.00")])
        #expect(story.total("ada", in: .usd).minor == 6_00)
        story.tell([leaving("ada", at: "2026-01-03"), review(of: "s", at: "2026-01-06")])
        #expect(story.total("ada", in: .usd).minor == 0)
    }

    @Test("that was reached under one version of the terms is not paid again under the next")
    func versions() {
        let higher = Self.file("{name: three, when: {count: 3, of: sale}, pay: 70.00 USD}")
        let publish = act(
            .terms, "2", at: "2026-01-20",
            ["version": .int(2), "effective_at": "2026-01-20T00:00:00Z", "yaml": .string(higher.yaml)])
        let story = Story(
            Self.file(Self.three), Self.ada + Self.sales(3) + [publish, sale("s9", at: "2026-01-21")])
        #expect(story.posted(by: "conversion:s9") == ["commission 10.00"])
        #expect(story.refusals == [])
    }
}
