import Crypto
import Values

/// A numbered file of SQL, `0001-first.sql`: applied once, in its order, and never changed after.
struct Migration: Hashable, Sendable {
    let number: Int
    let name: String
    let text: String

    /// SHA-256 of the file, in hexadecimal.
    var checksum: String {
        SHA256.hash(data: Array(text.utf8)).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }

    /// The files of the binary, in order.
    static let all = inOrder(Embedded.files)

    static func inOrder(_ files: [String: String]) -> [Migration] {
        files.filter { $0.key.hasSuffix(".sql") }.map { name, text in
            guard let number = Int(name.prefix(4)) else { preconditionFailure("\(name) has no number") }
            return Migration(number: number, name: String(name.dropLast(4)), text: text)
        }.sorted { $0.number < $1.number }
    }

    fileprivate static let table = Dialect.statements(
        """
        CREATE TABLE IF NOT EXISTS migration (
            number BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL,
            applied_at BIGINT NOT NULL
        );
        """)

    /// Those of `known` that are not applied yet.
    fileprivate static func pending(_ known: [Migration], in connection: any Connection) throws -> [Migration]
    {
        let applied = try connection.rows("SELECT number, name, checksum FROM migration ORDER BY number")
        let byNumber = Dictionary(uniqueKeysWithValues: known.map { ($0.number, $0) })
        for row in applied {
            let number = Int(row.integer("number"))
            guard let migration = byNumber[number] else {
                throw StoreError.newerDatabase(found: number, known: known.last?.number ?? 0)
            }
            guard migration.checksum == row.text("checksum") else {
                throw StoreError.changedMigration(row.text("name"))
            }
        }
        let numbers = Set(applied.map { Int($0.integer("number")) })
        return known.filter { !numbers.contains($0.number) }
    }
}

/// A store that is brought up to date by migrations, in its own words for them.
protocol Migrating: Store {
    static func words(for statement: Dialect.Statement) -> [String]

    /// Before anything else in a migration's transaction.
    static func beginMigration(on connection: any Connection) throws

    /// Whether a migration was ever applied.
    static func hasBegun(_ connection: any Connection) throws -> Bool
}

extension Migrating {
    package func pendingMigrations() async throws -> [String] {
        try await read { connection in
            let hasBegun = try Self.hasBegun(connection)
            return try (hasBegun ? Migration.pending(Migration.all, in: connection) : Migration.all)
                .map(\.name)
        }
    }

    func migrate(to known: [Migration], now: Instant) async throws {
        if try await !read({ try Self.hasBegun($0) }) {
            try await write { connection in
                try Self.beginMigration(on: connection)
                try Self.run(Migration.table, on: connection)
            }
        }
        for migration in try await read({ try Migration.pending(known, in: $0) }) {
            try await write { connection in
                try Self.beginMigration(on: connection)
                // Another process may have been faster.
                guard try Migration.pending(known, in: connection).contains(migration) else { return }
                try Self.run(Dialect.statements(migration.text), on: connection)
                try connection.run(
                    """
                    INSERT INTO migration (number, name, checksum, applied_at)
                    VALUES (\(migration.number), \(migration.name), \(migration.checksum), \(now))
                    """)
            }
        }
    }

    private static func run(_ statements: [Dialect.Statement], on connection: any Connection) throws {
        for text in statements.flatMap(words) { try connection.run(SQL(fromFile: text)) }
    }
}

extension SQLiteStore: Migrating {
    package func migrate(now: Instant) async throws { try await migrate(to: Migration.all, now: now) }

    static func words(for statement: Dialect.Statement) -> [String] { [Dialect.sqlite(statement)] }

    static func beginMigration(on connection: any Connection) {}

    static func hasBegun(_ connection: any Connection) throws -> Bool {
        let table = "migration"
        return try !connection.rows("SELECT name FROM sqlite_schema WHERE name = \(table)").isEmpty
    }
}

/// The tables that the migrations make, as `docs/schema.sql` shows them.
package enum Schema {
    /// Every CREATE and ALTER as it is written, comments too; tables by name, each with its indexes after it.
    package static func text() -> String { text(Migration.all) }

    static func text(_ migrations: [Migration]) -> String {
        let statements = migrations.flatMap { Dialect.statements($0.text) }
        let tables = statements.enumerated().compactMap { index, statement in
            table(statement).map { (name: $0, index: index, text: trimmed(statement.text)) }
        }
        return tables.sorted { ($0.name, $0.index) < ($1.name, $1.index) }
            .map { $0.text + ";\n" }.joined(separator: "\n")
    }

    /// Every table that the migrations make, in their order; their own is not among them.
    static var tables: [String] {
        Migration.all.flatMap { Dialect.statements($0.text) }.filter { statement in
            let words = statement.tokens.filter { $0.kind == .word }.prefix(2).map { $0.text.uppercased() }
            return words == ["CREATE", "TABLE"]
        }.compactMap(table)
    }

    /// The table that a statement of the schema is about.
    private static func table(_ statement: Dialect.Statement) -> String? {
        let words = statement.tokens.filter { $0.kind == .word }.map(\.text)
        let upper = words.map { $0.uppercased() }
        guard upper.first == "CREATE" || upper.first == "ALTER" else { return nil }
        let anchor = upper.contains("INDEX") ? upper.firstIndex(of: "ON") : upper.firstIndex(of: "TABLE")
        guard let anchor else { return nil }
        return words.dropFirst(anchor + 1).first { !["IF", "NOT", "EXISTS"].contains($0.uppercased()) }
    }

    private static func trimmed(_ text: String) -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let blank: (Substring) -> Bool = { $0.allSatisfy(\.isWhitespace) }
        guard let first = lines.firstIndex(where: { !blank($0) }),
            let last = lines.lastIndex(where: { !blank($0) })
        else { return "" }
        return lines[first...last].joined(separator: "\n")
    }
}
