import Facts
import Foundation
import Replay
import Terms
import Testing
import Values

/// The examples of docs/program-file.md, run: what it says that they come to is what they come to.
@Suite("The reference's results")
struct ReferenceResultTests {
    private static let text: String = {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        return (try? String(contentsOf: root.appending(path: "docs/program-file.md"), encoding: .utf8)) ?? ""
    }()

    private static let examples = text.components(separatedBy: "```yaml\n").dropFirst().map {
        $0.components(separatedBy: "```")[0]
    }

    /// The example that has these words in it, made whole by the least that it lacks.
    private func example(_ words: String, _ change: (String, String)? = nil) throws -> ProgramFile {
        let found = Self.examples.filter { $0.contains(words) }
        let example = try #require(found.count == 1 ? found[0] : nil, "\(found.count) examples say \(words)")
        var yaml = example
        if !example.hasPrefix("program:") {
            yaml = "program: acme\ncurrency: USD\n"
            yaml += "partners: {affiliate: {plan: standard}, reseller: {plan: standard}}\n"
            let isEntry = example.hasPrefix("- ")
            yaml +=
                isEntry
                ? "plans:\n  standard:\n" + example.split(separator: "\n").map { "    \($0)\n" }.joined()
                : example + "plans: {standard: [{rule: sale, on: sale, pay: 20%}]}\n"
        }
        if let change {
            #expect(yaml.contains(change.0))
            yaml = yaml.replacing(change.0, with: change.1)
        }
        return reading(yaml)
    }

    private let ada = [partner("ada"), click("k", at: "2026-01-01", of: "ada", by: "v")]

    private func kim(_ id: String, _ at: String, _ amount: String, _ fields: Fields = []) -> FactRecord {
        sale(id, at: at, amount, "USD", [("customer", "kim")] + fields)
    }

    private func money(_ story: Story) -> [String] {
        story.records.flatMap(\.lines).map(\.amount.amount)
    }

    // MARK: Whose a sale is

    @Test("of the least program, of one that prefers codes, and of shares by touch")
    func sources() throws {
        var story = Story(
            try example("program: acme"),
            ada + [sale("s", at: "2026-01-02", "120.00", "USD", [("tax", "20.00")])])
        #expect(money(story) == ["20.00"])
        let both = ada + [partner("bo"), coupon("c", "BO", of: "bo")]
        story = Story(
            try example("order: [customer, coupon, click]"),
            both + [sale("s", at: "2026-01-02", "50.00", "USD", [("coupon", "BO")])])
        #expect(story.source("s") == "bo")
        let touches = ["a", "b", "c", "d"].enumerated().flatMap { number, name in
            [partner(name), click("k-\(name)", at: "2026-01-0\(number + 1)", of: name)]
        }
        story = Story(try example("position 40/20/40"), touches + [sale("s", at: "2026-01-09", "50.00")])
        #expect(money(story) == ["4.00", "1.00", "1.00", "4.00"])
    }

    @Test("of codes that need a click, and of customers that are free again after a year")
    func binds() throws {
        let story = Story(
            try example("expires: 365d"),
            [
                partner("ada"), partner("bo"), coupon("c", "BO", of: "bo"),
                sale("s0", at: "2026-01-02", "50.00", "USD", [("coupon", "BO")]),
                click("k", at: "2026-03-01", of: "ada", by: "w"),
                kim("s1", "2026-03-02", "50.00", [("visitor", "w")]),
                click("l", at: "2027-03-01", of: "bo", by: "w"),
                kim("s2", "2027-03-01T23:59:59.999Z", "50.00", [("visitor", "w")]),
                kim("s3", "2027-03-02", "50.00", [("visitor", "w")]),
            ])
        #expect(["s0", "s1", "s2", "s3"].map { story.source($0) } == ["direct", "ada", "ada", "bo"])
    }

    @Test("of the guard")
    func guarded() throws {
        let sold = sale("s", at: "2026-01-02", "85.00", "USD", [("discount", "15.00")])
        let story = Story(try example("max-share: 40%", ("pay: 20%", "pay: 30%")), ada + [sold])
        #expect(money(story) == ["25.00"])
    }

    // MARK: What is paid

