import Foundation
import TestStores
import Testing
import Values

@testable import Store

@Suite("A store on PostgreSQL")
struct PostgresStoreTests {
    private let server: TestServer

    init() throws { server = TestServer.shared }

    // MARK: Opening

    @Test(
        "says in one sentence, without the password, why it cannot be opened",
        arguments: [
            ("postgres://tally:s3cret@127.0.0.1:PORT/postgres", "password authentication failed"),
            ("postgres://nobody:s3cret@127.0.0.1:PORT/postgres", "password authentication failed"),
            ("postgres://127.0.0.1:1/postgres?password=s3cret", "Connection refused"),
            ("postgres://tally:s3cret@nowhere.invalid/postgres", "could not translate host name"),
            ("postgres://tally:s3c%20ret@127.0.0.1:PORT/postgres?sslmode=require", "not support SSL"),
            ("postgres://tally:s3@cret@127.0.0.1:PORT/postgres", "not of the form"),
            ("postgres://tally:s3/cret@127.0.0.1:PORT/postgres", "not of the form"),
            ("postgres://tally:s3cret@127.0.0.1:PORT/postgres?s3cret=1", "not of the form"),
            ("mysql://tally:s3cret@127.0.0.1/x", "not of the form"),
        ])
    func cannotOpen(_ url: String, _ why: String) throws {
        let url = url.replacing("PORT", with: "\(server.port)")
        let error = try #require(throws: StoreError.self) { try PostgresStore.open(url: url) }
        let sentence = error.description
        #expect(
            sentence.hasPrefix("The database cannot be opened: ") && sentence.contains(why), "\(sentence)")
        #expect(!sentence.contains("cret"), "\(sentence)")
        #expect(!sentence.contains("\n"))
    }

    @Test("says which database is not there")
    func noDatabase() throws {
        let url = server.url.replacing("/postgres", with: "/none")
        let error = #expect(throws: StoreError.self) { try PostgresStore.open(url: url) }
        #expect(error?.description.contains("database \"none\" does not exist") == true)
    }

    @Test("says what to install when the library is missing, or too old")
    func noLibrary() {
        #expect(throws: StoreError.cannotOpen("libpq.so.1 is not installed (Debian: libpq5)")) {
            try LibPQ(name: "libpq.so.1")
        }
        let error = #expect(throws: StoreError.self) { try LibPQ(name: "libc.so.6") }
        #expect(error?.description.contains("PQconnectdbParams") == true)
    }

    @Test(
        "shows its address without what is secret in it",
        arguments: [
            ("postgres://ann:pw@h:1/d?sslmode=require", "postgres://ann:…@h:1/d?sslmode=require"),
            ("postgres://ann@h/d", "postgres://ann@h/d"),
            ("postgres:///d?host=/tmp", "postgres:///d?host=/tmp"),
            ("postgres://h/d?user=a&password=p%26w&x=1", "postgres://h/d?user=a&password=…&x=1"),
            ("postgres://ann:a@b@h/d", "postgres://ann:…@h/d"),
            ("postgres://h/d?sslpassword=pw", "postgres://h/d?sslpassword=…"),
        ])
    func masked(_ url: String, _ shown: String) {
        #expect(PostgresStore.masked(url) == shown)
    }

    @Test("sets up each connection, and lets the address say otherwise")
    func settings() async throws {
        let own = "?application_name=mine&options=-c%20statement_timeout%3D12345"
        let store = try PostgresStore.open(url: server.url + own)
        let names = ["application_name", "statement_timeout", "lock_timeout", "TimeZone", "client_encoding"]
        let found = try await store.read { connection in
            try names.map { name in
                try connection.first("SELECT current_setting(\(name)) AS value")?.text("value") ?? ""
            }
        }
        #expect(found == ["mine", "12345ms", "10s", "UTC", "UTF8"])
        #expect(!store.address.contains(try #require(server.url.firstMatch(of: #/:([0-9a-f]+)@/#)?.1)))
        await store.close()
        await #expect(throws: StoreError.backedUpElsewhere) { try await store.backup(to: "x") }
    }

    // MARK: Rows

    @Test("a COPY keeps every value as it is, and counts its rows")
    func copied() async throws {
        let store = try Backend.postgres.temporary()
        let texts = [
            "", "\\", "\\N", "\\.", "a\tb", "a\nb\r\n", "é🦊", "'\"", "\\t", "\u{1}\u{8}\u{b}\u{c}", "NULL",
        ]
        let rows = texts.enumerated().map { number, text -> [SQLValue] in
            [
                .integer(Int64(number)), .text(text),
                number % 2 == 0 ? .null : .integer(.min + Int64(number)),
                number % 3 == 0 ? .null : .bool(number % 2 == 0), number % 5 == 0 ? .null : .real(0.1),
            ]
        }
        let wide: [[SQLValue]] = (100..<3_000).map {
            [
                .integer($0), .text(String(repeating: "\\", count: 50)), .integer(.max), .bool(true),
                .real(.pi),
            ]
        }
        let counts = try await store.write { connection in
            try connection.run(
                "CREATE TABLE t (n BIGINT PRIMARY KEY, a TEXT, b BIGINT, c BOOLEAN, d DOUBLE PRECISION)")
            let head: StaticString = "INSERT INTO t (n, a, b, c, d) VALUES"
            return [
                try connection.insert(head, columns: 5, rows: rows),
                try connection.insert(head, columns: 5, rows: wide),
            ]
        }
        #expect(counts == [texts.count, 2_900])
        let read = try await store.read { connection in
            try connection.rows("SELECT n, a, b, c, d FROM t ORDER BY n").map { row in
                (0..<5).map { row[$0] }
            }
        }
        #expect(read == rows + wide)
        await store.close()
    }

    @Test("a COPY that fails is a statement that fails: its neighbours are kept")
    func failedCopy() async throws {
        let store = try await Backend.postgres.open()
        let head: StaticString = "INSERT INTO jar (name, amount) VALUES"
        let rows: [[SQLValue]] = (0..<20_000).map { [.text("jar \($0 % 15_000)"), .integer(1)] }
        let hold = await Hold(store)
        let before = Task { try await store.write { try $0.put("before", 1) } }
        let failed = Task {
            try await store.write { connection in
                try connection.put("mine", 1)
                try connection.insert(head, columns: 2, rows: rows)
            }
        }
        let other = Task {
            try await store.write { try $0.insert(head, columns: 2, rows: Array(rows[..<10])) }
        }
        await hold.release(after: 3, in: store)
        try await before.value
        await #expect(throws: StoreError.notUnique("jar.name")) { try await failed.value }
        #expect(try await other.value == 10)
        #expect(try await store.read { try $0.names().count } == 11)
        await #expect(throws: StoreError.self) {
            try await store.write {
                try $0.insert(head, columns: 2, rows: (0..<9).map { [.text("\($0)\0"), .integer(1)] })
            }
        }
        await store.close()
    }

    @Test("a hole that was NULL first takes whatever comes after")
    func nullFirst() async throws {
        let store = try await Backend.postgres.open()
        for value: SQLValue in [.null, .integer(7), .text("x"), .null, .bool(true), .real(0.5), .integer(8)] {
            let found = try await store.read { try $0.rows("SELECT \(value) AS v")[0][0] }
            #expect(found == value)
        }
        let most: [[SQLValue]] = (0..<70_000).map { [.text("\($0)"), .integer($0)] }
        let count = try await store.write {
            try $0.insert(
                "INSERT INTO jar (name, amount) VALUES", "ON CONFLICT (name) DO NOTHING", columns: 2,
                rows: most)
        }
        #expect(count == 70_000)
        await store.close()
    }

    // MARK: Migrations

    @Test("two servers that start together migrate once")
    func together() async throws {
        let url = try server.makeDatabase()
        defer { try? server.drop(url) }
        let stores = try (0..<4).map { _ in try PostgresStore.open(url: url) }
        try await withThrowingDiscardingTaskGroup { group in
            for store in stores { group.addTask { try await store.migrate(now: .noon) } }
        }
        for store in stores {
            #expect(try await store.pendingMigrations() == [])
            await store.close()
        }
    }

    @Test("texts are sorted by their bytes, whatever the language of the database")
    func collation() async throws {
        let url = try server.makeDatabase(language: "de")
        defer { try? server.drop(url) }
        let store = try PostgresStore.open(url: url)
        let migration = Migration(
            number: 1, name: "0001-t", text: "CREATE TABLE word (\"text\" TEXT NOT NULL PRIMARY KEY);")
        try await store.migrate(to: [migration], now: .noon)
        let words = ["Zoo", "a", "Ä", "B", "_", "ä", "zoo"]
        try await store.write {
            try $0.insert("INSERT INTO word (\"text\") VALUES", columns: 1, rows: words.map { [.text($0)] })
        }
        let sorted = try await store.read { connection in
            try connection.rows("SELECT \"text\" AS w FROM word ORDER BY \"text\"").map { $0.text("w") }
        }
        #expect(sorted == ["B", "Zoo", "_", "a", "zoo", "Ä", "ä"])
        await store.close()
    }

    @Test("clicks are kept in parts of a month; one that has no part yet is moved when it gets one")
    func parts() async throws {
        let store = try Backend.postgres.temporary()
        try await store.migrate(now: .noon)
        let today = Zone.utc.day(of: .noon)
        let days = [today, today.adding(days: 95), today.adding(days: 400), today.adding(days: -4_000)]
        let rows: [[SQLValue]] = days.enumerated().map { number, day in
            [
                .text("clk_\(number)"), day.sqlValue, .integer(7), .text("acme"), .integer(0), .integer(0),
                .integer(0),
            ]
        }
        let head: StaticString =
            "INSERT INTO click (id, day, bucket, program_id, at, received_at, flags) VALUES"
        try await store.write { try $0.insert(head, columns: 7, rows: rows) }
        #expect(try await store.parts() == ["click_2026_01", "click_2026_04", "click_rest", "click_rest"])
        try await store.makeRoom(for: days[3]...days[3])
        try await store.makeRoom(for: days[2]...days[2].adding(days: 40))
        try await store.makeRoom(for: days[2]...days[2])
        #expect(
            try await store.parts() == ["click_2015_01", "click_2026_01", "click_2026_04", "click_2027_02"])
        await #expect(
            throws: StoreError.notUnique("click_2026_01.bucket, click_2026_01.day, click_2026_01.id")
        ) {
            try await store.write { try $0.insert(head, columns: 7, rows: [rows[0]]) }
        }
        await store.close()
    }

    @Test("months are cut at their first days")
    func months() throws {
        let first = try #require(Day(year: 2024, month: 1, day: 31))
        let parts = MonthPart.all(of: "click", first...first.adding(days: 30))
        #expect(parts.map(\.name) == ["click_2024_01", "click_2024_02", "click_2024_03"])
        #expect(parts.map(\.first.text) == ["2024-01-01", "2024-02-01", "2024-03-01"])
        #expect(parts.map(\.end.text) == ["2024-02-01", "2024-03-01", "2024-04-01"])
    }
}

extension Store {
    /// Where each click lies.
    fileprivate func parts() async throws -> [String] {
        try await read { connection in
            try connection.rows(
                "SELECT CAST(CAST(tableoid AS regclass) AS TEXT) AS part FROM click ORDER BY 1"
            )
            .map { $0.text("part") }
        }
    }
}
