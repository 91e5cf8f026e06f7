import Facts
import Replay
import Testing
import Values

private func several(
    _ kind: String, _ id: String, _ shares: KeyValuePairs<String, String>, _ fields: Fields
) -> FactRecord {
    let list = shares.map { JSON.record(["partner": .string($0.key), "share": .string($0.value)]) }
    return fact(kind, id, at: "2026-01-01", fields + [("shares", .array(list))])
}

private func code(_ shares: KeyValuePairs<String, String>) -> FactRecord {
    several("coupon", "c", shares, [("code", "DUO")])
}

private func visit(_ id: String, at: String, by link: String) -> FactRecord {
    fact("click", id, at: at, [("link", .string(link)), ("visitor", "v")])
}

extension Story {
    /// `ada 1/3`, … in the order of the decision.
    fileprivate func slots(_ conversion: String) -> [String] {
        (decision(conversion)?.json["slots"]?.elements ?? []).map {
            "\($0["partner"]?.text ?? "?") \($0["share"]?.text ?? "?")"
        }
    }

    fileprivate func payments(_ conversion: String) -> [String] {
        records.flatMap(\.lines).filter { $0.conversion == conversion }.map {
            "\($0.partner) \($0.amount.amount)"
        }
    }
}

private func told(_ model: String, _ facts: [FactRecord], rules: [String] = ["{rule: r, on: sale, pay: 10%}"])
    -> Story
{
    Story(program(attribution: "click: {model: \(model)}", rules: rules), people + facts)
}

private let people = [partner("ada"), partner("bo"), partner("cy")]
private let order: Fields = [("coupon", "DUO"), ("customer", "kim")]

@Suite("A sale that several share")
struct SharedSaleTests {
    private let clicks = [
        click("k1", at: "2026-01-01", of: "ada"), click("k2", at: "2026-01-05", of: "bo"),
        click("k3", at: "2026-01-09", of: "ada"), click("k4", at: "2026-01-12", of: "cy"),
    ]

    @Test(
        "goes to all who touched, in exact shares that sum to one",
        arguments: [
            ("linear", ["ada 1/3", "bo 1/3", "cy 1/3"]),
            // Ada is the first and one of two between.
            ("position 40/20/40", ["ada 1/2", "bo 1/10", "cy 2/5"]),
            // Of age 14, 10, 6 and 3 days: 1/4, 1/2, 1 and 1.
            ("decay 7d", ["ada 5/11", "bo 2/11", "cy 4/11"]),
        ])
    func models(_ model: String, _ shares: [String]) {
        let story = told(model, clicks + [sale("s", at: "2026-01-15")])
        #expect(story.slots("s") == shares)
        #expect(story.source("s") == "shared")
        #expect(story.claims("s") == ["click k1 won", "click k2 won", "click k3 won", "click k4 won"])
        #expect(story.earned("ada").values.reduce(0, +) > 0)
        #expect(story.total(in: .usd).amount == "10.00")
    }

    @Test(
        "whose two touches are by position is shared by half, and of one touch it is whole",
        arguments: [(2, ["ada 1/2", "bo 1/2"]), (1, ["ada 1"])])
    func fewTouches(_ count: Int, _ shares: [String]) {
        let story = told("position 40/20/40", clicks.prefix(count) + [sale("s", at: "2026-01-15")])
        #expect(story.slots("s") == shares)
    }

    @Test("weighs a touch half as much at the very instant at which its age is a whole half-life")
    func decays() {
        let touches = [
            click("k1", at: "2026-01-01T00:00:00Z", of: "ada"),
            click("k2", at: "2026-01-01T00:00:00.001Z", of: "bo"),
        ]
        let story = told("decay 7d", touches + [sale("s", at: "2026-01-08T00:00:00Z")])
        #expect(story.slots("s") == ["ada 1/3", "bo 2/3"])
    }

    @Test("binds nobody; one whom a single partner touched often binds to it")
    func binds() {
        let kim: Fields = [("customer", "kim")]
        let shared = told(
            "linear",
            clicks + [
                sale("s", at: "2026-01-15", "1.00", "USD", kim),
                sale(
                    "later", at: "2026-06-01", "1.00", "USD", kim),
            ])
        #expect(shared.source("later") == "direct")
        let own = [clicks[0], clicks[2]]
        let one = told(
            "linear",
            own + [
                sale("s", at: "2026-01-15", "1.00", "USD", kim),
                sale(
                    "later", at: "2026-06-01", "1.00", "USD", kim),
            ])
        #expect(one.slots("s") == ["ada 1"] && one.claims("later") == ["customer s won"])
    }

    @Test("leaves clicks that do not count out of the shares")
    func gates() {
        let touches = [
            click("old", at: "2025-12-01", of: "cy"), clicks[0], clicks[1],
            click("bot", at: "2026-01-06", of: "cy", [("bot", true)]),
        ]
        let story = told("linear", touches + [sale("s", at: "2026-01-15")])
        #expect(story.slots("s") == ["ada 1/2", "bo 1/2"])
        #expect(story.claims("s").suffix(1) == ["click bot dropped bot"])
    }