    @Test("of shares, amounts, prices, and two rules beside each other")
    func rules() throws {
        let trade: Fields = [("event", "trade"), ("quantity", "37.42"), ("unit", "lot")]
        var story = Story(
            try example("rule: forex"),
            ada + [
                sale("s0", at: "2026-01-02", "99.00"),
                sale("s1", at: "2026-01-03", "0.00", "USD", [("event", "signup")]),
                sale("s2", at: "2026-01-04", "0.00", "USD", trade),
            ])
        #expect(money(story) == ["19.80", "50.00", "280.65"])
        story = Story(try example("rule: bounty"), ada + [sale("s", at: "2026-01-02", "412.37")])
        #expect(money(story) == ["75.00", "82.47"])
    }

    @Test("of conditions, bases, boosts and bounds")
    func conditions() throws {
        let clicked = [partner("ada"), click("k", at: "2026-11-20", of: "ada")]
        let toys: JSON = ["category": "toys", "amount": "40.00"]
        let vienna: Fields = [("country", "AT")]
        var story = Story(
            try example("rule: black-friday"),
            clicked + [
                sale("s0", at: "2026-11-30T23:59:59Z", "100.00", "USD", vienna),
                sale("s1", at: "2026-12-01", "100.00", "USD", vienna + [("items", .array([toys]))]),
            ])
        #expect(money(story) == ["15.00", "3.20", "6.00"])
        let parts: Fields = [("tax", "19.00"), ("shipping", "5.00"), ("fees", "3.61")]
        story = Story(
            try example("without: [tax, shipping, discount, fees]"),
            ada + [sale("s", at: "2026-01-02", "114.00", "USD", parts)])
        #expect(money(story) == ["8.64"])
        let germany: Fields = [("country", "DE")]
        story = Story(
            try example("points: 2%"),
            [partner("ada"), click("k", at: "2026-12-20", of: "ada")]
                + ["2026-12-31", "2027-01-01"].map { sale($0, at: $0, "100.00", "USD", germany) })
        #expect(money(story) == ["15.00", "12.50"])
        story = Story(
            try example("min: 5.00"),
            ada
                + ["12.00", "300.00", "2450.00"].enumerated().map {
                    sale("s\($0)", at: "2026-01-0\($0 + 2)", $1)
                })
        #expect(money(story) == ["5.00", "30.00", "100.00"])
    }

