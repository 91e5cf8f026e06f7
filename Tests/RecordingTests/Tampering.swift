import Foundation
import Payouts
import Recording
import TestStores
import Testing
import Values
import Work

@testable import Store

/// A table of the schema, with what its rows are found by.
struct Catalogue {
    struct Column {
        let name: String
        let index: Int
        let isKey: Bool
        let isBoolean: Bool

        /// A value of the same type that is not this one.
        func other(than value: SQLValue) -> SQLValue {
            switch value {
            case .text(let text): .text(text + "x")
            // SQLite keeps a Boolean as 0 or 1.
            case .integer(let number): .integer(isBoolean ? 1 - number : number + (isKey ? 1_000_000 : 1))
            case .bool(let isTrue): .bool(!isTrue)
            case .real, .null: .null
            }
        }
    }

    let table: String
    let columns: [Column]

    static let all: [Catalogue] = Tables.all.keys.sorted().map(Catalogue.init)

    private init(_ table: String) {
        self.table = table
        let lines =
            Schema.text().components(separatedBy: "CREATE TABLE \(table) (\n").last?
            .components(separatedBy: "\n);").first?.components(separatedBy: "\n") ?? []
        let keys = lines.compactMap { line -> String? in
            guard line.contains("PRIMARY KEY") else { return nil }
            return line.firstMatch(of: /PRIMARY KEY \((.*)\)/).map { String($0.1) }
                ?? line.split(separator: " ").first.map(String.init)
        }
        let key = Set(keys.flatMap { $0.components(separatedBy: ", ") }).union(["program_id"])
        columns = (Tables.all[table] ?? []).enumerated().map { index, name in
            let isBoolean = lines.contains { $0.hasPrefix("    \(name) BOOLEAN") }
            return Column(name: name, index: index, isKey: key.contains(name), isBoolean: isBoolean)
        }
    }

    fileprivate var names: String { columns.map(\.name).joined(separator: ", ") }

    fileprivate func deletion(of row: [SQLValue]) -> SQL {
        columns.filter(\.isKey).reduce(SQL(fromFile: "DELETE FROM \(table) WHERE 1 = 1")) { sql, column in
            sql + SQL(fromFile: " AND \(column.name) = ") + "\(row[column.index])"
        }
    }
}

extension Given {
    func rows(of catalogue: Catalogue) async throws -> [[SQLValue]] {
        let start = SQL(fromFile: "SELECT \(catalogue.names) FROM \(catalogue.table) WHERE program_id = ")
        return try await house.look(at: program) { look in
            try look.rows(start + "\(look.program)").map(\.values)
        }
    }

    /// Puts one row in the place of another; none takes it out.
    func put(_ new: [SQLValue]?, for old: [SQLValue]?, in catalogue: Catalogue) async throws {
        let head = "INSERT INTO \(catalogue.table) (\(catalogue.names)) VALUES"
        let deletion = old.map(catalogue.deletion)
        try await house.store.write { connection in
            let gone = try deletion.map { try connection.run($0) } ?? 1
            #expect(gone == 1)
            guard let new, let shared = connection as? any SharedConnection else { return }
            _ = try shared.insert(into: head, "", columns: new.count, rows: [new])
        }
    }

    func change(_ statements: SQL...) async throws {
        try await house.store.write { connection in
            for statement in statements {
                let count = try connection.run(statement)
                #expect(count == 1, "\(statement.text)")
            }
        }
    }

    func differences() async throws -> [String] {
        var verification = Verification(house, program: program)
        try await verification.run { _ in }
        return verification.differences
    }
}

// MARK: A shop with a row of every kind

extension Given {
    /// A budget that nobody uses up, shared by the day.
    private static let budget = "{per: program, period: day, amount: 9000.00, when-full: pro-rata}"

    /// Rules that count: how often a customer was paid for, how far its partner has come, and revenue.
    private static let counting = """
            - rule: lots
              on: trade
              pay: 0.125 per lot
              then: {lasts: 9 months}
              tiers: {by: count, shape: retroactive, steps: [[2, 0.25 per lot]]}
              caps: [{per: partner, period: month, amount: 0.30, reopen: true}]
            - override: {levels: [2%]}
            - mdf: {accrue: 1%, expires: 12 months}
            - {rule: cents, on: download, pay: 0.5%, round: statement}
          revenue:
            - {rule: share, on: activity, base: {from: ngr}, pay: 10%, carry-over: {what: base}}

        """

