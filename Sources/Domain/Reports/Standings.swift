import Ledger
import Replay
import Values
import Work

/// What every partner has and owes, by currency: the balances of the books and what was paid out.
package enum Standings {
    /// For every partner and currency with any posting, by partner (UTF-8 bytes), then currency.
    package static func all(at look: Look) throws -> [Standing] {
        try all(JournalRows.balances(at: look), at: look)
    }

    static func all(_ balances: Balances, at look: Look) throws -> [Standing] {
        let paid = try StandingsQueries.paid(at: look)
        let partners = try StandingsQueries.partners(at: look).sorted { $0.precedes($1) }
        return partners.flatMap { of($0, balances, paid) }
    }

    /// What these partners have and owe, by partner; those without any posting are absent.
    package static func of(_ partners: [String], at look: Look) throws -> [String: [Standing]] {
        let balances = try BalanceQueries.of(partners, at: look)
        let paid = try StandingsQueries.paid(to: partners, at: look)
        var found: [String: [Standing]] = [:]
        for partner in partners {
            let own = of(partner, balances, paid)
            if !own.isEmpty { found[partner] = own }
        }
        return found
    }

    private static func of(
        _ partner: String, _ balances: Balances, _ paid: [StandingsQueries.Payee: Int64]
    ) -> [Standing] {
        balances.currencies(of: partner).map { currency in
            let payee = StandingsQueries.Payee(partner: partner, currency: currency)
            return balances.standing(of: partner, in: currency, paid: paid[payee] ?? 0)
        }
    }
}
