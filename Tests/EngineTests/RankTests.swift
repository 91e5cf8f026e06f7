import Facts
import Replay
import TestPlans
import Testing
import Values

@Suite("Of several claims")
struct RankTests {
    @Test(
        "the last click wins, or the first, by the program's model",
        arguments: [
            ("last", "bo", ["click k3 won", "click k2 lost earlier_click", "click k1 lost earlier_click"]),
            ("first", "ada", ["click k1 won", "click k2 lost later_click", "click k3 lost later_click"]),
        ])
    func models(_ model: String, _ source: String, _ claims: [String]) {
        let story = Story(
            program(attribution: "click: {model: \(model)}"),
            [
                partner("ada"), partner("bo"), partner("cy"), click("k1", at: "2026-01-01", of: "ada"),
                click("k2", at: "2026-01-02", of: "cy"), click("k3", at: "2026-01-03", of: "bo"),
                sale("s", at: "2026-01-04"),
            ])
        #expect(story.source("s") == source)
        #expect(story.claims("s") == claims)
    }

    @Test(
        "of one instant the greater id wins, or the lesser: by bytes",
        arguments: [("last", "é"), ("first", "Z")])
    func ties(_ model: String, _ winner: String) {
        let ids = ["b", "Z", "a", "é"]
        let clicks = ids.map { click($0, at: "2026-01-01", of: "p-\($0 == "é" ? "e" : $0)") }
        let partners = ["b", "Z", "a", "e"].map { partner("p-\($0)") }
        let story = Story(
            program(attribution: "click: {model: \(model)}"),
            partners + clicks.reversed() + [sale("s", at: "2026-01-02")])
        #expect(story.claims("s").first == "click \(winner) won")
    }

