import Store
import Values
import Work

enum StandingsQueries {
    struct Payee: Hashable {
        let partner: String
        let currency: Currency
    }

    static func partners(at look: Look) throws -> [String] {
        try look.rows("SELECT id FROM partner WHERE program_id = \(look.program)").map { $0.text(0) }
    }

    /// What was paid and did not come back.
    static func paid(at look: Look) throws -> [Payee: Int64] {
        let rows = try look.rows(
            """
            SELECT partner_id, currency, CAST(SUM(amount) AS BIGINT) AS amount FROM batch_item
             WHERE program_id = \(look.program) AND state = 'paid' GROUP BY partner_id, currency
            """)
        return Dictionary(
            uniqueKeysWithValues: rows.map {
                (Payee(partner: $0.text("partner_id"), currency: $0.currency("currency")), $0.integer("amount"))
            })
    }
}
