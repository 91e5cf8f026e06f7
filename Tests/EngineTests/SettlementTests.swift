import Engine
import Facts
import Replay
import Terms
import Testing
import Values

private let ada = [partner("ada"), click("k", at: "2026-01-01", of: "ada")]

@Suite("Settling")
struct SettlementTests {
    @Test(
        "approves what its hold has left: from that instant on",
        arguments: [
            ("2026-02-08T23:59:59.999Z", "pending 20.00", [String]()),
            ("2026-02-09T00:00:00.000Z", "approved 20.00", ["approved 2026-02-09"]),
            ("2026-02-28T00:00:00.000Z", "approved 20.00", ["approved 2026-02-28"]),
        ])
    func holds(_ asOf: String, _ standing: String, _ entries: [String]) {
        var story = Story(program(hold: "30d"), ada + [sale("s", at: "2026-01-10")])
        story.settle(asOf)
        #expect(story.standing() == standing)
        #expect(story.entries.dropFirst() == entries[...])
    }

    @Test("takes a rule's own hold before the program's")
    func ownHold() {
        var story = Story(
            program(
                hold: "30d",
                rules: [
                    "{rule: a, on: sale, pay: 20%, hold: 0d}", "{rule: b, on: sale, pay: 1.00, also: true}",
                ]),
            ada + [sale("s", at: "2026-01-02")])
        story.settle("2026-01-03")
        #expect(story.standing() == "pending 1.00, approved 20.00")
    }

