import Facts
import Foundation
import Payouts
import Programs
import Recording
import Reports
import Store
import Synchronization
import Terms
import TestStores
import Values
import Work

/// A program with a history, recorded through the real doors into a store of its own.
struct Given {
    let house: House
    let shelf = TermsShelf()
    let program = "acme"

    static let now = Instant(text: "2026-03-01T12:00:00Z")!

    static let terms = """
        program: acme
        name: Acme Partners
        currency: EUR
        timezone: Europe/Berlin
        attribution:
          click: {window: 30d, model: last}
          hold: 30d
        partners:
          affiliate: {plan: standard}
          referral: {plan: standard}
        plans:
          standard:
            - rule: new-sale
              on: sale
              base: {without: [tax, shipping, discount]}
              pay: 7.5%
            - rule: lead-bonus
              on: lead
              pay: 5.00 EUR
        payouts:
          schedule: monthly
          net-days: 15
          threshold: {EUR: 1.00, JPY: 5000}
          rate: {source: ecb, fixed: statement, spread: 1%}
          approval: {people: 1}

        """

    /// Empty but for the program.
    static func program(_ terms: String = terms) async throws -> Given {
        let store = try await Stage.current.store(at: .earliest)
        // Every test has the same chance, so that equal histories have equal ids.
        let count = Mutex<UInt8>(0)
        let chance = Chance { wanted in
            count.withLock { count in
                count &+= 1
                return Array(repeating: count, count: wanted)
            }
        }
        let path = NSTemporaryDirectory() + "/reports-\(UUID().uuidString).keys"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let vault = try KeyFile.make(path, Chance { Array(repeating: 9, count: $0) })
        let given = Given(
            house: House(
                store: store, clock: .stopped(at: now), chance: chance, vault: vault,
                hashKey: HashKey(Array(repeating: 7, count: 32))))
        let file = try ProgramFile.read(terms)
        let shelf = given.shelf
        try await given.house.work(in: "acme", as: owner, at: now) { try Act.found(file, shelf, in: $0) }
        return given
    }

    /// A year's end with four partners, three currencies, refunds before and after the statement, and a
    /// payout.
    static func history() async throws -> Given {
        let given = try await program()
        try await given.record(facts)
        try await given.settle("2026-01-20T12:00:00Z")
        try await given.record([
            #"{"fact":"refund","id":"late","at":"2026-01-25T09:00:00Z","of":"order 1","reason":"broken"}"#
        ])
        try await given.pay(asOf: "2026-01-25T12:00:00Z")
        try await given.settle("2026-02-02T12:00:00Z")
        return given
    }

    func record(_ lines: [String]) async throws {
        let reader = FactReader(.outside(house.hashKey))
        let facts = try lines.map { try reader.line($0.utf8) }
        let rows = facts.enumerated().map { Import.Row(line: $0 + 1, fact: $1) }
        var report = Import.Report()
        try await Import(house, shelf, in: program, as: Self.owner).run(rows, &report) { _ in }
        if let refused = report.refused.first { throw Refusal.unavailable(refused.reason) }
        if let parked = report.parked.first { throw Refusal.notFound(kind: parked.name, id: parked.awaits) }
    }

    func settle(_ instant: String) async throws {
        _ = try await Settlement(house, shelf, in: program, as: .clock).run(asOf: Instant(text: instant)!) {
            _, _ in
        }
    }

    /// Opens, approves and answers a batch: everyone is paid but the last item, which the bank rejects.
    func pay(asOf instant: String) async throws {
        let at = Instant(text: instant)!
        let shelf = shelf
        let batch = try await house.work(in: program, as: Self.owner, at: at) { work in
            try Act.openBatch(asOf: at, shelf, in: work)
        }
        let other = Principal.operator(person: "usr_finn", role: .finance)
        try await house.work(in: program, as: other, at: at) { work in
            _ = try Act.approve(batch.id, shelf, in: work)
        }
        try await house.work(in: program, as: Self.owner, at: at) { work in
            let answers = batch.items.enumerated().map { index, item in
                PayoutAnswer(
                    item: item.id, outcome: index == batch.items.count - 1 ? .rejected : .paid,
                    reference: "ref \(index)")
            }
            _ = try Act.record(answers, shelf, in: work)
        }
    }

    /// The files of the audit export by their names.
    func audit() async throws -> [String: String] {
        let directory = NSTemporaryDirectory() + "/audit-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try await AuditExport.write(to: directory, house: house, program: program)
        let names = try FileManager.default.contentsOfDirectory(atPath: directory)
        let texts = try names.map { try String(contentsOfFile: "\(directory)/\($0)", encoding: .utf8) }
        return Dictionary(uniqueKeysWithValues: zip(names, texts))
    }

