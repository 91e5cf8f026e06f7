import Replay
import Store
import Values
import Work

/// The tables `entry`, `posting` and `balance`: append-only, but for the sums.
package enum JournalRows {
    package static func append(_ entries: [SealedEntry], in work: Work) throws {
        try work.insert(
            """
            INSERT INTO entry
                (program_id, number, id, kind, cause, effective_at, posted_at, previous, hash) VALUES
            """, columns: 9,
            rows: entries.map { sealed in
                [
                    .text(work.program), .integer(sealed.number), .text(sealed.entry.id),
                    .text(sealed.entry.kind),
                    .text(sealed.entry.cause), sealed.entry.effectiveAt.sqlValue,
                    sealed.entry.postedAt.sqlValue,
                    .text(sealed.previous), .text(sealed.hash),
                ]
            })
        try work.insert(
            "INSERT INTO posting (program_id, entry, account, currency, amount) VALUES", columns: 5,
            rows: entries.flatMap { sealed in
                sealed.entry.postings.map {
                    [
                        .text(work.program), .integer(sealed.number), .text($0.account),
                        $0.amount.currency.sqlValue,
                        .integer($0.amount.minor),
                    ]
                }
            })
        try addToBalances(entries, in: work)
    }

    private static func addToBalances(_ entries: [SealedEntry], in work: Work) throws {
        var moved = Balances()
        for sealed in entries { try moved.add(sealed.entry) }
        do {
            try work.insert(
                "INSERT INTO balance (program_id, account, currency, amount) VALUES",
                """
                ON CONFLICT (program_id, account, currency)
                DO UPDATE SET amount = balance.amount + excluded.amount
                """,
                columns: 4,
                rows: moved.all.map {
                    [
                        .text(work.program), .text($0.account), $0.amount.currency.sqlValue,
                        .integer($0.amount.minor),
                    ]
                })
        } catch StoreError.constraint {
            // A sum beyond 64 bits is no whole number any more, and the column takes no other.
            throw Refusal.overflow
        }
    }

    /// The entries after `number`, with their postings in order, at most `limit`.
    package static func page(after number: Int64, limit: Int64, at look: Look) throws -> [SealedEntry] {
        let entries = try look.rows(
            """
            SELECT number, id, kind, cause, effective_at, posted_at, previous, hash FROM entry
             WHERE program_id = \(look.program) AND number > \(number) AND number <= \(number + limit)
             ORDER BY number
            """)
        let postings = try look.rows(
            """
            SELECT entry, account, currency, amount FROM posting
             WHERE program_id = \(look.program) AND entry > \(number) AND entry <= \(number + limit)
            """)
        let byEntry = Dictionary(grouping: postings) { $0.integer("entry") }
        return entries.map { row in
            let own = (byEntry[row.integer("number")] ?? []).map {
                NamedPosting(
                    account: $0.text("account"), amount: Money($0.integer("amount"), $0.currency("currency")))
            }.sorted {
                $0.account != $1.account
                    ? $0.account.precedes($1.account) : $0.amount.currency < $1.amount.currency
            }
            return SealedEntry(
                number: row.integer("number"),
                entry: EntryRecord(
                    id: row.text("id"), kind: row.text("kind"), cause: row.text("cause"),
                    effectiveAt: row.instant("effective_at"), postedAt: row.instant("posted_at"),
                    postings: own),
                previous: row.text("previous"), hash: row.text("hash"))
        }
    }

    package static func balances(at look: Look) throws -> Balances {
        var balances = Balances()
        for row in try look.rows(
            "SELECT account, currency, amount FROM balance WHERE program_id = \(look.program)")
        {
            try balances.add(Money(row.integer("amount"), row.currency("currency")), to: row.text("account"))
        }
        return balances
    }
}
