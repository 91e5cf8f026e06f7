import Facts
import Replay
import Testing
import Values

private let tiers = """
    tiers:
      - {name: silver}
      - {name: gold, when: {revenue: ">= 1000.00", period: quarter}, grace: 30d}
      - {name: partner-of-the-year}

    """

private func file(
    _ rules: [String] = ["{rule: r, on: sale, pay: 10%, boosts: [{points: 5%, when: {tier: gold}}]}"],
    _ ranks: String = tiers, model: String = "last"
) -> String {
    programText(attribution: "click: {window: 365d, model: \(model)}", rules: rules) + ranks
}

private func told(_ facts: [FactRecord], _ yaml: String = file()) -> Story {
    Story(reading(yaml), [partner("ada"), partner("bo"), click("k", at: "2026-01-01", of: "ada")] + facts)
}

private func tier(_ partner: String, _ tier: String, at: String) -> FactRecord {
    fact("tier", "\(tier)-\(at)", at: at, [("partner", .string(partner)), ("tier", .string(tier))])
}

@Suite("A rank of partners")
struct StatusTierTests {
    @Test("is had from the sale after the one that reaches it, to the cent")
    func reached() {
        let story = told([
            sale("s1", at: "2026-01-05", "999.99"), sale("s2", at: "2026-01-06", "0.01"),
            sale("s3", at: "2026-01-06T00:00:01Z"),
        ])
        #expect(story.lines("s1") == ["100.00 USD"] && story.lines("s3") == ["15.00 USD"])
    }

    @Test("is kept through the next period and its grace after that, and not a moment longer")
    func grace() {
        let story = told([
            sale("s1", at: "2026-01-05", "1000.00"), sale("next", at: "2026-06-30T23:59:59Z"),
            sale("grace", at: "2026-07-30T23:59:59.999Z"), sale("over", at: "2026-07-31T00:00:00Z"),
        ])
        #expect(story.lines("next") == ["15.00 USD"] && story.lines("grace") == ["15.00 USD"])
        #expect(story.lines("over") == ["10.00 USD"])
    }

    @Test("counts what all rules and none pay for, net of tax and shipping, and what refunds leave of it")
    func revenue() {
        let gross = sale(
            "s1", at: "2026-01-05", "1190.00", "USD", [("tax", "190.00"), ("event", "order")])
        var story = told([gross, sale("s2", at: "2026-01-06")])
        #expect(story.lines("s2") == ["15.00 USD"])
        story.tell([refund("r", of: "s1", at: "2026-01-07", "0.02"), sale("s3", at: "2026-01-08")])
        // What was paid for s2 counts, too.
        #expect(story.lines("s3") == ["15.00 USD"])
        story.tell([refund("r2", of: "s1", at: "2026-01-09", "300.00"), sale("s4", at: "2026-01-10")])
        #expect(story.lines("s4") == ["10.00 USD"])
        #expect(story.lines("s2") == ["15.00 USD"], "what was paid at a rank keeps it")
    }

    @Test("keeps a sale's rank when it is decided again or sent back")
    func keeps() {
        var story = told([sale("s1", at: "2026-01-05"), sale("s2", at: "2026-01-06", "2000.00")])
        story.tell([review(of: "s1", at: "2026-01-07"), refund("r", of: "s1", at: "2026-01-08", "50.00")])
        #expect(story.lines("s1") == ["10.00 USD", "-5.00 USD"])
    }

    @Test("is given by hand, from its instant on, as the least that the partner has")
    func byHand() {
        let story = told([
            sale("s1", at: "2026-01-05"), tier("ada", "gold", at: "2026-01-06"),
            sale("s2", at: "2026-01-06"), tier("ada", "silver", at: "2026-01-07"),
            sale("s3", at: "2026-01-08"), sale("s4", at: "2026-01-09", "1000.00"),
            sale("s5", at: "2026-01-10"),
        ])
        #expect(story.lines("s1") == ["10.00 USD"] && story.lines("s2") == ["15.00 USD"])
        #expect(story.lines("s3") == ["10.00 USD"], "and taken away by a lower one")
        #expect(story.lines("s5") == ["15.00 USD"], "but not what is reached")
    }