    @Test("leaves alone what is held, until it is released")
    func heldBack() {
        var story = Story(
            program(),
            ada + [
                sale("s", at: "2026-01-02"), sale("t", at: "2026-01-03"),
                note("hold", of: "s", at: "2026-01-04"),
            ])
        story.settle("2026-02-01")
        #expect(
            story.standing() == "approved 20.00, payable 20.00"
                && story.statements() == ["2026-02-01: 20.00 USD"])
        story.tell([note("release", of: "s", at: "2026-02-10")])
        story.settle("2026-03-01")
        #expect(story.standing() == "payable 40.00")
    }

    @Test("gives the same when it comes late, whenever money was held and released in between")
    func heldMeanwhile() {
        let facts = ada + [sale("s", at: "2026-01-02"), note("hold", of: "s", at: "2026-01-04")]
        let release = note("release", of: "s", at: "2026-02-10")
        var timely = Story(program(), facts)
        timely.settle("2026-02-01")
        timely.tell([release])
        timely.settle("2026-03-01")
        var late = Story(program(), facts + [release])
        late.settle("2026-03-01")
        #expect(timely.statements() == ["2026-03-01: 20.00 USD"])
        #expect(late.statements() == timely.statements() && late.standing() == timely.standing())
    }

    @Test("counts a release from its own day on, when its hold arrives after it, too")
    func holdAfterRelease() {
        var story = Story(program(), ada + [sale("s", at: "2026-01-02")])
        story.tell([note("release", of: "s", at: "2026-01-20")])
        story.tell([note("hold", of: "s", at: "2026-01-04")])
        story.settle("2026-02-01")
        #expect(story.statements() == ["2026-02-01: 20.00 USD"])
    }

    @Test("cannot hold what is on a statement already, and says so")
    func heldTooLate() {
        var story = Story(program(), ada + [sale("s", at: "2026-01-02")])
        story.settle("2026-02-01")
        story.tell([note("hold", of: "s", at: "2026-02-03")])
        #expect(story.refusals.count == 1 && story.refusals[0].contains("on a statement already"))
        #expect(story.standing() == "payable 20.00")
    }

    @Test("claims back of a statement's currency what each line gave, to the cent")
    func sharesOfConversion() {
        let sales = (1...10).map { sale("s\($0)", at: "2026-01-02", "0.50") }
        var story = Story(
            program(),
            [partner("ada", [("currency", "EUR")]), click("k", at: "2026-01-01", of: "ada")]
                + [rate("2026-01-30", "USD", "1.16")] + sales)
        story.settle("2026-02-01")
        #expect(story.statements() == ["2026-02-01: 0.86 EUR"])
        story.tell((1...10).map { refund("r\($0)", of: "s\($0)", at: "2026-02-03") })
        #expect(story.standing("ada", "EUR") == "payable 0.86, clawback 0.86")
    }

    @Test("holds what a held conversion earns later, too")
    func heldForOthers() {
        var story = Story(
            program(),
            ada + [partner("bo"), sale("s", at: "2026-01-03"), note("hold", of: "s", at: "2026-01-04")])
        story.tell([click("k2", at: "2026-01-02", of: "bo"), review(of: "s", at: "2026-01-05")])
        story.settle("2026-02-01")
        #expect(story.standing("bo") == "approved 20.00" && story.standing() == "")
    }

    @Test(
        "closes periods at local midnight: what was before it is on the statement, what was at it is not",
        arguments: [
            ("UTC", "monthly", "2026-03-31T23:59:59.999Z", "2026-04-01T00:00:00.000Z", "2026-04-01"),
            (
                "Europe/Berlin", "monthly", "2026-03-31T21:59:59.999Z", "2026-03-31T22:00:00.000Z",
                "2026-04-01"
            ),
            (
                "Europe/Berlin", "monthly", "2026-01-31T22:59:59.999Z", "2026-01-31T23:00:00.000Z",
                "2026-02-01"
            ),
            ("Europe/Berlin", "weekly", "2026-03-29T21:59:59.999Z", "2026-03-29T22:00:00.000Z", "2026-03-30"),
            (
                "America/New_York", "twice-monthly", "2026-03-16T03:59:59.999Z", "2026-03-16T04:00:00.000Z",
                "2026-03-16"
            ),
            ("Asia/Beirut", "monthly", "2026-03-31T20:59:59.999Z", "2026-03-31T21:00:00.000Z", "2026-04-01"),
        ])
    func boundaries(_ zone: String, _ schedule: String, _ last: String, _ first: String, _ date: String) {
        let program = program(
            timezone: zone, attribution: "click: {window: 365d}", payouts: "schedule: \(schedule)")
        let facts = ada + [sale("in", at: last), sale("out", at: first, "50.00")]
        var before = Story(program, facts)
        before.settle(last)
        #expect(before.statements() == [])
        var story = Story(program, facts)
        story.settle(first)
        #expect(story.statements() == ["\(date): 20.00 USD"])
        #expect(story.sealed.last?.entry.effectiveAt == instant(first))
        #expect(story.standing() == "approved 10.00, payable 20.00")
    }

    @Test("dates a statement the day after its period and pays after the net days")
    func payDays() throws {
        var story = Story(program(netDays: 15), ada + [sale("s", at: "2026-01-02")])
        story.settle("2026-03-15")
        let statement = try #require(story.records.flatMap(\.statements).first)
        #expect(statement.date == day("2026-02-01") && statement.payDay == day("2026-02-16"))
        #expect(statement.lines == story.records.flatMap(\.lines).map(\.id))
        #expect(statement.json["earned"]?.elements?.first?["amount"]?.text == "20.00")
    }

    @Test(
        "pays from the threshold on, inclusive, and lets the rest roll over",
        arguments: [
            ("49.99", "USD", false), ("50.00", "USD", true), ("5000", "JPY", true), ("4999", "JPY", false),
            ("0.01", "GBP", true),
        ])
    func threshold(_ amount: String, _ currency: String, _ isPaid: Bool) {
        let program = program(
            rules: ["{rule: all, on: sale, pay: 100%}"],
            payouts: "threshold: {EUR: 50.00, USD: 50.00, JPY: 5000}")
        var story = Story(program, ada + [sale("s", at: "2026-01-02", amount, currency)])
        story.settle("2026-02-10")
        #expect(story.statements() == (isPaid ? ["2026-02-01: \(amount) \(currency)"] : []))
        #expect(story.standing("ada", currency) == (isPaid ? "payable \(amount)" : "approved \(amount)"))
    }

    @Test("adds what rolled over to the next statement")
    func rollsOver() {
        var story = Story(
            program(payouts: "threshold: {USD: 35.00}"), ada + [sale("s", at: "2026-01-02", "150.00")])
        story.settle("2026-02-01")
        #expect(story.statements() == [] && story.standing() == "approved 30.00")
        story.tell([click("k2", at: "2026-02-01", of: "ada"), sale("u", at: "2026-02-02")])
        story.settle("2026-03-01", "2026-04-01")
        #expect(story.statements() == ["2026-03-01: 50.00 USD"] && story.standing() == "payable 50.00")
    }

    @Test("pays a partner that names no currency in each that it earned")
    func everyCurrency() {
        var story = Story(
            program(),
            ada + [
                sale("s", at: "2026-01-02"), sale("t", at: "2026-01-03", "1000", "JPY"),
                sale("u", at: "2026-01-04", "10.000", "KWD"),
            ])
        story.settle("2026-02-01")
        #expect(
            story.statements() == ["2026-02-01: 200 JPY", "2026-02-01: 2.000 KWD", "2026-02-01: 20.00 USD"])
    }

    @Test("of several partners goes by their id")
    func partners() {
        var story = Story(
            program(),
            [
                partner("bo"), partner("ada"), click("b", at: "2026-01-01", of: "bo", by: "b"),
                click("a", at: "2026-01-01", of: "ada", by: "a"),
                sale("s", at: "2026-01-02", "1.00", "USD", [("visitor", "b")]),
                sale("t", at: "2026-01-03", "1.00", "USD", [("visitor", "a")]),
            ])
        story.settle("2026-02-01")
        #expect(story.records.flatMap(\.statements).map(\.partner) == ["ada", "bo"])
    }
}

