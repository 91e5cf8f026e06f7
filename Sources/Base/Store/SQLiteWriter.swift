import Dispatch
import Synchronization

/// The one that writes. It works in turns, and a turn is one transaction:
///
///     BEGIN ─▶ every click that waits ─▶ others in order, for 5 ms ─▶ COMMIT ─▶ acts ─▶ answers
struct SQLiteWriter {
    let line: WritersLine
    let connection: SQLiteConnection
    let committed: (_ walPages: Int) -> Void
    let note: (_ turn: Turn) -> Void
    /// Answers go out beside the next turn.
    let answers = DispatchQueue(label: "store.answers")

    struct Turn {
        var tickets: [any Ticket] = []
        var kept = 0
        var seconds = 0.0
        var isCommitted = false
    }

    private static let turnLength = Duration.milliseconds(5)

    /// Works until the line is closed and empty, and everybody is answered.
    func work() {
        while let waiting = line.wait() { takeTurn(waiting) }
        answers.sync {}
    }

    private func takeTurn(_ waiting: Int) {
        let start = ContinuousClock.now
        var turn = Turn()
        var failure: StoreError?
        var acts: [@Sendable () -> Void] = []
        do throws(StoreError) {
            try connection.begin()
            try fill(&turn, waiting, until: start + Self.turnLength)
            if turn.kept > 0 {
                acts = try connection.commit()
                turn.isCommitted = true
            } else {
                connection.rollback()
            }
        } catch {
            connection.rollback()
            failure = turn.tickets.isEmpty ? error : .commitFailed(error)
            if turn.tickets.isEmpty { turn.tickets = takeSome() }
            turn.kept = 0
        }
        turn.seconds = (ContinuousClock.now - start) / .seconds(1)
        for act in acts { act() }
        note(turn)
        if turn.isCommitted { committed(connection.walPages) }
        answers.async { [tickets = turn.tickets, failure] in
            for ticket in tickets { ticket.answer(failure) }
        }
    }

    /// A closure that is alone needs no savepoint; then nobody may join it.
    private func fill(
        _ turn: inout Turn, _ waiting: Int, until end: ContinuousClock.Instant
    ) throws(StoreError) {
        turn.tickets = line.takeClicks()
        let clicks = turn.tickets
        let isShared = waiting > 1 || clicks.count > 1
        for ticket in clicks { try run(ticket, &turn, isShared: isShared) }
        guard isShared || clicks.isEmpty else { return }
        var isFirst = true
        repeat {
            guard let next = line.takeOther(isFirst: isFirst) else { return }
            turn.tickets.append(next.ticket)
            try run(next.ticket, &turn, isShared: isShared)
            isFirst = false
            if next.isLong { return }
        } while isShared && ContinuousClock.now < end
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
        } else {
            try connection.undoPart()
        }
    }

    /// A transaction that cannot begin still answers those who wait for it.
    private func takeSome() -> [any Ticket] {
        line.takeClicks() + [line.takeOther(isFirst: true)?.ticket].compactMap { $0 }
    }
}
