import Facts
import Programs
import Store
import Synchronization
import Values
import Work

/// Facts that arrive together are recorded together: while one batch is written the next forms by itself,
/// without a timer. Each sender gets its own answer, after the commit.
package final class Intake: Sendable {
    /// The most facts in one turn, and the most that may wait.
    package static let batchMax = 256
    package static let waitingFactsMax = 20_000

    private struct Waiting {
        let fact: FactRecord
        let principal: Principal
        let answer: CheckedContinuation<Answer, any Error>
    }

    private struct Line {
        var waiting: [Waiting] = []
        var isWriting = false
    }

    private let house: House
    private let shelf: TermsShelf
    private let lines = Mutex<[String: Line]>([:])

    package init(house: House, shelf: TermsShelf) {
        self.house = house
        self.shelf = shelf
    }

    /// Records one fact, with whoever else waits.
    /// - Throws: `StoreError` when nothing was recorded. A refusal is an answer.
    package func record(_ fact: FactRecord, in program: String, as principal: Principal) async throws
        -> Answer
    {
        try principal.must(.record)
        return try await withCheckedThrowingContinuation { continuation in
            let waiting = Waiting(fact: fact, principal: principal, answer: continuation)
            guard house.isGrouping else { return keep([waiting], in: program) {} }
            let (isFull, mustWrite) = lines.withLock { lines in
                guard lines[program, default: Line()].waiting.count < Self.waitingFactsMax else {
                    return (true, false)
                }
                lines[program, default: Line()].waiting.append(waiting)
                let mustWrite = lines[program]?.isWriting == false
                lines[program]?.isWriting = true
                return (false, mustWrite)
            }
            if isFull { return continuation.resume(throwing: StoreError.busy) }
            if mustWrite { write(program) }
        }
    }

    private func write(_ program: String) {
        let batch = lines.withLock { lines -> [Waiting] in
            guard var line = lines[program] else { return [] }
            let batch = Array(line.waiting.prefix(Self.batchMax))
            line.waiting.removeFirst(batch.count)
            line.isWriting = !batch.isEmpty
            lines[program] = line
            return batch
        }
        guard !batch.isEmpty else { return }
        // The next batch is on its way before these are answered.
        keep(batch, in: program) { self.write(program) }
    }

    private func keep(_ batch: [Waiting], in program: String, then next: @escaping @Sendable () -> Void) {
        let facts = batch.map(\.fact)
        let (house, shelf, now, principal) = (house, shelf, house.now(), batch[0].principal)
        house.store.write(.facts) { connection -> [Answer] in
            let work = Work(
                program: program, principal: principal, now: now, house: house, connection: connection)
            var recorder = try Recorder(shelf, through: .api, in: work)
            return try recorder.record(facts)
        } then: { result in
            next()
            switch result {
            case .success(let answers):
                for (waiting, answer) in zip(batch, answers) { waiting.answer.resume(returning: answer) }
            case .failure(let error):
                for waiting in batch { waiting.answer.resume(throwing: error) }
            }
        }
    }

    /// Records facts that came in one request, in their order.
    package func record(_ facts: [FactRecord], in program: String, as principal: Principal) async throws
        -> [Answer]
    {
        try principal.must(.record)
        let shelf = shelf
        return try await house.work(in: program, as: principal) { work in
            var recorder = try Recorder(shelf, through: .api, in: work)
            return try recorder.record(facts)
        }
    }
}
