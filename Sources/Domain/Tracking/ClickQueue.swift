import Store
import Synchronization
import Values
import Work

/// Clicks that come together are written together: one insert a program for all that wait. Each is answered
/// when it is durable.
package final class ClickQueue: Sendable {
    static let batchMax = 512
    static let waitingClicksMax = 20_000

    private struct Waiting {
        let click: StoredClick
        let program: String
        let answer: CheckedContinuation<Void, any Error>
    }

    private struct Line {
        var waiting: [Waiting] = []
        var isWriting = false
    }

    private let house: House
    private let line = Mutex(Line())

    package init(house: House) { self.house = house }

    /// - Throws: `StoreError` when it was not written; `.busy` when too many wait.
    func record(_ click: StoredClick, in program: String) async throws {
        try await withCheckedThrowingContinuation { continuation in
            let waiting = Waiting(click: click, program: program, answer: continuation)
            let (isFull, mustWrite) = line.withLock { line in
                guard line.waiting.count < Self.waitingClicksMax else { return (true, false) }
                line.waiting.append(waiting)
                defer { line.isWriting = true }
                return (false, !line.isWriting)
            }
            if isFull { return continuation.resume(throwing: StoreError.busy) }
            if mustWrite { write() }
        }
    }

    private func write() {
        let batch = line.withLock { line -> [Waiting] in
            let batch = Array(line.waiting.prefix(Self.batchMax))
            line.waiting.removeFirst(batch.count)
            line.isWriting = !batch.isEmpty
            return batch
        }
        guard !batch.isEmpty else { return }
        let clicks = Dictionary(grouping: batch, by: \.program).mapValues { $0.map(\.click) }
        let (house, now) = (house, house.now())
        house.store.write(.clicks) { connection in
            for (program, clicks) in clicks {
                // Nobody asks a stranger who they are; the rows check no permission.
                let work = Work(
                    program: program, principal: .clock, now: now, house: house, connection: connection)
                try ClickRows.insert(
                    clicks.map { ($0, ClickRows.place(of: $0, program, house.hashKey)) }, in: work)
            }
        } then: { (result: Result<Void, any Error>) in
            // The next batch is on its way before these are answered.
            self.write()
            for waiting in batch { waiting.answer.resume(with: result) }
        }
    }
}
