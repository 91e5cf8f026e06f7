import Foundation
import TestStores
import Testing
import Values

@testable import Store

@Suite("Migrations")
struct MigrationTests {
    private static let first = """
        -- Jars; with a ; in a comment.
        CREATE TABLE jar (
            id TEXT NOT NULL PRIMARY KEY, -- who
            amount BIGINT NOT NULL DEFAULT 0,
            open BOOLEAN NOT NULL DEFAULT TRUE, weight DOUBLE PRECISION, note TEXT DEFAULT 'a; BIGINT'
        );
        /* found by amount */
        CREATE INDEX jar_amount ON jar (amount);
        """
    private static let second = "CREATE TABLE box (n BIGINT PRIMARY KEY);\nINSERT INTO box (n) VALUES (1);\n"
    private static let two = Migration.inOrder(["0002-box.sql": second, "0001-jar.sql": first])

    @Test("are applied once, in order", arguments: Backend.allCases)
    func once(_ backend: Backend) async throws {
        let store = try backend.migrating()
        try await store.migrate(to: Array(Self.two.prefix(1)), now: .noon)
        try await store.migrate(to: Self.two, now: .noon)
        try await store.migrate(to: Self.two, now: .noon)
        let rows = try await store.read { connection in
            try connection.rows("SELECT number, name, applied_at FROM migration ORDER BY number")
        }
        #expect(rows.map { $0.text("name") } == ["0001-jar", "0002-box"])
        #expect(rows[0].instant("applied_at") == .noon)
        #expect(try await store.read { try $0.rows("SELECT n FROM box") }.count == 1)
        await store.close()
    }

    @Test("are strict about types, in the database's names for them", arguments: Backend.allCases)
    func strict(_ backend: Backend) async throws {
        let store = try backend.migrating()
        try await store.migrate(to: Self.two, now: .noon)
        let row = try await store.write { connection in
            try connection.first("INSERT INTO jar (id, weight) VALUES (\("a"), \(0.5)) RETURNING *")
        }
        #expect(row?.bool("open") == true)
        #expect(row?.text("note") == "a; BIGINT")
        #expect(row?.real("weight") == 0.5)
        await #expect(throws: StoreError.self) {
            try await store.write { try $0.run("INSERT INTO jar (id, amount) VALUES (\("b"), \("many"))") }
        }
        await store.close()
    }

    @Test("are refused when one was changed after it was applied", arguments: Backend.allCases)
    func changed(_ backend: Backend) async throws {
        let store = try backend.migrating()
        try await store.migrate(to: Self.two, now: .noon)
        let edited = Migration.inOrder(["0001-jar.sql": Self.first + " ", "0002-box.sql": Self.second])
        await #expect(throws: StoreError.changedMigration("0001-jar")) {
            try await store.migrate(to: edited, now: .noon)
        }
        await store.close()
    }

    @Test("are refused when the database knows more", arguments: Backend.allCases)
    func newer(_ backend: Backend) async throws {
        let store = try backend.migrating()
        try await store.migrate(to: Self.two, now: .noon)
        await #expect(throws: StoreError.newerDatabase(found: 2, known: 1)) {
            try await store.migrate(to: Array(Self.two.prefix(1)), now: .noon)
        }
        await store.close()
    }

    @Test("leave nothing of one that fails", arguments: Backend.allCases)
    func atomic(_ backend: Backend) async throws {
        let store = try backend.migrating()
        let broken = Migration.inOrder([
            "0001-a.sql": "CREATE TABLE a (n BIGINT);\nCREATE TABLE a (m BIGINT);"
        ])
        await #expect(throws: StoreError.self) { try await store.migrate(to: broken, now: .noon) }
        await #expect(throws: StoreError.self) { try await store.read { try $0.rows("SELECT n FROM a") } }
        await store.close()
    }

    @Test("of this program are numbered without a gap, and apply", arguments: Backend.allCases)
    func own(_ backend: Backend) async throws {
        #expect(Migration.all.map(\.number) == Array(1...Migration.all.count))
        let store = try backend.migrating()
        #expect(try await store.pendingMigrations() == Migration.all.map(\.name))
        try await store.migrate(now: .noon)
        #expect(try await store.pendingMigrations() == [])
        await store.close()
    }

    @Test("make a schema to read: by table, as written")
    func schema() {
        let text = Schema.text(Self.two)
        #expect(
            text == """
                CREATE TABLE box (n BIGINT PRIMARY KEY);

                \(Self.first.components(separatedBy: "\n/*")[0])

                /* found by amount */
                CREATE INDEX jar_amount ON jar (amount);

                """)
    }
}

extension Backend {
    fileprivate func migrating() throws -> any Migrating { try #require(try temporary() as? any Migrating) }
}
