import Facts
import Replay
import Terms
import Testing
import Values

/// Rates as the European Central Bank published them.
private let rates = [
    rate("2026-10-29", "USD", "1.113"), rate("2026-10-29", "GBP", "0.83578"),
    rate("2026-10-30", "USD", "1.1172"),
    rate("2026-10-30", "GBP", "0.8338"), rate("2026-10-30", "JPY", "175.68"),
]

private func story(_ currency: String, _ facts: [FactRecord], payouts: String = "") -> Story {
    Story(
        program(rules: ["{rule: all, on: sale, pay: 100%}"], payouts: payouts),
        [partner("ada", [("currency", .string(currency))]), click("k", at: "2026-10-01", of: "ada")] + rates
            + facts)
}

@Suite("A statement in another currency")
struct ExchangeTests {
    @Test(
        "takes the rates of the last publication, over the euro, with one rounding",
        arguments: [
            ("250.07", "USD", "GBP", "186.63", "1.1172", "0.8338"),
            ("1234.57", "USD", "JPY", "194136", "1.1172", "175.68"),
            ("100.00", "USD", "EUR", "89.51", "1.1172", "1"),
            ("89.51", "EUR", "USD", "100.00", "1", "1.1172"),
            ("8000", "JPY", "EUR", "45.54", "175.68", "1"),
        ])
    func converts(
        _ amount: String, _ from: String, _ to: String, _ paid: String, _ fromRate: String, _ toRate: String
    ) throws {
        var story = story(to, [sale("s", at: "2026-10-05", amount, from)])
        story.settle("2026-11-10")
        #expect(story.statements() == ["2026-11-01: \(paid) \(to)"])
        let record = try #require(story.records.flatMap { $0.statements }.first)
        let part = try #require(record.json["earned"]?.elements?.first)
        let words = ["amount", "currency", "converted", "rate_from", "rate_to", "rate_date", "spread"]
        #expect(
            words.compactMap { part[$0]?.text } == [amount, from, paid, fromRate, toRate, "2026-10-30", "0%"])
        #expect(story.balance("Equity:FX", from) == "-\(amount)" && story.balance("Equity:FX", to) == paid)
        #expect(story.standing("ada", from) == "" && story.standing("ada", to) == "payable \(paid)")
    }

    @Test("keeps the spread, which stands in the books")
    func spread() {
        var story = story("EUR", [sale("s", at: "2026-10-05", "1000.00")], payouts: "rate: {spread: 2%}")
        story.settle("2026-11-01")
        #expect(story.statements() == ["2026-11-01: 877.19 EUR"])
        #expect(
            story.balance("Equity:FX", "EUR") == "895.09"
                && story.balance("Income:FXSpread", "EUR") == "-17.90")
    }

    @Test("converts each currency once, not each line, and adds what needs no rate")
    func several() {
        var story = story(
            "EUR",
            [
                sale("s1", at: "2026-10-05", "60.00"), sale("s2", at: "2026-10-06", "60.00"),
                sale("s3", at: "2026-10-07", "45.50", "GBP"),
                sale("s4", at: "2026-10-08", "8000", "JPY"), sale("s5", at: "2026-10-09", "1.00", "EUR"),
            ])
        story.settle("2026-11-01")
        #expect(story.statements() == ["2026-11-01: 208.52 EUR"])
    }

    @Test("waits for a rate that is missing or older than seven days, without holding up the rest")
    func waits() {
        var story = story(
            "EUR", [sale("s", at: "2026-10-05", "10.00", "CHF"), sale("t", at: "2026-10-05", "100.00")])
        story.settle("2026-11-01")
        #expect(
            story.statements() == ["2026-11-01: 89.51 EUR"]
                && story.standing("ada", "CHF") == "approved 10.00")
        story.tell([rate("2026-11-23", "CHF", "0.93")])
        story.settle("2026-12-01")
        #expect(story.standing("ada", "CHF") == "approved 10.00")
        story.tell([rate("2026-12-24", "CHF", "0.93")])
        story.settle("2027-01-01")
        #expect(story.standing("ada", "CHF") == "approved 10.00")
        story.tell([rate("2027-01-25", "CHF", "0.93")])
        story.settle("2027-02-01")
        #expect(story.statements().last == "2027-02-01: 10.75 EUR" && story.standing("ada", "CHF") == "")
    }

    @Test("never takes a rate of the future, nor two of different days")
    func sameDay() {
        var story = story(
            "CHF",
            [
                sale("s", at: "2026-10-05"), rate("2026-11-02", "CHF", "0.9"),
                rate("2026-11-02", "USD", "1.2"),
            ])
        story.settle("2026-11-03")
        #expect(story.statements() == [] && story.standing() == "approved 100.00")
        story.tell([
            rate("2026-11-25", "CHF", "0.93"), rate("2026-11-25", "USD", "1.1"),
            rate("2026-11-26", "USD", "1.3"),
            rate("2026-11-27", "CHF", "0.8"),
        ])
        story.settle("2026-12-01")
        #expect(story.statements() == ["2026-12-01: 84.55 CHF"])
    }

    @Test("is claimed back at its own rate, to the cent")
    func original() {
        var story = story("EUR", [sale("s", at: "2026-10-05", "10.00")], payouts: "rate: {spread: 2%}")
        story.settle("2026-11-01")
        #expect(story.standing("ada", "EUR") == "payable 8.77")
        story.tell([
            rate("2026-11-20", "USD", "1.3"), refund("r1", of: "s", at: "2026-11-20", "3.33"),
            refund("r2", of: "s", at: "2026-11-21", "3.33"),
        ])
        #expect(story.standing("ada", "EUR") == "payable 8.77, clawback 5.84")
        story.tell([refund("r3", of: "s", at: "2026-11-22")])
        #expect(story.standing("ada", "EUR") == "payable 8.77, clawback 8.77" && story.standing() == "")
    }

    @Test("that is issued late knows of a refund since, at the same rate")
    func late() {
        let facts = [
            sale("s", at: "2026-10-05", "10.00"), refund("r", of: "s", at: "2026-11-05", "3.33"),
            sale("t", at: "2026-10-06", "5.00", "GBP"), refund("q", of: "t", at: "2026-11-06"),
        ]
        var late = story("EUR", facts)
        late.settle("2026-11-10")
        var timely = story("EUR", [facts[0], facts[2]])
        timely.settle("2026-11-01")
        timely.tell([facts[1], facts[3]])
        timely.settle("2026-11-10")
        #expect(late.ending == timely.ending)
    }
}

