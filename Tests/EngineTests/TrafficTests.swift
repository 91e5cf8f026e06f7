import Facts
import Replay
import Terms
import Testing
import Values

private func clicks(_ count: Int, _ prefix: String = "k", at: String = "2026-01-05", _ fields: Fields = [])
    -> [FactRecord]
{
    (0..<count).map { click("\(prefix)\($0)", at: at, of: "ada", by: "\(prefix)\($0)", fields) }
}

private func paid(_ rules: String..., facts: [FactRecord], payouts: String = "") -> Story {
    Story(program(rules: rules, payouts: payouts), [partner("ada")] + facts)
}

@Suite("Clicks that are paid")
struct TrafficTests {
    private static let rule = "{rule: c, on: click, pay: 0.035 per click}"

    @Test("are counted when a statement is made, and become one line of it")
    func counted() throws {
        var story = paid(Self.rule, facts: clicks(13))
        #expect(story.lines().isEmpty)
        story.settle("2026-02-01")
        // 0.455, half to even.
        #expect(story.statements() == ["2026-02-01: 0.46 USD"] && story.standing() == "payable 0.46")
        let line = try #require(story.records.last?.lines.first)
        let steps = (line.json["workings"]?.elements ?? []).map { step in
            ["step", "count", "amount"].compactMap { step[$0]?.text ?? step[$0]?.whole.map(String.init) }
                .joined(separator: " ")
        }
        #expect(steps == ["visits 13 0.455 USD", "accrued 0.455 USD", "left_over -0.005 USD"])
    }

    @Test("of robots and without consent are not")
    func flagged() {
        var story = paid(
            Self.rule,
            facts: clicks(10) + clicks(5, "b", [("bot", true)]) + clicks(5, "d", [("consent", false)])
                + clicks(2, "y", [("consent", true)]))
        story.settle("2026-02-01")
        #expect(story.statements() == ["2026-02-01: 0.42 USD"])
    }

    @Test("go onto the next statement when they come late, and no click onto two")
    func late() {
        var story = paid(Self.rule, facts: clicks(10))
        story.settle("2026-02-01")
        story.tell(clicks(10, "l") + clicks(10, "f", at: "2026-02-05"))
        story.settle("2026-03-01")
        story.settle("2026-04-01")
        #expect(story.statements() == ["2026-02-01: 0.35 USD", "2026-03-01: 0.70 USD"])
    }

    @Test("up to a boundary are on its statement, and one late settlement makes both")
    func boundary() {
        let facts =
            clicks(10, "a", at: "2026-01-31T23:59:59.999Z") + clicks(20, "b", at: "2026-02-01T00:00:00Z")
        var story = paid(Self.rule, facts: facts)
        story.settle("2026-03-10")
        #expect(story.statements() == ["2026-02-01: 0.35 USD", "2026-03-01: 0.70 USD"])
    }

    @Test("wait for the threshold, with all that the partner has")
    func threshold() {
        var story = paid(
            Self.rule, "{rule: s, on: sale, pay: 1.00}",
            facts: clicks(10) + [sale("x", at: "2026-01-20", "5.00", "USD", [("visitor", "k0")])],
            payouts: "threshold: {USD: 2.00}")
        story.settle("2026-02-01")
        #expect(story.statements().isEmpty)
        story.tell(clicks(20, "m", at: "2026-02-02"))
        story.settle("2026-03-01")
        #expect(story.statements() == ["2026-03-01: 2.05 USD"])
    }

    @Test("are paid by the first rule that they match: by country, sub id and date")
    func conditions() {
        var story = paid(
            "{rule: de, on: click, when: {country: DE}, pay: 1.00 per click}",
            "{rule: spring, on: click, when: {sub2: [a, b], from: 2026-01-10}, pay: 10.00 per click}",
            "{rule: rest, on: click, pay: 100.00 per click}",
            "{rule: more, on: click, when: {until: 2026-01-07}, pay: 0.01 per click, also: true}",
            facts: clicks(3, "a", [("country", "DE"), ("sub2", "a")])
                + clicks(4, "b", at: "2026-01-12", [("sub2", "b")])
                + clicks(5, "c", at: "2026-01-09", [("sub2", "a"), ("country", "AT")])
                + clicks(6, "d", at: "2026-01-07T12:00:00Z"))
        story.settle("2026-02-01")
        #expect(story.statements() == ["2026-02-01: \(3 + 40 + 1100).09 USD"])
    }

    @Test("of one who has left count until then")
    func left() {
        var story = paid(
            Self.rule,
            facts: clicks(10) + clicks(10, "b", at: "2026-01-15") + [leaving("ada", at: "2026-01-10")])
        story.settle("2026-02-01")
        #expect(story.statements() == ["2026-02-01: 0.35 USD"])
    }

