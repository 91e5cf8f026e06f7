import Reports
import Store
import Testing
import TestStores
import Values
import Work

@Suite("An explanation", .onEachDatabase)
struct ExplanationTests {
    private func explain(_ given: Given, _ id: String) async throws -> Explanation {
        try await given.look { try Explanation.find(id, at: $0) }
    }

    private func line(_ given: Given, _ amount: String) async throws -> String {
        let lines = try await given.look { try Overview.find(at: $0).lines }
        return try #require(lines.first { $0.amount.description == amount }).id
    }

    private func sentences(_ explanation: Explanation, _ heading: String) -> String {
        explanation.sections.filter { $0.heading.hasPrefix(heading) }.flatMap(\.sentences).joined(
            separator: "\n")
    }

    @Test("of a line tells the whole way of its amount")
    func amount() async throws {
        let given = try await Given.history()
        let explanation = try await explain(given, try await line(given, "-2.03 EUR"))
        #expect(
            sentences(explanation, "The amount") == """
                Rule new-sale of terms version 1 pays partner blog 7.5% of the base.
                The base is 133.33 − 20.00 tax − 4.95 shipping = 108.38 EUR.
                So far 33.33 EUR of 133.33 EUR were refunded, so 100.00 ÷ 133.33 of it is left.
                108.38 × 7.5% × 100.00 ÷ 133.33 = 6.09652741…, rounded half-even to 6.10 EUR.
                6.10 EUR are due; 8.13 EUR were posted before in 1 line, so the line is the difference, \
                -2.03 EUR.
                """)
        #expect(sentences(explanation, "The sale").contains("refund:r1 (fact 13) took back 33.33 EUR"))
        #expect(
            sentences(explanation, "When")
                == "Paid on 25 Jan 2026 12:00 UTC with item \(try await item(given)) of batch "
                + "\(try await batch(given)).")
        await given.house.store.close()
    }

    private func item(_ given: Given) async throws -> String {
        try #require(
            try await given.look { try $0.first("SELECT id FROM batch_item WHERE partner_id = 'blog'") }
        ).text("id")
    }

    private func batch(_ given: Given) async throws -> String {
        try #require(try await given.look { try $0.first("SELECT id FROM batch") }).text("id")
    }

    @Test(
        "says of every claim what became of it, with figures",
        arguments: [
            "Click second of partner blog on 3 Nov 2025 12:10 UTC won: "
                + "the last eligible click, 21 h 50 min before the sale.",
            "Click first of partner blog on 3 Nov 2025 10:00 UTC lost by 2 h 10 min "
                + "to a later eligible click, second of partner blog on 3 Nov 2025 12:10 UTC.",
            "Click old of partner blog on 5 Oct 2025 07:50 UTC did not count: "
                + "its window of 30 days ended 2 h 10 min before the sale.",
            "did not count: it was made by a bot.",
            "did not count: the visitor had refused consent, and the sale does not name this click itself.",
            "Coupon c2 (code later) of partner late-comer, valid from 1 Dec 2025 08:00 UTC, did not count: "
                + "the code is valid only 26 d 22 h after the sale.",
        ])
    func claims(_ wanted: String) async throws {
        let given = try await Given.history()
        let explanation = try await explain(given, "order 1")
        #expect(sentences(explanation, "The evidence").contains(wanted))
        await given.house.store.close()
    }

    @Test("of a line in another currency shows both rates, their day and the spread")
    func exchange() async throws {
        let given = try await Given.history()
        let explanation = try await explain(given, try await line(given, "75.00 EUR"))
        #expect(
            sentences(explanation, "Statement and payout").contains(
                "It takes up 75.00 EUR × 1.175 ÷ 1, less a spread of 1% = 87.24 USD: "
                    + "one euro was 1 EUR and 1.175 USD on 31 Dec 2025."))
        #expect(
            sentences(explanation, "Statement and payout").contains("The item is rejected, reference ref 2."))
        #expect(
            sentences(explanation, "When")
                == "Due since 16 Jan 2026: the bank rejected it, and it waits for another batch.")
        await given.house.store.close()
    }

    @Test(
        "of a line that is not paid gives the one reason",
        arguments: [
            ("7500 JPY", "Due on 16 Jan 2026, but sepa does not carry JPY."),
            ("6.00 EUR", "Not while hold:h1 (fact 18) stands, because: looks odd."),
            ("-6.10 EUR", "Never: the partner owes it, and it is taken off later statements."),
            (
                "5.00 EUR",
                "Not yet: all that the partner has for a statement, less the 6.10 EUR that the partner owes, "
                    + "is 2.10 EUR short of the threshold of 1.00 EUR. It waits for the statement that has "
                    + "it."
            ),
        ])
    func reasons(_ amount: String, _ reason: String) async throws {
        let given = try await Given.history()
        let explanation = try await explain(given, try await line(given, amount))
        #expect(sentences(explanation, "When") == reason)
        await given.house.store.close()
    }

    @Test("of a line whose hold runs names the day")
    func pending() async throws {
        let given = try await Given.program()
        try await given.record(
            Given.facts.filter { $0.contains(#""id":"blog""#) || $0.contains(#""id":"l1""#) } + [
                #"{"fact":"click","id":"k","at":"2026-02-20T10:00:00Z","link":"l1","visitor":"v"}"#,
                #"{"fact":"conversion","id":"o","at":"2026-02-20T11:00:00Z","event":"sale","#
                    + #""amount":"20.00","currency":"EUR","visitor":"v"}"#,
            ])
        let explanation = try await explain(given, try await line(given, "1.50 EUR"))
        #expect(
            sentences(explanation, "When")
                == "On 16 Apr 2026, if nothing stands in its way: the hold ends on 22 Mar 2026 11:00 UTC, "
                + "the statement "
                + "of 1 Apr 2026 takes it up, and that is paid 15 days later.")
        await given.house.store.close()
    }

    @Test("is found for a statement, a payout and a conversion too")
    func kinds() async throws {
        let given = try await Given.history()
        let statement = try #require(
            try await given.look { try $0.first("SELECT id FROM statement WHERE currency = 'USD'") })
        let text = try await explain(given, statement.text("id")).text
        #expect(text.hasPrefix("Statement STM-2026-000004: 87.24 USD for partner p x/ü:1;\n"))
        let payout = try await explain(given, try await item(given))
        #expect(sentences(payout, "What was done").contains("(fact"))
        #expect(sentences(payout, "What was done").contains("says of this item: paid (reference ref 0)."))
        #expect(
            payout.sections.last?.rows.contains { $0.contains("Liabilities:PayoutClearing:Sepa") } == true)
        let nobody = try await explain(given, "conversion:nobody's")
        #expect(sentences(nobody, "The decision").contains("it is the program's own (direct)."))
        #expect(sentences(nobody, "What it earned") == "Nothing: no partner brought it.")
        await #expect(throws: Refusal.self) { try await explain(given, "com_none") }
        await given.house.store.close()
    }

    @Test("is the same as JSON")
    func json() async throws {
        let given = try await Given.history()
        let explanation = try await explain(given, "order 2")
        let sections = try #require(explanation.json["sections"]?.elements)
        #expect(explanation.json["title"]?.text == "Conversion order 2")
        #expect(sections.map { $0["heading"]?.text } == explanation.sections.map(\.heading))
        await given.house.store.close()
    }
}
