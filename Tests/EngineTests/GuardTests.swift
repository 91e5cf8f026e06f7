import Engine
import Facts
import Replay
import Testing
import Values

private let ada = [partner("ada"), click("k", at: "2026-01-01", of: "ada")]

private func told(
    _ facts: [FactRecord], most: String = "40%", _ rules: [String] = ["{rule: r, on: sale, pay: 30%}"],
    model: String = "last"
) -> Story {
    let file = program(
        attribution: "guard: {max-share: \(most)}, click: {model: \(model)}", rules: rules)
    return Story(file, ada + facts)
}

private func discounted(_ amount: String, _ discount: String, _ more: Fields = []) -> FactRecord {
    sale("s", at: "2026-01-05", amount, "USD", [("discount", .string(discount))] + more)
}

@Suite("The guard of the price")
struct GuardTests {
    @Test("leaves commission what the coupon leaves of it, and the line says what was cut")
    func cuts() {
        // 30% of 85.00 are 25.50; 40% of 100.00 less 15.00 are 25.00.
        let story = told([discounted("85.00", "15.00")])
        #expect(story.lines("s") == ["25.00 USD"])
        let steps = story.records.flatMap(\.lines)[0].json["workings"]?.elements ?? []
        #expect(
            steps.map(\.compact) == [#"{"step":"guard","from":"25.50 USD","amount":"25.00 USD"}"#])
    }

    @Test("leaves alone what comes to exactly as much as it allows")
    func exactly() {
        let story = told([discounted("85.00", "15.00")], most: "40.5%")
        #expect(story.lines("s") == ["25.50 USD"])
        #expect(story.records.flatMap(\.lines)[0].json["workings"] == nil)
    }

    @Test("goes by the list price: the amount and the discount, net of tax")
    func listPrice() {
        // 50% of (95.20 − 15.20 + 20.00) less 20.00 are 30.00; 60% of 80.00 would be 48.00.
        let story = told(
            [discounted("95.20", "20.00", [("tax", "15.20")])], most: "50%",
            ["{rule: r, on: sale, pay: 60%}"])
        #expect(story.lines("s") == ["30.00 USD"])
    }

    @Test("rounds down what it leaves")
    func roundsDown() {
        // 40% of 99.99 less 15.00 are 24.996.
        #expect(told([discounted("84.99", "15.00")]).lines("s") == ["24.99 USD"])
    }

    @Test("takes all of the commission of a coupon that is more than it allows by itself, and says so")
    func overrun() {
        let story = told([discounted("50.00", "50.00")])
        #expect(story.lines("s") == [])
        let notices = story.records.flatMap(\.outcome.notices)
        #expect(notices == [.guardOverrun(Money(10_00, .usd))])
    }

    @Test("takes from who helped first, and from commission when nothing is left of that")
    func assists() {
        func lines(_ most: String) -> [String] {
            let help = fact(
                "assist", "a", at: "2026-01-02",
                [("partner", "bo"), ("account", "buyer.test"), ("confirmed_at", "2026-01-02")])
            return Story(
                program(
                    attribution: "guard: {max-share: \(most)}",
                    rules: ["{rule: r, on: sale, pay: 30%}", "assist: 10%"]),
                [
                    partner("ada"), partner("bo"), click("k", at: "2026-01-01", of: "ada"), help,
                    sale("s", at: "2026-01-05", "100.00", "USD", [("account", "buyer.test")]),
                ]
            ).lines("s")
        }
        #expect(lines("40%") == ["30.00 USD", "10.00 USD"])
        #expect(lines("35%") == ["30.00 USD", "5.00 USD"])
        #expect(lines("20%") == ["20.00 USD"])
    }

    @Test("cuts several lines alike, down to the cent")
    func several() {
        let rules = ["{rule: a, on: sale, pay: 20%}", "{rule: b, on: sale, pay: 10%, also: true}"]
        // 25.00 for 17.00 and 8.50.
        #expect(told([discounted("85.00", "15.00")], rules).lines("s") == ["16.67 USD", "8.33 USD"])
    }

    @Test("cuts the parts of those who share")
    func shared() {
        let bo = [partner("bo"), click("k2", at: "2026-01-02", of: "bo")]
        let story = told(bo + [discounted("85.00", "15.00")], model: "linear")
        #expect(story.lines("s") == ["12.50 USD", "12.50 USD"])
    }

    @Test("holds for what refunds leave, and all refunded leaves nothing")
    func refunds() {
        var story = told([discounted("85.00", "15.00")])
        story.tell([refund("r1", of: "s", at: "2026-01-06", "42.50")])
        #expect(story.lines("s") == ["25.00 USD", "-12.50 USD"])
        story.tell([refund("r2", of: "s", at: "2026-01-07")])
        #expect(story.total(in: .usd).minor == 0)
    }

    @Test("takes nothing more of a line of which refunds take nothing")
    func never() {
        let rule = "{rule: r, on: sale, pay: 30%, refund: never}"
        var story = told([discounted("85.00", "15.00")], [rule])
        story.tell([refund("r", of: "s", at: "2026-01-06")])
        #expect(story.lines("s") == ["25.00 USD"])
    }

    @Test("leaves a lead that has no price alone")
    func leads() {
        let story = told(
            [sale("s", at: "2026-01-05", "0.00", "USD", [("event", "lead")])],
            ["{rule: lead, on: lead, pay: 20.00}"])
        #expect(story.lines("s") == ["20.00 USD"])
    }

    @Test("compares an amount of another currency at the day's rate, and cuts it in its own")
    func currencies() {
        let rule = "{rule: r, on: sale, pay: 50.00 EUR}"
        let quote = rate("2026-01-05", "USD", "1.25")
        // 40.00 USD are 32.00 EUR; without a rate there is nothing to compare.
        #expect(told([quote, discounted("100.00", "0.00")], [rule]).lines("s") == ["32.00 EUR"])
        #expect(told([discounted("100.00", "0.00")], [rule]).lines("s") == ["50.00 EUR"])
    }

    @Test("is not paid past by a step that is reached")
    func retroactive() {
        let rule = "{rule: r, on: sale, pay: 30%, tiers: {by: count, shape: retroactive, steps: [[2, 35%]]}}"
        let story = told(
            [discounted("85.00", "15.00"), sale("t", at: "2026-01-06", "10.00")], most: "40%", [rule])
        // 25.00 are all that the guard leaves of the first, at 35% as at 30%.
        #expect(story.lines("t") == ["3.50 USD"])
        #expect(story.total(in: .usd) == Money(28_50, .usd))
    }
}
