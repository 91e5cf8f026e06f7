import Store
import Values
import Work

enum OverviewQueries {
    static func name(at look: Look) throws -> String? {
        try look.first("SELECT name FROM program WHERE id = \(look.program)")?.text("name")
    }

    struct Partner: Hashable, Sendable {
        let id: String
        let name: String?
        let type: String
    }

    static func partners(at look: Look) throws -> [Partner] {
        try look.rows(
            """
            SELECT p.id, p.type, n.name FROM partner p
              LEFT JOIN partner_person n ON n.program_id = p.program_id AND n.partner_id = p.id
             WHERE p.program_id = \(look.program) ORDER BY p.id
            """
        ).map { Partner(id: $0.text("id"), name: $0.text(ifAny: "name"), type: $0.text("type")) }
    }

    static func conversions(_ limit: Int, at look: Look) throws -> [Overview.ConversionRow] {
        try look.rows(
            """
            SELECT c.id, c.at, c.event, c.amount, c.currency,
                   CASE WHEN c.shares IS NULL THEN c.source ELSE 'shared' END AS source,
                   (SELECT COUNT(*) FROM line l
                     WHERE l.program_id = c.program_id AND l.conversion_id = c.id) AS lines
              FROM conversion c WHERE c.program_id = \(look.program) ORDER BY c.sequence DESC LIMIT \(limit)
            """
        ).map {
            Overview.ConversionRow(
                id: $0.text("id"), at: $0.instant("at"), event: $0.text("event"),
                amount: Money($0.integer("amount"), $0.currency("currency")),
                source: $0.text(ifAny: "source"),
                lines: Int($0.integer("lines")))
        }
    }
}
