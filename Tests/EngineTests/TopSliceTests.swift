import Facts
import TestPlans
import Testing
import Values

private func rule(_ steps: String = "[10000.00, 12%], [20000.00, 15%]", on event: String = "sale") -> String {
    "{rule: r, on: \(event), pay: 10%, tiers: {by: revenue, shape: progressive, slices: top, "
        + "steps: [\(steps)]}}"
}

private func told(_ facts: [FactRecord], _ rule: String = rule(), payouts: String = "") -> Story {
    let file = program(attribution: "click: {window: 365d}", rules: [rule], payouts: payouts)
    return Story(file, [partner("ada"), partner("bo"), click("k", at: "2026-01-01", of: "ada")] + facts)
}

@Suite("A refund that comes off the top")
struct TopSliceTests {
    @Test("takes back the sale's own line, and what the top is more than that is a line of its own")
    func offTheTop() {
        var story = told([sale("s1", at: "2026-01-05", "300.00"), sale("s2", at: "2026-01-06", "9900.00")])
        #expect(story.lines() == ["30.00 USD", "994.00 USD"])
        story.tell([refund("r", of: "s1", at: "2026-01-07")])
        #expect(story.posted(by: "refund:r") == ["reversal -30.00", "true_up -4.00"])
        #expect(story.earned("ada") == [.usd: 990_00])
    }

    @Test("is the sale's own line, where that was the last or the period never reached a step")
    func own() {
        var story = told([
            sale("s1", at: "2026-01-05", "9900.00"), sale("s2", at: "2026-01-06", "300.00"),
            refund("r", of: "s2", at: "2026-01-07"),
        ])
        #expect(story.posted(by: "refund:r") == ["reversal -34.00"])
        story.tell([refund("r2", of: "s1", at: "2026-01-08", "5000.00")])
        #expect(story.posted(by: "refund:r2") == ["reversal -500.00"])
    }

    @Test("leaves room at the top for the sales after it")
    func after() {
        let story = told([
            sale("s1", at: "2026-01-05", "300.00"), sale("s2", at: "2026-01-06", "9900.00"),
            refund("r", of: "s1", at: "2026-01-07"), sale("s3", at: "2026-01-08", "200.00"),
        ])
        #expect(story.lines("s3") == ["22.00 USD"] && story.earned("ada") == [.usd: 1012_00])
    }

    @Test(
        "comes to nothing when all is refunded, in whatever order",
        arguments: [["s1", "s2", "s3"], ["s3", "s1", "s2"]])
    func all(_ order: [String]) {
        var story = told([
            sale("s1", at: "2026-01-05", "15000.00"), sale("s2", at: "2026-01-06", "7000.33"),
            sale("s3", at: "2026-01-07", "0.05"),
        ])
        for (index, name) in order.enumerated() {
            story.tell([refund("a-\(name)", of: name, at: "2026-01-1\(index)", "0.03")])
            story.tell([refund("b-\(name)", of: name, at: "2026-01-1\(index)")])
        }
        #expect(story.earned("ada") == [.usd: 0] && story.faultBelowZero == nil)
    }

    @Test("comes off the period of its sale, also after that is over and paid")
    func later() {
        var story = told([sale("s1", at: "2026-01-05", "300.00"), sale("s2", at: "2026-01-31", "9900.00")])
        story.settle("2026-02-01")
        story.tell([sale("s3", at: "2026-02-02", "9900.00"), refund("r", of: "s1", at: "2026-02-03")])
        #expect(story.posted(by: "refund:r") == ["reversal -30.00", "true_up -4.00"])
        story.tell([sale("s4", at: "2026-02-04", "200.00")])
        #expect(story.lines("s4") == ["22.00 USD"])
        story.settle("2026-03-01")
        #expect(story.statements() == ["2026-02-01: 1024.00 USD", "2026-03-01: 978.00 USD after 34.00"])
    }

    @Test("counts a sale that arrives late on top of those that were there before")
    func late() {
        var story = told([sale("s2", at: "2026-01-06", "9900.00")])
        story.tell([sale("s1", at: "2026-01-05", "300.00"), refund("r", of: "s1", at: "2026-01-07")])
        #expect(story.lines("s1") == ["34.00 USD", "-34.00 USD"] && story.earned("ada") == [.usd: 990_00])
    }

    @Test("takes a sale that goes to another partner off the top of the first")
    func moved() {
        let other: Fields = [("visitor", "w")]
        var story = told([
            click("w1", at: "2026-01-01", of: "ada", by: "w"),
            sale("s1", at: "2026-01-05", "300.00", "USD", other), sale("s2", at: "2026-01-06", "9900.00"),
        ])
        story.tell([click("w2", at: "2026-01-02", of: "bo", by: "w"), review(of: "s1", at: "2026-01-07")])
        #expect(story.earned("ada") == [.usd: 990_00] && story.earned("bo") == [.usd: 30_00])
    }

    @Test("comes off the top of its own currency")
    func currencies() {
        var story = told([
            rate("2026-01-02", "USD", "1.2000"), sale("s1", at: "2026-01-05", "9900.00"),
            sale("e1", at: "2026-01-06", "500.00", "EUR"),
            sale("e2", at: "2026-01-06T01:00:00Z", "250.00", "EUR"),
        ])
        // Of 600.00 USD 100.00 are below the step: a sixth.
        #expect(story.lines("e1") == ["58.33 EUR"] && story.lines("e2") == ["30.00 EUR"])
        story.tell([refund("r", of: "e1", at: "2026-01-07")])
        // 83.33 EUR at 10% and 166.67 at 12% are left.
        #expect(story.posted(by: "refund:r") == ["reversal -58.33", "true_up -1.67"])
        story.tell([refund("r2", of: "e2", at: "2026-01-08"), refund("r3", of: "s1", at: "2026-01-09")])
        #expect(story.earned("ada") == [.usd: 0, .eur: 0])
    }

    @Test("leaves exactly what the steps give for what is left, whatever happens", arguments: 0..<60)
    func ladder(_ seed: Int) {
        var chance = Seeded(seed)
        let sales = (0..<chance.number(2...12)).map { ($0, chance.cents(1...9000)) }
        var facts = sales.map { sale("s\($0)", at: "2026-01-05T10:00:\($0 + 10)Z", "\($1).00") }
        var left = sales.map(\.1)
        for (index, amount) in sales where chance.once(in: 2) {
            let taken = chance.once(in: 2) ? amount : chance.cents(1...amount)
            left[index] -= taken
            facts.append(
                refund("r\(index)", of: "s\(index)", at: "2026-01-0\(chance.number(6...9))", "\(taken).00"))
        }
        var story = told([])
        for fact in facts.shuffled(using: &chance) { story.tell([fact]) }
        let net = left.reduce(0, +)
        let given = 10 * net + 2 * max(0, net - 10_000) + 3 * max(0, net - 20_000)
        #expect(story.earned("ada") == [.usd: given], "seed \(seed)")
        #expect(story.refusals == [] && story.faultBelowZero == nil, "seed \(seed)")
    }
}
