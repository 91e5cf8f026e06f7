import Replay
import Store
import Values
import Work

enum LedgerQueries {
    /// Where an entry stands in a book that is ordered by days.
    struct Place: Hashable, Sendable {
        let day: Day
        let number: Int64

        static func precedes(_ a: Place, _ b: Place) -> Bool {
            a.day != b.day ? a.day < b.day : a.number < b.number
        }
    }

    static func places(after number: Int64, upTo last: Int64, limit: Int, at look: Look) throws -> [Place] {
        try look.rows(
            """
            SELECT number, effective_at FROM entry
             WHERE program_id = \(look.program) AND number > \(number) AND number <= \(last)
             ORDER BY number LIMIT \(limit)
            """
        ).map { Place(day: Zone.utc.day(of: $0.instant("effective_at")), number: $0.integer("number")) }
    }

    /// The entries of these numbers with their postings, by number.
    static func entries(_ numbers: [Int64], at look: Look) throws -> [Int64: SealedEntry] {
        try entries(
            look.rows(
                """
                SELECT number, id, kind, cause, effective_at, posted_at, previous, hash FROM entry
                 WHERE program_id = \(look.program) AND number IN \(list: numbers)
                """), at: look)
    }

    /// The entries that these facts caused, in order.
    static func entries(causedBy causes: [String], at look: Look) throws -> [SealedEntry] {
        try entries(
            look.rows(
                """
                SELECT number, id, kind, cause, effective_at, posted_at, previous, hash FROM entry
                 WHERE program_id = \(look.program) AND cause IN \(list: causes)
                """), at: look
        ).values.sorted { $0.number < $1.number }
    }

    private static func entries(_ rows: [Row], at look: Look) throws -> [Int64: SealedEntry] {
        let postings = try look.rows(
            """
            SELECT entry, account, currency, amount FROM posting
             WHERE program_id = \(look.program) AND entry IN \(list: rows.map { $0.integer("number") })
            """)
        let byEntry = Dictionary(grouping: postings) { $0.integer("entry") }
        return Dictionary(
            uniqueKeysWithValues: rows.map { row in
                let number = row.integer("number")
                return (number, SealedEntry(row, postings: byEntry[number] ?? []))
            })
    }
}

extension SealedEntry {
    fileprivate init(_ row: Row, postings: [Row]) {
        let own = postings.map {
            NamedPosting(
                account: $0.text("account"), amount: Money($0.integer("amount"), $0.currency("currency")))
        }.sorted {
            $0.account != $1.account
                ? $0.account.precedes($1.account) : $0.amount.currency < $1.amount.currency
        }
        self.init(
            number: row.integer("number"),
            entry: EntryRecord(
                id: row.text("id"), kind: row.text("kind"), cause: row.text("cause"),
                effectiveAt: row.instant("effective_at"), postedAt: row.instant("posted_at"), postings: own),
            previous: row.text("previous"), hash: row.text("hash"))
    }
}
