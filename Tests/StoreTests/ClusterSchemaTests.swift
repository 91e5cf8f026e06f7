import TestStores
import Testing
import Values

@testable import Store

@Suite("The schema, as PostgreSQL keeps it")
struct ClusterSchemaTests {
    @Test("has its distribution column in each primary, unique and foreign key, in every part too")
    func keys() async throws {
        let store = try await Backend.postgres.migrated(now: .noon)
        let catalogue = try await store.read { try Catalogue($0) }
        #expect(catalogue.complaints == [])
        // It looked at something.
        #expect(catalogue.keys["link_pkey"] == ["program_id", "id"])
        #expect(catalogue.keys["fact_by_id"] == ["program_id", "kind", "id"])
        #expect(catalogue.keys["click_pkey"] == ["bucket", "day", "id"])
        #expect(catalogue.keys["click_2026_01_pkey"] == ["bucket", "day", "id"])
        #expect(catalogue.keys.count > 30)
        await store.close()
    }

    @Test(
        "is complained about when it breaks the plan",
        arguments: [
            ("CREATE UNIQUE INDEX bad ON link (slug)", "bad"),
            ("CREATE UNIQUE INDEX bad ON click_rest (id, day)", "bad"),
            ("ALTER TABLE line ADD CONSTRAINT bad EXCLUDE (id WITH =)", "bad"),
            ("ALTER TABLE line ADD CONSTRAINT bad FOREIGN KEY (partner_id) REFERENCES person (id)", nil),
            (
                """
                ALTER TABLE line ADD CONSTRAINT bad FOREIGN KEY (program_id, partner_id)
                REFERENCES partner (program_id, id)
                """, nil
            ),
            (
                """
                ALTER TABLE line ADD CONSTRAINT bad FOREIGN KEY (partner_id, program_id)
                REFERENCES partner (program_id, id)
                """, "bad"
            ),
            (
                """
                ALTER TABLE staff ADD CONSTRAINT bad FOREIGN KEY (program_id)
                REFERENCES program_head (program_id)
                """, "bad"
            ),
            ("CREATE TABLE bad (id TEXT)", "bad"), ("DROP TABLE rate", "rate"),
            ("ALTER TABLE parked DROP CONSTRAINT parked_pkey, ALTER program_id DROP NOT NULL", "parked"),
            ("ALTER TABLE job ALTER program_id TYPE TEXT COLLATE \"POSIX\"", "job"),
            ("ALTER TABLE audit ALTER at SET DEFAULT extract(epoch FROM now())", "audit"),
            (
                """
                CREATE TRIGGER bad BEFORE UPDATE ON entry FOR EACH ROW
                EXECUTE FUNCTION suppress_redundant_updates_trigger()
                """, "bad"
            ),
        ])
    func breaches(_ change: String, _ named: String?) async throws {
        let store = try await Backend.postgres.migrated(now: .noon)
        try await store.write { _ = try $0.run(SQL(fromFile: change)) }
        let complaints = try await store.read { try Catalogue($0).complaints }
        #expect(complaints.count == (named == nil ? 0 : 1))
        if let named { #expect(complaints.first?.contains(named) == true) }
        await store.close()
    }
}

/// What PostgreSQL's own tables say of ours, held against the plan.
private struct Catalogue {
    /// The columns of each unique index, sorted by their place in the table's.
    private(set) var keys: [String: [String]] = [:]
    private(set) var complaints: [String] = []

    init(_ connection: any Connection) throws {
        try readTables(connection)
        try readKeys(connection)
        try readForeignKeys(connection)
        try readColumns(connection)
        try readRest(connection)
    }

    private func place(_ table: String) -> Distribution? {
        let part = table.wholeMatch(of: /(\w+)_(?:rest|[0-9]{4}_[0-9]{2})/).map { String($0.1) }
        return Distribution.plan[table] ?? part.flatMap { Distribution.plan[$0] }
    }