    @Test("by a code of two pays each its part, and nobody the part of one who is the buyer itself")
    func coupons() {
        let buyer = partner("bo", [("account", "b.test")])
        let known = [partner("ada"), buyer, code(["ada": "0.6", "bo": "2/5"])]
        let mine = order + [("account", "B.test")]
        let story = Story(
            program(rules: ["{rule: r, on: sale, pay: 10%}"]),
            known + [
                sale("s", at: "2026-01-15", "99.99", "USD", order),
                sale("own", at: "2026-01-16", "99.99", "USD", mine),
            ])
        #expect(story.slots("s") == ["ada 3/5", "bo 2/5"] && story.payments("s") == ["ada 6.00", "bo 4.00"])
        #expect(story.slots("own") == ["ada 3/5"] && story.payments("own") == ["ada 6.00"])
        #expect(story.claims("own") == ["coupon c won", "coupon c dropped self_referral"])
    }

    @Test("by a code of two needs a click of each who is to be paid, where the program asks for clicks")
    func clickedCoupons() {
        let story = Story(
            program(
                attribution: "order: [coupon, click], coupon: {requires-click: true}",
                rules: ["{rule: r, on: sale, pay: 10%}"]),
            people + [
                code(["ada": "1/2", "bo": "1/2"]), clicks[1],
                sale("s", at: "2026-01-15", "100.00", "USD", order),
            ])
        #expect(story.payments("s") == ["bo 5.00"])
        #expect(
            story.claims("s") == [
                "coupon c won", "click k2 lost lower_class", "coupon c dropped requires_click",
            ])
    }

    @Test("by a link of two is theirs; among others the link's part is shared by its shares")
    func links() {
        let link = several("link", "l", ["ada": "3/4", "bo": "1/4"], [("slug", "duo")])
        let last = told("last", [link, visit("k1", at: "2026-01-02", by: "l"), sale("s", at: "2026-01-15")])
        #expect(last.payments("s") == ["ada 7.50", "bo 2.50"])
        let visits = [
            link, visit("k1", at: "2026-01-02", by: "l"), click("k2", at: "2026-01-03", of: "cy"),
            visit("k3", at: "2026-01-04", by: "l"),
        ]
        let linear = told("linear", visits + [sale("s", at: "2026-01-15")])
        #expect(linear.slots("s") == ["ada 3/8", "bo 1/8", "cy 1/2"])
        let first = told("first", Array(visits.reversed()) + [sale("s", at: "2026-01-15")])
        #expect(
            first.claims("s") == [
                "click k1 won", "click k1 won", "click k2 lost later_click", "click k3 lost later_click",
                "click k3 lost later_click",
            ])
    }

    @Test("pays sharers of one rule parts of its rounded whole, and one of another rule its own share")
    func plans() {
        let rich = partner("cy", [("plan", "rich")])
        let story = Story(
            program(
                attribution: "click: {model: linear}", rules: ["{rule: r, on: sale, pay: 10%}"],
                plans: "  rich:\n    - {rule: more, on: sale, pay: 20%}\n"),
            [partner("ada"), partner("bo"), rich] + clicks + [sale("s", at: "2026-01-15", "100.10")])
        // 10.01 in three: 3.34, 3.34, 3.33; 20.02 ÷ 3 is 6.673….
        #expect(story.payments("s") == ["ada 3.34", "bo 3.34", "cy 6.67"])
        let bodies = story.records.flatMap(\.lines).map(\.json)
        #expect(bodies.allSatisfy { $0["share"]?.text == "1/3" })
        #expect(bodies.map { $0["weights"] != nil } == [true, true, false])
    }

    @Test("ends at exactly nothing for each when it is refunded in parts to the end")
    func refunds() {
        var story = told("linear", clicks + [sale("s", at: "2026-01-15", "100.01")])
        for (number, amount) in ["33.33", "0.01", "33.34"].enumerated() {
            story.tell([refund("r\(number)", of: "s", at: "2026-01-16", amount)])
        }
        // A third of the sale is left: 3.33 in three.
        #expect(["ada", "bo", "cy"].map { story.total($0, in: .usd).amount } == ["1.11", "1.11", "1.11"])
        story.tell([refund("rest", of: "s", at: "2026-01-17")])
        #expect(["ada", "bo", "cy"].allSatisfy { story.total($0, in: .usd).minor == 0 })
    }

    @Test("counts for each sharer: an event whole, of revenue its part")
    func tiers() {
        let counted =
            "{rule: r, on: sale, pay: 10%, tiers: {by: count, shape: progressive, "
            + "steps: [[1, 10%], [2, 20%]]}}"
        let twice = [sale("s1", at: "2026-01-15"), sale("s2", at: "2026-01-16")]
        let story = told("linear", Array(clicks.prefix(2)) + twice, rules: [counted])
        #expect(story.payments("s1") == ["ada 5.00", "bo 5.00"], "\(story.payments("s1"))")
        #expect(story.payments("s2") == ["ada 10.00", "bo 10.00"])
        let sums =
            "{rule: r, on: sale, pay: 10%, tiers: {by: revenue, shape: progressive, steps: [[50.00, 20%]]}}"
        let revenue = told("linear", Array(clicks.prefix(2)) + twice, rules: [sums])
        #expect(revenue.payments("s1") == ["ada 5.00", "bo 5.00"])
        #expect(revenue.payments("s2") == ["ada 10.00", "bo 10.00"])
    }

    @Test("is shared anew when a click comes late, whichever came first")
    func late() {
        let sold = sale("s", at: "2026-01-15", "100.00")
        var story = told("linear", Array(clicks.prefix(2)) + [sold])
        #expect(story.payments("s") == ["ada 5.00", "bo 5.00"])
        story.tell([clicks[3], review(of: "s", at: "2026-01-20")])
        #expect(story.slots("s") == ["ada 1/3", "bo 1/3", "cy 1/3"])
        let early = told("linear", [clicks[0], clicks[1], clicks[3], sold])
        #expect(story.balances.all.map(\.amount) == early.balances.all.map(\.amount))
        #expect(story.total(in: .usd).amount == "10.00")
    }

    @Test("pays the same to the cent where only the winner is looked for")
    func brief() {
        for model in ["linear", "position 40/20/40", "decay 7d"] {
            let file = program(attribution: "click: {model: \(model)}")
            let facts = people + clicks + [sale("s", at: "2026-01-15", "33.33")]
            let (told, brief) = (Story(file, facts), Story(file, facts, isExplained: false))
            #expect(told.payments("s") == brief.payments("s") && told.ending == brief.ending)
        }
    }
}

