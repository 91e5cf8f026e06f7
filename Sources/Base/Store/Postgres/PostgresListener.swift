import Dispatch
import Foundation
import Synchronization

/// Hears what other processes announce, on a thread and a connection of its own.
final class PostgresListener: Sendable {
    private let server: PostgresServer
    private let listeners: Listeners
    private let lifetime: DispatchGroup
    private let state = Mutex(State())
    /// A byte written to the second end wakes the thread, which looks at the first.
    private let (wakeRead, wakeWrite): (Int32, Int32)

    private struct State: Sendable {
        var isStarted = false
        var isStopped = false
    }

    init(_ server: PostgresServer, _ listeners: Listeners, _ lifetime: DispatchGroup) throws(StoreError) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw .cannotOpen(String(cString: strerror(errno))) }
        (self.server, self.listeners, self.lifetime) = (server, listeners, lifetime)
        (wakeRead, wakeWrite) = (ends[0], ends[1])
    }

    deinit {
        close(wakeRead)
        close(wakeWrite)
    }

    func start() {
        let isNew = state.withLock { state in
            defer { state.isStarted = true }
            return !state.isStarted && !state.isStopped
        }
        guard isNew else { return }
        lifetime.enter()
        let thread = Thread { [self] in
            work()
            lifetime.leave()
        }
        thread.name = "store.listener"
        thread.start()
    }

    func stop() {
        state.withLock { $0.isStopped = true }
        _ = write(wakeWrite, [0], 1)
    }

    private var isStopped: Bool { state.withLock { $0.isStopped } }

    private func work() {
        while !isStopped {
            do throws(StoreError) {
                let wire = try server.connect()
                defer { server.forget(wire.process) }
                try listen(on: wire)
            } catch {
                PostgresServer.rest(.milliseconds(500))
            }
        }
    }

    private func listen(on wire: PostgresWire) throws(StoreError) {
        _ = try wire.exchange([.command("LISTEN \(Listeners.channel)")])
        // Whatever was announced while nobody listened.
        listeners.callAll()
        while !isStopped {
            // This process's own listeners were called when it committed.
            let topics = try wire.news(orReadable: wakeRead).filter { !server.isOwn($0.process) }.map(\.topic)
            for topic in Set(topics) { listeners.call(topic) }
        }
    }
}
