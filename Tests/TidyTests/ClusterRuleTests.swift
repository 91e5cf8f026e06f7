import TestStores
import Testing

/// That the rule for clusters refuses what it is for, and nothing else.
@Suite("A statement")
struct ClusterRuleTests {
    @Test(
        "is one that a cluster runs",
        arguments: [
            "SELECT id FROM line WHERE program_id = $1 AND id IN ($2,$3)",
            "SELECT body FROM fact WHERE sequence > $2 AND (kind = 'a' OR kind = 'b') AND program_id = $1",
            "SELECT l.id FROM line l JOIN earning e ON e.program_id = l.program_id WHERE l.program_id = $1",
            "SELECT l.id FROM line l LEFT JOIN earning e ON e.program_id = l.program_id "
                + "WHERE l.program_id = $1",
            "SELECT l.id FROM line AS l, earning AS e "
                + "WHERE e.program_id = l.program_id AND l.program_id = $1",
            "SELECT l.id FROM line l JOIN earning e ON e.program_id = $1 WHERE l.program_id = $2",
            "SELECT n, (SELECT COUNT(*) FROM line l WHERE l.program_id = c.program_id) FROM conversion c "
                + "WHERE c.program_id = $1",
            "SELECT id FROM fact WHERE program_id = $1 AND NOT EXISTS "
                + "(SELECT 1 FROM parked p WHERE p.program_id = fact.program_id AND p.id = fact.id)",
            "UPDATE job SET tries = tries + 1 WHERE program_id = $1 AND key = "
                + "(SELECT key FROM job WHERE program_id = $2 ORDER BY key LIMIT 1) RETURNING key",
            "SELECT person.email FROM staff JOIN person ON person.id = staff.person_id "
                + "WHERE staff.role = 'owner'",
            "SELECT p.name, h.terms FROM program p JOIN program_head h ON h.program_id = p.id "
                + "WHERE h.program_id = $1",
            "SELECT id FROM click WHERE day IN ($1,$2) AND bucket IN ($3,$4) AND visitor = $5",
            "INSERT INTO link (program_id, id) VALUES ($1,$2) ON CONFLICT (program_id, id) "
                + "DO UPDATE SET slug = excluded.slug WHERE link.at < excluded.at",
            "WITH mine AS (SELECT id FROM line WHERE program_id = $1) SELECT id FROM mine",
            "WITH place (bucket, id) AS (VALUES ($1,$2),($3,$4)) SELECT click.id FROM place "
                + "JOIN click ON click.id = place.id WHERE click.bucket IN ($5,$6)",
            "SELECT id FROM line WHERE program_id = $1 UNION ALL SELECT id FROM fact WHERE program_id = $2",
            "COPY click (bucket, day) FROM STDIN", "CREATE TABLE link (id TEXT)",
            "SELECT relname FROM pg_class WHERE oid = $1",
            "DELETE FROM click_2026_01 WHERE bucket = 3", "SELECT 1 WHERE 1 IS DISTINCT FROM 2",
        ])
    func runs(_ statement: String) {
        #expect(breaches(statement, "acme").isEmpty)
    }

    @Test(
        "asks every node",
        arguments: [
            "SELECT id FROM line", "SELECT id FROM line WHERE id = $1",
            "SELECT id FROM line WHERE program_id = $1 OR id = $1",
            "SELECT id FROM line WHERE (id = $1 OR program_id = $1)",
            "SELECT id FROM line WHERE NOT program_id = $1", "SELECT id FROM line WHERE program_id <> $1",
            "SELECT id FROM line WHERE program_id >= $1", "SELECT program_id = $1 FROM line",
            "SELECT id FROM line WHERE program_id = lower(id)",
            "SELECT id FROM line WHERE CASE WHEN id = 'a' AND program_id = $1 AND id = 'b' THEN TRUE END",
            "SELECT id FROM line GROUP BY id HAVING program_id = $1",
            "UPDATE line SET program_id2 = $1, id = program_id", "DELETE FROM line WHERE id = $1",
            "SELECT id FROM click WHERE day = $1 AND program_id = $1 AND visitor = $1",
            "SELECT id FROM click_rest WHERE day = $1",
            "SELECT l.id FROM line l LEFT JOIN earning e "
                + "ON e.program_id = l.program_id AND l.program_id = $1",
            "SELECT l.id FROM line l LEFT JOIN earning e ON e.program_id = l.program_id "
                + "WHERE e.program_id = $1",
            "SELECT c.id FROM conversion c WHERE EXISTS "
                + "(SELECT 1 FROM line l WHERE l.program_id = $1 AND c.program_id = $1)",
        ])
    func everywhere(_ statement: String) {
        #expect(breaches(statement, "acme").contains { $0.kind == .everywhere })
    }

