import Testing
import Values

@testable import Store

@Suite("Statements")
struct StatementTests {
    @Test("a value is bound and never becomes SQL", arguments: Backend.allCases)
    func injection(_ backend: Backend) async throws {
        let store = try await backend.open()
        let hostile = ["Ann'); DROP TABLE jar; --", "\"", "$1", "'; --", "", "é\u{301}🦊", "a\nb", "100 % _"]
        try await store.write { connection in
            for name in hostile { try connection.put(name, 1) }
        }
        let (names, found) = try await store.read { connection in
            (try connection.names(), try hostile.map { try connection.amount($0) })
        }
        #expect(Set(names) == Set(hostile))
        #expect(found == hostile.map { _ in 1 })
        await store.close()
    }

    @Test("a text with a NUL character is refused", arguments: Backend.allCases)
    func nul(_ backend: Backend) async throws {
        let store = try await backend.open()
        await #expect(throws: StoreError.self) { try await store.write { try $0.put("a\0b", 1) } }
        await store.close()
    }

    @Test("lists of all lengths use few texts")
    func lists() {
        func text(_ list: [Int]) -> String { ("id IN \(list: list)" as SQL).text }
        #expect(text([]) == "id IN (NULL)")
        #expect(text([7]) == "id IN ($1)")
        #expect(text([7, 8, 9]) == "id IN ($1,$2,$3,$4)")
        #expect(text([7, 8, 9, 10]) == text([7, 8, 9]))
        #expect(("\(1) \(list: [7, 8, 9])" as SQL).values == [1, 7, 8, 9, 9].map { .integer($0) })
    }

    @Test("a list finds its members", arguments: Backend.allCases)
    func members(_ backend: Backend) async throws {
        let store = try await backend.open()
        try await store.write { connection in
            for name in ["a", "b", "c", "d"] { try connection.put(name, 1) }
        }
        for list in [[], ["a"], ["a", "c"], ["d", "b", "a"], ["x"]] {
            let found = try await store.read { connection in
                try connection.rows("SELECT name FROM jar WHERE name IN \(list: list) ORDER BY name")
                    .map { $0.text("name") }
            }
            #expect(found == list.filter { $0 != "x" }.sorted())
        }
        await store.close()
    }

    @Test("parts are numbered on")
    func parts() {
        let filter: SQL = " AND day > \(Int64(3)) AND name <> \("$")"
        let whole: SQL = "SELECT a FROM t WHERE id = \("x")\(filter) ORDER BY \(raw: "a DESC")"
        #expect(whole.text == "SELECT a FROM t WHERE id = $1 AND day > $2 AND name <> $3 ORDER BY a DESC")
        #expect(whole.values == [.text("x"), .integer(3), .text("$")])
        #expect((("a = \(1)" as SQL) + " AND b = \(2)").text == "a = $1 AND b = $2")
    }

    @Test("values come back as they went", arguments: Backend.allCases)
    func values(_ backend: Backend) async throws {
        let store = try await backend.open()
        let row = try await store.read { connection in
            try connection.first(
                """
                SELECT CAST(\(Int64.min) AS BIGINT) AS least, \("é") AS letter, \(String?.none) AS missing,
                       CAST(\(true) AS BOOLEAN) AS yes, CAST(\(0.1) AS DOUBLE PRECISION) AS tenth,
                       \(Currency.eur) AS currency, CAST(\(Instant.noon) AS BIGINT) AS at,
                       \(ID<Int>("x")) AS id
                """)
        }
        let found = try #require(row)
        #expect(found.integer("least") == .min)
        #expect(found.text("letter") == "é")
        #expect(found.text(ifAny: "missing") == nil)
        #expect(found.bool("yes"))
        #expect(found.real("tenth") == 0.1)
        #expect(found.currency("currency") == .eur)
        #expect(found.instant("at") == .noon)
        #expect(found.id("id") == ID<Int>("x"))
        await store.close()
    }

    @Test("many rows are inserted, and those that exist are left or changed", arguments: Backend.allCases)
    func bulk(_ backend: Backend) async throws {
        let store = try await backend.open()
        let rows: [[SQLValue]] = (1...300).map { [.text("jar \($0)"), .integer($0)] }
        let counts = try await store.write { connection in
            let head: StaticString = "INSERT INTO jar (name, amount) VALUES"
            return [
                try connection.insert(head, columns: 2, rows: rows),
                try connection.insert(head, "ON CONFLICT (name) DO NOTHING", columns: 2, rows: rows),
                try connection.insert(
                    head, "ON CONFLICT (name) DO UPDATE SET amount = jar.amount + excluded.amount",
                    columns: 2,
                    rows: [rows[0]]),
                try connection.insert(head, columns: 2, rows: []),
                try connection.run("DELETE FROM jar WHERE amount > \(100)"),
            ]
        }
        #expect(counts == [300, 0, 1, 0, 200])
        #expect(try await store.read { try $0.amount("jar 1") } == 2)
        await store.close()
    }

    @Test("more texts than a connection keeps, and values than it binds", arguments: Backend.allCases)
    func bounds(_ backend: Backend) async throws {
        let store = try await backend.open()
        let sum = try await store.read { connection in
            var sum: Int64 = 0
            var statement: SQL = "SELECT 1"
            for _ in 0..<700 {
                statement += " + 1"
                sum += try connection.first(statement + " AS n")?.integer("n") ?? 0
            }
            return sum
        }
        #expect(sum == (2...701).reduce(0, +))
        await #expect(throws: StoreError.self) {
            try await store.read { try $0.rows("SELECT 1 AS n WHERE 1 IN \(list: Array(1...40_000))") }
        }
        await store.close()
    }

    @Test("each writing statement is traced")
    func trace() async throws {
        let seen = Seen()
        let store = try SQLiteStore.temporary { text, values in seen.add("\(text) \(values.count)") }
        try await store.write { try $0.run("CREATE TABLE t (a TEXT) STRICT") }
        try await store.write { try $0.run("INSERT INTO t (a) VALUES (\("x"))") }
        _ = try await store.read { try $0.rows("SELECT a FROM t") }
        await store.close()
        #expect(seen.all == ["CREATE TABLE t (a TEXT) STRICT 0", "INSERT INTO t (a) VALUES ($1) 1"])
    }
}
