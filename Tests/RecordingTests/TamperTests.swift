import Engine
import Payouts
import Recording
import TestStores
import Testing
import Values
import Work

@testable import Store

/// What `verify` does not make again, and why: whole tables, or single columns.
private let notRebuilt = [
    "api_key": "who may do what follows from no fact",
    "audit": "what was no fact, or the reasons of people",
    "batch.exported_at": "moves no money, so it is no fact",
    "batch.frozen_at": "moves no money, so it is no fact",
    "click": "evidence: decisions follow from it",
    "click_person": "personal values stand beside facts",
    "conversion_person": "personal values stand beside facts",
    "fact": "all else follows from it",
    "fact_key": "which clicks were handed in, and under what content",
    "impression": "evidence: settlements say what they counted of it",
    "job": "what the clock still has to do",
    "migration": "the schema's own",
    "parked": "waits to become a fact",
    "partner_person": "personal values stand beside facts",
    "person": "who may do what follows from no fact",
    "program": "is there before its first fact",
    "program_head.clicks": "clicks are no facts",
    "program_head.settled_until": "a settlement that finds nothing is no fact",
    "request_key": "what senders call their requests",
    "secret": "keys follow from nothing",
    "session": "who may do what follows from no fact",
    "sign_in": "who may do what follows from no fact",
    "staff": "who may do what follows from no fact",
]

@Suite("What is changed behind its back", .onEachDatabase)
struct TamperTests {
    @Test("is found by verify, in every column of every table that follows from facts")
    func everyColumn() async throws {
        let given = try await Given.shop()
        try await given.share()
        try await given.verify()
        for catalogue in Catalogue.all where notRebuilt[catalogue.table] == nil {
            let rows = try await given.rows(of: catalogue)
            for column in catalogue.columns where notRebuilt["\(catalogue.table).\(column.name)"] == nil {
                let name = "\(catalogue.table).\(column.name)"
                let filled = rows.first { $0[column.index] != .null }
                let row = try #require(filled, "the shop has no row with a value in \(name)")
                var changed = row
                changed[column.index] = column.other(than: row[column.index])
                try await given.put(changed, for: row, in: catalogue)
                let found = try await given.differences()
                let isNamed =
                    column.isKey || column.name == "body"
                    || found.contains { $0.contains(column.name) }
                #expect(!found.isEmpty, "nobody saw \(name) change")
                #expect(isNamed, "\(name): \(found)")
                try await given.put(row, for: changed, in: catalogue)
            }
        }
        try await given.verify()
    }

    @Test("is found by verify, also where a whole row is gone")
    func everyRow() async throws {
        let given = try await Given.shop()
        try await given.share()
        for catalogue in Catalogue.all where notRebuilt[catalogue.table] == nil {
            let row = try #require(try await given.rows(of: catalogue).last)
            try await given.put(nil, for: row, in: catalogue)
            let found = try await given.differences()
            let isTold = found.contains { $0.contains("missing") || $0.contains("no head") }
            #expect(isTold, "\(catalogue.table): \(found)")
            try await given.put(row, for: nil, in: catalogue)
        }
        try await given.verify()
    }

    @Test("is known by its table and column, and what is not made again is there")
    func listed() {
        let names = Catalogue.all.flatMap { table in
            [table.table] + table.columns.map { "\(table.table).\($0.name)" }
        }
        for (name, reason) in notRebuilt { #expect(names.contains(name), "there is no \(name): \(reason)") }
        #expect(Catalogue.all.count == Tables.all.count)
        for catalogue in Catalogue.all {
            #expect(catalogue.columns.map(\.name) == Tables.all[catalogue.table], "\(catalogue.table)")
        }
    }

    @Test("is told in a sentence: what it is and what it must be")
    func sentences() async throws {
        let given = try await Given.shop()
        try await given.change(
            "UPDATE earning SET posted = 950 WHERE program_id = 'acme' AND conversion_id = 'o1' AND rule = 1",
            "UPDATE customer SET bound_to = 'ben' WHERE program_id = 'acme' AND identity = 'c:c1'",
            "UPDATE statement SET pay_day = pay_day + 1 WHERE program_id = 'acme' AND partner_id = 'ada'",
            "UPDATE rate SET numerator = 12 WHERE program_id = 'acme'",
            "DELETE FROM coupon WHERE program_id = 'acme'",
            "UPDATE program_head SET sequence = sequence + 1 WHERE program_id = 'acme'")
        let found = try await given.differences()
        #expect(found[0] == "the program's head: sequence is 29, must be 28")
        #expect(
            found.dropFirst() == [
                "coupon ben10 is missing",
                "customer c:c1: bound_to is ben, must be ada",
                "earning of o1 for ada under rule sale: posted is 9.50, must be 7.50",
                "rate of USD on day 20483: numerator is 12, must be 11",
                "statement sta_06e1cj6xg08cw3s7pn94m05wag: pay_day is 2026-02-17, must be 2026-02-16",
            ])
    }
}

@Suite("A payout", .onEachDatabase)
struct TamperedPayoutTests {
    private static let ada: SQL = " WHERE program_id = 'acme' AND partner_id = 'ada'"

    @Test("of more than its statements come to is neither approved, sent nor answered")
    func item() async throws {
        let given = try await Given.shop(isPaid: false)
        let more = "UPDATE batch_item SET amount = amount + 100000" + Self.ada
        let less = "UPDATE batch_item SET amount = amount - 100000" + Self.ada
        let refusal = Refusal.invalid(
            "/items", .because("hold one of 1012.50 EUR whose statements do not come to that"))
        try await given.change(more)
        await #expect(throws: refusal) { try await given.approve(by: "usr_paul") }
        try await given.change(less)
        try await given.approve(by: "usr_paul")
        try await given.approve(by: "usr_quinn")
        try await given.change(more)
        await #expect(throws: refusal) { try await given.export() }
        await #expect(throws: refusal) { try await given.answer() }
        try await given.change(less)
        #expect(try await given.export().sum.description == "12.50 EUR")
        try await given.answer()
        try await given.verify()
    }

    @Test("takes a statement that came back along with a later one, and verify follows")
    func again() async throws {
        let given = try await Given.shop(isPaid: false)
        for person in ["usr_paul", "usr_quinn"] { try await given.approve(by: person) }
        try await given.arrive(given.facts([sale("o5", "2026-02-14", #""customer":"c1""#)]))
        try await given.settle("2026-03-10T00:00:00Z")
        try await given.answer(.rejected)
        try await given.open("2026-03-17T00:00:00Z")
        let item = try await given.house.look(at: given.program) { look in
            try BatchView.all(at: look)[1].items.first { $0.partner == "ada" }
        }
        #expect(item?.statements.count == 2 && item?.amount.description == "20.00 EUR")
        try await given.verify()
    }

    @Test("takes no more than is payable, though its statement was raised too")
    func statement() async throws {
        let given = try await Given.shop(isPaid: false)
        try await given.change(
            "UPDATE batch_item SET amount = amount + 50" + Self.ada,
            "UPDATE statement SET amount = amount + 50" + Self.ada)
        try await given.approve(by: "usr_paul")
        let words = "take 0.50 EUR more from Liabilities:Partners:P-ada:Payable than there is"
        await #expect(throws: Refusal.invalid("/items", .because(words))) {
            try await given.approve(by: "usr_quinn")
        }
        #expect(try await given.owed("ada", "Payable") == "12.50 EUR")
    }
}
