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

    /// What a partner owes in a currency and was not taken off a statement yet.
    static func owed(by partner: String, _ currency: Currency, at look: Look) throws -> Money {
        let row = try look.first(
            """
            SELECT CAST(COALESCE(SUM(open), 0) AS BIGINT) AS open FROM clawback
             WHERE program_id = \(look.program) AND partner_id = \(partner) AND currency = \(currency)
            """)
        return Money(row?.integer("open") ?? 0, currency)
    }

    /// What was paid, to everyone or to these partners, and did not come back.
    static func paid(to partners: [String]? = nil, at look: Look) throws -> [Payee: Int64] {
        var paid: SQL = """
            SELECT partner_id, currency, CAST(SUM(amount) AS BIGINT) AS amount FROM batch_item
             WHERE program_id = \(look.program) AND state = 'paid'
            """
        if let partners { paid += " AND partner_id IN \(list: partners)" }
        let rows = try look.rows(paid + " GROUP BY partner_id, currency")
        return Dictionary(
            uniqueKeysWithValues: rows.map {
                (
                    Payee(partner: $0.text("partner_id"), currency: $0.currency("currency")),
                    $0.integer("amount")
                )
            })
    }
}
