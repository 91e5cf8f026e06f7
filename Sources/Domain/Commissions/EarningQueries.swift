import Store
import Values
import Work

package enum EarningQueries {
    /// Partners with earnings that stand on no statement, in no order.
    package static func partnersWithOpen(at look: Look) throws -> [String] {
        try look.rows(
            """
            SELECT DISTINCT partner_id FROM earning
             WHERE program_id = \(look.program) AND state <> 'stated' AND state <> 'booked'
            """
        ).map { $0.text("partner_id") }
    }

    /// Conversions from `instant` on of which a partner has something, whoever brought them.
    package static func conversions(of partner: String, from instant: Instant, at look: Look) throws
        -> [(id: String, sequence: Int64)]
    {
        try look.rows(
            """
            SELECT DISTINCT c.id, c.sequence
              FROM earning e JOIN conversion c ON c.program_id = e.program_id AND c.id = e.conversion_id
             WHERE e.program_id = \(look.program) AND e.partner_id = \(partner) AND e.at >= \(instant)
            """
        ).map { ($0.text("id"), $0.integer("sequence")) }
    }
}
