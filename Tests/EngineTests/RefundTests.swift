import Engine
import Facts
import Replay
import Testing
import Values

private func story(
    _ facts: [FactRecord], rules: [String] = ["{rule: sale, on: sale, pay: 20%}"], amount: String = "100.00"
) -> Story {
    Story(
        program(rules: rules),
        [partner("ada"), click("k", at: "2026-01-01", of: "ada"), sale("s", at: "2026-01-02", amount)] + facts
    )
}

@Suite("A refund")
struct RefundTests {
    @Test("takes back in proportion, cumulative, so that thirds end at exactly zero")
    func thirds() {
        let story = story(
            (1...3).map { refund("r\($0)", of: "s", at: "2026-01-0\($0 + 2)", "49.99") }, amount: "149.97")
        #expect(story.lines("s") == ["29.99 USD", "-9.99 USD", "-10.00 USD", "-10.00 USD"])
        #expect(story.standing() == "" && story.balance("Expenses:Commission:Affiliate") == "0.00")
    }

    @Test("without an amount is of the rest, and is a line of its own")
    func whole() {
        let story = story([refund("r", of: "s", at: "2026-01-05")])
        #expect(story.lines("s") == ["20.00 USD", "-20.00 USD"])
        #expect(story.records.flatMap(\.lines).map(\.kind) == ["commission", "reversal"])
        #expect(story.entries == ["earned 2026-01-02", "reversed 2026-01-05"])
    }

    @Test("above what is left is cut to it, and the next finds nothing")
    func capped() {
        let story = story([
            refund("r1", of: "s", at: "2026-01-03", "60.00"),
            refund("r2", of: "s", at: "2026-01-04", "60.00"),
            refund("r3", of: "s", at: "2026-01-05", "0.01"), refund("r4", of: "s", at: "2026-01-06"),
        ])
        #expect(story.lines("s") == ["20.00 USD", "-12.00 USD", "-8.00 USD"])
        #expect(story.records.map(\.outcome.notices.count).reduce(0, +) == 2)
        #expect(story.refusals == [])
    }

    @Test("shrinks a flat reward in the same proportion, in its own currency")
    func flat() {
        let rules = ["{rule: a, on: sale, pay: 10.00 EUR}", "{rule: b, on: sale, pay: 5%, also: true}"]
        let story = story(
            [refund("r", of: "s", at: "2026-01-03", "33.33"), refund("q", of: "s", at: "2026-01-04")],
            rules: rules)
        #expect(
            story.lines("s") == ["10.00 EUR", "5.00 USD", "-3.33 EUR", "-1.67 USD", "-6.67 EUR", "-3.33 USD"])
        #expect(story.entries == ["earned 2026-01-02", "reversed 2026-01-03", "reversed 2026-01-04"])
    }

    @Test("is gross over gross: tax and shipping go back in the same share")
    func gross() {
        let story = Story(
            program(),
            [
                partner("ada"), click("k", at: "2026-01-01", of: "ada"),
                sale("s", at: "2026-01-02", "119.00", "USD", [("tax", "19.00")]),
                refund("r", of: "s", at: "2026-01-03", "11.90"),
            ])
        #expect(story.lines("s") == ["20.00 USD", "-2.00 USD"])
    }

    @Test(
        "of a sale without an amount takes nothing; a rejection takes all",
        arguments: [("refund", ["4.25 USD"]), ("rejection", ["4.25 USD", "-4.25 USD"])])
    func zero(_ kind: String, _ lines: [String]) {
        let taken =
            kind == "refund"
            ? refund("r", of: "s", at: "2026-01-03") : note("rejection", of: "s", at: "2026-01-03")
        #expect(story([taken], rules: ["{rule: r, on: sale, pay: 4.25}"], amount: "0.00").lines("s") == lines)
    }

    @Test("and a chargeback do the same, and count together; each is named as the cause")
    func chargeback() {
        let story = story([
            refund("r", of: "s", at: "2026-01-03", "25.00"),
            fact("chargeback", "r", at: "2026-01-04", [("of", "conversion:s")]),
        ])
        #expect(story.lines("s") == ["20.00 USD", "-5.00 USD", "-15.00 USD"])
        #expect(story.sealed.map(\.entry.cause) == ["conversion:s", "refund:r", "chargeback:r"])
    }

    @Test("and a rejection together take back once, in either order")
    func rejection() {
        let back = refund("r", of: "s", at: "2026-01-03", "25.00")
        #expect(
            story([back, note("rejection", of: "s", at: "2026-01-04")]).lines("s") == [
                "20.00 USD", "-5.00 USD", "-15.00 USD",
            ])
        #expect(
            story([note("rejection", of: "s", at: "2026-01-02T12:00:00Z"), back]).lines("s") == [
                "20.00 USD", "-20.00 USD",
            ])
    }

    @Test("waits for its sale, and is dated no earlier")
    func early() {
        let story = story([
            refund("r", of: "s", at: "2026-01-01", "50.00"), refund("lost", of: "nothing", at: "2026-01-03"),
        ])
        #expect(story.lines("s") == ["20.00 USD", "-10.00 USD"])
        #expect(story.entries == ["earned 2026-01-02", "reversed 2026-01-02"])
        #expect(story.simulation.parked.values.flatMap { $0 }.map(\.name) == ["refund:lost"])
    }

    @Test(
        "has the decimals of its sale",
        arguments: [
            ("0.001", "/amount has more than 2 decimals"), ("0.0001", "/amount has more than 2 decimals"),
        ])
    func decimals(_ amount: String, _ sentence: String) {
        #expect(story([refund("r", of: "s", at: "2026-01-03", amount)]).refusals == ["refund:r: \(sentence)"])
    }

    @Test("again with the same id has no effect; with another content it is refused")
    func idempotent() {
        let once = refund("r", of: "s", at: "2026-01-03", "50.00")
        var story = story([once, once])
        story.tell([once, refund("r", of: "s", at: "2026-01-03", "60.00")])
        #expect(story.lines("s") == ["20.00 USD", "-10.00 USD"])
        #expect(
            story.refusals.count == 1
                && story.refusals[0].hasPrefix("refund:r: refund r was recorded with other content"))
    }
}
