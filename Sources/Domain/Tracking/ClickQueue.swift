import Store
import Synchronization
import Values
import Work

/// Clicks that come together are written together: one insert a program for all that wait. Each is answered
/// when it is durable: in the database, or, while that is away, in the spool.
package final class ClickQueue: Sendable {
    static let batchMax = 512
    static let waitingClicksMax = 20_000
    /// How long redirects wait for a database that does not answer, where there is a spool.
    static let patience = Duration.seconds(2)

    struct Waiting: Sendable {
        let click: StoredClick
        let program: String
        fileprivate let answer: CheckedContinuation<Void, any Error>
    }

    private struct Line {
        var waiting: [Waiting] = []
        var isWriting = false
        /// Whether clicks go to the spool.
        var isSpilling = false
        /// The batch that the database has not answered yet.
        var sent: Sent?
        var sentCount = 0
        /// Batches that went to the spool before the database had answered.
        var abandoned = 0
    }

    private struct Sent {
        let number: Int
        let batch: [Waiting]
        let since = ContinuousClock.now
    }

    private let house: House
    private let spool: ClickSpool?
    private let line = Mutex(Line())

    package init(house: House, spool: ClickSpool? = nil) {
        self.house = house
        self.spool = spool
    }

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
        let (batch, isSpilling) = line.withLock { line -> ([Waiting], Bool) in
            let batch = Array(line.waiting.prefix(Self.batchMax))
            line.waiting.removeFirst(batch.count)
            line.isWriting = !batch.isEmpty
            return (batch, line.isSpilling)
        }
        guard !batch.isEmpty else { return }
        if let spool, isSpilling { spill(batch, to: spool) } else { send(batch) }
    }

    // MARK: To the database

    private func send(_ batch: [Waiting]) {
        let number = line.withLock { line in
            line.sentCount += 1
            line.sent = Sent(number: line.sentCount, batch: batch)
            return line.sentCount
        }
        let (house, now) = (house, house.now())
        house.store.write(.clicks) { connection in
            try ClickQueue.insert(batch, at: now, in: house, connection)
        } then: { result in
            self.hear(result, of: number, batch)
        }
    }

    static func insert(
        _ batch: [Waiting], at now: Instant, in house: House, _ connection: any Connection
    ) throws {
        for (program, waiting) in Dictionary(grouping: batch, by: \.program) {
            // Nobody asks a stranger who they are; the rows check no permission.
            let work = Work(
                program: program, principal: .clock, now: now, house: house, connection: connection)
            try ClickRows.insert(
                waiting.map { ($0.click, ClickRows.place(of: $0.click, program, house.hashKey)) }, in: work)
        }
    }

    private func hear(_ result: Result<Void, any Error>, of number: Int, _ batch: [Waiting]) {
        let isAwaited = line.withLock { line in
            guard line.sent?.number == number else {
                line.abandoned -= 1
                return false
            }
            line.sent = nil
            if spool != nil, case .failure(let error) = result, Self.isAway(error) { line.isSpilling = true }
            return true
        }
        guard isAwaited else { return }
        if let spool, case .failure(let error) = result, Self.isAway(error) {
            return spill(batch, to: spool)
        }
        // The next batch is on its way before these are answered.
        write()
        for waiting in batch { waiting.answer.resume(with: result) }
    }

    /// Whether the clicks are good and only the database is not, for now.
    private static func isAway(_ error: any Error) -> Bool {
        switch error as? StoreError {
        case .constraint, .notUnique, .statement, .spoiled, .closed, nil: false
        default: true
        }
    }

    // MARK: To the spool

    /// A click that the database has after all, although nobody heard of it, flows in by its id: it is there
    /// once.
    private func spill(_ batch: [Waiting], to spool: ClickSpool) {
        spool.put(batch, at: house.now(), in: house) { result in
            self.write()
            for waiting in batch { waiting.answer.resume(with: result) }
        }
    }

    /// Gives up waiting for a database that has not answered for long.
    package func watch() {
        guard let spool else { return }
        let late = line.withLock { line -> [Waiting]? in
            guard let sent = line.sent, ContinuousClock.now - sent.since > Self.patience else { return nil }
            line.sent = nil
            line.abandoned += 1
            line.isSpilling = true
            return sent.batch
        }
        if let late { spill(late, to: spool) }
    }

    package var isSpilling: Bool { line.withLock { $0.isSpilling } }

    /// The database answers: clicks go there again, unless one that was sent there is still not answered.
    package func goBack() { line.withLock { $0.isSpilling = $0.abandoned > 0 } }
}