@Suite("A refund after its statement")
struct ClawbackTests {
    @Test("is owed, and taken from what is earned next")
    func offset() {
        var story = Story(program(), ada + [sale("s", at: "2026-01-02", "1250.00")])
        story.settle("2026-02-01")
        story.tell([refund("r", of: "s", at: "2026-02-05", "300.00")])
        #expect(story.standing() == "payable 250.00, clawback 60.00")
        story.tell([
            click("k2", at: "2026-02-01", of: "ada"), sale("t", at: "2026-02-06", "225.00"),
            sale("u", at: "2026-02-07", "200.00"),
        ])
        story.settle("2026-03-01")
        #expect(story.statements() == ["2026-02-01: 250.00 USD", "2026-03-01: 25.00 USD after 60.00"])
        #expect(story.standing() == "payable 275.00")
    }

    @Test("takes at most the share that the terms allow, rounded down")
    func share() {
        var story = Story(
            program(payouts: "clawback: {offset: 50%}"), ada + [sale("s", at: "2026-01-02", "300.00")])
        story.settle("2026-02-01")
        story.tell([
            refund("r", of: "s", at: "2026-02-05"), click("k2", at: "2026-02-01", of: "ada"),
            sale("t", at: "2026-02-06", "225.05"),
        ])
        story.settle("2026-03-01")
        #expect(story.statements().last == "2026-03-01: 22.51 USD after 22.50")
        #expect(story.standing() == "payable 82.51, clawback 37.50")
    }

    @Test("is taken from statements only from its own day on")
    func order() {
        var story = Story(
            program(), ada + [sale("s", at: "2026-01-02"), sale("t", at: "2026-01-20", "50.00")])
        story.settle("2026-01-31")
        story.tell([refund("r", of: "s", at: "2026-02-01")])
        story.settle("2026-02-15")
        #expect(story.statements() == ["2026-02-01: 30.00 USD"])
        #expect(story.standing() == "payable 30.00, clawback 20.00")
    }

    @Test(
        "that is known before a late statement is owed all the same, as if it had been in time"
    )
    func late() {
        let facts =
            ada + [
                sale("s", at: "2026-01-02"), refund("r", of: "s", at: "2026-02-05", "50.00"),
                click("k2", at: "2026-02-01", of: "ada"), sale("t", at: "2026-02-06", "200.00"),
            ]
        var late = Story(program(), facts)
        late.settle("2026-03-01")
        var timely = Story(program(), Array(facts.prefix(3)))
        timely.settle("2026-02-01")
        timely.tell(Array(facts.dropFirst(3)))
        timely.settle("2026-03-01")
        #expect(late.statements() == ["2026-02-01: 20.00 USD", "2026-03-01: 30.00 USD after 10.00"])
        #expect(late.ending == timely.ending)
    }

    @Test("is not taken from a statement of the time before it that is issued late")
    func lateStatement() {
        var story = Story(program(), ada + [sale("s", at: "2026-01-02")])
        story.settle("2026-02-01")
        story.tell([
            click("k2", at: "2026-02-01", of: "ada"), sale("t", at: "2026-02-06", "200.00"),
            sale("u", at: "2026-03-02", "150.00"), refund("r", of: "s", at: "2026-03-05"),
        ])
        story.settle("2026-04-01")
        #expect(
            story.statements().dropFirst() == ["2026-03-01: 40.00 USD", "2026-04-01: 10.00 USD after 20.00"])
    }

    @Test("below the threshold waits with the earnings that it is to be taken from")
    func waits() {
        var story = Story(program(payouts: "threshold: {USD: 10.00}"), ada + [sale("s", at: "2026-01-02")])
        story.settle("2026-02-01")
        story.tell([
            refund("r", of: "s", at: "2026-02-05"), click("k2", at: "2026-02-01", of: "ada"),
            sale("t", at: "2026-02-06", "110.00"),
        ])
        story.settle("2026-03-01")
        #expect(story.standing() == "approved 22.00, payable 20.00, clawback 20.00")
        story.tell([sale("u", at: "2026-03-01", "40.00")])
        story.settle("2026-04-01")
        #expect(story.statements().last == "2026-04-01: 10.00 USD after 20.00")
        #expect(story.standing() == "payable 30.00")
    }
}
