import Values

/// The databases that a store can stand on.
package enum Backend: String, CaseIterable, Sendable, CustomStringConvertible {
    case sqlite, postgres

    package var description: String { rawValue }
}

/// One open transaction on one connection. Not `Sendable`: it cannot leave the closure that it was lent to.
///
/// After a statement has failed, the connection refuses further ones until the closure has ended, and what
/// the closure wrote is undone even if it returns normally (PostgreSQL knows no other way).
package protocol Connection {
    /// Runs a statement; the number of rows that it inserted, updated or deleted.
    @discardableResult func run(_ sql: SQL) throws -> Int

    /// The rows that a SELECT, or a RETURNING, answers.
    func rows(_ sql: SQL) throws -> [Row]

    /// Inserts many rows: `insert("INSERT INTO t (a, b) VALUES", "ON CONFLICT (a) DO NOTHING", …)`.
    /// A key may come once in a call. The number of rows inserted or updated.
    @discardableResult func insert(
        _ head: StaticString, _ tail: StaticString, columns: Int, rows: [[SQLValue]]
    ) throws -> Int

    /// Something to do as soon as what was written is durable, and before anyone is answered. Never done
    /// when the closure throws. It holds up the writer, so it is short: swap a snapshot, wake somebody.
    func afterCommit(_ act: @escaping @Sendable () -> Void)

    /// Tells every process on this database, this one too, that there is news of a topic, when it is durable.
    /// Twice in one transaction is once. `Store.listen` hears it.
    func announce(_ topic: String)
}

extension Connection {
    package func first(_ sql: SQL) throws -> Row? { try rows(sql).first }

    @discardableResult package func insert(_ head: StaticString, columns: Int, rows: [[SQLValue]]) throws
        -> Int
    {
        try insert(head, "", columns: columns, rows: rows)
    }
}

/// What a write waits in line with.
package enum Lane: Sendable {
    /// Clicks: all that wait are in the next commit.
    case clicks
    /// What people and partners wait for.
    case facts
    /// A piece of long work, of at most 20 ms. Nobody who came before waits for it.
    case long
    /// A long piece whose sender answers nobody before the end of all: it is there for everyone at once, and
    /// survives a power failure with the next commit of another lane, which the sender sees to.
    case bulk
}

/// A database: a file, or a server. The work given is synchronous on purpose: a transaction never waits for
/// anything but its own database. Work may be run again, so it changes nothing but the database;
/// for the rest there is `afterCommit`.
package protocol Store: Sendable {
    var backend: Backend { get }

    /// Reads one unchanging state of the database, beside the writer. Under two seconds: page what is long.
    func read<T: Sendable>(_ work: @escaping @Sendable (any Connection) throws -> T) async throws -> T

    /// Writes. Closures that wait together share a commit, run one after another, see each other's writes,
    /// and are each answered when the commit is durable. One that throws undoes its own writes only.
    func write<T: Sendable>(
        _ lane: Lane, _ work: @escaping @Sendable (any Connection) throws -> T,
        then answer: @escaping @Sendable (Result<T, any Error>) -> Void)

    /// Calls `act` after each announcement of the topic, and whenever one may have been missed: it looks what
    /// there is, and is short.
    func listen(_ topic: String, _ act: @escaping @Sendable () -> Void)

    /// Makes room for clicks of these days beforehand; days without it are kept too, only less well.
    func makeRoom(for days: ClosedRange<Day>) async throws

    /// Brings the tables to what this program knows.
    func migrate(now: Instant) async throws

    /// The migrations that `migrate` would apply.
    /// - Throws: `StoreError.newerDatabase`, `.changedMigration`.
    func pendingMigrations() async throws -> [String]

    /// Writes a whole and checked copy to a new file, while others write on.
    func backup(to path: String) async throws

    /// Finishes what was accepted, refuses the rest with `StoreError.closed`, and lets go of the database.
    func close() async

    var figures: StoreFigures { get }
}

extension Store {
    @discardableResult package func write<T: Sendable>(
        _ lane: Lane = .facts, _ work: @escaping @Sendable (any Connection) throws -> T
    ) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            write(lane, work) { continuation.resume(with: $0) }
        }
    }
}

/// Told each statement that writes, with its values: a bench repeats them elsewhere.
package typealias SQLTrace = @Sendable (String, [SQLValue]) -> Void

/// What a store has done since it was opened.
package struct StoreFigures: Hashable, Sendable {
    package var commits = 0
    /// Closures that were answered with a result.
    package var writes = 0
    /// The most closures that one commit held.
    package var groupLargest = 0
    /// From BEGIN to durable, all commits together.
    package var commitSeconds = 0.0
    /// Checkpoints that failed; the log grows until one succeeds.
    package var checkpointsFailed = 0
    /// Transactions that were run again, after a conflict or a lost connection.
    package var retries = 0
    /// Connections that were lost and found again.
    package var reconnects = 0
    /// Closures in line now.
    package var waiting = 0
}

package indirect enum StoreError: Error, Hashable, CustomStringConvertible {
    case busy, closed, full, locked, spoiled, conflict, timeout, backedUpElsewhere
    case io(String), damaged(String), commitFailed(StoreError)
    case notUnique(String), constraint(String), statement(String)
    case newerDatabase(found: Int, known: Int), changedMigration(String), targetExists(String)
    case cannotOpen(String), notEmpty(String)
    /// The server cannot be reached now, or was lost meanwhile.
    case away(String)

    package var description: String {
        switch self {
        case .busy: "Too much is waiting, or has waited too long; try again shortly."
        case .closed: "The store is closed."
        case .full: "The disk is full; nothing was written."
        case .locked: "Others hold what is wanted for too long; try again shortly."
        case .spoiled: "An earlier statement of this transaction failed."
        case .io(let why): "The disk failed: \(why)."
        case .damaged(let why): "The database is damaged: \(why)."
        case .commitFailed(let why): "The commit failed and nothing was kept. \(why)"
        case .notUnique(let what): "There is such a row already: \(what)."
        case .constraint(let what): "The database refuses the row: \(what)."
        case .statement(let why): "A statement is wrong: \(why)."
        case .newerDatabase(let found, let known):
            "The database has migration \(found), this program knows \(known): use a newer tallystick."
        case .changedMigration(let name): "Migration \(name) was changed after it was applied."
        case .targetExists(let path): "\(path) exists already; a backup overwrites nothing."
        case .conflict: "Others changed the same rows at the same time; try again."
        case .timeout: "A statement took longer than it may."
        case .backedUpElsewhere:
            """
            PostgreSQL is backed up by its own tools: pg_dump makes a copy, pg_basebackup with archived WAL \
            keeps every commit.
            """
        case .away(let why): "The database server is away: \(why)."
        case .notEmpty(let table):
            """
            The table \(table) holds rows already: a copy goes into an empty database. If a copy broke off \
            here, remove what it left.
            """
        case .cannotOpen(let why): "The database cannot be opened: \(why)."
        }
    }
}
