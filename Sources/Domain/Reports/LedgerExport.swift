import Ledger
import Replay
import Values
import Work

/// The books in the formats of other people's programs, which check them with their own arithmetic.
///
/// Entries are dated by their day in UTC and stand in the order of days. Every account and currency is
/// declared. What a partner stands at is asserted at each statement from the entries so far, and what every
/// account stands at in the end from the balances that are kept beside the journal: one cent changed
/// anywhere is refused.
package enum LedgerExport {
    package enum Format: String, Hashable, Sendable, CaseIterable { case hledger, ledger, beancount, ndjson }

    package static func text(_ format: Format, house: House, program: String) async throws -> String {
        var text = ""
        try await write(format, house: house, program: program) { text += $0 }
        return text
    }

    /// Hands the text over in pieces, so that a large journal is never held whole.
    package static func write(
        _ format: Format, house: House, program: String, to write: (String) throws -> Void
    ) async throws {
        let (head, balances) = try await house.look(at: program) { look in
            (try AuditQueries.head(at: look), try JournalRows.balances(at: look))
        }
        if format == .ndjson {
            return try await Journal.each(house: house, program: program, upTo: head.entry) { entry in
                try write(entry.json.compact + "\n")
            }
        }
        let places = try await places(house: house, program: program, upTo: head.entry)
        var book = LedgerText(format, program: program, balances: balances, days: places.map(\.day))
        try write(book.heading)
        for start in stride(from: 0, to: places.count, by: pageMax) {
            let numbers = places[start..<min(start + pageMax, places.count)].map(\.number)
            let entries = try await house.look(at: program) { try LedgerQueries.entries(numbers, at: $0) }
            for number in numbers { if let entry = entries[number] { try write(book.add(entry)) } }
        }
        try write(book.ending)
    }

    private static let pageMax = 512
    private static let placesMax = 50_000

    private static func places(
        house: House, program: String, upTo last: Int64
    ) async throws -> [LedgerQueries.Place] {
        var places: [LedgerQueries.Place] = []
        while true {
            let page = try await house.look(at: program) { [number = places.last?.number ?? 0] look in
                try LedgerQueries.places(after: number, upTo: last, limit: placesMax, at: look)
            }
            places += page
            if page.count < placesMax { return places.sorted(by: LedgerQueries.Place.precedes) }
        }
    }
}