    /// Three partners, two of them stated, in a batch that needs two to approve it; of one a sale comes back
    /// after it was stated.
    /// - Parameter isPaid: whether the bank has answered.
    static func shop(isPaid: Bool = true) async throws -> Given {
        let given = try await Given.program(
            terms(order: "[coupon, customer, click]").replacing("hold: 30d", with: "hold: 14d")
                .replacing("pay: 7.5%", with: "pay: 7.5%\n      caps: [\(budget)]")
                .replacing("payouts:", with: counting + "payouts:")
                    + """
                      approval: {people: 2}
                      from: {sepa: {name: Acme GmbH, iban: DE02120300000000202051, bic: BYLADEM1001}}

                    """)
        let ada =
            #""type":"affiliate","plan":"standard","tier":"gold","email":"ada@engine.test","#
            + #""account":"engine","country":"GB","currency":"EUR","#
            + #""payout_method":{"kind":"sepa","holder":"Ada","#
            + #""iban":"DE89370400440532013000"}"#
        let facts = try given.facts([
            partner("ada", ada),
            partner("cleo", #""type":"affiliate","currency":"USD","payout_method":{"kind":"manual"}"#),
            partner("ben", #""type":"affiliate","plan":"standard","parent":"cleo""#),
            fact(
                "link", "ada", "2026-01-02", #""partner":"ada","slug":"ada","destination":"https://a.co""#),
            link("ben"), link("cleo"), link("dora"),
            fact("coupon", "b", "2026-01-02", #""partner":"ben","code":"BEN10""#),
            fact(
                "rate", "usd", "2026-01-30", #""date":"2026-01-30","base":"EUR","quote":"USD","rate":"1.1""#),
            click("k1", "2026-01-08", of: "ada", by: "v1"),
            sale("o1", "2026-01-09", #""visitor":"v1","click":"k1","customer":"c1""#),
            click("k2", "2026-01-10", of: "cleo", by: "v2"),
            sale("o2", "2026-01-11", #""visitor":"v2","customer":"c2""#, amount: "200.00"),
            fact(
                "conversion", "d1", "2026-01-12",
                #""event":"download","amount":"3.33","currency":"EUR","visitor":"v2""#),
            sale("o3", "2026-02-12", #""coupon":"BEN10","customer":"c3""#),
            fact(
                "conversion", "t1", "2026-02-12",
                #""event":"trade","amount":"9.00","currency":"EUR","customer":"c3","#
                    + #""quantity":"3.42","unit":"lot""#
            ),
            partner("dora", #""type":"affiliate","plan":"revenue""#),
            click("k3", "2026-02-11", of: "dora", by: "v3"),
            fact(
                "conversion", "n1", "2026-02-12",
                #""event":"activity","amount":"0.00","currency":"EUR","visitor":"v3","#
                    + #""components":{"ngr":"-5.00"}"#),
            fact("departure", "d", "2026-02-13", #""partner":"ben""#),
            fact(
                "registration", "reg", "2026-01-05",
                #""partner":"ada","account":"buyer","completed_at":"2026-01-05T00:00:00Z","mode":"source","#
                    + #""approved_at":"2026-01-06T00:00:00Z","expires_at":"2027-01-06T00:00:00Z","#
                    + #""scope":"pro""#),
            fact(
                "assist", "ast", "2026-01-05",
                #""partner":"cleo","account":"buyer","confirmed_at":"2026-01-05T00:00:00Z""#),
            fact("hold", "h", "2026-02-14", #""of":"o3""#),
        ])
        try await given.arrive(facts)
        try await given.settle("2026-02-10T00:00:00Z")
        try await given.open("2026-02-17T00:00:00Z")
        guard isPaid else { return given }
        for person in ["usr_paul", "usr_quinn"] { try await given.approve(by: person) }
        try await given.answer()
        try await given.arrive(given.facts([fact("refund", "r", "2026-02-20", #""of":"o2""#)]))
        return given
    }

    /// A link and a code of two, with a sale that they share; and a claim on a fund.
    func share() async throws {
        let shares = #""shares":[{"partner":"ada","share":"1/3"},{"partner":"cleo","share":"2/3"}]"#
        try await arrive(
            facts([
                fact("link", "duo", "2026-02-21", #"\#(shares),"slug":"duo""#),
                fact("coupon", "duo", "2026-02-21", #"\#(shares),"code":"DUO""#),
                sale("o4", "2026-02-22", #""coupon":"DUO","customer":"c4""#),
                fact(
                    "mdf_claim", "m", "2026-02-22",
                    #""partner":"ada","amount":"0.40","currency":"EUR","#
                        + #""proof":"\#(String(repeating: "5a", count: 32))""#),
            ]))
    }

    func open(_ asOf: String) async throws {
        let (shelf, asOf) = (shelf, Instant(text: asOf)!)
        _ = try await house.work(in: program, as: Self.owner) { work in
            try Act.openBatch(asOf: asOf, shelf, in: work)
        }
    }

    /// The first one.
    private func batch() async throws -> String {
        try await house.look(at: program) { try BatchView.all(at: $0)[0].id }
    }

    func approve(by person: String) async throws {
        let (shelf, batch) = (shelf, try await batch())
        _ = try await house.work(in: program, as: .operator(person: person, role: .finance)) { work in
            try Act.approve(batch, shelf, in: work)
        }
    }

    @discardableResult
    func export() async throws -> Act.BankFile {
        let batch = try await batch()
        return try await house.work(in: program, as: Self.owner) { try Act.exportSEPA(batch, in: $0) }
    }

    /// The bank says the same of all of it.
    func answer(_ outcome: PayoutAnswer.Outcome = .paid) async throws {
        let (shelf, batch) = (shelf, try await batch())
        _ = try await house.work(in: program, as: Self.owner) { work in
            let items = try Act.view(batch, in: work).items
            return try Act.record(
                items.map { PayoutAnswer(item: $0.id, outcome: outcome, reference: "B-1") }, shelf, in: work)
        }
    }
}
