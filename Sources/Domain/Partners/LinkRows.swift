import Engine
import Facts
import Replay
import Store
import Values
import Work

/// The tables `link` and `link_slug`.
package enum LinkRows {
    /// Which partner each of these links belongs to; those unknown are absent.
    package static func partners(of ids: [String], in work: Work) throws -> [String: String] {
        guard !ids.isEmpty else { return [:] }
        let rows = try work.rows(
            "SELECT id, partner_id FROM link WHERE program_id = \(work.program) AND id IN \(list: ids)")
        return Dictionary(uniqueKeysWithValues: rows.map { ($0.text("id"), $0.text("partner_id")) })
    }

    /// A slug leads to one link, in one program.
    package static func refuseTaken(_ slug: String, by id: String, in work: Work) throws {
        let row = try work.first("SELECT program_id, link_id FROM link_slug WHERE slug = \(slug)")
        if let row, row.text("program_id") != work.program || row.text("link_id") != id {
            throw Refusal.invalid("/slug", .because("is taken by another link"))
        }
    }

    package static func insert(_ fact: FactRecord, _ content: LinkContent, in work: Work) throws {
        try work.run(
            """
            INSERT INTO link (program_id, id, partner_id, slug, destination, at)
            VALUES (\(work.program), \(fact.id), \(content.partner), \(content.slug),
                    \(content.destination), \(fact.at))
            """)
        try work.run(
            """
            INSERT INTO link_slug (slug, program_id, link_id)
            VALUES (\(content.slug), \(work.program), \(fact.id))
            """)
        work.announce(.links)
    }
}
