import Engine
import Facts
import Foundation
import Replay
import Terms
import Testing
import Values

private func funded(
    _ mdf: String = "{accrue: 3%, reimburse: 50%}", rules: [String] = ["{rule: r, on: sale, pay: 10%}"],
    facts: [FactRecord], hold: String = "0d"
) -> Story {
    Story(
        program(attribution: "click: {window: 365d}", hold: hold, rules: rules + ["mdf: \(mdf)"]),
        [partner("ada"), click("k", at: "2026-01-01", of: "ada")] + facts)
}

private func claim(
    _ id: String = "c", at: String = "2026-01-10", _ amount: String = "6000.00", _ currency: String = "USD",
    of partner: String = "ada", _ fields: Fields = []
) -> FactRecord {
    fact(
        "mdf_claim", id, at: at,
        [("partner", .string(partner)), ("amount", .string(amount)), ("currency", .string(currency))]
            + fields)
}

extension Story {
    fileprivate func fund(_ partner: String = "ada", _ code: String = "USD") -> String {
        balance("Liabilities:MDF:P-\(partner):Available", code)
    }

    fileprivate var told: [String] {
        records.flatMap(\.lines).map { "\($0.kind) \($0.partner) \($0.amount)" }
    }
}

@Suite("A marketing fund")
struct FundTests {
    @Test("grows beside each sale, and nobody is paid what is put by")
    func grows() throws {
        var story = funded(facts: [sale("s", at: "2026-01-05", "84250.00")])
        #expect(story.told == ["commission ada 8425.00 USD", "mdf ada 2527.50 USD"])
        #expect(story.fund() == "-2527.50" && story.balance("Expenses:MDF") == "2527.50")
        #expect(try story.paid("s")[1] == "not_owed")
        story.settle("2026-02-01")
        #expect(story.statements() == ["2026-02-01: 8425.00 USD"])
        let steps = story.records.flatMap(\.lines)[1].json["workings"]?.elements ?? []
        #expect(steps.map { $0["step"]?.text } == ["fund"] && steps[0]["amount"]?.text == "84250.00 USD")
    }

