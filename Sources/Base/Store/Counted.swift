import Synchronization

/// Counts what a store does.
final class Counted: Sendable {
    private let state = Mutex(StoreFigures())

    var figures: StoreFigures { state.withLock { $0 } }

    func add(_ turn: Turn) {
        state.withLock {
            $0.commits += turn.isCommitted ? 1 : 0
            $0.writes += turn.kept
            $0.groupLargest = max($0.groupLargest, turn.kept)
            $0.commitSeconds += turn.isCommitted ? turn.seconds : 0
            $0.retries += turn.tries
        }
    }

    func addFailedCheckpoint() { state.withLock { $0.checkpointsFailed += 1 } }
}
