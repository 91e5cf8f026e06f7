import Ledger
import Replay
import Store
import Values
import Work

extension Standings {
    /// What these partners have and owe, by partner; those without any posting are absent.
    package static func of(_ partners: [String], at look: Look) throws -> [String: [Standing]] {
        let balances = try BalanceQueries.of(partners, at: look)
        let paid = try StandingsQueries.paid(to: partners, at: look)
        var found: [String: [Standing]] = [:]
        for partner in partners {
            let own = balances.currencies(of: partner).map { currency in
                let payee = StandingsQueries.Payee(partner: partner, currency: currency)
                return balances.standing(of: partner, in: currency, paid: paid[payee] ?? 0)
            }
            if !own.isEmpty { found[partner] = own }
        }
        return found
    }
}

extension StandingsQueries {
    /// What was paid to them and did not come back.
    static func paid(to partners: [String], at look: Look) throws -> [Payee: Int64] {
        let rows = try look.rows(
            """
            SELECT partner_id, currency, CAST(SUM(amount) AS BIGINT) AS amount FROM batch_item
             WHERE program_id = \(look.program) AND state = 'paid' AND partner_id IN \(list: partners)
             GROUP BY partner_id, currency
            """)
        return Dictionary(
            uniqueKeysWithValues: rows.map {
                (
                    Payee(partner: $0.text("partner_id"), currency: $0.currency("currency")),
                    $0.integer("amount")
                )
            })
    }
}