    @Test("pays a claim its share of the invoice, as far as it goes, on the next statement")
    func claims() throws {
        var story = funded(facts: [sale("s", at: "2026-01-05", "84250.00"), claim()])
        let line = try #require(story.records.last?.lines.first)
        #expect(line.kind == "mdf" && line.amount.description == "2527.50 USD")
        #expect(line.json["base"]?.text == "6000.00" && line.json["rate"]?.text == "50%")
        let step = line.json["workings"]?.elements?.first
        #expect(step?["amount"]?.text == "3000.00 USD" && step?["available"]?.text == "2527.50 USD")
        #expect(
            story.records.last?.outcome.notices
                == [.claimCapped(asked: Money(300_000, .init("USD")!), paid: Money(252_750, .init("USD")!))])
        #expect(story.fund() == "0.00" && story.standing() == "pending 8425.00, approved 2527.50")
        #expect(story.simulation.book.status(of: line, isStated: false) == "approved")
        story.settle("2026-02-01")
        #expect(story.statements() == ["2026-02-01: 10952.50 USD"] && story.faultBelowZero == nil)
    }

    @Test(
        "has nothing for a second claim when the first took all, nor in another currency, nor before it began"
    )
    func exhausted() {
        let story = funded(
            facts: [
                claim("early", at: "2026-01-02"), sale("s", at: "2026-01-05", "100.00"),
                claim("euro", at: "2026-01-09", "1.00", "EUR"), claim("a", at: "2026-01-10", "4.00"),
                claim("b", at: "2026-01-10", "4.00"),
                claim("c"),
            ])
        #expect(
            story.told == [
                "commission ada 10.00 USD", "mdf ada 3.00 USD", "mdf ada 2.00 USD", "mdf ada 1.00 USD",
            ])
        #expect(story.fund() == "0.00")
        #expect(
            story.refusals == [
                "mdf_claim:early: /amount is for a fund that has nothing in USD by then",
                "mdf_claim:euro: /amount is for a fund that has nothing in EUR by then",
                "mdf_claim:c: /amount is for a fund that has nothing in USD by then",
            ])
    }

    @Test("holds each currency by itself")
    func currencies() {
        let story = funded(
            facts: [
                sale("s", at: "2026-01-05", "100.00"), sale("e", at: "2026-01-05", "200.00", "EUR"),
                claim("c", at: "2026-01-10", "4.00", "EUR"),
            ])
        #expect(story.fund() == "-3.00" && story.fund("ada", "EUR") == "-4.00")
    }

    @Test("ends at nothing when its sale is refunded in full, step by step or at once")
    func refunded() {
        var story = funded(
            facts: [
                sale("s", at: "2026-01-05", "99.99"), refund("r1", of: "s", at: "2026-01-06", "33.33"),
            ])
        #expect(story.fund() == "-2.00")
        story.tell([refund("r2", of: "s", at: "2026-01-07")])
        #expect(story.fund() == "0.00" && story.balance("Expenses:MDF") == "0.00")
        #expect(story.told.suffix(2) == ["reversal ada -6.67 USD", "reversal ada -2.00 USD"])
    }

    @Test("that has paid more than refunds left of it is overdrawn, and later sales fill it first")
    func overdrawn() {
        var story = funded(
            facts: [
                sale("s", at: "2026-01-05", "100.00"), sale("t", at: "2026-01-06", "100.00"),
                claim("c", at: "2026-01-10", "8.00"), refund("r", of: "s", at: "2026-01-11"),
            ])
        // Six put by, four paid; three are taken back, of which two are there.
        let overdrawn = "Assets:MDF:P-ada:Overdrawn"
        #expect(story.fund() == "0.00" && story.balance(overdrawn) == "1.00")
        #expect(story.standing() == "pending 10.00, approved 4.00")
        story.tell([sale("u", at: "2026-01-12", "50.00")])
        #expect(story.fund() == "-0.50" && story.balance(overdrawn) == "0.00")
        #expect(story.balance("Expenses:MDF") == "4.50" && story.faultBelowZero == nil)
    }

    @Test("lapses by the month: nothing can be claimed from that day on, settled or not")
    func lapses() {
        let terms = "{accrue: 3%, expires: 2 months}"
        let sold = [
            sale("s", at: "2026-01-05", "100.00"), sale("t", at: "2026-01-31T23:59:59Z", "100.00"),
            sale("u", at: "2026-02-01", "100.00"),
        ]
        var late = funded(terms, facts: sold + [claim("c", at: "2026-04-01", "100.00")])
        // What January put by has lapsed by then, although nobody has settled.
        #expect(late.told.last == "mdf ada 3.00 USD" && late.fund() == "-6.00")
        var early = funded(terms, facts: sold + [claim("c", at: "2026-03-31T23:59:59Z", "100.00")])
        #expect(early.told.last == "mdf ada 9.00 USD" && early.fund() == "0.00")
        late.settle("2026-06-01")
        #expect(late.fund() == "0.00" && late.balance("Income:MDF:Breakage") == "-6.00")
        #expect(late.entries.contains("lapsed 2026-04-01"))
        early.settle("2026-06-01")
        #expect(early.balance("Income:MDF:Breakage") == "0.00")
    }

    @Test("that has lapsed is taken back where its sale is refunded after all")
    func lapsedAndRefunded() {
        var story = funded(
            "{accrue: 3%, expires: 1 month}",
            facts: [sale("s", at: "2026-01-05", "100.00"), sale("t", at: "2026-01-05", "100.00")])
        story.settle("2026-03-01")
        #expect(story.balance("Income:MDF:Breakage") == "-6.00")
        story.tell([refund("r", of: "s", at: "2026-03-05")])
        #expect(story.fund() == "0.00" && story.balance("Income:MDF:Breakage") == "-3.00")
        #expect(story.balance("Expenses:MDF") == "3.00" && story.faultBelowZero == nil)
    }

    @Test("comes to the same by one late settlement as by many")
    func settled() {
        let facts = [
            sale("s", at: "2026-01-05", "100.00"), claim("c", at: "2026-02-10", "2.00"),
            sale("t", at: "2026-02-15", "100.00"), claim("d", at: "2026-03-20", "4.00"),
            refund("r", of: "s", at: "2026-04-20"),
        ]
        func ending(_ dates: String...) -> [String] {
            var story = funded("{accrue: 3%, expires: 1 month}", facts: [])
            for fact in facts {
                for date in dates where instant(date) <= fact.at && instant(date) > .earliest {
                    if story.simulation.settledUntil.map({ $0 < instant(date) }) ?? true {
                        story.settle(date)
                    }
                }
                story.tell([fact])
            }
            story.settle("2026-06-01")
            return story.ending
        }
        #expect(ending() == ending("2026-02-01", "2026-03-01", "2026-04-01", "2026-05-01"))
        #expect(ending() == ending("2026-03-05"))
    }

    @Test("of the commission follows the rounded line, refunds and all")
    func ofCommission() {
        var story = funded(
            "{accrue: 50%, of: commission}",
            rules: ["{rule: r, on: sale, pay: 10%}", "{rule: f, on: sale, pay: 1.00, also: true}"],
            facts: [sale("s", at: "2026-01-05", "100.00")])
        #expect(story.fund() == "-5.50")
        story.tell([refund("r", of: "s", at: "2026-01-06", "50.00")])
        #expect(story.fund() == "-2.75")
        story.tell([refund("q", of: "s", at: "2026-01-07")])
        #expect(story.fund() == "0.00" && story.balance("Expenses:MDF") == "0.00")
    }

    @Test("counts a sale once, however many rules pay for it, and none that no rule pays for")
    func once() {
        let rules = [
            "{rule: a, on: sale, when: {sku: A}, pay: 10%}", "{rule: f, on: sale, pay: 1.00, also: true}",
            "{rule: r, on: sale, pay: 5%}",
        ]
        let items: JSON = .array([["sku": "A", "amount": "40.00"], ["sku": "B", "amount": "60.00"]])
        let story = funded(
            rules: rules,
            facts: [
                sale("s", at: "2026-01-05", "100.00", "USD", [("items", items)]),
                sale("d", at: "2026-01-05", "100.00", "USD", [("event", "deposit")]),
            ])
        #expect(story.fund() == "-3.00")
    }

    @Test("of a sale that two share holds each one's part, to the cent")
    func shared() {
        let story = Story(
            program(
                attribution: "click: {model: linear}",
                rules: ["{rule: r, on: sale, pay: 10%}", "mdf: {accrue: 3%}"]),
            [
                partner("ada"), partner("bo"), click("k", at: "2026-01-01", of: "ada"),
                click("l", at: "2026-01-02", of: "bo"), sale("s", at: "2026-01-05", "100.33"),
            ])
        // 3.0099, rounded once.
        #expect(story.fund() == "-1.51" && story.fund("bo") == "-1.50")
    }

    @Test("of a plan without one pays no claim, and takes no claim of nothing or less")
    func refused() {
        let story = Story(program(), [partner("ada"), claim()])
        #expect(story.refusals == ["mdf_claim:c: /partner has a plan without a marketing fund"])
        for amount in ["0.00", "-1.00", "1.001"] {
            let line =
                #"{"fact":"mdf_claim","id":"c","at":"2026-01-05T00:00:00Z","partner":"ada","#
                + #""amount":"\#(amount)","currency":"USD"}"#
            #expect(throws: Refusal.self) { try FactReader(.outside(HashKey([1]))).line(Array(line.utf8)) }
        }
    }

    @Test("pays a proof once, whoever shows it")
    func proofs() {
        let proof: Fields = [("proof", .string(String(repeating: "ab", count: 32)))]
        let story = Story(
            program(rules: ["{rule: r, on: sale, pay: 10%}", "mdf: {accrue: 3%}"]),
            [
                partner("ada"), partner("bo"), click("k", at: "2026-01-01", of: "ada"),
                click("l", at: "2026-01-01", of: "bo", by: "w"), sale("s", at: "2026-01-05", "1000.00"),
                sale("t", at: "2026-01-05", "1000.00", "USD", [("visitor", "w")]),
                claim("c", at: "2026-01-10", "5.00", of: "ada", proof),
                claim("c", at: "2026-01-10", "5.00", of: "ada", proof),
                claim("d", at: "2026-01-11", "5.00", of: "bo", proof),
            ])
        #expect(story.refusals == ["mdf_claim:d: /proof has been paid for by claim c"])
        #expect(story.fund() == "-25.00" && story.fund("bo") == "-30.00")
    }

    @Test("of a reseller grows with what its orders leave the vendor")
    func reseller() {
        let file = reading(
            """
            program: acme
            currency: USD
            partners: {reseller: {plan: resale}}
            plans:
              resale:
                - margin: {base: 20%, registered: 10%}
                - mdf: {accrue: 2%, reimburse: 50%, expires: 12 months}
            payouts: {net-days: 0}

            """)
        var story = Story(
            file,
            [
                partner("rita", [("type", "reseller")]),
                sale("s", at: "2026-01-10", "10000.00", "USD", [("seller", "rita")]),
            ])
        #expect(story.told == ["margin rita 2000.00 USD", "mdf rita 160.00 USD"])
        story.tell([refund("r", of: "s", at: "2026-01-11", "5000.00")])
        #expect(story.fund("rita") == "-80.00")
        story.tell([claim("c", at: "2026-01-12", "100.00", of: "rita")])
        story.settle("2026-02-01")
        #expect(story.statements("rita") == ["2026-02-01: 50.00 USD"])
        story.tell([refund("q", of: "s", at: "2026-02-02")])
        #expect(story.fund("rita") == "0.00" && story.balance("Assets:MDF:P-rita:Overdrawn") == "50.00")
        #expect(story.faultBelowZero == nil)
    }

    @Test("is in the program of examples/programs/reseller.yaml, with margins, help and ranks")
    func wholeProgram() throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../examples/programs/reseller.yaml")
        let file = try ProgramFile.read(String(contentsOf: path, encoding: .utf8))
        let deal: Fields = [("account", "buyer.test"), ("seller", "rita")]
        var story = Story(
            file,
            [
                partner("rita", [("type", "reseller")]), partner("tim", [("type", "technology")]),
                fact(
                    "registration", "reg", at: "2026-01-02",
                    [
                        ("partner", "rita"), ("account", "buyer.test"), ("completed_at", "2026-01-02"),
                        ("approved_at", "2026-01-03"),
                    ]),
                fact(
                    "assist", "ast", at: "2026-01-02",
                    [("partner", "tim"), ("account", "buyer.test"), ("confirmed_at", "2026-01-02")]),
                sale("s", at: "2026-01-10", "10000.00", "EUR", deal),
                claim("c", at: "2026-02-10", "400.00", "EUR", of: "rita"),
            ])
        // 28 % of the price; of the 7,200.00 that are left 2 % for the fund and 5 % for who helped.
        #expect(
            story.told == [
                "margin rita 2800.00 EUR", "mdf rita 144.00 EUR", "commission tim 360.00 EUR",
                "mdf rita 144.00 EUR",
            ])
        story.settle("2026-03-01")
        #expect(story.statements("rita") == ["2026-03-01: 144.00 EUR"])
        #expect(story.refusals == [] && story.faultBelowZero == nil)
    }
}
