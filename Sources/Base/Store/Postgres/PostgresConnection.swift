/// One connection to PostgreSQL, used by the one thread that owns it. It is made when it is first needed, and
/// made again when it was lost.
final class PostgresConnection: SharedConnection {
    enum Use { case reads, writes }

    /// The first failure since `begin` or `beginPart`; from then on nothing more is run.
    private(set) var failure: StoreError?

    private let server: PostgresServer
    private let use: Use
    private let trace: SQLTrace?
    private let listeners: Listeners
    private var wire: PostgresWire?
    private var wasConnected = false
    /// What goes out with the next statement, in its round trip.
    private var ahead: [PostgresWire.Message] = []
    private var part = Part.none
    private var isBegun = false
    private var transaction = Transaction()
    /// A transaction whose connection was lost; the server may not have noticed yet.
    private var ghost: PostgresGhost?
    private var isOutcomeKnown = true
    /// How often in a row a transaction met another's.
    private var conflicts = 0
    /// The life of the server that this connection belongs to.
    private var epoch: PostgresEpoch?

    /// Where the closure that runs now stands with its savepoint.
    private enum Part { case none, wanted, open }

    private struct Transaction {
        /// Its number at the server, once it has one.
        var number: String?
        var acts: [@Sendable () -> Void] = []
        var topics: [String] = []
        var actsBeforePart = 0
        var topicsBeforePart = 0
    }

    init(
        _ server: PostgresServer, _ use: Use, wire: PostgresWire? = nil, trace: SQLTrace? = nil,
        listeners: Listeners = Listeners()
    ) {
        self.server = server
        self.use = use
        self.wire = wire
        self.trace = trace
        self.listeners = listeners
        wasConnected = wire != nil
    }

    deinit { letGo() }

    // MARK: Statements

    @discardableResult func run(_ sql: SQL) throws -> Int {
        try guarding { () throws(StoreError) in try answer(sql.text, sql.values).rowsChanged }
    }

    func rows(_ sql: SQL) throws -> [Row] {
        try guarding { () throws(StoreError) in try answer(sql.text, sql.values).rows() }
    }

    /// Many rows of a plain INSERT go as a COPY; with a tail they go as some statements whose row counts are
    /// powers of two, so that few texts exist. Never a round trip a row.
    func insert(into head: String, _ tail: String, columns: Int, rows: [[SQLValue]]) throws -> Int {
        try guarding { () throws(StoreError) in
            for row in rows {
                precondition(row.count == columns, "\(row.count) values for \(columns) columns: \(head)")
                trace?("\(head) \(Self.holes(1, columns)) \(tail)", row)
            }
            if tail.isEmpty, rows.count >= Self.copiedRowsMin { return try copy(head, rows) }
            var changed = 0
            var rest = rows[...]
            while !rest.isEmpty {
                let piece = rest.prefix(Self.pieceLength(rest.count, columns))
                let text = "\(head) \(Self.holes(piece.count, columns)) \(tail)"
                // Untyped: the server gives each hole its column's type, a NULL's too.
                changed += try answer(text, piece.flatMap { $0 }, isTyped: false).rowsChanged
                rest = rest.dropFirst(piece.count)
            }
            return changed
        }
    }

    func pages(of table: String, _ size: Int, _ take: ([Row]) throws -> Void) throws {
        func ask(_ text: String) throws -> [Row] {
            try guarding { () throws(StoreError) in try answer(text, []).rows() }
        }
        _ = try ask("DECLARE pages_of_\(table) NO SCROLL CURSOR FOR SELECT * FROM \(table)")
        while true {
            let page = try ask("FETCH \(size) FROM pages_of_\(table)")
            try take(page)
            if page.count < size { break }
        }
        _ = try ask("CLOSE pages_of_\(table)")
    }

    func afterCommit(_ act: @escaping @Sendable () -> Void) {
        precondition(use == .writes, "a read commits nothing")
        transaction.acts.append(act)
    }

    func announce(_ topic: String) {
        precondition(use == .writes, "a read announces nothing")
        if !transaction.topics.contains(topic) { transaction.topics.append(topic) }
    }

    private static let copiedRowsMin = 8
    private static let pieceRowsMax = 1_024

    /// The largest power of two that the rows fill and the values allow.
    private static func pieceLength(_ rows: Int, _ columns: Int) -> Int {
        let max = min(rows, pieceRowsMax, PostgresValues.countMax / columns)
        var length = 1
        while length * 2 <= max { length *= 2 }
        return length
    }

    private static func holes(_ rows: Int, _ columns: Int) -> String {
        (0..<rows).map { row in
            "(" + (1...columns).map { "$\(row * columns + $0)" }.joined(separator: ",") + ")"
        }.joined(separator: ",")
    }

