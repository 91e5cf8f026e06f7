import Facts
import Replay
import Terms
import Testing
import Values

private let ada = [
    partner("ada"), click("k", at: "2026-01-01", of: "ada", [("sub1", "spring"), ("sub10", "x")]),
]

/// What one sale earns under `rules`.
private func earned(
    _ rules: [String], _ amount: String = "100.00", _ currency: String = "USD", _ fields: Fields = [],
    at: String = "2026-01-05",
    rounding: String = "half-even"
) -> [String] {
    Story(program(rules: rules, rounding: rounding), ada + [sale("s", at: at, amount, currency, fields)])
        .lines("s")
}

@Suite("A sale earns")
struct EarningTests {
    @Test(
        "a share of its base: what is listed is left out, and a discount that is not listed is added back",
        arguments: [
            ("", "7.10"), ("base: {without: [tax, shipping, discount]}, ", "7.10"),
            ("base: {without: [tax, shipping, discount, fees]}, ", "6.70"),
            ("base: {without: [tax]}, ", "9.10"), ("base: {without: []}, ", "11.00"),
            ("base: {without: [discount]}, ", "10.00"),
            ("base: {without: [fees, discount]}, ", "9.60"), ("base: {without: [shipping]}, ", "10.00"),
        ])
    func bases(_ base: String, _ paid: String) {
        let parts: Fields = [
            ("tax", "19.00"), ("shipping", "10.00"), ("discount", "10.00"), ("fees", "4.00"),
        ]
        #expect(earned(["{rule: r, on: sale, \(base)pay: 10%}"], "100.00", "USD", parts) == ["\(paid) USD"])
    }

    @Test("nothing of a base below zero, and nothing where the share rounds to it")
    func nothing() {
        #expect(earned(["{rule: r, on: sale, pay: 10%}"], "10.00", "USD", [("tax", "11.00")]) == [])
        #expect(earned(["{rule: r, on: sale, pay: 10%}"], "0.04") == [])
        #expect(earned(["{rule: r, on: sale, pay: 10%}"], "0.00") == [])
        #expect(earned(["{rule: r, on: sale, pay: 0%}"]) == [])
    }

