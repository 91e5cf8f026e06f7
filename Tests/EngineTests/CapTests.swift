import Facts
import Replay
import Terms
import Testing
import Values

@Suite("A cap")
struct CapTests {
    private static let people =
        [partner("ada"), click("k", at: "2026-01-01", of: "ada"), partner("bo")]
        + [click("b", at: "2026-01-01", of: "bo", by: "w")]

    private static func file(_ caps: String, _ more: String = "") -> ProgramFile {
        program(rules: ["{rule: r, on: sale, pay: 10%\(more), caps: [\(caps)]}"])
    }

    private static func kim(_ id: String, _ day: Int, _ amount: String, by visitor: String = "v")
        -> FactRecord
    {
        sale(
            id, at: "2026-01-\(day < 10 ? "0" : "")\(day)", amount, "USD",
            [("visitor", .string(visitor)), ("customer", "kim")])
    }

    @Test("per customer is for all who are paid for that customer together")
    func customer() {
        let story = Story(
            Self.file("{per: customer, amount: 15.00}"),
            Self.people + [Self.kim("s0", 2, "100.00"), Self.kim("s1", 3, "100.00", by: "w")])
        #expect(story.lines("s0") == ["10.00 USD"])
        #expect(story.posted(by: "conversion:s1") == ["commission 5.00", "cap 0.00"])
        #expect(story.lost(of: "s1") == ["5.00"])
    }

    @Test("gives no room back for a refund, and what is left of a cut line keeps its room")
    func closed() {
        var story = Story(
            Self.file("{per: partner, amount: 12.00}"),
            Self.people + [sale("s0", at: "2026-01-02"), sale("s1", at: "2026-01-03")])
        #expect(story.total(of: "s1", in: .usd).minor == 2_00)
        story.tell([refund("r", of: "s0", at: "2026-01-05")])
        #expect(story.total(of: "s1", in: .usd).minor == 2_00)
        story.tell([sale("s2", at: "2026-01-06")])
        #expect(story.posted(by: "conversion:s2") == ["cap 0.00"] && story.lost(of: "s2") == ["10.00"])
        // Half of a sale that asked for ten asks for five, and has two.
        story.tell([refund("h", of: "s1", at: "2026-01-07", "50.00")])
        #expect(story.total(of: "s1", in: .usd).minor == 2_00)
        story.tell([refund("g", of: "s1", at: "2026-01-08")])
        #expect(story.total(of: "s1", in: .usd).minor == 0)
    }

    @Test("that reopens gives room to the lines that it cut, in their order, from the day on")
    func reopened() {
        var story = Story(
            Self.file("{per: partner, amount: 12.00, reopen: true}"),
            Self.people + (0..<4).map { sale("s\($0)", at: "2026-01-0\($0 + 2)") })
        story.settle("2026-02-01")
        #expect(story.statements() == ["2026-02-01: 12.00 USD"])
        story.tell([refund("r", of: "s0", at: "2026-02-03")])
        #expect(story.posted(by: "refund:r") == ["reversal -10.00", "commission 8.00", "commission 2.00"])
        #expect(["s1", "s2", "s3"].map { story.total(of: $0, in: .usd).minor } == [10_00, 2_00, 0])
        story.settle("2026-03-01")
        #expect(story.standing() == "payable 12.00")
    }

    @Test("gives back what a sale took that is given to another")
    func moved() {
        var story = Story(
            Self.file("{per: partner, amount: 10.00}"),
            Self.people + [sale("s0", at: "2026-01-03", "100.00", "USD", [("coupon", "BO")])])
        #expect(story.source("s0") == "ada")
        story.tell([coupon("c", "BO", at: "2026-01-01", of: "bo")])
        story.tell([review(of: "s0", at: "2026-01-04")])
        #expect(story.source("s0") == "bo" && story.total("bo", in: .usd).minor == 10_00)
        story.tell([sale("s1", at: "2026-01-05")])
        #expect(story.total(of: "s1", in: .usd).minor == 10_00)
    }

    @Test("compares other currencies at the rate of their day, and cuts down")
    func currencies() {
        let rates = [rate("2026-01-02", "USD", "1.25"), rate("2026-01-02", "JPY", "150")]
        let story = Story(
            Self.file("{per: partner, amount: 10.00}"),
            rates + Self.people + [
                sale("s0", at: "2026-01-02", "40.00", "EUR"), sale("s1", at: "2026-01-02", "10000", "JPY"),
            ])
        #expect(story.lines("s0") == ["4.00 EUR"])
        // Five dollars are left, which are 600 yen.
        #expect(story.posted(by: "conversion:s1") == ["commission 600", "cap 0"])
    }

    @Test("is not passed by a cent where little room is left in another currency")
    func lastCent() {
        let story = Story(
            Self.file("{per: partner, amount: 10.00}"),
            [rate("2026-01-02", "USD", "1.25")] + Self.people + [
                sale("s0", at: "2026-01-02", "99.90"), sale("s1", at: "2026-01-02", "40.00", "EUR"),
            ])
        // A cent of a dollar is left, which is less than one of a euro.
        #expect(story.posted(by: "conversion:s1") == ["cap 0.00"])
    }