    private func copy(_ head: String, _ rows: [[SQLValue]]) throws(StoreError) -> Int {
        let words = ["INSERT INTO ", "VALUES"]
        var target = head[...]
        precondition(target.hasPrefix(words[0]) && target.hasSuffix(words[1]), "no plain INSERT: \(head)")
        target = target.dropFirst(words[0].count).dropLast(words[1].count)
        let text = try CopyText(rows)
        takeSavepoint()
        // A COPY cannot be in a pipeline, but all of it can be in one text.
        let exchange = try exchanging { wire, before throws(StoreError) in
            let commands = before.map { message in
                guard case .command(let text) = message else { preconditionFailure("only commands wait") }
                return text + "; "
            }
            return try wire.copy(commands.joined() + "COPY \(target) FROM STDIN", text)
        }
        return try last(of: exchange, "COPY \(target)").rowsChanged
    }

    private func guarding<T>(_ work: () throws(StoreError) -> T) throws(StoreError) -> T {
        guard failure == nil else { throw .spoiled }
        do {
            return try work()
        } catch {
            failure = error
            throw error
        }
    }

    private func answer(
        _ text: String, _ values: [SQLValue], isTyped: Bool = true
    ) throws(StoreError) -> PostgresAnswer {
        if isTyped { trace?(text, values) }
        guard let statements = wire?.statements else { throw .away("there is no connection") }
        let wasKnown = statements.isKnown(text)
        let messages = try statements.messages(for: text, values, isTyped: isTyped)
        takeSavepoint()
        let needed = ahead.count + messages.count - 1
        let exchange = try exchanging { wire, before throws(StoreError) in
            try wire.exchange(before + messages)
        }
        if exchange.answers.count >= needed { statements.confirm(text) } else { statements.doubt(text) }
        if wasKnown, exchange.failure?.isStale == true {
            statements.forgetAll()
            throw .conflict
        }
        return try last(of: exchange, text)
    }

    /// A closure that shares its transaction takes a savepoint before its first statement, be it a read:
    /// here a failed read too would spoil the transaction for all. It costs no round trip.
    private func takeSavepoint() {
        guard part == .wanted else { return }
        ahead.append(.command("SAVEPOINT part"))
        part = .open
    }

    /// Sends, with what goes ahead.
    private func exchanging(
        _ send: (PostgresWire, _ before: [PostgresWire.Message]) throws(StoreError) -> PostgresWire.Exchange
    ) throws(StoreError) -> PostgresWire.Exchange {
        guard let wire else { throw .away("there is no connection") }
        let before = ahead
        ahead = []
        let isFirst = !isBegun && use == .writes
        isBegun = true
        do throws(StoreError) {
            let exchange = try send(wire, before)
            if isFirst { transaction.number = exchange.answers.dropFirst().first?.firstText }
            return exchange
        } catch {
            lose()
            throw error
        }
    }

    private func last(of exchange: PostgresWire.Exchange, _ text: String) throws(StoreError) -> PostgresAnswer
    {
        if let failure = exchange.failure {
            var error = failure.error(in: text)
            // It was made a replica of another: that one is to be found.
            if failure.code == "25006", use == .writes { error = .away(failure.message) }
            if case .away = error { lose() }
            throw error
        }
        guard let answer = exchange.answers.last else { throw .statement("no answer to \(text)") }
        return answer
    }
}

// MARK: Transactions

extension PostgresConnection {
    /// Whether the transaction can go on, if only from a savepoint.
    var isOpen: Bool {
        switch failure {
        case .conflict, .away: false
        default: wire != nil
        }
    }

    /// BEGIN goes out with the first statement. That the server is away is found out here if it can be.
    func begin(isBulk: Bool) throws(StoreError) {
        conflicts = failure == .conflict ? conflicts + 1 : 0
        // Whoever was in the way goes first, or both meet again.
        if conflicts > 0 { PostgresServer.rest(.milliseconds(15 * conflicts)) }
        failure = nil
        transaction = Transaction()
        part = .none
        isBegun = false
        isOutcomeKnown = true
        if let wire, !wire.isAlive { letGo() }
        if wire == nil {
            let wire = try server.search(isAgain: wasConnected)
            self.wire = wire
            wasConnected = true
            endGhost(on: wire)
        }
        wire?.hurry()
        if use == .writes, epoch == nil, let wire { epoch = try PostgresEpoch(of: wire) }
        switch use {
        case .reads: ahead = [.command("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")]
        // The number leads to the transaction's outcome, should the answer to its COMMIT be lost.
        case .writes:
            ahead = ["BEGIN", "SELECT pg_current_xact_id()"].map { .command($0) }
            if isBulk { ahead.append(.command("SET LOCAL synchronous_commit = off")) }
        }
    }

    func beginPart(isShared: Bool) {
        failure = nil
        part = isShared ? .wanted : .none
        transaction.actsBeforePart = transaction.acts.count
        transaction.topicsBeforePart = transaction.topics.count
    }

