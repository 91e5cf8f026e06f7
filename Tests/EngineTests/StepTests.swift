import Facts
import Replay
import Terms
import Testing
import Values

@Suite("A step of a rule's tiers")
struct StepTests {
    private func paid(_ shape: String, _ amounts: String...) -> [String] {
        let rule =
            "{rule: r, on: sale, pay: 10%, tiers: {by: revenue, shape: \(shape), steps: [[1000.00, 20%]]}}"
        let sales = amounts.enumerated().map { sale("s\($0)", at: "2026-01-0\($0 + 2)", $1) }
        let story = Story(
            program(rules: [rule]), [partner("ada"), click("k", at: "2026-01-01", of: "ada")] + sales)
        return sales.map { story.total(of: $0.id, in: .usd).amount }
    }

    @Test("that is prospective is paid from the sale on that comes after it was reached")
    func prospective() {
        #expect(paid("prospective", "600.00", "600.00", "100.00") == ["60.00", "60.00", "20.00"])
        #expect(paid("prospective", "999.99", "100.00", "100.00") == ["100.00", "10.00", "20.00"])
        #expect(paid("prospective", "1000.00", "100.00") == ["100.00", "20.00"])
    }

    @Test("that is progressive is paid for what is beyond it, within one sale, too")
    func progressive() {
        #expect(paid("progressive", "600.00", "600.00", "100.00") == ["60.00", "80.00", "20.00"])
        #expect(paid("progressive", "2500.00") == ["400.00"])
    }
}

@Suite("What qualifies a customer")
struct QualificationTests {
    private func paid(_ facts: FactRecord...) -> [String] {
        let rule =
            "{rule: r, on: [deposit, wager], pay: 50.00, "
            + "qualify: {first-deposit: 20.00, total: {wager: 100.00}, within: 10d}}"
        return Story(
            program(rules: [rule]), [partner("ada"), click("k", at: "2026-01-01", of: "ada")] + facts
        ).lines()
    }

    private func event(_ name: String, _ at: String, _ amount: String) -> FactRecord {
        sale(
            "\(name)-\(at)", at: at, amount, "USD", [("event", .string(name)), ("customer", "kim")])
    }

    @Test("is done within so many days of the first conversion, and not at their end")
    func within() {
        let deposit = event("deposit", "2026-01-02T00:00:00Z", "20.00")
        #expect(paid(deposit, event("wager", "2026-01-11T23:59:59.999Z", "100.00")) == ["50.00 USD"])
        #expect(paid(deposit, event("wager", "2026-01-12T00:00:00Z", "100.00")) == [])
    }

    @Test("is the first deposit: a later one does not make good for it")
    func first() {
        let wager = event("wager", "2026-01-04", "100.00")
        #expect(
            paid(event("deposit", "2026-01-02", "19.99"), event("deposit", "2026-01-03", "500.00"), wager)
                == [])
    }
}
