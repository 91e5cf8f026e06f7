import Replay
import Store
import Values
import Work

package enum BalanceQueries {
    /// The balances of these partners' own accounts.
    package static func of(_ partners: [String], at look: Look) throws -> Balances {
        let accounts = partners.flatMap { partner in
            AccountPath.State.allCases.map { AccountPath.partner(partner, $0) } + [
                AccountPath.clawback(partner)
            ]
        }
        var balances = Balances()
        let rows = try look.rows(
            """
            SELECT account, currency, amount FROM balance
             WHERE program_id = \(look.program) AND account IN \(list: accounts)
            """)
        for row in rows {
            try balances.add(Money(row.integer("amount"), row.currency("currency")), to: row.text("account"))
        }
        return balances
    }
}