    @Test("of net revenue")
    func netRevenue() throws {
        func activity(_ id: String, _ at: String, _ parts: KeyValuePairs<String, JSON>) -> FactRecord {
            let components = JSON.object(parts.map { JSON.Member($0.key, $0.value) })
            return kim(id, at, "0.00", [("event", "activity"), ("components", components)])
        }
        var story = Story(
            try example("name: admin"),
            ada + [activity("a", "2026-01-09", ["ggr": "48200.00", "bonuses": "6150.00"])])
        #expect(money(story) == ["12693.10"])
        let months =
            [partner("ada"), click("k", at: "2026-05-01", of: "ada")] + [
                activity("may", "2026-05-09", ["ggr": "-3000.00"]),
                activity("june", "2026-06-09", ["ggr": "5000.00"]),
            ]
        story = Story(try example("what: base"), months)
        #expect(
            story.total(of: "may", in: .usd).minor == 0 && story.total(of: "june", in: .usd).minor == 600_00)
        story = Story(
            try example(
                "what: base",
                ("what: base, pool: all, expires: 3 months, high-roller: -10000.00", "what: none")), months)
        #expect(story.total(of: "june", in: .usd).minor == 1_500_00)
    }

    @Test("of renewals, on the last days of months, and of what qualifies")
    func customers() throws {
        let days = [
            "2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31", "2026-06-30", "2026-07-31",
            "2026-08-31", "2026-09-30", "2026-10-31", "2026-11-30", "2026-12-31", "2027-01-31",
        ]
        let clicked = [partner("ada"), click("k", at: "2026-01-30", of: "ada")]
        var story = Story(try example("pay: 15%, lasts"), clicked + days.map { kim($0, $0, "199.00") })
        #expect(money(story) == ["59.70"] + Array(repeating: "29.85", count: 11))
        func player(_ deposit: String) throws -> [String] {
            let told = Story(
                try example("first-deposit: 20.00"),
                ada + [
                    kim("d", "2026-01-02", deposit, [("event", "deposit")]),
                    kim("w", "2026-01-03", "100.00", [("event", "wager")]),
                    kim("e", "2026-01-04", "500.00", [("event", "deposit")]),
                ])
            return money(told)
        }
        #expect(try player("20.00") == ["120.00"] && player("19.99") == [])
        story = Story(
            try example("full-from: 50%"),
            ada + [kim("s", "2026-01-02", "100.00"), refund("r", of: "s", at: "2026-01-03", "49.99")])
        #expect(money(story) == ["25.00"])
        story.tell([refund("q", of: "s", at: "2026-01-04", "0.01")])
        #expect(money(story) == ["25.00", "-25.00"])
    }

    @Test("of tiers that roll, and of refunds that come off the top")
    func windows() throws {
        let rolling = Story(
            try example("period: rolling 30d, steps"),
            ada + [
                kim("s1", "2026-01-01T01:00:00Z", "9800.00"), kim("s2", "2026-01-30", "400.00"),
                kim("s3", "2026-01-31", "400.00"),
            ])
        #expect(money(rolling) == ["980.00", "44.00", "40.00"])
        let sales = [kim("s1", "2026-01-02", "300.00"), kim("s2", "2026-01-03", "9900.00")]
        let facts = ada + sales + [refund("r", of: "s1", at: "2026-01-04")]
        let top = Story(try example("slices: top"), facts)
        #expect(money(top) == ["30.00", "994.00", "-30.00", "-4.00"])
        let own = Story(try example("slices: top", ("slices: top", "slices: own")), facts)
        #expect(money(own) == ["30.00", "994.00", "-30.00"])
    }

    @Test("of tiers")
    func tiers() throws {
        let sold = ada + [sale("s0", at: "2026-01-02", "30000.00"), sale("s1", at: "2026-01-03", "42500.00")]
        let (sliced, whole) = ("shape: progressive", "shape: retroactive")
        let revenue = "steps: [[10000.00, 12%], [50000.00, 15%]]"
        #expect(Story(try example(revenue), sold).total("ada", in: .usd).minor == 9_175_00)
        #expect(Story(try example(revenue, (sliced, whole)), sold).total("ada", in: .usd).minor == 10_875_00)
        let signUps =
            ada + (0..<63).map { sale("s\($0)", at: "2026-01-05", "0.00", "USD", [("event", "signup")]) }
        let count = "[51, 60.00]"
        #expect(Story(try example(count), signUps).total("ada", in: .usd).minor == 3_780_00)
        #expect(Story(try example(count, (whole, sliced)), signUps).total("ada", in: .usd).minor == 3_180_00)
    }

    @Test("of caps and budgets")
    func caps() throws {
        var story = Story(
            try example("period: month, amount: 5000.00, reopen: true"),
            ada + [kim("s0", "2026-01-02", "1222.67"), kim("s1", "2026-01-03", "199.00")])
        #expect(story.total(of: "s0", in: .usd).minor == 183_40)
        #expect(story.total(of: "s1", in: .usd).minor == 16_60 && story.lost(of: "s1") == ["13.25"])
        story = Story(
            try example("when-full: pro-rata"),
            ada
                + ["400.00", "333.33", "200.00"].enumerated().map {
                    sale("s\($0)", at: "2026-01-0\($0 + 2)", $1)
                })
        story.settle("2026-04-01")
        #expect((0..<3).map { story.total(of: "s\($0)", in: .usd).minor } == [42_86, 35_71, 21_43])
    }

    @Test("of steps, renewals and caps in one rule")
    func together() throws {
        let people = ["kim", "lee", "max"]
        let buyers = people.map { click("k-\($0)", at: "2026-01-01", of: "ada", by: $0) }
        let invoices = ["01", "02", "03", "04"].flatMap { month in
            people.enumerated().map { number, name in
                sale(
                    "\(name)-\(month)", at: "2026-\(month)-1\(number)", "100.00", "USD",
                    [
                        ("event", month == "01" ? "sale" : "renewal"), ("visitor", .string(name)),
                        ("customer", .string(name)),
                    ])
            }
        }
        let story = Story(try example("[[3, 25%], [10, 30%]]"), [partner("ada")] + buyers + invoices)
        let paid = people.map { name in
            ["01", "02", "03", "04"].map { story.total(of: "\(name)-\($0)", in: .usd).amount }
        }
        #expect(
            paid == [
                ["20.00", "10.00", "10.00", "0.00"], ["20.00", "10.00", "10.00", "0.00"],
                ["25.00", "10.00", "5.00", "0.00"],
            ])
        #expect(story.lost(of: "kim-04") == ["10.00"] && story.lost(of: "max-03") == ["5.00"])
        let all = try example("[[3, 25%], [10, 30%]]", ("      then: {pay: 10%, lasts: 12 months}\n", ""))
        #expect(all.warnings.isEmpty)
    }

    @Test("of what is rounded on the statement, and of a bonus")
    func sums() throws {
        var story = Story(
            try example("round: statement"),
            ada + (0..<1000).map { sale("s\($0)", at: "2026-01-05", "0.99") })
        story.settle("2026-02-01")
        #expect(story.statements() == ["2026-02-01: 49.50 USD"])
        let plan = try example(
            "name: first-ten",
            ("- bonus: {name: first-ten", "- {rule: sale, on: sale, pay: 1%}\n    - bonus: {name: first-ten"))
        let sales = (0..<11).map { sale("s\($0)", at: "2026-01-0\($0 % 9 + 1)T0\($0 / 9):00:00Z", "10.00") }
        story = Story(plan, ada + sales)
        #expect(money(story).filter { $0 == "100.00" }.count == 1)
        #expect(story.total("ada", in: .usd).minor == 101_10)
    }

    // MARK: Beside rules, and payouts

    @Test("of margins, levels and help")
    func beside() throws {
        let deal = [
            partner("rita", [("type", "reseller")]),
            fact(
                "registration", "reg", at: "2026-01-02",
                [
                    ("partner", "rita"), ("account", "buyer.test"), ("completed_at", "2026-01-02"),
                    ("approved_at", "2026-01-03"),
                ]),
            sale("s", at: "2026-01-10", "30000.00", "USD", [("seller", "rita"), ("account", "buyer.test")]),
        ]
        #expect(money(Story(try example("combine: compound"), deal)) == ["8472.00"])
        let added = try example("combine: compound", ("combine: compound", "combine: add"))
        #expect(money(Story(added, deal)) == ["9000.00"])
        let people = [
            partner("cy"), partner("bo", [("parent", "cy")]), partner("ada", [("parent", "bo")]),
            click("k", at: "2026-01-01", of: "ada"),
        ]
        let levels = Story(try example("levels: [8%, 5%]"), people + [sale("s", at: "2026-01-02", "500.00")])
        #expect(money(levels) == ["100.00", "40.00", "10.00"])
        let help = fact(
            "assist", "a", at: "2026-01-02",
            [("partner", "ada"), ("account", "buyer.test"), ("confirmed_at", "2026-01-02")])
        let sold = sale("s", at: "2026-01-10", "7000.00", "USD", [("account", "buyer.test")])
        #expect(money(Story(try example("- assist: 5%"), [partner("ada"), help, sold])) == ["350.00"])
    }

    @Test("of thresholds, rates and debts")
    func payouts() throws {
        func paidOut(_ amount: String) throws -> (statements: [String], day: Day?) {
            var story = Story(
                try example("net-days: 15"),
                [
                    partner("ada"), click("k", at: "2026-04-01", of: "ada"),
                    sale("s", at: "2026-04-02", amount, "EUR"),
                ])
            story.settle("2026-06-01")
            return (story.statements(), story.records.flatMap(\.statements).first?.payDay)
        }
        #expect(try paidOut("249.95").statements == [])
        let paid = try paidOut("250.00")
        #expect(paid.statements == ["2026-06-01: 50.00 EUR"] && paid.day == day("2026-06-16"))
        let rates = [rate("2026-10-29", "USD", "1.113"), rate("2026-10-30", "USD", "1.1172")]
        let euros = [partner("ada", [("currency", "EUR")]), click("k", at: "2026-10-28", of: "ada")]
        var story = Story(
            try example("fixed: conversion"),
            euros + rates + [sale("s0", at: "2026-10-29", "500.00"), sale("s1", at: "2026-10-30", "500.00")])
        story.settle("2026-12-01")
        #expect(story.statements() == ["2026-12-01: 179.36 EUR"])
        let later = [rate("2026-12-01", "USD", "1.1172")]
        story = Story(
            try example("offset: 50%"), euros + later + [sale("s", at: "2026-10-29", "5000.00")])
        story.settle("2026-12-01")
        #expect(story.statements() == ["2026-12-01: 877.19 EUR"])
    }
}
