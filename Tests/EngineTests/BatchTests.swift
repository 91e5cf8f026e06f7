import Engine
import Facts
import Replay
import Terms
import Testing
import Values

/// Ada and Bo are due 20.00 USD each, Ada 10.00 EUR besides; Cy has no account.
private func due(_ payouts: String = "", asOf: String = "2026-02-01") -> Story {
    var story = Story(
        program(payouts: payouts),
        [
            payee("ada"), payee("bo"), partner("cy"), click("a", at: "2026-01-01", of: "ada", by: "a"),
            click("b", at: "2026-01-01", of: "bo", by: "b"), click("c", at: "2026-01-01", of: "cy", by: "c"),
            sale("sa", at: "2026-01-02", "100.00", "USD", [("visitor", "a")]),
            sale("se", at: "2026-01-03", "50.00", "EUR", [("visitor", "a")]),
            sale("sb", at: "2026-01-02", "100.00", "USD", [("visitor", "b")]),
            sale("sc", at: "2026-01-02", "100.00", "USD", [("visitor", "c")]),
        ])
    story.settle(asOf)
    return story
}

private func opened(_ id: String = "bat", at: String = "2026-02-02") -> FactRecord {
    act(.batch, id, at: at, ["by": "usr_olga"])
}

private func approved(_ batch: String = "bat", by person: String = "usr_paul", at: String = "2026-02-03")
    -> FactRecord
{
    act(.batchApproval, "\(batch)-\(person)-\(at)", at: at, ["of": .string(batch), "by": .string(person)])
}

private func answered(
    _ results: [(String, String, String)], batch: String = "bat", at: String = "2026-02-04"
) -> FactRecord {
    let rows = results.map { row in
        JSON.record(["partner": .string(row.0), "currency": .string(row.1), "result": .string(row.2)])
    }
    let id = "\(batch)-\(at)-\(results.map { $0.0 + $0.1 + $0.2 }.joined())"
    return act(.payoutResult, id, at: at, ["of": .string(batch), "results": .array(rows)])
}

extension Story {
    fileprivate func item(_ partner: String, _ code: String = "USD", in batch: String = "bat") -> String? {
        var names = simulation.book.names
        let file = simulation.book.memory.batches[names.batch(batch)]
        return file?.items.first {
            $0.partner == names.partner(partner) && $0.amount.currency == Currency(code)
        }
        .map { "\($0.amount) \($0.state.rawValue)" }
    }

    fileprivate func state(_ batch: String = "bat") -> String? {
        var names = simulation.book.names
        return simulation.book.memory.batches[names.batch(batch)]?.state.rawValue
    }
}