    @Test("a flat reward in its own currency, whatever the amount and its currency")
    func flat() {
        #expect(earned(["{rule: r, on: sale, pay: 50.00}"], "1.00") == ["50.00 USD"])
        #expect(earned(["{rule: r, on: sale, pay: 5000 JPY}"], "1.00", "EUR") == ["5000 JPY"])
        #expect(
            earned(["{rule: r, on: lead, pay: 4.25 EUR}"], "0.00", "USD", [("event", "lead")]) == ["4.25 EUR"]
        )
    }

    @Test(
        "an amount rounded once, by the program's rule",
        arguments: [
            ("half-even", "1.25", "USD", "0.12"), ("half-up", "1.25", "USD", "0.13"),
            ("half-even", "1.35", "USD", "0.14"),
            ("half-up", "1.35", "USD", "0.14"), ("half-even", "1985", "JPY", "198"),
            ("half-up", "1985", "JPY", "199"),
            ("half-even", "12.345", "BHD", "1.234"), ("half-up", "12.345", "BHD", "1.235"),
        ])
    func rounding(_ rounding: String, _ amount: String, _ currency: String, _ paid: String) {
        #expect(
            earned(["{rule: r, on: sale, pay: 10%}"], amount, currency, rounding: rounding) == [
                "\(paid) \(currency)"
            ])
    }

    @Test("by the first rule that matches, and by every rule beside it")
    func rules() {
        let also = "{rule: bonus, on: sale, pay: 1.00, also: true}"
        #expect(earned(["{rule: a, on: sale, pay: 10%}", "{rule: b, on: sale, pay: 20%}"]) == ["10.00 USD"])
        #expect(
            earned(["{rule: a, on: renewal, pay: 10%}", "{rule: b, on: [renewal, sale], pay: 20%}"]) == [
                "20.00 USD"
            ])
        #expect(
            earned([also, "{rule: a, on: sale, pay: 10%}", "{rule: b, on: sale, pay: 20%}"]) == [
                "1.00 USD", "10.00 USD",
            ])
        #expect(
            earned(["{rule: a, on: sale, pay: 10%}", also, "{rule: c, on: sale, pay: 2.00, also: true}"]) == [
                "10.00 USD", "1.00 USD", "2.00 USD",
            ])
        #expect(earned([also]) == ["1.00 USD"])
    }

    @Test("by its partner's own plan, else by that of its type")
    func plans() {
        let plans = "  vip:\n    - {rule: v, on: sale, pay: 30%}"
        let story = Story(
            program(plans: plans),
            [
                partner("ada", [("plan", "vip")]), click("k", at: "2026-01-01", of: "ada"),
                sale("s", at: "2026-01-02"),
                partner("bo"), click("k2", at: "2026-01-01", of: "bo", by: "w"),
                sale("t", at: "2026-01-02", "100.00", "USD", [("visitor", "w")]),
            ])
        #expect(story.lines("s") == ["30.00 USD"] && story.lines("t") == ["20.00 USD"])
    }

    @Test(
        "by a rule with conditions only where all of them hold",
        arguments: [
            ("country: [DE, at]", [("country", "AT")], true), ("country: DE", [("country", "fr")], false),
            ("country: DE", [], false),
            ("product: [pro, team]", [("product", "team")], true),
            ("product: pro", [("product", "Pro")], false),
            ("coupon: SAVE", [("coupon", " save")], true), ("coupon: SAVE", [], false),
            ("sub1: spring", [], true),
            ("sub1: [autumn, winter]", [], false), ("sub10: x", [], true), ("sub2: x", [], false),
            ("amount: \">= 100.00\"", [], true), ("amount: \"> 100.00 USD\"", [], false),
            ("amount: \"<= 100\"", [], true),
            ("amount: \"< 100.00\"", [], false), ("amount: \">= 1.00 EUR\"", [], false),
            ("metadata: {size: [L, XL]}", [("metadata", .object([.init("size", "XL")]))], true),
            ("metadata: {size: XL, colour: red}", [("metadata", .object([.init("size", "XL")]))], false),
            ("from: 2026-01-05", [], true), ("from: 2026-01-06", [], false), ("until: 2026-01-05", [], true),
            ("until: 2026-01-04", [], false),
            ("until: 2026-01-05T10:00:00Z", [], false), ("until: 2026-01-05T10:00:00.001Z", [], true),
            ("from: 2026-01-05T10:00:00Z", [], true),
            ("sub1: spring, country: DE", [], false),
        ] as [(String, Fields, Bool)])
    func conditions(_ when: String, _ fields: Fields, _ holds: Bool) {
        let rules = ["{rule: a, on: sale, when: {\(when)}, pay: 50%}", "{rule: b, on: sale, pay: 10%}"]
        #expect(
            earned(rules, "100.00", "USD", fields, at: "2026-01-05T10:00:00Z") == [
                holds ? "50.00 USD" : "10.00 USD"
            ])
    }

    @Test("by days of the program's zone")
    func zoneOfConditions() {
        let program = program(
            timezone: "Europe/Berlin",
            rules: ["{rule: a, on: sale, when: {from: 2026-03-29, until: 2026-03-29}, pay: 50%}"])
        let told = [partner("ada"), click("k", at: "2026-03-20", of: "ada")]
        let times = [
            "2026-03-28T22:59:59.999Z", "2026-03-28T23:00:00Z", "2026-03-29T21:59:59.999Z",
            "2026-03-29T22:00:00Z",
        ]
        let story = Story(program, told + times.enumerated().map { sale("s\($0)", at: $1) })
        #expect((0..<4).map { story.lines("s\($0)").count } == [0, 1, 1, 0])
    }

    @Test("by the terms that were in force when it happened, and keeps them")
    func versions() {
        let next = program(rules: ["{rule: sale, on: sale, pay: 30%}"])
        let terms = act(
            .terms, "2", at: "2026-01-10",
            ["version": .int(2), "effective_at": "2026-01-10T00:00:00Z", "yaml": .string(next.yaml)])
        let story = Story(
            program(),
            ada + [
                terms, sale("before", at: "2026-01-09T23:59:59.999Z"), sale("after", at: "2026-01-10"),
                refund("r1", of: "before", at: "2026-01-11", "50.00"),
                refund("r2", of: "after", at: "2026-01-11", "50.00"),
            ])
        #expect(
            story.lines("before") == ["20.00 USD", "-10.00 USD"]
                && story.lines("after") == ["30.00 USD", "-15.00 USD"])
        #expect(story.records.flatMap(\.lines).compactMap { $0.json["terms"]?.whole } == [1, 2, 1, 2])
    }

    @Test("a line that shows what it used")
    func derivation() throws {
        let story = Story(
            program(hold: "14d", rules: ["{rule: new-sale, on: sale, pay: 12.5%}"]),
            ada + [
                sale("s", at: "2026-01-05", "119.00", "USD", [("tax", "19.00")]),
                refund("r", of: "s", at: "2026-01-06", "59.50"),
            ])
        let lines = story.records.flatMap(\.lines)
        let first = try #require(lines.first?.json)
        let words = [
            "kind", "fact", "partner", "rule", "amount", "base", "rate", "refunded", "target",
            "posted_before", "rounding",
        ]
        #expect(
            words.compactMap { first[$0]?.text } == [
                "commission", "s", "ada", "new-sale", "12.50", "100.00", "12.5%", "0.00", "12.50", "0.00",
                "half-even",
            ])
        #expect(
            first["hold_until"]?.text == "2026-01-19T00:00:00.000Z"
                && first["decision"]?.text == story.decision("s")?.id)
        let second = try #require(lines.last?.json)
        #expect(
            words.compactMap { second[$0]?.text } == [
                "reversal", "r", "ada", "new-sale", "-6.25", "100.00", "12.5%", "59.50", "6.25", "12.50",
                "half-even",
            ])
        #expect(lines[0].id.hasPrefix("com_") && lines[0].id != lines[1].id)
        #expect(
            story.balance("Expenses:Commission:Affiliate") == "6.25" && story.standing() == "pending 6.25")
    }

    @Test("nothing but a refusal where the amounts do not fit")
    func overflow() {
        let story = Story(
            program(rules: ["{rule: r, on: sale, base: {without: []}, pay: 100%}"]),
            ada + [
                sale("s", at: "2026-01-05", "9000000000000.00", "USD", [("discount", "9000000000000.00")]),
                sale("t", at: "2026-01-05"),
            ])
        #expect(story.lines("s") == ["18000000000000.00 USD"] && story.lines("t") == ["100.00 USD"])
        #expect(story.refusals == [])
    }

    @Test("nothing where there is nothing to pay for, whatever the least is")
    func worthless() {
        let rule = "{rule: r, on: sale, pay: 10%, per-conversion: {min: 5.00}}"
        let story = Story(
            program(rules: [rule]),
            [
                partner("ada"), click("k", at: "2026-01-01", of: "ada"), sale("s0", at: "2026-01-02", "0.00"),
                sale("s1", at: "2026-01-03", "0.01"),
            ])
        #expect(story.lines("s0") == [] && story.lines("s1") == ["5.00 USD"])
    }
}