    @Test("long ids break ties to their last letter", arguments: ["last", "first"])
    func longTies(_ model: String) {
        let stem = "shop-of-acme-europe-visit-number-000000000"
        let clicks = ["1", "3", "2"].map { click(stem + $0, at: "2026-01-01", of: "p\($0)") }
        for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
            let story = Story(
                program(attribution: "click: {model: \(model)}"),
                ["1", "2", "3"].map { partner("p\($0)") } + order.map { clicks[$0] } + [
                    sale("s", at: "2026-01-02")
                ])
            #expect(story.source("s") == (model == "last" ? "p3" : "p1"))
        }
    }

    @Test("a click that fails its gates steps aside for the next")
    func next() {
        let story = Story(
            program(),
            [
                partner("ada"), partner("bo"), click("k1", at: "2026-01-01", of: "ada"),
                click("k2", at: "2026-01-02", of: "bo", [("consent", false)]), sale("s", at: "2026-01-03"),
            ])
        #expect(story.claims("s") == ["click k1 won", "click k2 dropped consent_denied"])
    }

    @Test("a click that is named and found is one claim; named alone it needs no visitor")
    func named() {
        let story = Story(
            program(),
            [
                partner("ada"), partner("bo"), click("k1", at: "2026-01-01", of: "ada"),
                click("k2", at: "2026-01-02", of: "bo", by: nil),
                sale("both", at: "2026-01-03", "1.00", "USD", [("click", "k1")]),
                sale("other", at: "2026-01-03", "1.00", "USD", [("click", "k2")]),
                sale("alone", at: "2026-01-03", "1.00", "USD", [("click", "k1"), ("visitor", .null)]),
                sale("unknown", at: "2026-01-03", "1.00", "USD", [("click", "k9"), ("visitor", .null)]),
            ])
        #expect(story.claims("both") == ["click k1 won"])
        #expect(story.claims("other") == ["click k2 won", "click k1 lost earlier_click"])
        #expect(story.claims("alone") == ["click k1 won"])
        #expect(story.claims("unknown") == [] && story.source("unknown") == "direct")
    }

    /// Ada brought the customer, Bo has the coupon, Cy has the click.
    @Test(
        "the class that stands first in `attribution.order` wins, in every order",
        arguments: [
            (["customer", "coupon", "click"], ["ada", "bo", "cy"]),
            (["customer", "click", "coupon"], ["ada", "cy", "bo"]),
            (["coupon", "customer", "click"], ["bo", "ada", "cy"]),
            (["coupon", "click", "customer"], ["bo", "cy", "ada"]),
            (["click", "customer", "coupon"], ["cy", "ada", "bo"]),
            (["click", "coupon", "customer"], ["cy", "bo", "ada"]),
            (["click", "coupon"], ["cy", "bo"]), (["coupon", "customer"], ["bo", "ada"]),
            (["customer"], ["ada"]),
            (["override", "registration", "customer", "lead", "coupon", "click"], ["ada", "bo", "cy"]),
            (["lead", "override"], []),
        ])
    func classes(_ order: [String], _ partners: [String]) {
        let bound = order.contains("click") || order.contains("coupon")
        var story = Story(
            program(attribution: "order: [\(order.joined(separator: ", "))]"),
            [
                partner("ada"), partner("bo"), partner("cy"), coupon("own", "ADA", of: "ada"),
                coupon("c", "BO", of: "bo"),
                click("first", at: "2026-01-01", of: "ada", by: "early"),
                sale(
                    "x", at: "2026-01-01", "1.00", "USD",
                    [("customer", "k"), ("visitor", "early"), ("coupon", "ADA")]),
            ])
        story.tell([
            click("k", at: "2026-01-02", of: "cy"),
            sale("s", at: "2026-01-03", "1.00", "USD", [("customer", "k"), ("coupon", "BO")]),
        ])
        let found = story.decision("s")?.json["claims"]?.elements?.compactMap { $0["partner"]?.text } ?? []
        // Without click and coupon nobody was ever bound.
        #expect(found == (bound ? partners : []))
        #expect(story.source("s") == (bound ? partners.first ?? "direct" : "direct"))
    }

    @Test(
        "the worked cases of the decision page come out as they say",
        arguments: [
            ("1: the affiliate's click", [click("k", at: "2026-01-01", of: "ada")], [], "ada", "1500.00"),
            (
                "7: the click is live", [click("k", at: "2025-12-06T00:00:00.001Z", of: "ada")], [], "ada",
                "1500.00"
            ),
            (
                "7, a millisecond later: it is not", [click("k", at: "2025-12-06", of: "ada")], [], "direct",
                nil
            ),
            (
                "10: a coupon of 10% and another's click", [click("k", at: "2026-01-01", of: "ada")],
                [("coupon", "B10")], "bo", "1350.00"
            ),
        ] as [(String, [FactRecord], Fields, String, String?)])
    func worked(_ name: String, _ clicks: [FactRecord], _ fields: Fields, _ source: String, _ paid: String?) {
        let price = fields.isEmpty ? "10000.00" : "9000.00"
        let discount: Fields = fields.isEmpty ? [] : [("discount", "1000.00")]
        let story = Story(
            program(rules: ["{rule: sale, on: sale, pay: 15%}"]),
            [partner("ada"), partner("bo"), coupon("b", "B10", of: "bo")] + clicks
                + [sale("s", at: "2026-01-05", price, "USD", discount + fields)])
        #expect(story.source("s") == source)
        #expect(story.lines("s") == (paid.map { ["\($0) USD"] } ?? []))
    }

    @Test("a visitor who clicks all day is weighed like any other, by the newest fifty at the sale")
    func allDay() {
        let start = instant("2026-01-01")
        func at(_ minute: Int) -> String { start.moved(by: .seconds(60 * minute)).text }
        let clicks = (0..<1_200).map { click("k\($0)", at: at($0), of: $0 % 2 == 0 ? "ada" : "bo") }
        var story = Story(program(), [partner("ada"), partner("bo")])
        var chance = Seeded(1)
        story.tell(clicks.shuffled(using: &chance) + [sale("s", at: at(601)), sale("t", at: at(-1))])
        #expect(story.source("s") == "bo" && story.source("t") == "direct" && story.claims("t") == [])
        #expect(story.claims("s").count == 50 && story.claims("s").first == "click k601 won")
        #expect(story.claims("s").last == "click k552 lost earlier_click")
        // Those that come later take their places too.
        story.tell([click("z", at: at(300), of: "ada"), sale("u", at: at(300))])
        #expect(story.claims("u").prefix(2) == ["click z won", "click k300 lost earlier_click"])
    }
}
