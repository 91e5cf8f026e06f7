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
