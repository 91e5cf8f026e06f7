import Facts
import Replay
import Store
import Values
import Work

/// The table `impression`.
package enum ImpressionRows {
    package struct New: Sendable {
        package let fact: FactRecord
        package let content: ClickContent
        package let count: Int64
        package let digest: String

        package init(_ fact: FactRecord, _ content: ClickContent, count: Int64, digest: String) {
            self.fact = fact
            self.content = content
            self.count = count
            self.digest = digest
        }
    }

    package static func insert(_ all: [New], in work: Work) throws {
        try work.insert(
            """
            INSERT INTO impression
                (program_id, id, digest, visitor, link_id, partner_id, at, received_at, flags, country, subs,
                 views)
            VALUES
            """,
            columns: 12,
            rows: all.map { new in
                [
                    .text(work.program), .text(new.fact.id), .text(new.digest), new.content.visitor.sqlValue,
                    new.content.link.sqlValue, new.content.partner.sqlValue, new.fact.at.sqlValue,
                    new.fact.receivedAt.sqlValue,
                    .integer(StoredClick.Flags(new.content).rawValue), new.content.country.sqlValue,
                    ClickRows.subs(new.content.subs).sqlValue, .integer(new.count),
                ]
            })
    }

    /// The digests of those of `ids` that were handed in before, by id.
    package static func known(_ ids: [String], in work: Work) throws -> [String: String] {
        guard !ids.isEmpty else { return [:] }
        let rows = try work.rows(
            "SELECT id, digest FROM impression WHERE program_id = \(work.program) AND id IN \(list: ids)")
        return Dictionary(uniqueKeysWithValues: rows.map { ($0.text("id"), $0.text("digest")) })
    }

    /// Where one stands among all of its program.
    package struct Place: Sendable {
        package let at: Instant
        package let id: String

        package init(at: Instant, id: String) {
            self.at = at
            self.id = id
        }
    }

    /// A page of all, in their order; for whoever holds them whole.
    package static func page(
        after last: Place?, limit: Int, at look: Look
    ) throws -> [(place: Place, seen: SeenImpressions)] {
        try rows(after: last, limit: limit, at: look).map { row in
            let place = Place(at: row.instant("at"), id: row.text("id"))
            let content = ClickRows.content(row)
            return (place, SeenImpressions(at: place.at, content: content, count: row.integer("views")))
        }
    }

    package static func rows(after last: Place?, limit: Int, at look: Look) throws -> [Row] {
        var sql: SQL = """
            SELECT id, visitor, link_id, partner_id, at, received_at, flags, country, subs, views
              FROM impression WHERE program_id = \(look.program)
            """
        if let last { sql += " AND at >= \(last.at) AND (at > \(last.at) OR id > \(last.id))" }
        return try look.rows(sql + " ORDER BY at, id LIMIT \(limit)")
    }
}
