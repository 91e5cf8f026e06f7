import Store
import Synchronization
import Values
import Work

/// Clicks that wait on this machine's disk while the database is away: a SQLite file with the same tables, so
/// that one which an older program filled is brought up to date like any other. Its clicks flow into the
/// database by their ids, each once, and leave the file after.
package final class ClickSpool: Sendable {
    package static let clicksMaxUsual = 1_000_000

    package struct Figures: Hashable, Sendable {
        package var waiting = 0
        package var spilled = 0
        package var flowedIn = 0
        /// For which there was no room.
        package var refused = 0
    }

    /// A click, where it lies, and whose it is.
    package struct Spooled: Sendable {
        package let program: String
        package let click: StoredClick
        package let place: ClickPlace

        package init(program: String, click: StoredClick, place: ClickPlace) {
            self.program = program
            self.click = click
            self.place = place
        }
    }

    private struct State {
        var figures = Figures()
        /// Batches that are being written; they are counted among those that wait.
        var inFlight = 0
        var written = 0
    }

    private let file: any Store
    private let clicksMax: Int
    private let state = Mutex(State())

    /// - Parameter file: empty, or filled by a spool before. It is closed with the spool.
    package init(in file: any Store, clicksMax: Int = clicksMaxUsual, now: Instant) async throws {
        self.file = file
        self.clicksMax = clicksMax
        try await file.migrate(now: now)
        try await recount()
    }

    package var figures: Figures { state.withLock { $0.figures } }

    /// Makes clicks durable here, all or none.
    /// - Throws: to `answer`: `StoreError.away` when too many wait.
    func put(
        _ batch: [ClickQueue.Waiting], at now: Instant, in house: House,
        then answer: @escaping @Sendable (Result<Void, any Error>) -> Void
    ) {
        let hasRoom = state.withLock { state in
            guard state.figures.waiting + batch.count <= clicksMax else {
                state.figures.refused += batch.count
                return false
            }
            state.figures.waiting += batch.count
            state.inFlight += 1
            return true
        }
        guard hasRoom else {
            return answer(.failure(StoreError.away("no more clicks can wait on this machine")))
        }
        file.write(.clicks) { connection in
            try ClickQueue.insert(batch, at: now, in: house, connection)
        } then: { (result: Result<Void, any Error>) in
            self.note(result, of: batch.count)
            answer(result)
        }
    }

    private func note(_ result: Result<Void, any Error>, of count: Int) {
        state.withLock { state in
            state.inFlight -= 1
            state.written += 1
            switch result {
            case .success: state.figures.spilled += count
            case .failure:
                state.figures.refused += count
                state.figures.waiting -= count
            }
        }
    }

    /// Some that wait, the oldest days first; they stay until they are dropped.
    package func page(limit: Int) async throws -> [Spooled] {
        try await file.read { try SpoolRows.page(limit: limit, $0) }
    }

    /// Takes out clicks that are in the database.
    package func drop(_ clicks: [Spooled]) async throws {
        let count = try await file.write { try SpoolRows.drop(clicks, $0) }
        state.withLock { state in
            state.figures.flowedIn += count
            state.figures.waiting = max(0, state.figures.waiting - count)
        }
    }

    /// Counts anew, unless clicks come in meanwhile.
    package func recount() async throws {
        let before = state.withLock { $0.written }
        let count = try await file.read { try SpoolRows.count($0) }
        state.withLock { state in
            if state.inFlight == 0, state.written == before { state.figures.waiting = count }
        }
    }

    package func close() async { await file.close() }
}
