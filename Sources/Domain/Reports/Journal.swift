import Ledger
import Replay
import Work

/// The journal read from its start in pages, each its own read.
enum Journal {
    private static let pageMax: Int64 = 1000

    /// Hands over every entry up to `last`, in order.
    static func each(
        house: House, program: String, upTo last: Int64, _ take: (SealedEntry) throws -> Void
    ) async throws {
        var number: Int64 = 0
        while number < last {
            let page = try await house.look(at: program) { [number] look in
                try JournalRows.page(after: number, limit: min(pageMax, last - number), at: look)
            }
            guard let end = page.last?.number else { return }
            for entry in page { try take(entry) }
            number = end
        }
    }
}
