import Dispatch
import Synchronization

/// The line before the readers: each has a thread and a connection of its own, and takes who is next.
final class ReadersLine: Sendable {
    static let waitingReadsMax = 16_384

    private let state = Mutex(State())
    private let bell = DispatchSemaphore(value: 0)

    private struct State: Sendable {
        var arrived: [any Ticket] = []
        var departing: [any Ticket] = []
        var isClosed = false
    }

    func join(_ ticket: any Ticket) throws(StoreError) {
        try state.withLock { state throws(StoreError) in
            guard !state.isClosed else { throw .closed }
            guard state.arrived.count + state.departing.count < Self.waitingReadsMax else { throw .busy }
            state.arrived.append(ticket)
        }
        bell.signal()
    }

    /// Waits for a ticket. Nil when the line is closed and empty.
    func next() -> (any Ticket)? {
        bell.wait()
        let ticket = state.withLock { state in
            if state.departing.isEmpty {
                state.departing = state.arrived.reversed()
                state.arrived = []
            }
            return state.departing.popLast()
        }
        // The bell of the closing is passed on to the next reader.
        if ticket == nil { bell.signal() }
        return ticket
    }

    func close() {
        state.withLock { $0.isClosed = true }
        bell.signal()
    }
}

/// Reads, one transaction a closure, so that all statements of a closure see the same state.
struct SQLiteReader {
    let line: ReadersLine
    let connection: SQLiteConnection

    func work() {
        while let ticket = line.next() {
            do throws(StoreError) {
                try connection.begin()
            } catch {
                ticket.answer(error)
                continue
            }
            // What the closure throws is in its ticket.
            _ = Result { try ticket.run(on: connection) }
            connection.rollback()
            ticket.answer(nil)
        }
    }
}
