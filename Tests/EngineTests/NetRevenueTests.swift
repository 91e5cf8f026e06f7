import Facts
import Replay
import Terms
import Testing
import Values

/// Net revenue of one event.
func activity(_ id: String, at: String, _ amount: String, customer: String = "kim", _ fields: Fields = [])
    -> FactRecord
{
    sale(
        id, at: at, "0.00", "EUR",
        [
            ("event", "activity"), ("customer", .string(customer)),
            ("components", ["ngr": .string(amount)]),
        ] + fields)
}

@Suite("Net revenue")
struct NetRevenueTests {
    private func story(
        _ keys: String = "carry-over: {what: base}", pay: String = "30%", hold: String = "0d",
        payouts: String = "", base: String = "{from: ngr}", _ facts: [FactRecord]
    ) -> Story {
        let keys = keys.isEmpty ? "" : ", \(keys)"
        let rule = "{rule: share, on: activity, base: \(base), pay: \(pay)\(keys)}"
        let file = program(
            currency: "EUR", attribution: "click: {window: 365d}", hold: hold, rules: [rule], payouts: payouts
        )
        return Story(file, adaClicked + facts)
    }

    private func story(_ facts: [FactRecord]) -> Story { story("carry-over: {what: base}", facts) }

    /// What each month's statement adds; each is closed before the next begins.
    private func months(_ keys: String, _ months: [[FactRecord]]) throws -> [String] {
        var story = self.story(keys, [])
        var before: Int64 = 0
        return months.enumerated().map { index, facts in
            story.tell(facts)
            story.settle("2026-0\(index + 2)-01")
            let now = story.total("ada", in: .eur).minor
            defer { before = now }
            return Money(now - before, .eur).amount
        }
    }

    private func monthly(_ amounts: [String]) -> [[FactRecord]] {
        amounts.enumerated().map { [activity("s\($0)", at: "2026-0\($0 + 1)-10", $1)] }
    }

    @Test("that falls within its month takes back what the month has paid, the latest first")
    func falls() {
        let story = self.story([
            activity("a", at: "2026-01-05", "1000.00"), activity("b", at: "2026-01-06", "100.00"),
            activity("c", at: "2026-01-07", "-600.00"), activity("d", at: "2026-01-08", "-9000.00"),
            activity("e", at: "2026-01-09", "50.00"),
        ])
        #expect(story.posted(by: "conversion:a") == ["commission 300.00"])
        #expect(story.posted(by: "conversion:c") == ["reversal -30.00", "reversal -150.00", "carry 0.00"])
        #expect(story.lines("b") == ["30.00 EUR", "-30.00 EUR"])
        #expect(story.posted(by: "conversion:d") == ["reversal -150.00", "carry 0.00"])
        #expect(story.posted(by: "conversion:e") == ["carry 0.00"])
        #expect(story.standing("ada", "EUR") == "" && story.faultBelowZero == nil)
    }

