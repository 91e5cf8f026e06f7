import Engine
import Facts
import Replay
import Store
import Values
import Work

/// The tables `link` and `link_slug`.
package enum LinkRows {
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