    private mutating func readTables(_ connection: any Connection) throws {
        let tables = try connection.rows(
            """
            SELECT relname FROM pg_class
             WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = 'public'::regnamespace
            """
        ).map { $0.text("relname") }
        for table in Set(tables).symmetricDifference(Distribution.plan.keys) {
            complaints.append("\(table) is in the schema or in the plan, not in both")
        }
    }

    private mutating func readKeys(_ connection: any Connection) throws {
        let rows = try connection.rows(
            """
            SELECT own.relname AS own, key.relname AS key, attname, attnum::int8 AS place
              FROM pg_index JOIN pg_class own ON own.oid = indrelid JOIN pg_class key ON key.oid = indexrelid
              JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey::int2[])
             WHERE (indisunique OR indisexclusion) AND own.relnamespace = 'public'::regnamespace
             ORDER BY key, array_position(indkey::int2[], attnum)
            """)
        var owners: [String: String] = [:]
        for row in rows {
            keys[row.text("key"), default: []].append(row.text("attname"))
            owners[row.text("key")] = row.text("own")
        }
        for (key, table) in owners {
            guard let column = place(table)?.column, keys[key]?.contains(column) != true else { continue }
            complaints.append("the key \(key) of \(table) has no \(column)")
        }
    }

    private mutating func readForeignKeys(_ connection: any Connection) throws {
        let rows = try connection.rows(
            """
            SELECT conname, own.relname AS own, other.relname AS other, here.attname AS here,
                   there.attname AS there
              FROM pg_constraint JOIN pg_class own ON own.oid = conrelid
              JOIN pg_class other ON other.oid = confrelid
              JOIN pg_attribute here ON here.attrelid = conrelid AND here.attnum = ANY (conkey)
              JOIN pg_attribute there ON there.attrelid = confrelid
                   AND there.attnum = confkey[array_position(conkey, here.attnum)]
             WHERE contype = 'f'
            """)
        for (name, columns) in Dictionary(grouping: rows, by: { $0.text("conname") }) {
            let (own, other) = (place(columns[0].text("own")), place(columns[0].text("other")))
            let isJoined = columns.contains {
                $0.text("here") == own?.column && $0.text("there") == other?.column
            }
            let fits = other == .reference && own != .coordinator || own == other && isJoined
            if !fits { complaints.append("the foreign key \(name) leads to another node") }
        }
    }

    /// Of the columns that say where a row lies.
    private mutating func readColumns(_ connection: any Connection) throws {
        let rows = try connection.rows(
            """
            SELECT relname, attname, attnotnull,
                   format_type(atttypid, atttypmod) || ' ' || COALESCE(collname, '') AS kind
              FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
              LEFT JOIN pg_collation ON pg_collation.oid = attcollation
             WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace AND attnum > 0
             ORDER BY relname = 'program_head' DESC, relname
            """)
        var kinds: [Distribution: String] = [:]
        for row in rows {
            guard let place = place(row.text("relname")), place.column == row.text("attname") else {
                continue
            }
            if !row.bool("attnotnull") { complaints.append("\(row.text("relname")) may lie nowhere") }
            let kind = kinds[place] ?? row.text("kind")
            kinds[place] = kind
            if kind != row.text("kind") { complaints.append("\(row.text("relname")) lies by another type") }
        }
    }

    /// What a distributed table must not have.
    private mutating func readRest(_ connection: any Connection) throws {
        let triggers = try connection.rows("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal")
        complaints += triggers.map { "the trigger \($0.text("tgname"))" }
        let defaults = try connection.rows(
            """
            SELECT relname, pg_get_expr(adbin, adrelid) AS value FROM pg_attrdef
              JOIN pg_class ON pg_class.oid = adrelid
            """)
        for row in defaults where row.text("value").wholeMatch(of: /-?[0-9]+|true|false|'[^']*'::\w+/) == nil
        {
            complaints.append(
                "the default \(row.text("value")) in \(row.text("relname")) is made anew each time")
        }
    }
}
