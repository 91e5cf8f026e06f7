import Store
import TestStores
import Testing
import Values
import Work

@Suite("Clicks that are paid, live", .onEachDatabase)
struct TrafficTests {
    private static let terms = Given.terms().replacing(
        "plans:\n", with: "plans:\n  clicks: [{rule: c, on: click, pay: 0.035 per click}]\n"
    ).replacing("affiliate: {plan: standard}", with: "affiliate: {plan: clicks}")

    private func click(_ given: Given, _ id: String, _ more: String = "") async throws {
        try await given.record(
            fact("click", id, "2026-03-02", #""partner":"ada","visitor":"\#(id)"\#(more)"#))
    }

    private func payable(_ given: Given) async throws -> [String] {
        try await given.balances().filter { $0.contains("Payable") }
    }

    @Test(
        "are counted when a statement is made, late ones for the next, and verified from what was said then")
    func counted() async throws {
        let given = try await Given.program(Self.terms)
        try await given.record(partner("ada"), link("ada"), partner("ben"))
        for number in 0..<10 { try await click(given, "k\(number)") }
        try await given.record(fact("click", "l", "2026-03-03", #""link":"ada","visitor":"w""#))
        try await click(given, "b", #","bot":true"#)
        try await click(given, "d", #","consent":false"#)
        try await given.settle("2026-04-02T00:00:00Z")
        // Eleven at 0.035.
        #expect(try await payable(given) == ["Liabilities:Partners:P-ada:Payable -0.38 EUR"])
        for number in 10..<20 { try await click(given, "k\(number)") }
        try await given.verify()
        try await given.settle("2026-05-02T00:00:00Z")
        #expect(try await payable(given) == ["Liabilities:Partners:P-ada:Payable -0.74 EUR"])
        try await given.verify()
        await given.close()
    }

    @Test("are missed by a verification when they are gone")
    func gone() async throws {
        let given = try await Given.program(Self.terms)
        try await given.record(partner("ada"))
        for number in 0..<10 { try await click(given, "k\(number)") }
        try await given.settle("2026-04-02T00:00:00Z")
        try await given.change("DELETE FROM click WHERE id = 'k3'")
        #expect(
            try await given.differences().contains { $0.hasSuffix("has counted more clicks than there are") })
        await given.close()
    }
}

@Suite("Impressions that are paid, live", .onEachDatabase)
struct ImpressionTests {
    private static let terms = Given.terms().replacing(
        "plans:\n",
        with: "plans:\n  views: [{rule: v, on: impression, pay: 1.75 per 1000 impressions}]\n"
    ).replacing("affiliate: {plan: standard}", with: "affiliate: {plan: views}")

    private func views(_ id: String, _ count: Int, _ more: String = #""partner":"ada""#) -> String {
        fact("impression", id, "2026-03-02", "\(more),\"count\":\(count)")
    }

    @Test("are counted when a statement is made, each once, late ones for the next, and verified")
    func counted() async throws {
        let given = try await Given.program(Self.terms)
        try await given.record(partner("ada"), link("ada"), partner("ben"))
        try await given.record(views("a", 1_000), views("b", 500, #""link":"ada","visitor":"w""#))
        try await given.record(views("a", 1_000), views("r", 900, #""partner":"ada","bot":true"#))
        try await given.settle("2026-04-02T00:00:00Z")
        // 2.625, half to even.
        #expect(
            try await given.balances().filter { $0.contains("Payable") } == [
                "Liabilities:Partners:P-ada:Payable -2.62 EUR"
            ])
        try await given.record(views("c", 1_000))
        try await given.verify()
        try await given.settle("2026-05-02T00:00:00Z")
        // 4.375 in all, half to even.
        #expect(
            try await given.balances().filter { $0.contains("Payable") } == [
                "Liabilities:Partners:P-ada:Payable -4.38 EUR"
            ])
        try await given.verify()
        try await given.change("DELETE FROM impression WHERE id = 'a'")
        #expect(
            try await given.differences().contains {
                $0.hasSuffix("has counted more impressions than there are")
            })
        await given.close()
    }

    @Test("wait for their link, which may come after a settlement that counted others")
    func waiting() async throws {
        let given = try await Given.program(Self.terms)
        try await given.record(partner("ada"))
        try await given.record(views("a", 1_000), views("w", 2_000, #""link":"ada""#))
        try await given.settle("2026-04-02T00:00:00Z")
        try await given.record(link("ada"))
        try await given.settle("2026-05-02T00:00:00Z")
        #expect(
            try await given.balances().filter { $0.contains("Payable") } == [
                "Liabilities:Partners:P-ada:Payable -5.25 EUR"
            ])
        try await given.verify()
        await given.close()
    }
}
