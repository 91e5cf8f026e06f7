import Values

extension PostgresStore: Migrating {
    /// Days around today for which there is room after every migration.
    private static let (daysBefore, daysAhead) = (31, 95)

    package func migrate(now: Instant) async throws {
        try await migrate(to: Migration.all, now: now)
        let today = Zone.utc.day(of: now)
        do {
            try await makeRoom(
                for: today.adding(days: -Self.daysBefore)...today.adding(days: Self.daysAhead))
        } catch StoreError.locked, StoreError.conflict {
            // Somebody reads for long just now. Clicks are kept all the same, and the next start moves them.
        }
    }

    static func words(for statement: Dialect.Statement) -> [String] { Dialect.postgres(statement) }

    /// Two servers that start together migrate one after the other.
    static func beginMigration(on connection: any Connection) throws {
        guard let connection = connection as? PostgresConnection else { return }
        try connection.takeTime()
    }

    static func hasBegun(_ connection: any Connection) throws -> Bool {
        try connection.first("SELECT to_regclass('migration') IS NOT NULL AS found")?.bool("found") ?? false
    }

    /// Makes the parts of the months that these days lie in. Rows that came before their part are moved into
    /// it. Others write meanwhile: a month is a transaction of its own, which waits for no lock for long.
    package func makeRoom(for days: ClosedRange<Day>) async throws {
        for table in Dialect.partedTables {
            let there = try await read { connection in
                try connection.rows(
                    """
                    SELECT part.relname AS name FROM pg_inherits
                      JOIN pg_class part ON part.oid = inhrelid
                     WHERE inhparent = to_regclass(\(table))
                    """
                ).map { $0.text("name") }
            }
            // A database of other migrations, or none yet.
            guard there.contains(Dialect.rest(of: table)) else { continue }
            for part in MonthPart.all(of: table, days) where !there.contains(part.name) {
                try await write(.long) { try Self.make(part, on: $0) }
            }
        }
    }

    private static func make(_ part: MonthPart, on connection: any Connection) throws {
        try beginMigration(on: connection)
        let name = part.name
        let isNew = try connection.first("SELECT to_regclass(\(name)) IS NULL AS missing")?.bool("missing")
        guard isNew == true else { return }
        let (table, rest) = (part.table, Dialect.rest(of: part.table))
        let days = (part.first.number, part.end.number)
        // Attached rather than created in its place: that locks only the part that takes the rest.
        for text in [
            "SET LOCAL lock_timeout = '5s'",
            "CREATE TABLE \(name) (LIKE \(table) INCLUDING ALL)",
            "LOCK TABLE \(rest) IN ACCESS EXCLUSIVE MODE",
            """
            WITH moved AS (DELETE FROM \(rest) WHERE day >= \(days.0) AND day < \(days.1) RETURNING *)
            INSERT INTO \(name) SELECT * FROM moved
            """,
            "ALTER TABLE \(table) ATTACH PARTITION \(name) FOR VALUES FROM (\(days.0)) TO (\(days.1))",
        ] {
            try connection.run(SQL(fromFile: text))
        }
    }
}
