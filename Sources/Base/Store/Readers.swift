import Dispatch
import Synchronization

/// The line before the readers: each has a thread and a connection of its own, and takes who is next.
final class ReadersLine: Sendable {
    static let waitingReadsMax = 16_384

    private let state = Mutex(State())
    private let bell = DispatchSemaphore(value: 0)

    private struct State: Sendable {
        var arrived: [Waiting] = []
        var departing: [Waiting] = []
        var idle = 0
        var isClosed = false

        var count: Int { arrived.count + departing.count }
    }

    private struct Waiting: Sendable {
        let ticket: any Ticket
        let since = ContinuousClock.now
    }

    /// Whether more wait now than there are idle readers.
    @discardableResult func join(_ ticket: any Ticket) throws(StoreError) -> Bool {
        let isShort = try state.withLock { state throws(StoreError) in
            guard !state.isClosed else { throw .closed }
            guard state.count < Self.waitingReadsMax else { throw .busy }
            state.arrived.append(Waiting(ticket: ticket))
            return state.count > state.idle
        }
        bell.signal()
        return isShort
    }

    /// Waits for a ticket. Nil when the line is closed and empty.
    func next() -> (any Ticket)? {
        while true {
            state.withLock { $0.idle += 1 }
            bell.wait()
            let (ticket, isClosed) = state.withLock { state in
                state.idle -= 1
                if state.departing.isEmpty {
                    state.departing = state.arrived.reversed()
                    state.arrived = []
                }
                return (state.departing.popLast()?.ticket, state.isClosed)
            }
            if let ticket { return ticket }
            // The bell of the closing is passed on to the next reader; any other is of one who gave up.
            if isClosed {
                bell.signal()
                return nil
            }
        }
    }

    /// Those who have waited longer leave the line.
    func takeOlder(than max: Duration) -> [any Ticket] {
        let start = ContinuousClock.now - max
        return state.withLock { state in
            let old = (state.departing.reversed() + state.arrived).prefix { $0.since < start }
            guard !old.isEmpty else { return [] }
            state.departing.removeAll { $0.since < start }
            state.arrived.removeAll { $0.since < start }
            return old.map(\.ticket)
        }
    }

    func close() {
        state.withLock { $0.isClosed = true }
        bell.signal()
    }
}

/// Reads, one transaction a closure, so that all statements of a closure see the same state.
struct Reader<Shared: SharedConnection> {
    let line: ReadersLine
    let connection: Shared

    func work() {
        while let ticket = line.next() { serve(ticket) }
    }

    private func serve(_ ticket: any Ticket) {
        var tries = 0
        while true {
            do throws(StoreError) {
                try connection.begin(isBulk: false)
            } catch {
                return ticket.answer(error)
            }
            // What the closure throws is in its ticket.
            _ = Result { try ticket.run(on: connection) }
            let failure = connection.failure
            connection.rollback()
            guard let failure, connection.mayRunAgain(after: failure, tries: tries) else {
                return ticket.answer(nil)
            }
            tries += 1
        }
    }
}
