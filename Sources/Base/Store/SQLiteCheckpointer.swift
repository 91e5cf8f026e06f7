import Dispatch
import Synchronization

/// Moves the write-ahead log into the file beside the writer, so that no commit ever waits for it.
final class SQLiteCheckpointer: Sendable {
    /// 4 MB of log.
    private static let pagesBetween = 1_000
    /// 256 MB of log: some reader has kept it from starting anew; now the writer waits for that.
    private static let pagesMax = 65_536

    private let state = Mutex(State())
    private let bell = DispatchSemaphore(value: 0)

    private struct State: Sendable {
        var pages = 0
        var pagesAtLast = 0
        var isDue = false
        var isStopped = false
    }

    /// The log has so many pages after a commit.
    func logHas(_ pages: Int) {
        let isDue = state.withLock { state in
            // The log started anew.
            if pages < state.pages { state.pagesAtLast = 0 }
            state.pages = pages
            guard !state.isDue, pages - state.pagesAtLast >= Self.pagesBetween else { return false }
            state.isDue = true
            state.pagesAtLast = pages
            return true
        }
        if isDue { bell.signal() }
    }

    func stop() {
        state.withLock { $0.isStopped = true }
        bell.signal()
    }

    func work(_ connection: SQLiteConnection, failed: (StoreError) -> Void) {
        while true {
            bell.wait()
            let (isStopped, pages) = state.withLock { ($0.isStopped, $0.pages) }
            if isStopped { return }
            do throws(StoreError) {
                try connection.checkpoint(waiting: pages >= Self.pagesMax)
            } catch {
                failed(error)
            }
            state.withLock { $0.isDue = false }
        }
    }
}