@Suite("A batch")
struct BatchTests {
    @Test("takes what is due and can be sent, and moves nothing before it is approved")
    func opens() {
        var story = due()
        story.tell([opened()])
        #expect(
            story.item("ada") == "20.00 USD open" && story.item("ada", "EUR") == "10.00 EUR open"
                && story.item("cy") == nil)
        #expect(story.standing() == "payable 20.00" && story.state() == "open")
        story.tell([opened("second")])
        #expect(story.refusals == ["batch:second: nothing is due as of 2026-02-02T00:00:00.000Z"])
    }

    @Test(
        "takes a statement from its pay day on, in the program's zone",
        arguments: [("2026-02-01T04:59:59.999Z", false), ("2026-02-01T05:00:00Z", true)])
    func payDay(_ at: String, _ isDue: Bool) {
        let program = program(timezone: "America/New_York", attribution: "click: {window: 90d}", netDays: 0)
        var story = Story(
            program, [payee("ada"), click("k", at: "2026-01-01", of: "ada"), sale("s", at: "2026-01-02")])
        story.settle("2026-02-02")
        story.tell([opened(at: at)])
        #expect((story.item("ada") != nil) == isDue)
    }

    @Test("is approved by someone else than its maker, who then releases the money")
    func approves() {
        var story = due()
        story.tell([opened(), approved(by: "usr_olga")])
        #expect(
            story.refusals == [
                "batch_approval:bat-usr_olga-2026-02-03: the one who made or changed this cannot approve it"
            ])
        #expect(story.state() == "open")
        story.tell([approved()])
        #expect(story.state() == "approved" && story.item("bo") == "20.00 USD released")
        #expect(story.standing() == "" && story.balance("Liabilities:PayoutClearing:Manual") == "-40.00")
        story.tell([approved(by: "usr_quinn")])
        #expect(story.refusals.last?.hasSuffix("this is approved and must be open") == true)
    }

    @Test(
        "above the limit needs two others, who are not the same",
        arguments: [
            ("approval: {people: 1, above: 40.00, then: 2}", 1),
            ("approval: {people: 1, above: 39.99, then: 2}", 2), ("approval: {people: 2}", 2),
        ])
    func limit(_ approval: String, _ needed: Int) {
        var story = Story(
            program(payouts: approval),
            [
                payee("ada"), click("a", at: "2026-01-01", of: "ada"), sale("s", at: "2026-01-02", "200.00"),
            ])
        story.settle("2026-02-01")
        story.tell([opened(), approved()])
        #expect(story.state() == (needed == 1 ? "approved" : "open"))
        guard needed == 2 else { return }
        story.tell([approved(at: "2026-02-05")])
        #expect(story.state() == "open" && story.refusals.count == 1)
        #expect(story.refusals[0].hasSuffix("the one who approves this has approved it already"))
        story.tell([approved(by: "usr_quinn")])
        #expect(story.state() == "approved")
    }

    @Test("without a rate for its limit takes the greater number of people")
    func limitWithoutRate() {
        var story = due("approval: {people: 1, above: 1000.00, then: 2}")
        story.tell([opened(), approved()])
        #expect(story.state() == "open")
    }

    @Test("is not answered before it is approved, nor for what is not in it")
    func tooEarly() {
        var story = due()
        story.tell([opened(), answered([("ada", "USD", "paid")])])
        #expect(story.refusals.last?.hasSuffix("this is open and must be approved") == true)
        story.tell([
            approved(), answered([("ada", "USD", "paid"), ("ada", "GBP", "paid")], at: "2026-02-05"),
        ])
        #expect(story.refusals.last?.hasSuffix("there is no payout item GBP") == true)
        #expect(story.item("ada") == "20.00 USD released")
    }

    @Test(
        "takes an answer once: the same again changes nothing",
        arguments: [
            (["paid"], "paid", "", "-20.00"), (["rejected"], "rejected", "payable 20.00", "0.00"),
            (["unknown"], "unknown", "", "0.00"),
            (["paid", "returned"], "returned", "payable 20.00", "0.00"),
            (["unknown", "paid"], "paid", "", "-20.00"),
            (["unknown", "rejected"], "rejected", "payable 20.00", "0.00"),
            (["unknown", "paid", "returned"], "returned", "payable 20.00", "0.00"),
        ])
    func answers(_ results: [String], _ state: String, _ standing: String, _ bank: String) {
        var story = due()
        story.tell([opened(), approved()])
        for (index, result) in results.enumerated() {
            for hour in 0..<2 {
                story.tell([answered([("ada", "USD", result)], at: "2026-02-0\(index + 4)T0\(hour):00:00Z")])
            }
        }
        #expect(story.item("ada") == "20.00 USD \(state)" && story.standing() == standing)
        #expect(
            story.balance("Assets:Bank:Manual") == bank && story.refusals == [] && story.faultBelowZero == nil
        )
        #expect(story.item("bo") == "20.00 USD released" && story.state() == "approved")
    }

    @Test(
        "refuses an answer that cannot follow",
        arguments: [
            ["rejected", "paid"], ["returned"], ["rejected", "returned"], ["paid", "rejected"],
            ["paid", "unknown"], ["returned", "paid"],
        ])
    func refuses(_ results: [String]) {
        var story = due()
        story.tell([opened(), approved()])
        for (index, result) in results.enumerated() {
            story.tell([answered([("ada", "USD", result)], at: "2026-02-0\(index + 4)")])
        }
        #expect(story.refusals.first?.contains("must be released, or paid for a return") == true)
    }

    @Test("is completed when every item has its answer")
    func completes() {
        var story = due()
        story.tell([opened(), approved(), answered([("ada", "USD", "paid"), ("bo", "USD", "rejected")])])
        #expect(story.state() == "approved")
        story.tell([answered([("ada", "EUR", "paid")])])
        #expect(story.state() == "completed")
        #expect(
            story.balance("Liabilities:PayoutClearing:Manual") == "0.00"
                && story.balance("Liabilities:PayoutClearing:Manual", "EUR") == "0.00")
        story.tell([answered([("ada", "USD", "returned")], at: "2026-02-20")])
        #expect(story.item("ada") == "20.00 USD returned" && story.standing() == "payable 20.00")
    }

    @Test("pays again what came back, once, and never what is unknown")
    func again() {
        var story = due()
        story.tell([
            opened(), approved(),
            answered([("ada", "USD", "rejected"), ("ada", "EUR", "unknown"), ("bo", "USD", "paid")]),
            opened("second", at: "2026-02-10"), approved("second", at: "2026-02-11"),
        ])
        #expect(
            story.item("ada", in: "second") == "20.00 USD released"
                && story.item("ada", "EUR", in: "second") == nil)
        #expect(story.item("bo", in: "second") == nil)
        story.tell([answered([("ada", "USD", "paid")], batch: "second", at: "2026-02-12")])
        #expect(story.balance("Assets:Bank:Manual") == "-40.00" && story.standing() == "")
        #expect(
            story.entries.suffix(5) == [
                "released 2026-02-03", "paid 2026-02-04", "rejected 2026-02-04", "released 2026-02-11",
                "paid 2026-02-12",
            ])
    }

    @Test("pays again what the bank sends back after it was paid")
    func returned() {
        var story = due()
        story.tell([
            opened(), approved(), answered([("ada", "USD", "paid"), ("bo", "USD", "paid")]),
            answered([("ada", "USD", "returned")], at: "2026-02-05"), opened("second", at: "2026-02-10"),
        ])
        #expect(story.item("ada", in: "second") == "20.00 USD open" && story.item("bo", in: "second") == nil)
    }

    @Test("sums the statements of one partner and currency")
    func sums() {
        var story = due()
        story.tell([
            click("a2", at: "2026-02-01", of: "ada", by: "a"),
            sale("sa2", at: "2026-02-02", "7.50", "USD", [("visitor", "a")]),
        ])
        story.settle("2026-03-01")
        story.tell([opened(at: "2026-03-02")])
        #expect(story.item("ada") == "21.50 USD open")
    }

    @Test("sends on a rail only what it carries", arguments: [("sepa", "EUR"), ("ach", "USD")])
    func rails(_ kind: String, _ currency: String) {
        let account: JSON =
            kind == "sepa"
            ? ["kind": "sepa", "holder": "Ada", "iban": "DE02120300000000202051"]
            : ["kind": "ach", "holder": "Ada", "routing": "021000021", "account": "1234567"]
        var story = Story(
            program(),
            [
                partner("ada", [("payout_method", account)]), click("k", at: "2026-01-01", of: "ada"),
                sale("s", at: "2026-01-02"),
                sale("t", at: "2026-01-02", "100.00", "EUR"),
            ])
        story.settle("2026-02-01")
        story.tell([opened()])
        #expect(["EUR", "USD"].filter { story.item("ada", $0) != nil } == [currency])
    }
}
