import Facts
import Recording
import Replay
import Reports
import Store
import TestStores
import Testing
import Values
import Work

@Suite("Marketing funds, live", .onEachDatabase)
struct FundTests {
    private static let terms = Given.terms().replacing(
        "plans:\n",
        with: """
            plans:
              funded:
                - {rule: s, on: sale, pay: 10%}
                - mdf: {accrue: 3%, reimburse: 50%, expires: 1 month}

            """
    ).replacing("affiliate: {plan: standard}", with: "affiliate: {plan: funded}")

    private func shop() async throws -> Given {
        let given = try await Given.program(Self.terms)
        try await given.record(
            partner("ada"), link("ada"), click("k", "2026-03-01", of: "ada", by: "v"), partner("ben"),
            link("ben"), click("l", "2026-03-01", of: "ben", by: "w"))
        try await given.record(
            sale("s", "2026-03-02", #""visitor":"v""#, amount: "1000.00"),
            sale("t", "2026-03-02", #""visitor":"w""#, amount: "1000.00"))
        return given
    }

    private func claim(_ id: String, _ amount: String, _ at: String = "2026-03-05", _ more: String = "")
        -> String
    {
        fact("mdf_claim", id, at, #""partner":"ada","amount":"\#(amount)","currency":"EUR"\#(more)"#)
    }

    private func balance(_ given: Given, _ account: String) async throws -> String? {
        try await given.balances().first { $0.hasPrefix("\(account) ") }
    }

    @Test("never pay more than they have for twenty claims at once")
    func atOnce() async throws {
        let given = try await shop()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<20 {
                group.addTask { try await given.record(claim("m\(number)", "4.10")) }
            }
            try await group.waitForAll()
        }
        // Fourteen of 2.05, and 1.30 for the fifteenth.
        let bodies = try await given.house.look(at: given.program) { look in
            try look.rows("SELECT body FROM line WHERE program_id = \(look.program)").map { $0.text("body") }
        }
        let paid = bodies.map { JSON(written: $0) }
            .filter { $0["fact_kind"]?.text == "mdf_claim" }
        #expect(paid.count == 15)
        #expect(Set(paid.compactMap { $0["amount"]?.text }) == ["2.05", "1.30"])
        #expect(try await balance(given, "Liabilities:MDF:P-ada:Available")?.hasSuffix(" 0.00 EUR") ?? true)
        try await given.verify()
        await given.close()
    }

    @Test("lapse when they are settled, also where nothing else waits for it, and are verified")
    func lapse() async throws {
        let given = try await shop()
        try await given.record(claim("c", "20.00"))
        try await given.settle("2026-04-02T00:00:00Z")
        #expect(
            try await balance(given, "Liabilities:MDF:P-ada:Available")
                == "Liabilities:MDF:P-ada:Available -20.00 EUR")
        try await given.settle("2026-07-02T00:00:00Z")
        #expect(try await balance(given, "Income:MDF:Breakage") == "Income:MDF:Breakage -50.00 EUR")
        try await given.verify()
        let answers = try await given.record(claim("late", "20.00", "2026-07-03"))
        guard case .refused = answers[0] else {
            Issue.record("\(answers[0])")
            return
        }
        try await given.record(fact("refund", "r", "2026-07-04", #""of":"s""#))
        try await given.verify()
        await given.close()
    }

    @Test("pay each proof once, give a repeat the same answer, and tell of a claim what led to it")
    func proofs() async throws {
        let given = try await shop()
        let proof = #","proof":"\#(String(repeating: "0f", count: 32))""#
        let first = try await given.record(claim("c", "80.00", "2026-03-05", proof))
        guard case .new(let body, let notices) = first[0] else {
            Issue.record("\(first[0])")
            return
        }
        #expect(notices.count == 1 && body.contains(#""code":"claim_capped""#))
        guard case .repeated(let again) = try await given.record(claim("c", "80.00", "2026-03-05", proof))[0]
        else {
            Issue.record("it is no repeat")
            return
        }
        let line = try #require(JSON(written: again)["lines"]?.elements?.first)
        #expect(line["amount"]?.text == "30.00" && line["kind"]?.text == "mdf")
        let other = claim("d", "8.00", "2026-03-05", proof).replacing("ada", with: "ben")
        guard case .refused(let refusal) = try await given.record(other)[0] else {
            Issue.record("the proof is taken twice")
            return
        }
        #expect(refusal == .proofIsTaken(by: "c"))
        let id = line["line"]?.text ?? ""
        let text = try await given.house.look(at: given.program) { try Explanation.find(id, at: $0).text }
        #expect(text.contains("is for an invoice of 80.00 EUR."))
        #expect(text.contains("It had 30.00 EUR that had not lapsed, so the line is cut to 30.00 EUR."))
        try await given.verify()
        await given.close()
    }
}