    @Test("of the program is for those above the seller, too; one of the partner is the seller's alone")
    func levels() {
        func above(_ scope: String) -> Int64 {
            let rule = "{rule: r, on: sale, pay: 10%, caps: [{per: \(scope), amount: 12.00}]}"
            return Story(
                program(rules: [rule, "override: {levels: [50%], of: commission}"]),
                [
                    partner("di"), partner("ada", [("parent", "di")]),
                    click("k", at: "2026-01-01", of: "ada"),
                    sale("s", at: "2026-01-02"),
                ]
            ).total("di", in: .usd).minor
        }
        #expect(above("program") == 2_00 && above("partner") == 5_00)
    }

    @Test("of a month is not that of the day on which the month begins")
    func periods() {
        let story = Story(
            Self.file(
                "{per: partner, period: day, amount: 6.00}, {per: partner, period: month, amount: 100.00}"),
            Self.people + [
                sale("s0", at: "2026-01-01T10:00:00Z"), sale("s1", at: "2026-01-01T11:00:00Z"),
                sale("s2", at: "2026-01-02"),
            ])
        #expect(["s0", "s1", "s2"].map { story.total(of: $0, in: .usd).minor } == [6_00, 0, 6_00])
    }

    @Test("cuts a true-up as it cuts lines, and what comes back of it is not cut again")
    func trueUps() {
        let tiers = ", tiers: {by: count, shape: retroactive, steps: [[1, 10%], [3, 20%]]}"
        var story = Story(
            Self.file("{per: partner, amount: 45.00}", tiers),
            Self.people + (0..<3).map { sale("s\($0)", at: "2026-01-0\($0 + 2)") })
        #expect(story.posted(by: "conversion:s2") == ["commission 20.00", "true_up 5.00", "cap 0.00"])
        story.tell([refund("r", of: "s2", at: "2026-01-06")])
        // Two sales at 10% are 20.00: the true-up goes, and the third line.
        #expect(story.total("ada", in: .usd).minor == 20_00)
        #expect(story.faultBelowZero == nil)
    }

    @Test("that cut a true-up leaves it cut on the days that follow")
    func cutOnce() {
        let tiers = ", tiers: {by: count, shape: retroactive, steps: [[1, 10%], [3, 20%]]}"
        let story = Story(
            Self.file("{per: partner, period: day, amount: 25.00}", tiers),
            Self.people + (0..<3).map { sale("s\($0)", at: "2026-01-02T0\($0):00:00Z") }
                + [sale("s3", at: "2026-01-03")])
        #expect(["s0", "s1", "s2"].map { story.total(of: $0, in: .usd).minor }.reduce(0, +) == 25_00)
        #expect(story.total(of: "s3", in: .usd).minor == 20_00)
    }

    @Test("has no new money to cut where lines get again what they gave back for a step")
    func again() {
        let tiers = ", tiers: {by: count, shape: retroactive, steps: [[1, 10%], [3, 20%]]}"
        var story = Story(
            Self.file("{per: partner, amount: 60.00}", tiers),
            Self.people + (0..<3).map { sale("s\($0)", at: "2026-01-0\($0 + 2)") })
        #expect(story.total("ada", in: .usd).minor == 60_00)
        story.tell([refund("r", of: "s0", at: "2026-01-06")])
        #expect(story.total("ada", in: .usd).minor == 20_00)
        // The cap is full: the fourth sale and the second's step have nothing; the third has 20% again.
        story.tell([sale("s3", at: "2026-01-07")])
        #expect(story.total("ada", in: .usd).minor == 30_00)
    }

    @Test("that is shared cuts all lines of its period alike when it closes, and nobody is paid before")
    func shared() {
        let file = program(
            rules: [
                "{rule: r, on: sale, pay: 10%, "
                    + "caps: [{per: program, period: quarter, amount: 20.00, when-full: pro-rata}]}"
            ])
        var story = Story(
            file,
            Self.people + [
                sale("s0", at: "2026-01-02", "300.00"),
                sale("s1", at: "2026-01-20", "100.00", "USD", [("visitor", "w")]),
            ])
        story.settle("2026-02-01", "2026-03-01")
        #expect(story.statements() == [])
        story.settle("2026-04-01")
        #expect(story.statements() == ["2026-04-01: 15.00 USD"])
        #expect(story.statements("bo") == ["2026-04-01: 5.00 USD"])
        #expect(
            story.total(of: "s0", in: .usd).minor == 15_00 && story.total(of: "s1", in: .usd).minor == 5_00)
        // What comes late finds what is left: nothing.
        story.tell([sale("late", at: "2026-01-25", "50.00", "USD", [("visitor", "w")])])
        #expect(story.lost(of: "late") == ["5.00"])
    }

    @Test("that is shared leaves lines whole where it has room for all")
    func roomy() {
        let file = program(
            rules: [
                "{rule: r, on: sale, pay: 10%, "
                    + "caps: [{per: program, period: month, amount: 50.00, when-full: pro-rata}]}"
            ])
        var story = Story(file, Self.people + [sale("s0", at: "2026-01-02"), sale("s1", at: "2026-01-03")])
        story.tell([refund("r", of: "s0", at: "2026-01-05", "40.00")])
        story.settle("2026-02-01")
        #expect(story.statements() == ["2026-02-01: 16.00 USD"])
        story.tell([sale("late", at: "2026-01-30", "1000.00")])
        #expect(story.total(of: "late", in: .usd).minor == 34_00)
    }
}
