import Dispatch
import Foundation
import Synchronization

/// A store on a PostgreSQL server: a thread and a connection for clicks, so that they never wait for facts;
/// one for facts and long work; some for reading, as they are needed; and one that hears what other
/// processes announce.
package final class PostgresStore: Store {
    /// The address for people to read: without its password.
    package let address: String
    let server: PostgresServer
    private let clicks = WritersLine()
    private let writers = WritersLine()
    private let readers = ReadersLine()
    private let readersCount = Mutex(0)
    private let listeners = Listeners()
    private let listener: PostgresListener
    private let counted = Counted()
    private let lifetime = DispatchGroup()
    private let closing = DispatchSemaphore(value: 0)

    /// More savepoints would leave the server's memory of a transaction and make all who read slower
    /// (PostgreSQL's manual, subtransactions: 64 are kept at hand).
    private static let bounds = TurnBounds(length: .milliseconds(20), partsMax: 60)
    /// How often those who waited too long are looked for.
    private static let roundLength = DispatchTimeInterval.milliseconds(500)

    /// Connects, once: a server that cannot be reached, or refuses us, is a mistake to mend now.
    /// - Throws: `StoreError.cannotOpen`, a sentence without the password.
    package static func open(
        url: String, settings: PostgresSettings = PostgresSettings(), trace: SQLTrace? = nil
    ) throws -> PostgresStore {
        let library = try LibPQ.ofThisMachine.get()
        let store = try PostgresStore(
            try PostgresServer(url: url, settings: settings, library: library), url, trace)
        Self.leaveAtOnce
        return store
    }

    /// The libraries that libpq brings tidy up when the process exits, while threads that have just ended may
    /// still be giving back what these libraries keep for a thread: both then free the same. So whoever has
    /// connected once leaves without their handlers, of which ours is the last added and the first called.
    private static let leaveAtOnce: Void = {
        on_exit(
            { status, _ in
                fflush(nil)
                _exit(status)
            }, nil)
    }()

    /// An address without what is secret in it.
    package static func masked(_ url: String) -> String { PostgresAddress.masked(url) }

    package static func withoutPassword(_ url: String) -> String { PostgresAddress.withoutPassword(url) }

    private init(_ server: PostgresServer, _ url: String, _ trace: SQLTrace?) throws {
        self.server = server
        address = Self.masked(url)
        listener = try PostgresListener(server, listeners, lifetime)
        let opened = Opened()
        let bounds = Self.bounds.grouping(server.settings.isGrouping)
        thread("store.facts") { [writers, listeners, counted] in
            do throws(StoreError) {
                let wire = try server.connect()
                opened.tell(nil)
                let connection = PostgresConnection(
                    server, .writes, wire: wire, trace: trace, listeners: listeners)
                Writer(line: writers, connection: connection, bounds: bounds, note: counted.add).work()
            } catch {
                opened.tell(error)
            }
        }
        if let failure = opened.wait() { throw failure }
        thread("store.clicks") { [clicks, listeners, counted] in
            let connection = PostgresConnection(server, .writes, trace: trace, listeners: listeners)
            Writer(line: clicks, connection: connection, bounds: bounds, note: counted.add).work()
        }
        let (readMax, writeMax) = (server.settings.readWaitMax, server.settings.writeWaitMax)
        thread("store.watch") { [readers, writers, clicks, closing] in
            while closing.wait(timeout: .now() + Self.roundLength) == .timedOut {
                for ticket in readers.takeOlder(than: readMax) { ticket.answer(.busy) }
                for line in [writers, clicks] {
                    for ticket in line.takeOlder(than: writeMax) { ticket.answer(.busy) }
                }
            }
        }
    }

    deinit { stop() }

    package var backend: Backend { .postgres }

    package func read<T: Sendable>(
        _ work: @escaping @Sendable (any Connection) throws -> T
    ) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            let ticket = TypedTicket(work) { continuation.resume(with: $0) }
            do throws(StoreError) {
                if try readers.join(ticket) { addReader() }
            } catch {
                ticket.answer(error)
            }
        }
    }

    package func write<T: Sendable>(
        _ lane: Lane, _ work: @escaping @Sendable (any Connection) throws -> T,
        then answer: @escaping @Sendable (Result<T, any Error>) -> Void
    ) {
        let ticket = TypedTicket(work, answer)
        let line = lane == .clicks ? clicks : writers
        do throws(StoreError) { try line.join(ticket, lane) } catch { ticket.answer(error) }
    }

    package func listen(_ topic: String, _ act: @escaping @Sendable () -> Void) {
        listeners.add(topic, act)
        listener.start()
    }

    package func backup(to path: String) async throws { throw StoreError.backedUpElsewhere }

    package var figures: StoreFigures {
        var figures = counted.figures
        figures.waiting = writers.count + clicks.count
        figures.reconnects = server.reconnects
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
        clicks.close()
        readers.close()
        listener.stop()
        closing.signal()
    }

    private func addReader() {
        let max = server.settings.readersMax
        let number = readersCount.withLock { count in
            guard count < max else { return 0 }
            count += 1
            return count
        }
        guard number > 0 else { return }
        thread("store.reader.\(number)") { [server, readers] in
            Reader(line: readers, connection: PostgresConnection(server, .reads)).work()
        }
    }

    private func thread(_ name: String, _ work: @escaping @Sendable () -> Void) {
        lifetime.enter()
        let thread = Thread { [lifetime] in
            work()
            lifetime.leave()
        }
        thread.name = name
        thread.start()
    }

    /// What became of the first connection, told by the thread that has it.
    private final class Opened: Sendable {
        private let failure = Mutex<StoreError?>(nil)
        private let bell = DispatchSemaphore(value: 0)

        func tell(_ failure: StoreError?) {
            self.failure.withLock { $0 = failure }
            bell.signal()
        }

        func wait() -> StoreError? {
            bell.wait()
            return failure.withLock { $0 }
        }
    }
}