    func keepPart() throws(StoreError) {
        if part == .open { ahead.append(.command("RELEASE part")) }
        part = .none
    }

    func undoPart() throws(StoreError) {
        transaction.acts.removeSubrange(transaction.actsBeforePart...)
        transaction.topics.removeSubrange(transaction.topicsBeforePart...)
        if part == .open { ahead += [.command("ROLLBACK TO part"), .command("RELEASE part")] }
        part = .none
    }

    func commit() throws(StoreError) -> [@Sendable () -> Void] {
        let topics = transaction.topics
        let acts = transaction.acts + topics.map { [listeners] topic in { listeners.call(topic) } }
        guard isBegun || !topics.isEmpty else {
            ahead = []
            return acts
        }
        let announcements = topics.map { topic in
            let quoted = topic.replacing("'", with: "''")
            return PostgresWire.Message.command("SELECT pg_notify('\(Listeners.channel)', '\(quoted)')")
        }
        // COMMIT releases the last savepoint by itself.
        let answer: PostgresAnswer
        do throws(StoreError) {
            let exchange = try exchanging { wire, before throws(StoreError) in
                try wire.exchange(before + announcements + [.command("COMMIT")])
            }
            answer = try last(of: exchange, "COMMIT")
        } catch .away(let why) {
            try seekOutcome(why)
            isBegun = false
            return acts
        }
        // The server answers the COMMIT of a transaction that has failed with ROLLBACK.
        guard answer.tag == "COMMIT" else { throw .spoiled }
        isBegun = false
        return acts
    }

    /// Ends the transaction without a trace, if there is one.
    func rollback() {
        ahead = []
        part = .none
        transaction.acts = []
        transaction.topics = []
        guard isBegun, wire != nil else { return }
        defer { isBegun = false }
        // A connection that cannot roll back is lost, and its transaction with it.
        do throws(StoreError) {
            let exchange = try exchanging { wire, _ throws(StoreError) in
                try wire.exchange([.command("ROLLBACK")])
            }
            _ = try last(of: exchange, "ROLLBACK")
        } catch {
            letGo()
        }
    }

    /// A transaction that was lost did nothing; it may be run again. A row that was in the way may be another
    /// process's, which came after this transaction had looked: the second time it is seen and judged.
    func mayRunAgain(after failure: StoreError, tries: Int) -> Bool {
        switch failure {
        case .notUnique: tries < 1
        case .conflict: tries < 5
        case .away: isOutcomeKnown && tries < 1
        default: false
        }
    }

    /// Gives a migration the time that it needs, and lets one server at a time migrate.
    func takeTime() throws {
        wire?.answerMax = nil
        try run("SET LOCAL statement_timeout = 0")
        try run("SET LOCAL lock_timeout = 0")
        // A number that is ours: `tallysti` in ASCII.
        _ = try rows("SELECT pg_advisory_xact_lock(8386103194290451561)")
    }

    /// The answer to COMMIT was lost: did it happen?
    /// - Throws: `StoreError.away` when it did not, or when nobody can say.
    private func seekOutcome(_ why: String) throws(StoreError) {
        guard let lost = ghost else { throw .away(why) }
        let start = ContinuousClock.now
        isOutcomeKnown = false
        seeking: while ContinuousClock.now - start < server.settings.outcomeMax {
            do throws(StoreError) {
                if wire == nil { wire = try server.search(isAgain: true) }
                guard let wire else { continue }
                switch try lost.outcome(on: wire) {
                case .committed:
                    ghost = nil
                    isOutcomeKnown = true
                    return
                case .undone:
                    ghost = nil
                    isOutcomeKnown = true
                    throw .away(why)
                // It may be about to end well; but its connection may also have been cut before COMMIT came.
                case .open where ContinuousClock.now - start > Self.ghostMax: endGhost(on: wire)
                case .open: break
                case .unknown: break seeking
                }
            } catch {
                if isOutcomeKnown { throw error }
                if wire?.isAlive == false { letGo() }
            }
            PostgresServer.rest()
        }
        throw .away("\(why); the outcome is not known; send it again: a repeat is answered as the first")
    }

    private static let ghostMax = Duration.seconds(1)

    /// A ghost that cannot be ended now goes when the server notices that nobody is there.
    private func endGhost(on wire: PostgresWire) {
        if (try? ghost?.end(on: wire)) == true { ghost = nil }
    }

    private func letGo() {
        if let wire { server.forget(wire.process) }
        wire = nil
        epoch = nil
    }

    private func lose() {
        if let wire {
            // Without a number it did nothing yet; an earlier one may still wait for its end.
            if let number = transaction.number {
                ghost = PostgresGhost(process: wire.process, transaction: number, epoch: epoch)
            }
        }
        letGo()
    }
}
