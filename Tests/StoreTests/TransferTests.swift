import Synchronization
import TestStores
import Testing
import Values

@testable import Store

@Suite("A copy of a database")
struct TransferTests {
    private static let ways = Backend.allCases.flatMap { from in Backend.allCases.map { (from, $0) } }

    /// Every type of column, each also NULL where it may be, texts that a COPY has to escape, and clicks of
    /// years that no partition waits for.
    private func filled(_ backend: Backend) async throws -> any Store {
        let store = try backend.temporary()
        try await store.migrate(now: .noon)
        try await store.write { connection in
            for (number, text) in ["", "a\tb\nc\\d\r", "\\N", "'quoted' \"twice\"", "é😀"].enumerated() {
                try connection.run(
                    """
                    INSERT INTO fact (program_id, sequence, kind, id, at, received_at, body)
                    VALUES (\("acme"), \(number), \("sale"), \("s\(number)"), \(Int64.min + 1), \(Int64.max), \(text))
                    """)
            }
            let clicks: [[SQLValue]] = (0..<5_000).map { number in
                [
                    .text("k\(number)"), .integer(Int64(number)), .integer(Int64(number % 7)), .text("acme"),
                    number % 2 == 0 ? .null : .text("v"), .integer(0), .integer(0), .integer(0),
                ]
            }
            try connection.insert(
                "INSERT INTO click (id, day, bucket, program_id, visitor, at, received_at, flags) VALUES",
                columns: 8, rows: clicks)
            try connection.run(
                """
                INSERT INTO conversion (program_id, id, sequence, at, event, amount, currency, terms,
                  is_new_customer, decisions, refunded, is_rejected, is_held)
                VALUES (\("acme"), \("s0"), 1, 0, \("sale"), 100, \("EUR"), 1, \(true), 1, 0, \(false), \(true))
                """)
            try connection.run(
                "INSERT INTO program (id, name, created_at) VALUES (\("acme"), \("Acme"), 0)")
        }
        return store
    }

    private func texts(_ store: any Store) async throws -> [String] {
        try await store.read {
            try $0.rows("SELECT body FROM fact ORDER BY sequence").map { $0.text("body") }
        }
    }

    @Test("holds the same rows, whichever database each side is", arguments: ways)
    func holds(_ from: Backend, _ to: Backend) async throws {
        let source = try await filled(from)
        let target = try to.temporary()
        try await target.migrate(now: .noon)
        let told = Mutex<[String]>([])
        let counts = try await Transfer(from: source, to: target).run { table, rows in
            told.withLock { $0.append("\(table) \(rows)") }
        }
        #expect(
            counts.filter { $0.rows > 0 }.map { "\($0.table) \($0.rows)" }.sorted()
                == ["click 5000", "conversion 1", "fact 5", "program 1"])
        #expect(counts.last?.table == "program_head" && told.withLock { $0.contains("click 2000") })
        let (before, after) = (try await Transfer.counts(of: source), try await Transfer.counts(of: target))
        #expect(before.map(\.rows) == after.map(\.rows))
        #expect(try await texts(source) == texts(target))
        let sale = try await target.read { try $0.first("SELECT * FROM conversion") }
        #expect(sale?.bool("is_new_customer") == true && sale?.bool("is_rejected") == false)
        #expect(sale?.isNull("visitor") == true)
        let visitors = try await target.read {
            try $0.first("SELECT COUNT(visitor) AS some, MAX(day) AS last FROM click")
        }
        #expect(visitors?.integer("some") == 2_500 && visitors?.integer("last") == 4_999)
        await source.close()
        await target.close()
    }

    @Test("is not made into a database that holds something", arguments: Backend.allCases)
    func refused(_ backend: Backend) async throws {
        let (source, target) = (try await filled(.sqlite), try await filled(backend))
        await #expect(throws: StoreError.notEmpty("fact")) {
            try await Transfer(from: source, to: target).run { _, _ in }
        }
        #expect(try await texts(target).count == 5)
        await source.close()
        await target.close()
    }

    @Test("that fails half-way names no program, so that nobody takes it for whole")
    func half() async throws {
        let (source, target) = (try await filled(.sqlite), try Backend.sqlite.temporary())
        try await target.migrate(now: .noon)
        try await target.write { try $0.run("DROP TABLE conversion") }
        try await target.write { try $0.run("CREATE TABLE conversion (program_id TEXT NOT NULL)") }
        await #expect(throws: StoreError.self) {
            try await Transfer(from: source, to: target).run { _, _ in }
        }
        #expect(try await texts(target).count == 5)
        #expect(try await target.read { try $0.rows("SELECT id FROM program") }.isEmpty)
        await source.close()
        await target.close()
    }
}
