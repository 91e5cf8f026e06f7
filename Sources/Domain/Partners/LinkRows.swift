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
        try work.insert(
            "INSERT INTO link (program_id, id, partner_id, slug, destination, at, shares) VALUES", columns: 7,
            rows: [values(fact, content, in: work.program)])
        try work.insert(
            "INSERT INTO link_slug (program_id, slug, link_id) VALUES", columns: 3,
            rows: [slugValues(fact, content, in: work.program)])
        work.announce(.links)
    }

    package static func values(_ fact: FactRecord, _ content: LinkContent, in program: String) -> [SQLValue] {
        [
            .text(program), .text(fact.id), .text(content.partner), .text(content.slug),
            content.destination.sqlValue, fact.at.sqlValue, content.shares.text.sqlValue,
        ]
    }

    package static func slugValues(
        _ fact: FactRecord, _ content: LinkContent, in program: String
    ) -> [SQLValue] {
        [.text(program), .text(content.slug), .text(fact.id)]
    }

    package static let rebuilt = RebuiltTable("link", from: [.text("")]) { from, limit, look in
        try look.rows(
            """
            SELECT program_id, id, partner_id, slug, destination, at, shares FROM link
             WHERE program_id = \(look.program) AND id >= \(from[0]) ORDER BY id LIMIT \(limit)
            """)
    }

    package static let rebuiltSlugs = RebuiltTable("link_slug", from: [.text("")]) { from, limit, look in
        try look.rows(
            """
            SELECT program_id, slug, link_id FROM link_slug
             WHERE program_id = \(look.program) AND slug >= \(from[0]) ORDER BY slug LIMIT \(limit)
            """)
    }
}
