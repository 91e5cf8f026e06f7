import Dispatch
import Foundation
internal import GRDB
import Synchronization
import Values

/// A store in one SQLite file: one thread that writes, a few that read beside it, one that checkpoints.
package final class SQLiteStore: Store {
    package let path: String
    private let writers: WritersLine
    private let readers: ReadersLine
    private let checkpointer: SQLiteCheckpointer
    private let listeners: Listeners
    private let counted: Counted
    /// Left by the writer, who is the last to leave.
    private let lifetime: DispatchGroup

    private static let readersCount = 4
    private static let bounds = TurnBounds(length: .milliseconds(5), partsMax: .max)

    /// Opens a file, or makes it, readable by its owner only.
    /// - Parameter isGrouping: see `PostgresSettings`.
    /// - Throws: `StoreError.cannotOpen`.
    package static func open(
        path: String, isGrouping: Bool = true, trace: SQLTrace? = nil
    ) throws -> SQLiteStore {
        try SQLiteStore(path, trace, bounds.grouping(isGrouping), isTemporary: false)
    }

    /// A store for tests. Its files vanish when it is closed or let go of.
    package static func temporary(trace: SQLTrace? = nil) throws -> SQLiteStore {
        let name = "tallystick-\(UUID().uuidString).sqlite"
        return try SQLiteStore(NSTemporaryDirectory() + "/" + name, trace, bounds, isTemporary: true)
    }

    private init(_ path: String, _ trace: SQLTrace?, _ bounds: TurnBounds, isTemporary: Bool) throws {
        let (writers, readers, checkpointer) = (WritersLine(), ReadersLine(), SQLiteCheckpointer())
        let (counted, listeners) = (Counted(), Listeners())
        let (lifetime, beside) = (DispatchGroup(), DispatchGroup())
        let writing = try SQLiteFile.open(path)
        let reading = try (0..<Self.readersCount).map { _ in try SQLiteFile.open(path, readOnly: true) }
        let checkpointing = try SQLiteFile.open(path)
        SQLiteFile.thread("store.writer", writing, in: lifetime) { handle in
            let connection = SQLiteConnection(handle, writes: true, trace: trace, listeners: listeners)
            connection.watchLog()
            Writer(line: writers, connection: connection, bounds: bounds) { turn in
                counted.add(turn)
                if turn.isCommitted { checkpointer.logHas(connection.walPages) }
            }.work()
            connection.forgetStatements()
            // Closed last, by the only one who may write, the file is whole and has no log beside it.
            beside.wait()
        } then: {
            if isTemporary { SQLiteFile.remove(path) }
        }
        for (index, file) in reading.enumerated() {
            SQLiteFile.thread("store.reader.\(index)", file, in: beside) { handle in
                let connection = SQLiteConnection(handle, writes: false)
                Reader(line: readers, connection: connection).work()
                connection.forgetStatements()
            }
        }
        SQLiteFile.thread("store.checkpoint", checkpointing, in: beside) { handle in
            let connection = SQLiteConnection(handle, writes: true)
            checkpointer.work(connection) { _ in counted.addFailedCheckpoint() }
        }
        self.path = path
        (self.writers, self.readers, self.checkpointer) = (writers, readers, checkpointer)
        (self.counted, self.listeners, self.lifetime) = (counted, listeners, lifetime)
    }

    deinit { stop() }

    package var backend: Backend { .sqlite }

    package func read<T: Sendable>(
        _ work: @escaping @Sendable (any Connection) throws -> T
    ) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            let ticket = TypedTicket(work) { continuation.resume(with: $0) }
            do throws(StoreError) { try readers.join(ticket) } catch { ticket.answer(error) }
        }
    }

    package func write<T: Sendable>(
        _ lane: Lane, _ work: @escaping @Sendable (any Connection) throws -> T,
        then answer: @escaping @Sendable (Result<T, any Error>) -> Void
    ) {
        let ticket = TypedTicket(work, answer)
        do throws(StoreError) { try writers.join(ticket, lane) } catch { ticket.answer(error) }
    }

    package func listen(_ topic: String, _ act: @escaping @Sendable () -> Void) {
        listeners.add(topic, act)
    }

    /// One tree holds every day.
    package func makeRoom(for days: ClosedRange<Day>) async throws {}

    package var figures: StoreFigures {
        var figures = counted.figures
        figures.waiting = writers.count
        return figures
    }

    package func close() async {
        stop()
        await withCheckedContinuation { continuation in
            lifetime.notify(queue: .global()) { continuation.resume() }
        }
    }

    private func stop() {
        writers.close()
        readers.close()
        checkpointer.stop()
    }
}

/// The file: how it is opened, and the threads that live on it.
enum SQLiteFile {
    static func open(_ path: String, readOnly: Bool = false) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.label = "tallystick"
        configuration.readonly = readOnly
        configuration.busyMode = .timeout(10)
        configuration.foreignKeysEnabled = true
        if !readOnly {
            configuration.journalMode = .wal
            try makePrivate(path)
        }
        do {
            let file = try DatabaseQueue(path: path, configuration: configuration)
            try file.inDatabase { database in
                // LIKE as in PostgreSQL; savepoints would make a file each.
                try database.execute(
                    sql: """
                        PRAGMA case_sensitive_like = ON; PRAGMA temp_store = MEMORY;
                        PRAGMA cache_size = -16384
                        """)
                guard !readOnly else { return }
                // What is deleted is overwritten, for the person who asked for it.
                try database.execute(
                    sql: """
                        PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA wal_autocheckpoint = 0;
                        PRAGMA journal_size_limit = 67108864
                        """)
            }
            return file
        } catch let error as DatabaseError {
            throw StoreError.cannotOpen("\(path): \(error.message ?? error.description)")
        }
    }

    /// Runs `work` on a thread that has the connection to itself, and closes it after.
    static func thread(
        _ name: String, _ file: DatabaseQueue, in group: DispatchGroup,
        _ work: @escaping @Sendable (OpaquePointer) -> Void, then end: @escaping @Sendable () -> Void = {}
    ) {
        group.enter()
        let thread = Thread {
            file.inDatabase { database in
                guard let handle = database.sqliteConnection else { preconditionFailure("closed too early") }
                work(handle)
            }
            do { try file.close() } catch { preconditionFailure("a statement was left open: \(error)") }
            end()
            group.leave()
        }
        thread.name = name
        thread.start()
    }

    static func remove(_ path: String) {
        for suffix in ["", "-wal", "-shm"] { unlink(path + suffix) }
    }

    /// Makes the file for its owner only; SQLite gives the files beside it the same mode. A file that exists
    /// is not even opened: closing it again would drop the locks that SQLite holds on it (POSIX, fcntl).
    private static func makePrivate(_ path: String) throws {
        let file = Foundation.open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600)
        if file >= 0 { _ = Foundation.close(file) }
        guard file >= 0 || errno == EEXIST else {
            throw StoreError.cannotOpen("\(path): \(String(cString: strerror(errno)))")
        }
    }
}