    @Test("tells how its period stands on every line")
    func told() {
        let story = self.story([
            activity("a", at: "2026-01-05", "-40.00"), activity("b", at: "2026-02-05", "100.00"),
        ])
        let lines = story.records.flatMap(\.lines).map(\.body)
        #expect(
            lines.map { $0.contains(#"{"step":"net","amount":"-40.00 EUR"}"#) } == [true, false], "\(lines)")
        #expect(
            lines[0].contains(
                #"{"step":"period","start":"2026-01-01","revenue":"-40.00 EUR","due":"0.00 EUR"}"#))
        #expect(
            lines[1].contains(
                #"{"step":"period","start":"2026-02-01","revenue":"100.00 EUR","carried":"-40.00 EUR","#
                    + #""due":"18.00 EUR"}"#))
    }

    @Test("that falls after a statement is owed, and offset against the next")
    func owed() {
        var story = self.story(payouts: "schedule: weekly", [activity("a", at: "2026-01-05", "1000.00")])
        story.settle("2026-01-12")
        story.tell([activity("b", at: "2026-01-20", "-500.00")])
        #expect(story.posted(by: "conversion:b") == ["reversal -150.00", "carry 0.00"])
        #expect(story.standing("ada", "EUR") == "payable 300.00, clawback 150.00")
        story.tell([activity("c", at: "2026-01-21", "1000.00")])
        story.settle("2026-01-26")
        #expect(story.statements() == ["2026-01-12: 300.00 EUR", "2026-01-26: 150.00 EUR after 150.00"])
    }

    @Test("that comes late changes what later periods carry")
    func late() {
        let june = activity("june", at: "2026-06-10", "5000.00")
        let july = activity("july", at: "2026-07-10", "500.00")
        var story = self.story([june, july])
        story.tell([activity("may", at: "2026-05-10", "-5200.00")])
        #expect(story.posted(by: "conversion:may") == ["carry 0.00", "carry -1500.00", "carry -60.00"])
        #expect(story.total("ada", in: .eur).amount == "90.00")
        story.tell([note("rejection", of: "may", at: "2026-08-01")])
        #expect(story.posted(by: "rejection:rejection-may") == ["carry 1500.00", "carry 60.00"])
        #expect(story.total("ada", in: .eur).amount == "1650.00" && story.faultBelowZero == nil)
    }

    @Test("below zero lapses after its months, the oldest first")
    func expires() throws {
        let carry = "carry-over: {what: base, expires: 2 months}"
        #expect(try months(carry, monthly(["-1000.00", "100.00", "100.00", "100.00"])).last == "30.00")
        #expect(try months(carry, monthly(["-1000.00", "100.00", "200.00"])) == ["0.00", "0.00", "0.00"])
        // February's own is used up in April at the latest.
        let mixed = try months(carry, monthly(["-100.00", "-100.00", "150.00", "100.00"]))
        #expect(mixed == ["0.00", "0.00", "0.00", "15.00"])
        let all = "carry-over: {what: base}"
        #expect(try months(all, monthly(["-1000.00", "100.00", "100.00", "900.00"])).last == "30.00")
    }

    @Test("may carry the commission instead, which is money and rounded")
    func commission() throws {
        let amounts = ["-33.35", "100.00"]
        #expect(try months("carry-over: {what: commission}", monthly(amounts)) == ["0.00", "20.00"])
        #expect(try months("carry-over: {what: base}", monthly(amounts)) == ["0.00", "20.00"])
        let cents = ["-0.05", "-0.05", "1.00"]
        #expect(try months("carry-over: {what: commission}", monthly(cents)).last == "0.26")
        #expect(try months("carry-over: {what: base}", monthly(cents)).last == "0.27")
    }

    @Test("takes off its deductions in order, each rounded, and no share of a negative")
    func deductions() {
        let less =
            "{from: ggr, less: [{percent: 12.5%, of: ggr, name: admin}, {component: bonuses}, "
            + "{percent: 10%, of: rest, name: tax}]}"
        func earned(_ parts: JSON) -> [String] {
            let sold = sale(
                "s", at: "2026-01-05", "0.00", "EUR", [("event", "activity"), ("components", parts)])
            return story(pay: "100%", base: less, [sold]).lines("s")
        }
        // 100.02 − 12.50 (12.5025) − 7.52 = 80.00; − 8.00.
        #expect(earned(["ggr": "100.02", "bonuses": "7.52"]) == ["72.00 EUR"])
        // 10.00 − 1.25 − 20.00 is below zero: no tax.
        #expect(earned(["ggr": "10.00", "bonuses": "20.00"]) == ["0.00 EUR"])
        #expect(earned(["ggr": "-10.00", "bonuses": "-30.00"]) == ["18.00 EUR"])
        #expect(earned(["bonuses": "-1.00"]) == ["0.90 EUR"])
        // None of what the rule counts: it pays nothing and carries nothing.
        #expect(earned(["wager": "100.00"]) == [])
    }

    @Test("stands alone by pool, by currency, and by partner")
    func pools() {
        func earned(_ pool: String, _ facts: [FactRecord]) -> Int64 {
            self.story("carry-over: {what: base, pool: \(pool)}", facts).total("ada", in: .eur).minor
        }
        let facts = [
            activity("a", at: "2026-01-05", "100.00", customer: "kim", [("product", "casino")]),
            activity("b", at: "2026-01-06", "-50.00", customer: "lee", [("product", "casino")]),
            activity("c", at: "2026-01-07", "-200.00", customer: "kim", [("product", "sports")]),
        ]
        #expect(earned("all", facts) == 0)
        #expect(earned("product", facts) == 15_00)
        #expect(earned("customer", facts) == 0)
        let dollars = sale(
            "d", at: "2026-01-08", "0.00", "USD",
            [("event", "activity"), ("components", ["ngr": "1000.00"])])
        let story = self.story(facts + [dollars])
        #expect(story.total("ada", in: .eur).minor == 0 && story.total("ada", in: .usd).minor == 300_00)
    }

    @Test("of a customer that lost too much stands alone, from the period on in which it did")
    func highRoller() {
        let carry = "carry-over: {what: base, high-roller: -10000.00}"
        var story = self.story(
            carry,
            [
                activity("x", at: "2026-01-05", "1000.00", customer: "p1"),
                activity("y", at: "2026-01-06", "500.00", customer: "others"),
                activity("z", at: "2026-01-07", "-10999.99", customer: "p1"),
            ])
        #expect(story.total("ada", in: .eur).minor == 0)
        // The one cent more: the pool is left with what the others brought.
        story.tell([activity("c", at: "2026-01-08", "-0.01", customer: "p1")])
        #expect(story.posted(by: "conversion:c") == ["carry 150.00", "carry 0.00"])
        story.tell([
            activity("feb", at: "2026-02-05", "9000.00", customer: "p1"),
            activity("mar", at: "2026-03-05", "1100.00", customer: "p1"),
            activity("o", at: "2026-03-05", "-100.00", customer: "others"),
        ])
        #expect(story.posted(by: "conversion:feb") == ["carry 0.00"])
        #expect(story.posted(by: "conversion:mar") == ["commission 30.00"])
        #expect(story.total("ada", in: .eur).amount == "180.00")
        // Without the loss the customer was never a high roller, and all of its revenue is the pool's:
        // −50.00 of January less, February 9,000.00, March 1,000.00.
        story.tell([note("rejection", of: "z", at: "2026-04-01")])
        #expect(story.total("ada", in: .eur).amount == "3450.00" && story.faultBelowZero == nil)
    }

    @Test("counts each event at its own rate where rates differ within a period")
    func boosted() {
        let keys = "carry-over: {what: base}, boosts: [{points: 20%, when: {country: DE}}]"
        let story = self.story(
            keys, pay: "10%",
            [
                activity("a", at: "2026-01-05", "-100.00"),
                activity("b", at: "2026-02-05", "300.00"),
                activity("c", at: "2026-02-06", "100.00", [("country", "DE")]),
            ])
        // 30.00 and 30.00 of 400.00: 15 %; of the 300.00 that are left 45.00.
        #expect(story.total("ada", in: .eur).amount == "45.00")
    }

    @Test("refunded in part shrinks in the same proportion")
    func refunded() {
        let deposit = sale(
            "d", at: "2026-01-05", "200.00", "EUR",
            [("event", "activity"), ("components", ["ngr": "100.00"])])
        var story = self.story([deposit, activity("l", at: "2026-01-06", "-20.00")])
        story.tell([refund("r", of: "d", at: "2026-01-07", "50.00")])
        #expect(story.total("ada", in: .eur).amount == "16.50")
        story.tell([refund("all", of: "d", at: "2026-01-08")])
        #expect(story.total("ada", in: .eur).amount == "0.00" && story.standing("ada", "EUR") == "")
    }

    @Test("of weeks is carried from week to week")
    func weeks() {
        let story = self.story(
            "period: week, carry-over: {what: base}",
            [
                activity("a", at: "2026-01-05", "-100.00"), activity("b", at: "2026-01-11", "20.00"),
                activity("c", at: "2026-01-12", "100.00"),
            ])
        #expect(story.total("ada", in: .eur).amount == "6.00")
    }
}

@Suite("Steps and caps of net revenue")
struct NetStepTests {
    private func story(_ keys: String, base: String = "{from: ngr}", _ facts: [FactRecord]) -> Story {
        let rule = "{rule: share, on: activity, base: \(base), pay: 25%, \(keys)}"
        let rest = "{rule: deposit, on: deposit, pay: 1%, refund: never}"
        let file = program(
            currency: "EUR", attribution: "click: {window: 365d}", rules: [rule, rest])
        return Story(file, adaClicked + facts)
    }

    private func deposit(_ id: String, at: String) -> FactRecord {
        sale(id, at: at, "0.00", "EUR", [("event", "deposit"), ("customer", "kim")])
    }

    private static let byRevenue = "by: revenue, period: month, steps: [[1000.00, 30%], [2000.00, 40%]]"

    @Test(
        "by revenue hold for the whole month, or slice by slice",
        arguments: [("retroactive", "1000.00"), ("progressive", "750.00")])
    func revenue(_ shape: String, _ due: String) {
        // 2,500.00 at 40 %, or 250.00, 300.00 and 200.00; then 900.00 at 25 %.
        let facts = [
            activity("a", at: "2026-01-05", "900.00"), activity("b", at: "2026-01-06", "1600.00"),
            activity("c", at: "2026-02-06", "900.00"),
        ]
        var story = story("tiers: {shape: \(shape), \(Self.byRevenue)}", facts)
        let other = self.story("tiers: {shape: \(shape), \(Self.byRevenue)}", facts.reversed())
        #expect(story.balances.all.map(\.amount) == other.balances.all.map(\.amount))
        story.settle("2026-02-01", "2026-03-01")
        #expect(story.statements() == ["2026-02-01: \(due) EUR", "2026-03-01: 225.00 EUR"])
    }

    @Test("go by what the month brought; what is carried in comes off at its mean")
    func carried() {
        var story = story(
            "tiers: {shape: retroactive, \(Self.byRevenue)}, carry-over: {what: base}",
            [activity("a", at: "2026-01-05", "-500.00"), activity("b", at: "2026-02-06", "1500.00")])
        story.settle("2026-03-01")
        #expect(story.statements() == ["2026-03-01: 300.00 EUR"])
    }

    @Test("by events move all of the month, whichever comes first, and back when one is rejected")
    func events() {
        let keys = "tiers: {by: deposit, shape: retroactive, period: month, steps: [[2, 30%], [3, 40%]]}"
        var story = story(
            keys + ", carry-over: {what: base, high-roller: -10000.00}",
            [
                deposit("d0", at: "2026-01-02"), activity("a", at: "2026-01-05", "1000.00"),
                activity("z", at: "2026-02-05", "100.00"),
            ])
        #expect(story.total("ada", in: .eur).amount == "275.00")
        story.tell([deposit("d1", at: "2026-01-09"), deposit("d2", at: "2026-01-10")])
        #expect(story.posted(by: "conversion:d1") == ["true_up 50.00"])
        #expect(story.posted(by: "conversion:d2") == ["true_up 100.00"])
        story.settle("2026-02-01")
        #expect(story.statements() == ["2026-02-01: 400.00 EUR"])
        story.tell([note("rejection", of: "d2", at: "2026-02-03")])
        #expect(story.standing("ada", "EUR") == "pending 25.00, payable 400.00, clawback 100.00")
        #expect(story.faultBelowZero == nil)
    }

    @Test("by count go by the conversions that brought revenue, with boosts on top")
    func count() {
        let keys = "tiers: {by: count, shape: retroactive, steps: [[3, 30%]]}, boosts: [{points: 1%}]"
        let facts = (0..<3).map { activity("a\($0)", at: "2026-01-0\($0 + 3)", "100.00") }
        #expect(story(keys, Array(facts.prefix(2))).total("ada", in: .eur).amount == "52.00")
        #expect(story(keys, facts).total("ada", in: .eur).amount == "93.00")
    }

    @Test("caps hold against what a month comes to, and the line says what was lost")
    func capped() {
        let keys = "caps: [{per: partner, period: month, amount: 100.00}], carry-over: {what: base}"
        var story = story(
            keys,
            [
                activity("a", at: "2026-01-05", "300.00"), activity("b", at: "2026-01-06", "300.00"),
                activity("c", at: "2026-01-07", "-100.00"),
            ])
        // 75.00, 25.00 of 75.00, and of 125.00 still 100.00.
        #expect(story.lines("a") + story.lines("b") == ["75.00 EUR", "25.00 EUR"])
        let lost = #""step":"cap","per":"partner","period":"month","amount":"100.00 EUR","lost":"50.00 EUR""#
        #expect(story.records.flatMap(\.lines).contains { $0.body.contains(lost) })
        story.tell([activity("d", at: "2026-01-08", "-300.00")])
        #expect(story.total("ada", in: .eur).amount == "50.00")
        story.tell([activity("e", at: "2026-01-09", "600.00"), activity("f", at: "2026-02-09", "100.00")])
        #expect(story.total("ada", in: .eur).amount == "125.00" && story.faultBelowZero == nil)
    }

    @Test("a budget is one for all partners, and a customer's cap for one customer's pool")
    func others() {
        let keys = "caps: [{per: customer, amount: 50.00}], carry-over: {what: none, pool: customer}"
        let facts = [
            activity("a", at: "2026-01-05", "300.00"), activity("b", at: "2026-02-06", "300.00"),
            activity("c", at: "2026-01-07", "300.00", customer: "lee", [("visitor", "v")]),
        ]
        #expect(story(keys, facts).total("ada", in: .eur).amount == "100.00")
        let budget = "caps: [{per: program, period: quarter, amount: 120.00}]"
        #expect(story(budget, facts).total("ada", in: .eur).amount == "120.00")
    }

    @Test("and a cap come to what the reference says")
    func reference() {
        let keys =
            "tiers: {by: deposit, shape: retroactive, period: month, steps: [[6, 30%]]}, "
            + "caps: [{per: partner, period: month, amount: 500.00}]"
        var story = story(
            keys,
            (0..<5).map { deposit("d\($0)", at: "2026-01-02") } + [activity("a", at: "2026-01-05", "1000.00")]
        )
        #expect(story.total("ada", in: .eur).amount == "250.00")
        story.tell([deposit("d5", at: "2026-01-06")])
        #expect(story.posted(by: "conversion:d5") == ["true_up 50.00"])
        story.tell([activity("b", at: "2026-01-07", "1000.00")])
        #expect(story.total("ada", in: .eur).amount == "500.00")
        story.tell([activity("c", at: "2026-01-08", "-500.00")])
        #expect(story.total("ada", in: .eur).amount == "450.00")
    }
}