@Suite("A rate that is fixed at the conversion")
struct ConversionRateTests {
    private static let fixed = "rate: {fixed: conversion}"

    private func parts(_ story: Story) -> [String] {
        story.records.flatMap(\.statements).flatMap { $0.json["earned"]?.elements ?? [] }.map { part in
            ["amount", "currency", "converted", "rate_from", "rate_to", "rate_date"]
                .compactMap { part[$0]?.text }.joined(separator: " ")
        }
    }

    @Test("is that of each line's own day, and both rates and their date are on the statement")
    func days() {
        var story = story(
            "GBP",
            [
                sale("s", at: "2026-10-29", "100.00"), sale("t", at: "2026-10-30", "100.00"),
                // Without a publication of its own a Saturday has that of Friday.
                click("k2", at: "2026-10-30", of: "ada"), sale("u", at: "2026-10-31", "50.00"),
                sale("w", at: "2026-10-31", "1.00", "GBP"),
            ], payouts: Self.fixed)
        story.settle("2026-11-01")
        #expect(
            parts(story) == [
                "1.00 GBP 1.00", "100.00 USD 75.09 1.113 0.83578 2026-10-29",
                "150.00 USD 111.95 1.1172 0.8338 2026-10-30",
            ])
        #expect(story.statements() == ["2026-11-01: 188.04 GBP"])
        #expect(story.standing("ada", "USD") == "" && story.standing("ada", "GBP") == "payable 188.04")
    }

    @Test("holds the lines of a day that has none, and no others")
    func missing() throws {
        var story = story(
            "EUR", [sale("s", at: "2026-10-20", "10.00"), sale("t", at: "2026-10-30", "100.00")],
            payouts: Self.fixed)
        story.settle("2026-11-01")
        #expect(story.statements() == ["2026-11-01: 89.51 EUR"])
        #expect(try story.paid("s") == ["waiting_for_rate"] && story.paid("t") == ["2026-11-01"])
        // A rate of later days is not its own; one of its week is, whenever it comes.
        story.tell([rate("2026-10-21", "USD", "1.2")])
        story.settle("2026-12-01")
        #expect(try story.paid("s") == ["waiting_for_rate"])
        story.tell([rate("2026-10-13", "USD", "1.25")])
        #expect(try story.paid("s") == ["2027-01-01"])
        story.settle("2027-01-01")
        #expect(story.statements() == ["2026-11-01: 89.51 EUR", "2027-01-01: 8.00 EUR"])
    }

    @Test("is taken by a refund too, so that a full refund leaves nothing")
    func reversal() {
        var story = story(
            "EUR", [sale("s", at: "2026-10-29", "100.00"), sale("t", at: "2026-10-30", "100.00")],
            payouts: Self.fixed)
        story.settle("2026-11-01")
        story.tell([refund("r", of: "s", at: "2026-11-02")])
        #expect(story.standing("ada", "EUR") == "payable 179.36, clawback 89.85")
        story.tell([refund("q", of: "t", at: "2026-11-03")])
        #expect(story.standing("ada", "EUR") == "payable 179.36, clawback 179.36")
        #expect(story.balance("Equity:FX", "EUR") == "0.00" && story.balance("Equity:FX") == "0.00")
    }
}