    @Test("comes with the partner where its fact names one")
    func joins() {
        let own = [
            partner("cy", [("tier", "gold")]), click("c", at: "2026-01-01", of: "cy", by: "w"),
            sale("s", at: "2026-01-02", "100.00", "USD", [("visitor", "w")]),
        ]
        #expect(told(own).lines("s") == ["15.00 USD"])
    }

    @Test("decides a seller's margin")
    func margins() {
        let yaml =
            programText(
                types: ["affiliate", "reseller"],
                rules: [
                    "{rule: r, on: sale, pay: 10%}", "margin: {base: 18%, tier: {gold: 22%}}",
                ]) + tiers
        let rex = [("type", JSON.string("reseller"))]
        let facts = [
            partner("rex", rex), sale("s1", at: "2026-01-05", "100.00", "USD", [("seller", "rex")]),
            tier("rex", "gold", at: "2026-01-06"),
            sale("s2", at: "2026-01-07", "100.00", "USD", [("seller", "rex")]),
        ]
        let story = Story(reading(yaml), facts)
        #expect(story.lines("s1") == ["18.00 USD"] && story.lines("s2") == ["22.00 USD"])
    }

    @Test("that no file has is refused")
    func unknown() {
        let story = told([tier("ada", "golden", at: "2026-01-02")])
        #expect(
            story.refusals == [
                "tier:golden-2026-01-02: /tier must be one of silver, gold, partner-of-the-year"
            ])
    }

    @Test("without `when` is everybody's if it is the first, and only then")
    func first() {
        let rules = [
            "{rule: low, on: sale, pay: 1%, when: {tier: silver}}",
            "{rule: high, on: sale, pay: 2%, when: {tier: [gold, partner-of-the-year]}}",
        ]
        let story = told(
            [
                sale("s1", at: "2026-01-05"), tier("ada", "partner-of-the-year", at: "2026-01-06"),
                sale("s2", at: "2026-01-07"),
            ], file(rules))
        #expect(story.lines("s1") == ["1.00 USD"] && story.lines("s2") == ["2.00 USD"])
    }

    @Test("asks for all of its goals: revenue, conversions and events of a name")
    func goals() {
        let ranks = """
            tiers:
              - {name: low}
              - {name: gold, when: {revenue: ">= 100.00", count: ">= 3", deposit: ">= 1", period: month}}

            """
        let story = told(
            [
                sale("s1", at: "2026-01-05"), sale("s2", at: "2026-01-06"), sale("s3", at: "2026-01-07"),
                sale("s4", at: "2026-01-08"),
                sale("d", at: "2026-01-09", "1.00", "USD", [("event", "deposit")]),
                sale("s5", at: "2026-01-10"),
            ], file(["{rule: r, on: sale, pay: 10%, boosts: [{points: 5%, when: {tier: gold}}]}"], ranks))
        #expect(story.lines("s4") == ["10.00 USD"] && story.lines("s5") == ["15.00 USD"])
    }

    @Test("over a rolling period counts that many days, today among them, and then its grace")
    func rolling() {
        let ranks =
            "tiers: [{name: low}, {name: gold, when: {count: \">= 2\", period: rolling 10d}, grace: 5d}]\n"
        let rules = ["{rule: r, on: sale, pay: 10%, boosts: [{points: 5%, when: {tier: gold}}]}"]
        func paid(_ last: String) -> [String] {
            let sales = [sale("s1", at: "2026-02-01T23:00:00Z"), sale("s2", at: "2026-02-03")]
            return told(sales + [sale("s3", at: last)], file(rules, ranks)).lines("s3")
        }
        #expect(paid("2026-02-03T00:00:01Z") == ["15.00 USD"])
        // The tenth day from the first sale on is 10 February; then it is gold for five days more.
        #expect(
            paid("2026-02-10T23:59:59Z") == ["15.00 USD"] && paid("2026-02-15T23:59:59Z") == ["15.00 USD"])
        #expect(paid("2026-02-16T00:00:00Z") == ["10.00 USD"])
    }

    @Test("counts of a shared sale each partner's part of the revenue")
    func shared() {
        let other = click("k2", at: "2026-01-02", of: "bo")
        let story = told(
            [
                other, sale("s1", at: "2026-01-05", "1999.98"), sale("s2", at: "2026-01-06", "0.02"),
                sale("s3", at: "2026-01-07"),
            ], file(model: "linear"))
        #expect(story.lines("s2") == [] && story.lines("s3") == ["7.50 USD", "7.50 USD"])
    }
}
