import Dispatch
import Synchronization

/// A closure in line, with whoever waits for its answer.
protocol Ticket: AnyObject, Sendable {
    /// Runs the closure and keeps its result for later.
    /// - Throws: what the closure threw, or the first failure of its statements.
    func run(on connection: any SharedConnection) throws

    /// Answers with the result, or with `failure` for all.
    func answer(_ failure: StoreError?)
}

/// Touched by the writer first and by the answering queue after, never by both.
final class TypedTicket<Value: Sendable>: Ticket, @unchecked Sendable {
    private let work: @Sendable (any Connection) throws -> Value
    private let tell: @Sendable (Result<Value, any Error>) -> Void
    private var result: Result<Value, any Error> = .failure(StoreError.closed)

    init(
        _ work: @escaping @Sendable (any Connection) throws -> Value,
        _ tell: @escaping @Sendable (Result<Value, any Error>) -> Void
    ) {
        self.work = work
        self.tell = tell
    }

    func run(on connection: any SharedConnection) throws {
        do {
            let value = try work(connection)
            if let failure = connection.failure { throw failure }
            result = .success(value)
        } catch {
            result = .failure(error)
            throw error
        }
    }

    func answer(_ failure: StoreError?) {
        tell(failure.map { .failure($0) } ?? result)
    }
}

/// Two queues before the one writer: clicks, and everything else in its order.
final class WritersLine: Sendable {
    static let waitingWritesMax = 65_536

    private let state = Mutex(State())
    private let bell = DispatchSemaphore(value: 0)

    private struct State: Sendable {
        var clicks: [Waiting] = []
        /// Everything else: who came last is last in `arrived`, who is next is last in `departing`.
        var arrived: [Waiting] = []
        var departing: [Waiting] = []
        var isClosed = false
        var writerSleeps = false

        var count: Int { clicks.count + arrived.count + departing.count }

        mutating func turnAround() {
            guard departing.isEmpty else { return }
            departing = arrived.reversed()
            arrived = []
        }
    }

    struct Waiting: Sendable {
        let ticket: any Ticket
        let lane: Lane
        let since = ContinuousClock.now

        var isLong: Bool { lane == .long || lane == .bulk }
    }

    func join(_ ticket: any Ticket, _ lane: Lane) throws(StoreError) {
        let wake = try state.withLock { state throws(StoreError) in
            guard !state.isClosed else { throw .closed }
            guard state.count < Self.waitingWritesMax else { throw .busy }
            let waiting = Waiting(ticket: ticket, lane: lane)
            if lane == .clicks { state.clicks.append(waiting) } else { state.arrived.append(waiting) }
            defer { state.writerSleeps = false }
            return state.writerSleeps
        }
        if wake { bell.signal() }
    }

    /// Waits until somebody is in line: how many are. Nil when the line is closed and empty.
    func wait() -> Int? {
        while true {
            let (count, isClosed) = state.withLock { state in
                state.writerSleeps = state.count == 0 && !state.isClosed
                return (state.count, state.isClosed)
            }
            if count > 0 { return count }
            if isClosed { return nil }
            bell.wait()
        }
    }

    func takeClicks(_ max: Int = .max) -> [any Ticket] {
        state.withLock { state in
            let taken = state.clicks.prefix(max)
            defer { state.clicks.removeFirst(taken.count) }
            return taken.map(\.ticket)
        }
    }

    func takeAll() -> [any Ticket] {
        state.withLock { state in
            let others = state.departing.reversed() + state.arrived
            defer { (state.clicks, state.arrived, state.departing) = ([], [], []) }
            return (state.clicks + others).map(\.ticket)
        }
    }

    /// Those who have waited longer, and whom nobody has begun to serve, leave the line.
    func takeOlder(than max: Duration) -> [any Ticket] {
        let start = ContinuousClock.now - max
        return state.withLock { state in
            let old = (state.clicks + state.departing.reversed() + state.arrived).filter { $0.since < start }
            guard !old.isEmpty else { return [] }
            state.clicks.removeAll { $0.since < start }
            state.departing.removeAll { $0.since < start }
            state.arrived.removeAll { $0.since < start }
            return old.map(\.ticket)
        }
    }

    /// The piece of bulk that is next, when no click waits.
    func takeBulk() -> (any Ticket)? {
        state.withLock { state in
            state.turnAround()
            guard state.clicks.isEmpty, state.departing.last?.lane == .bulk else { return nil }
            return state.departing.popLast()?.ticket
        }
    }

    /// The next that is no click. A long piece begins a turn of its own: nobody before it waits for it.
    func takeOther(isFirst: Bool) -> Waiting? {
        state.withLock { state in
            state.turnAround()
            guard let next = state.departing.last, isFirst || !next.isLong else { return nil }
            return state.departing.popLast()
        }
    }

    func close() {
        let wake = state.withLock { state in
            state.isClosed = true
            defer { state.writerSleeps = false }
            return state.writerSleeps
        }
        if wake { bell.signal() }
    }

    var count: Int { state.withLock { $0.count } }
}