    @Test(
        "is refused, wherever it is asked",
        arguments: [
            // Not on one node.
            "SELECT c.id FROM click c JOIN link l ON l.id = c.link_id "
                + "WHERE c.bucket = $1 AND l.program_id = $1",
            "SELECT id FROM click WHERE bucket = $1 AND link_id IN (SELECT id FROM link "
                + "WHERE program_id = $1)",
            "SELECT id FROM link WHERE program_id = $1 AND EXISTS (SELECT 1 FROM click WHERE bucket = $1)",
            "SELECT a FROM (SELECT id FROM link WHERE program_id = $1) x JOIN click c ON c.id = x.id "
                + "WHERE c.bucket = $1",
            "SELECT id FROM line WHERE program_id = $1 UNION SELECT id FROM click WHERE bucket = $1",
            // Together, but not joined so.
            "SELECT l.id FROM line l JOIN earning e ON e.conversion_id = l.conversion_id "
                + "WHERE l.program_id = $1",
            "SELECT l.id FROM line l JOIN fact f ON f.program_id = 'other' WHERE l.program_id = 'acme'",
            "SELECT id FROM line WHERE program_id IN ($1,$2) AND id IN "
                + "(SELECT id FROM fact WHERE program_id IN ($3,$4))",
            "SELECT id FROM line WHERE program_id = 'acme' AND id = "
                + "(SELECT id FROM fact WHERE program_id = 'other')",
            // A small table on the outer side.
            "SELECT p.id FROM program p LEFT JOIN fact f ON f.program_id = p.id AND f.program_id = $1",
            "SELECT p.id FROM program p JOIN migration m ON m.name = p.id",
            // Writes.
            "INSERT INTO link (id, slug) VALUES ($1,$2)", "INSERT INTO link VALUES ($1,$2)",
            "COPY click (id, day) FROM STDIN", "INSERT INTO click (id, program_id) VALUES",
            "INSERT INTO line (program_id, id) SELECT program_id, id FROM fact WHERE program_id = $1",
            "INSERT INTO link (program_id, id) VALUES ($1, (SELECT id FROM fact "
                + "WHERE program_id = $1 LIMIT 1))",
            "INSERT INTO link (program_id, id) VALUES ($1,$2) ON CONFLICT (program_id, id) "
                + "DO UPDATE SET program_id = excluded.program_id",
            "UPDATE link SET program_id = $2 WHERE program_id = $1",
            "UPDATE link SET at = random() WHERE program_id = $1",
            "UPDATE link SET at = extract(epoch FROM now()) WHERE program_id = $1",
            "DELETE FROM link WHERE program_id = $1 AND at < clock_timestamp()",
            "UPDATE person SET email = $2 WHERE id IN (SELECT id FROM partner WHERE program_id = $1)",
            "WITH gone AS (DELETE FROM link WHERE program_id = $1 RETURNING *) SELECT id FROM gone",
            // What it does not understand.
            "SELECT id FROM line RIGHT JOIN earning ON TRUE WHERE program_id = $1",
            "SELECT id FROM line JOIN earning USING (program_id) WHERE line.program_id = $1",
            "SELECT id FROM line NATURAL JOIN earning WHERE line.program_id = $1",
            "DELETE FROM line USING earning WHERE line.program_id = $1 AND earning.program_id = $1",
            "SELECT id FROM line WHERE program_id = $1 FOR UPDATE", "MERGE INTO line USING fact ON TRUE",
        ])
    func refuses(_ statement: String) {
        #expect(breaches(statement, "acme").contains { $0.kind == .other })
    }

    @Test("that asks for two programs at once is told from one that asks for one twice")
    func values() {
        let rule = ClusterRule(
            "SELECT l.id FROM line l JOIN fact f ON f.program_id = $1 WHERE l.program_id = $2")
        #expect(rule.breaches { _ in "acme" }.isEmpty)
        #expect(!rule.breaches { "program \($0)" }.isEmpty)
    }

    @Test("on a table that nobody knows is told apart")
    func unknown() {
        #expect(breaches("SELECT a FROM jar", "acme").map(\.kind) == [.unknownTable])
    }

    private func breaches(_ statement: String, _ value: String) -> [ClusterRule.Breach] {
        ClusterRule(statement).breaches { _ in value }
    }
}
