import Dispatch

/// A connection on which several closures share a transaction, one after another.
protocol SharedConnection: Connection {
    /// The first failure since `begin` or `beginPart`; from then on nothing more is run.
    var failure: StoreError? { get }
    /// Whether a transaction is open that can go on. A full disk may have ended it.
    var isOpen: Bool { get }

    /// - Parameter isBulk: what is committed need not survive a power failure yet.
    func begin(isBulk: Bool) throws(StoreError)

    /// A closure comes. If it shares the transaction, a savepoint is taken before it changes anything.
    func beginPart(isShared: Bool)
    func keepPart() throws(StoreError)
    func undoPart() throws(StoreError)

    /// What to do now that everything is durable.
    func commit() throws(StoreError) -> [@Sendable () -> Void]

    /// Ends the transaction without a trace, if there is one.
    func rollback()

    /// Like `insert`, for a statement that no source text holds.
    func insert(into head: String, _ tail: String, columns: Int, rows: [[SQLValue]]) throws -> Int

    /// All rows of an answer that may be larger than the memory, in pages of at most `size`.
    func pages(of table: String, _ size: Int, _ take: ([Row]) throws -> Void) throws

    /// Whether a transaction that was lost so, and did nothing, is run again. `tries`: how often it was.
    func mayRunAgain(after failure: StoreError, tries: Int) -> Bool
}

extension SharedConnection {
    @discardableResult package func insert(
        _ head: StaticString, _ tail: StaticString, columns: Int, rows: [[SQLValue]]
    ) throws -> Int {
        try insert(into: head.description, tail.description, columns: columns, rows: rows)
    }
}

/// The one that writes. It works in turns, and a turn is one transaction:
///
///     BEGIN ─▶ every click that waits ─▶ others in order, for a while ─▶ COMMIT ─▶ acts ─▶ answers
struct Writer<Shared: SharedConnection> {
    let line: WritersLine
    let connection: Shared
    let bounds: TurnBounds
    let note: (_ turn: Turn) -> Void
    /// Answers go out beside the next turn.
    let answers = DispatchQueue(label: "store.answers")

    /// Works until the line is closed and empty, and everybody is answered.
    func work() {
        while let waiting = line.wait() { takeTurn(waiting) }
        answers.sync {}
    }

    private func takeTurn(_ waiting: Int) {
        let start = ContinuousClock.now
        var turn = Turn()
        var failure = attempt(&turn, waiting, until: start + bounds.length)
        while let lost = failure, connection.mayRunAgain(after: lost, tries: turn.tries) {
            turn.tries += 1
            failure = attempt(&turn, waiting, until: start + bounds.length)
        }
        if let lost = failure {
            failure = turn.tickets.isEmpty ? lost : lost.ofCommit
            if turn.tickets.isEmpty { turn.tickets = takeWaiting(after: lost) }
            turn.kept = 0
        }
        turn.seconds = (ContinuousClock.now - start) / .seconds(1)
        for act in turn.acts { act() }
        note(turn)
        answers.async { [tickets = turn.tickets, failure] in
            for ticket in tickets { ticket.answer(failure) }
        }
    }

    /// One transaction: with those who wait, or again with those whom it had.
    private func attempt(
        _ turn: inout Turn, _ waiting: Int, until end: ContinuousClock.Instant
    ) -> StoreError? {
        turn.kept = 0
        if turn.tickets.isEmpty, let bulk = line.takeBulk() { (turn.tickets, turn.isBulk) = ([bulk], true) }
        do throws(StoreError) {
            try connection.begin(isBulk: turn.isBulk)
            if turn.tickets.isEmpty {
                try fill(&turn, waiting, until: end)
            } else {
                let isShared = turn.tickets.count > 1
                for ticket in turn.tickets { try run(ticket, &turn, isShared: isShared) }
            }
            if turn.kept > 0 {
                turn.acts = try connection.commit()
                turn.isCommitted = true
            } else {
                connection.rollback()
            }
            return nil
        } catch {
            connection.rollback()
            return error
        }
    }

    /// A closure that is alone needs no savepoint; then nobody may join it.
    private func fill(
        _ turn: inout Turn, _ waiting: Int, until end: ContinuousClock.Instant
    ) throws(StoreError) {
        turn.tickets = line.takeClicks(bounds.partsMax)
        let clicks = turn.tickets
        let isShared = waiting > 1 || clicks.count > 1
        for ticket in clicks { try run(ticket, &turn, isShared: isShared) }
        guard isShared || clicks.isEmpty else { return }
        var isFirst = true
        while turn.tickets.count < bounds.partsMax, isFirst || isShared && ContinuousClock.now < end {
            guard let next = line.takeOther(isFirst: isFirst) else { return }
            turn.tickets.append(next.ticket)
            try run(next.ticket, &turn, isShared: isShared)
            isFirst = false
            if next.isLong { return }
        }
    }

    /// - Throws: when the whole transaction is lost. What the closure throws is in its ticket.
    private func run(_ ticket: any Ticket, _ turn: inout Turn, isShared: Bool) throws(StoreError) {
        connection.beginPart(isShared: isShared)
        let isKept: Bool
        do {
            try ticket.run(on: connection)
            isKept = true
        } catch {
            isKept = false
        }
        guard connection.isOpen else { throw connection.failure ?? .spoiled }
        if isKept {
            try connection.keepPart()
            turn.kept += 1
        } else if let failure = connection.failure, connection.mayRunAgain(after: failure, tries: turn.tries)
        {
            throw failure
        } else {
            try connection.undoPart()
        }
    }

    /// A transaction that cannot begin still answers those who wait for it: all of them, when the server is
    /// away.
    private func takeWaiting(after failure: StoreError) -> [any Ticket] {
        if case .away = failure { return line.takeAll() }
        return line.takeClicks() + [line.takeOther(isFirst: true)?.ticket].compactMap { $0 }
    }
}

/// How much one transaction takes in.
struct TurnBounds: Sendable {
    let length: Duration
    let partsMax: Int

    /// As given, or a commit for each closure.
    func grouping(_ isGrouping: Bool) -> TurnBounds {
        isGrouping ? self : TurnBounds(length: length, partsMax: 1)
    }
}

/// What came of one turn.
struct Turn {
    var tickets: [any Ticket] = []
    var acts: [@Sendable () -> Void] = []
    var kept = 0
    /// One piece of bulk, and nothing else.
    var isBulk = false
    /// How often it was run again.
    var tries = 0
    var seconds = 0.0
    var isCommitted = false
}

extension StoreError {
    /// The failure of one transaction, as it is told to everybody in it.
    fileprivate var ofCommit: StoreError {
        switch self {
        case .away, .conflict: self
        default: .commitFailed(self)
        }
    }
}
