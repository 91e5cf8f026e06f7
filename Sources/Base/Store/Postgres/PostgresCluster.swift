/// What a server knows of the plan of `Distribution`.
package struct Cluster: Sendable {
    /// The version of Citus; nil where this is one server.
    package let citus: String?
    /// What is still to be told, in order.
    package let steps: [Distribution.Step]
    /// Sentences on tables that lie otherwise than the plan says.
    package let misplaced: [String]
}

extension PostgresStore {
    /// What was done of the plan, and what was not. Our tables are there already.
    package func cluster() async throws -> Cluster {
        try await read { connection in
            let citus = try connection.first("SELECT extversion FROM pg_extension WHERE extname = 'citus'")
            guard let version = citus?.text(0) else {
                return Cluster(citus: nil, steps: Distribution.steps, misplaced: [])
            }
            let placed = try Self.placed(connection)
            return Cluster(
                citus: version, steps: Distribution.steps.filter { placed[$0.table] == nil },
                misplaced: Distribution.steps.compactMap { step in
                    guard let key = placed[step.table], key != step.place.column else { return nil }
                    return """
                        \(step.table) is \(Self.words(for: key)) and must be \
                        \(Self.words(for: step.place.column)): take it back with \
                        undistribute_table('\(step.table)'), then place it anew.
                        """
                })
        }
    }

    /// Tells the coordinator. A table is a transaction of its own, which takes the time that it needs: rows
    /// that are there already move to their nodes.
    package func distribute(_ step: Distribution.Step) async throws {
        try await write(.long) { connection in
            try Self.beginMigration(on: connection)
            _ = try connection.rows(SQL(fromFile: step.statement))
        }
    }

    /// The distribution column of each table that Citus knows; nil in it for a reference table. A table that
    /// is only written down there, and lies on the coordinator, is none (`n` that is replicated by `s`).
    private static func placed(_ connection: any Connection) throws -> [String: String?] {
        let rows = try connection.rows(
            """
            SELECT relname, column_to_column_name(logicalrelid, partkey) AS key
              FROM pg_dist_partition JOIN pg_class ON pg_class.oid = logicalrelid
             WHERE partmethod <> 'n' OR repmodel = 't'
            """)
        return Dictionary(rows.map { ($0.text("relname"), $0.text(ifAny: "key")) }) { first, _ in first }
    }

    private static func words(for column: String?) -> String {
        column.map { "distributed by \($0)" } ?? "a reference table"
    }
}
