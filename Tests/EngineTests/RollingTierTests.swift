import Facts
import Testing
import Values

private func rule(
    _ shape: String = "progressive", over days: String = "30d", by counted: String = "revenue",
    _ steps: String = "[10000.00, 12%]"
) -> String {
    "{rule: r, on: sale, pay: 10%, tiers: {by: \(counted), shape: \(shape), period: rolling \(days), "
        + "steps: [\(steps)]}}"
}

/// What Ada is paid for each of her sales.
private func paid(_ facts: [FactRecord], _ rule: String = rule(), in timezone: String = "UTC") -> Story {
    let file = program(timezone: timezone, attribution: "click: {window: 365d}", rules: [rule])
    return Story(file, [partner("ada"), click("k", at: "2026-01-01", of: "ada")] + facts)
}

@Suite("Tiers over a period that rolls")
struct RollingTierTests {
    @Test("count the days up to the sale's own, so many of them")
    func days() {
        let story = paid([
            sale("s1", at: "2026-01-01T00:00:00Z", "9800.00"),
            sale("s2", at: "2026-01-30T23:59:59.999Z", "400.00"),
            sale("s3", at: "2026-01-31T00:00:00Z", "400.00"),
        ])
        #expect(story.lines() == ["980.00 USD", "44.00 USD", "40.00 USD"])
    }

    @Test(
        "count days, whatever the length of the month",
        arguments: [
            ("2026-02-28", "2026-03-29", "2026-03-30"), ("2027-02-28", "2027-03-29", "2027-03-30"),
            ("2028-02-28", "2028-03-28", "2028-03-29"), ("2026-03-31", "2026-04-29", "2026-04-30"),
            ("2026-12-31", "2027-01-29", "2027-01-30"),
        ])
    func monthEnds(_ first: String, _ last: String, _ over: String) {
        let facts = [click("k2", at: first, of: "ada"), sale("s1", at: first, "10000.00")]
        #expect(paid(facts + [sale("s2", at: "\(last)T23:59:59Z")]).lines("s2") == ["12.00 USD"])
        #expect(paid(facts + [sale("s2", at: "\(over)T00:00:00Z")]).lines("s2") == ["10.00 USD"])
    }

    @Test(
        "begin and end their days at the zone's midnight, also where a day has 23 hours or 25",
        arguments: [
            ("2026-03-27T23:00:00Z", "2026-03-29T21:59:59.999Z", "2026-03-29T22:00:00Z"),
            ("2026-10-23T22:00:00Z", "2026-10-25T22:59:59.999Z", "2026-10-25T23:00:00Z"),
        ])
    func daylightSaving(_ first: String, _ last: String, _ over: String) {
        let facts = [sale("s1", at: first, "10000.00")]
        func second(_ at: String) -> [String] {
            paid(facts + [sale("s2", at: at)], rule(over: "2d"), in: "Europe/Berlin").lines("s2")
        }
        #expect(second(last) == ["12.00 USD"] && second(over) == ["10.00 USD"])
    }

    @Test("count what is refunded no more, from the day of its sale, and take back what the sale was paid")
    func refunded() {
        var story = paid([
            sale("s1", at: "2026-01-01", "9900.00"), sale("s2", at: "2026-01-10", "300.00"),
            refund("r", of: "s1", at: "2026-01-11", "4900.00"), sale("s3", at: "2026-01-12", "4800.00"),
        ])
        #expect(story.lines("s1") == ["990.00 USD", "-490.00 USD"])
        // 5,000.00 of the first are left and 300.00 of the second; so 100.00 are above the step.
        #expect(story.lines("s3") == ["482.00 USD"])
        // The day of the refund is none of the sale: of the first nothing counts at the end of January.
        story.tell([sale("s4", at: "2026-01-31", "5000.00")])
        #expect(story.lines("s4") == ["502.00 USD"])
    }

    @Test("leave what others were paid alone, when what is refunded has left the window")
    func refundedLate() {
        var story = paid([sale("s1", at: "2026-01-01", "10000.00"), sale("s2", at: "2026-01-02", "100.00")])
        story.tell([sale("s3", at: "2026-02-01", "9900.00"), refund("r", of: "s1", at: "2026-02-02")])
        story.tell([sale("s4", at: "2026-02-03", "200.00")])
        #expect(story.lines("s1") == ["1000.00 USD", "-1000.00 USD"] && story.lines("s2") == ["12.00 USD"])
        #expect(story.lines("s3") == ["990.00 USD"] && story.lines("s4") == ["22.00 USD"])
    }

    @Test("count for a sale that arrives late what was known of the days up to its own")
    func late() {
        var story = paid([sale("s1", at: "2026-01-01", "9900.00"), sale("s2", at: "2026-01-20", "5000.00")])
        story.tell([sale("late", at: "2026-01-10", "200.00"), sale("s3", at: "2026-01-30", "100.00")])
        story.tell([sale("s4", at: "2026-01-31", "100.00")])
        // What came before it in time is 9,900.00: the 20th is after it.
        #expect(story.lines("late") == ["22.00 USD"])
        #expect(story.lines("s2") == ["598.00 USD"] && story.lines("s3") == ["12.00 USD"])
        #expect(story.lines("s4") == ["10.00 USD"])
    }

    @Test("come after reaching the step where they are prospective, and count events by name")
    func prospective() {
        let deposit: Fields = [("event", "deposit")]
        let story = paid(
            [
                sale("d1", at: "2026-01-01", "5.00", "USD", deposit),
                sale("d2", at: "2026-01-02", "5.00", "USD", deposit),
                sale("s1", at: "2026-01-07"), sale("s2", at: "2026-01-08"),
            ], rule("prospective", over: "7d", by: "deposit", "[2, 25%]"))
        #expect(story.lines("s1") == ["25.00 USD"] && story.lines("s2") == ["10.00 USD"])
    }

    @Test("give sharers the step that each has reached with its own part")
    func shared() {
        let file = program(
            attribution: "click: {window: 365d, model: linear}",
            rules: [rule(over: "2d", by: "revenue", "[500.00, 20%]")])
        let clicks = [click("k", at: "2026-01-01", of: "ada"), click("k2", at: "2026-01-02", of: "bo")]
        let story = Story(
            file,
            [partner("ada"), partner("bo")] + clicks + [
                sale("s1", at: "2026-01-03", "1000.00"), sale("s2", at: "2026-01-04"),
                sale("s3", at: "2026-01-05"),
            ])
        #expect(story.lines("s2") == ["10.00 USD", "10.00 USD"])
        #expect(story.lines("s3") == ["5.00 USD", "5.00 USD"])
    }
}
