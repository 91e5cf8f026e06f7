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
            rows: entries.map { values($0, in: work.program) })
        try work.insert(
            "INSERT INTO posting (program_id, entry, account, currency, amount) VALUES", columns: 5,
            rows: entries.flatMap { sealed in
                sealed.entry.postings.map { values($0, of: sealed.number, in: work.program) }
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
                rows: moved.all.map { values($0.account, $0.amount, in: work.program) })
        } catch StoreError.constraint {
            // A sum beyond 64 bits is no whole number any more, and the column takes no other.
            throw Refusal.overflow
        }
        try refuseOverdrawn(moved, in: work)
    }

    /// Nobody is paid more than was stated: what is payable to a partner is never below zero.
    private static func refuseOverdrawn(_ moved: Balances, in work: Work) throws {
        let drawn = moved.all.filter { $0.amount.minor > 0 && AccountPath.isPayable($0.account) }
        for start in stride(from: 0, to: drawn.count, by: 256) {
            let page = drawn[start..<min(start + 256, drawn.count)].map(\.account)
            let row = try work.first(
                """
                SELECT account, currency, amount FROM balance
                 WHERE program_id = \(work.program) AND account IN \(list: page) AND amount > 0
                 ORDER BY account, currency LIMIT 1
                """)
            guard let row else { continue }
            let short = Money(row.integer("amount"), row.currency("currency"))
            throw Refusal.invalid(
                "/items", .because("take \(short) more from \(row.text("account")) than there is"))
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

// MARK: Made again

extension JournalRows {
    package static func values(_ sealed: SealedEntry, in program: String) -> [SQLValue] {
        [
            .text(program), .integer(sealed.number), .text(sealed.entry.id), .text(sealed.entry.kind),
            .text(sealed.entry.cause), sealed.entry.effectiveAt.sqlValue, sealed.entry.postedAt.sqlValue,
            .text(sealed.previous), .text(sealed.hash),
        ]
    }

    package static func values(_ posting: NamedPosting, of entry: Int64, in program: String) -> [SQLValue] {
        [
            .text(program), .integer(entry), .text(posting.account), posting.amount.currency.sqlValue,
            .integer(posting.amount.minor),
        ]
    }

    /// A row of `balance`.
    package static func values(_ account: String, _ amount: Money, in program: String) -> [SQLValue] {
        [.text(program), .text(account), amount.currency.sqlValue, .integer(amount.minor)]
    }

    package static let rebuiltEntries = RebuiltTable("entry", from: [.integer(.min)]) { from, limit, look in
        try look.rows(
            """
            SELECT program_id, number, id, kind, cause, effective_at, posted_at, previous, hash FROM entry
             WHERE program_id = \(look.program) AND number >= \(from[0]) ORDER BY number LIMIT \(limit)
            """)
    }

    package static let rebuiltPostings = RebuiltTable(
        "posting", from: [.integer(.min), .text(""), .text("")]
    ) { from, limit, look in
        try look.rows(
            """
            SELECT program_id, entry, account, currency, amount FROM posting
             WHERE program_id = \(look.program)
               AND (entry, account, currency) >= (\(from[0]), \(from[1]), \(from[2]))
             ORDER BY entry, account, currency LIMIT \(limit)
            """)
    }

    package static let rebuiltBalances = RebuiltTable(
        "balance", from: [.text(""), .text("")]
    ) { from, limit, look in
        try look.rows(
            """
            SELECT program_id, account, currency, amount FROM balance
             WHERE program_id = \(look.program) AND (account, currency) >= (\(from[0]), \(from[1]))
             ORDER BY account, currency LIMIT \(limit)
            """)
    }
}