@Suite("Shares of a code or a link")
struct ShareFactTests {
    private func complaint(_ text: String) -> String {
        let line = #"{"fact":"coupon","id":"c","at":"2026-01-01T00:00:00Z","code":"X","#
        do {
            _ = try FactReader(.outside(HashKey([1]))).line(Array("\(line)\(text)}".utf8))
            return ""
        } catch {
            return error.sentence
        }
    }

    private func shares(_ parts: String...) -> String {
        let list = parts.enumerated().map { #"{"partner":"p\#($0)","share":"\#($1)"}"# }
        return #""shares":[\#(list.joined(separator: ","))]"#
    }

    @Test("are exact fractions or decimals of 2 to 20 partners that sum to 1")
    func fine() {
        #expect(complaint(shares("1/3", "1/3", "1/3")) == "")
        #expect(complaint(shares("0.4", "3/5")) == "")
    }

    @Test("are refused where they are not")
    func refused() {
        #expect(complaint(shares("1/3", "1/3")).contains("/shares must sum to 1, not 2/3"))
        #expect(complaint(shares("1")).contains("/shares must be a list of 2 to 20 partners"))
        #expect(complaint(shares("0", "1")).contains("/shares/0/share must be a fraction between 0 and 1"))
        #expect(complaint(shares("40%", "60%")).contains("/shares/0/share"))
        #expect(complaint(shares("1/10001", "10000/10001")).contains("common denominator of at most 10000"))
        #expect(complaint(shares("1/2", "1/2") + #","partner":"ada""#).contains("/partner must not stand"))
        let twice = #""shares":[{"partner":"a","share":"1/2"},{"partner":"a","share":"1/2"}]"#
        #expect(complaint(twice).contains("/shares/1/partner is there already"))
    }

    @Test("stay what they are where one of several is nobody's any more")
    func nobodys() {
        let story = Story(
            program(),
            [partner("ada"), partner("bo"), partner("cy"), leaving("cy", at: "2026-01-02")] + [
                code(["ada": "1/4", "bo": "1/4", "cy": "1/2"]),
                sale("s", at: "2026-01-15", "100.00", "USD", order),
            ])
        #expect(story.payments("s") == ["ada 5.00", "bo 5.00"])
    }

    @Test("of the first and of the last touch are each its own")
    func ends() {
        let touches = ["ada", "bo", "cy"].enumerated().map {
            click("t\($0)", at: "2026-01-0\($0 + 1)", of: $1)
        }
        let story = told("position 50/20/30", touches + [sale("s", at: "2026-01-15")])
        #expect(story.payments("s") == ["ada 5.00", "bo 2.00", "cy 3.00"])
    }

    @Test("wait until all of the partners are there")
    func parked() {
        var story = Story(program(), [partner("ada"), code(["ada": "1/2", "bo": "1/2"])])
        #expect(story.simulation.parked.count == 1)
        story.tell([partner("bo"), sale("s", at: "2026-01-15", "100.00", "USD", order)])
        #expect(story.payments("s") == ["ada 10.00", "bo 10.00"])
    }
}