    func look<T: Sendable>(_ question: @escaping @Sendable (Look) throws -> T) async throws -> T {
        try await house.look(at: program, question)
    }

    static let owner = Principal.operator(person: "usr_olga", role: .owner)

    /// Ids that no format takes as they are, a name that a spreadsheet would run, personal data to be hashed.
    /// A blank line ends a fact.
    static let facts = #"""
        {"fact":"partner","id":"blog","at":"2025-10-01T08:00:00Z","type":"affiliate",
          "name":"=Blog, \"Inc\"","email":"b@blog.test","payout_method":{"kind":"sepa",
          "holder":"Blog","iban":"DE02120300000000202051"}}

        {"fact":"partner","id":"p x/ü:1;","at":"2025-10-01T08:00:00Z","type":"referral",
          "currency":"USD","payout_method":{"kind":"manual"}}

        {"fact":"partner","id":"kuwait","at":"2025-10-01T08:00:00Z","type":"affiliate",
          "payout_method":{"kind":"manual"}}

        {"fact":"partner","id":"late-comer","at":"2025-11-20T08:00:00Z","type":"affiliate"}

        {"fact":"link","id":"l1","at":"2025-10-01T08:00:00Z","partner":"blog","slug":"blog"}

        {"fact":"link","id":"l2","at":"2025-10-01T08:00:00Z","partner":"p x/ü:1;","slug":"odd"}

        {"fact":"link","id":"l3","at":"2025-10-01T08:00:00Z","partner":"kuwait","slug":"kuwait"}

        {"fact":"coupon","id":"c1","at":"2025-10-01T08:00:00Z","partner":"kuwait","code":"SAVE10"}

        {"fact":"coupon","id":"c2","at":"2025-12-01T08:00:00Z","partner":"late-comer",
          "code":"LATER"}

        {"fact":"rate","id":"usd-1","at":"2025-12-31T15:00:00Z","date":"2025-12-31","base":"EUR",
          "quote":"USD","rate":"1.1750"}

        {"fact":"click","id":"old","at":"2025-10-05T07:50:00Z","link":"l1","visitor":"v1"}

        {"fact":"click","id":"first","at":"2025-11-03T10:00:00Z","link":"l1","visitor":"v1",
          "sub1":"a","country":"DE"}

        {"fact":"click","id":"second","at":"2025-11-03T12:10:00Z","link":"l1","visitor":"v1"}

        {"fact":"click","id":"robot","at":"2025-11-03T12:11:00Z","link":"l2","visitor":"v1",
          "bot":true}

        {"fact":"click","id":"refused","at":"2025-11-03T12:12:00Z","link":"l2","visitor":"v1",
          "consent":false}

        {"fact":"conversion","id":"order 1","at":"2025-11-04T10:00:00Z",
          "received_at":"2025-11-04T10:00:07Z","event":"sale","amount":"133.33","currency":"EUR",
          "tax":"20.00","shipping":"4.95","discount":"10.00","visitor":"v1","customer":"cus_1",
          "coupon":"later"}

        {"fact":"refund","id":"r1","at":"2025-11-10T10:00:00Z","of":"order 1","amount":"33.33",
          "reason":"one returned"}

        {"fact":"click","id":"odd click","at":"2025-11-05T10:00:00Z","link":"l2","visitor":"v2"}

        {"fact":"conversion","id":"order 2","at":"2025-11-06T10:00:00Z","event":"sale",
          "amount":"1000.00","currency":"EUR","visitor":"v2"}

        {"fact":"conversion","id":"order 3","at":"2025-11-07T10:00:00Z","event":"sale",
          "amount":"99999","currency":"JPY","click":"first","customer":"cus_3"}

        {"fact":"conversion","id":"order 4","at":"2025-11-08T10:00:00Z","event":"sale",
          "amount":"12.345","currency":"KWD","coupon":"SAVE10","visitor":"v1"}

        {"fact":"conversion","id":"lead","at":"2025-12-20T10:00:00Z","event":"lead","amount":"0.00",
          "currency":"EUR","customer":"cus_1"}

        {"fact":"conversion","id":"order 5","at":"2025-12-21T10:00:00Z","event":"sale",
          "amount":"80.00","currency":"EUR","customer":"cus_1"}

        {"fact":"hold","id":"h1","at":"2025-12-22T10:00:00Z","of":"order 5","reason":"looks odd"}

        {"fact":"conversion","id":"nobody's","at":"2025-12-23T10:00:00Z","event":"sale",
          "amount":"10.00","currency":"EUR"}
        """#.split(separator: "\n\n").map(String.init)
}