    @Test("count by a link for whoever owns it")
    func links() {
        let link = fact(
            "link", "l", at: "2026-01-01",
            [("partner", "ada"), ("slug", "a"), ("destination", "https://a.co")])
        let visits = (0..<10).map { fact("click", "k\($0)", at: "2026-01-05", [("link", "l")]) }
        var story = paid(Self.rule, facts: [link] + visits)
        story.settle("2026-02-01")
        #expect(story.statements() == ["2026-02-01: 0.35 USD"])
    }

    @Test("come to the same when their settlement is judged again, whatever came since")
    func again() throws {
        var story = paid(Self.rule, facts: clicks(10))
        story.settle("2026-02-01")
        let settlement = try #require(story.records.last?.fact)
        var again = paid(Self.rule, facts: clicks(10) + clicks(10, "late"))
        again.tell([settlement])
        #expect(again.statements() == ["2026-02-01: 0.35 USD"])
    }
}

private func views(_ count: Int64?, _ id: String = "i", _ fields: Fields = []) -> FactRecord {
    let said: Fields = count.map { [("count", .int($0))] } ?? []
    return fact("impression", id, at: "2026-01-05", [("partner", "ada")] + said + fields)
}

@Suite("Impressions that are paid")
struct ImpressionTests {
    private static let rule = "{rule: i, on: impression, pay: 1.75 per 1000 impressions}"

    @Test("add up exactly, one without a count as one, and are rounded once a statement")
    func counted() throws {
        var story = paid(Self.rule, facts: [views(1_234, "a"), views(nil, "b"), views(248_310 - 1_235, "c")])
        story.settle("2026-02-01")
        #expect(story.statements() == ["2026-02-01: 434.54 USD"])
        let settlement = try #require(story.records.last?.fact)
        #expect(settlement.body.contains(#""count":248310"#))
    }

    @Test("of robots and without consent are not; nor is the same id again, which may not say otherwise")
    func flagged() {
        var story = paid(
            Self.rule,
            facts: [
                views(1_000, "a"), views(1_000, "a"), views(9_000, "a"), views(1_000, "b", [("bot", true)]),
                views(1_000, "d", [("consent", false)]),
                views(1_000, "r", [("user_agent", "Googlebot/2.1")]),
            ])
        #expect(story.simulation.refused.map(\.refusal) == [.conflict(kind: "impression", id: "a", [])])
        story.settle("2026-02-01")
        #expect(story.statements() == ["2026-02-01: 1.75 USD"])
    }

    @Test("are no clicks: a rule for the one does not pay the other")
    func apart() {
        var story = paid(
            Self.rule, "{rule: c, on: click, pay: 10.00 per click}", facts: [views(2_000)] + clicks(1))
        story.settle("2026-02-01")
        #expect(story.statements() == ["2026-02-01: 13.50 USD"])
    }

    @Test("win no sale")
    func speechless() {
        let story = paid(
            "{rule: s, on: sale, pay: 10%}",
            facts: [views(1, "i", [("visitor", "v")]), sale("s", at: "2026-01-06", "100.00", "USD")])
        #expect(story.lines().isEmpty)
    }

    @Test("that come late are on the next statement, and by a link they are its owner's, also a later one's")
    func late() {
        var story = paid(Self.rule, facts: [views(2_000)])
        story.settle("2026-02-01")
        story.tell([
            fact("link", "l", at: "2026-02-02", [("partner", "ada"), ("slug", "a")]),
            fact("impression", "late", at: "2026-01-20", [("link", "l"), ("count", .int(4_000))]),
        ])
        story.settle("2026-03-01")
        story.settle("2026-04-01")
        #expect(story.statements() == ["2026-02-01: 3.50 USD", "2026-03-01: 7.00 USD"])
    }

    @Test("are paid by country and sub id like clicks")
    func conditions() {
        var story = paid(
            "{rule: de, on: impression, when: {country: DE, sub1: a}, pay: 5.00 per 1000 impressions}",
            Self.rule,
            facts: [
                views(1_000, "a", [("country", "DE"), ("sub1", "a")]),
                views(1_000, "b", [("country", "DE"), ("sub1", "b")]), views(1_000, "c"),
            ])
        story.settle("2026-02-01")
        #expect(story.statements() == ["2026-02-01: 8.50 USD"])
    }

    @Test(
        "of no whole number above zero, or of more than a thousand million, are refused",
        arguments: [0, -1, 1_000_000_001, Int64.max])
    func absurd(_ count: Int64) {
        let line =
            #"{"fact":"impression","id":"i","at":"2026-01-05T00:00:00Z","partner":"ada","count":\#(count)}"#
        #expect(
            throws: Refusal.invalid("/count", .because("must be a whole number from 1 to 1000000000"))
        ) { try FactReader(.outside(HashKey([1]))).line(Array(line.utf8)) }
    }
}
