import Foundation
import Synchronization

/// The server as all connections of a store know it: whether it can be reached, and when to try again.
final class PostgresServer: Sendable {
    let library: LibPQ
    let address: PostgresAddress
    let settings: PostgresSettings

    private let state = Mutex(State())

    private struct State: Sendable {
        /// Somebody has sought it for as long as one seeks: until it is found, nobody waits for it.
        var isAway = false
        var nextAttempt = ContinuousClock.now
        var why = ""
        var reconnects = 0
        var ownProcesses: Set<Int32> = []
    }

    /// Longer than one attempt lasts: nobody else makes one meanwhile.
    private static let attemptMax = Duration.seconds(10)
    private static let pauseMin = Duration.milliseconds(50)
    private static let pauseMax = Duration.milliseconds(500)

    /// - Throws: `StoreError.cannotOpen`.
    init(url: String, settings: PostgresSettings, library: LibPQ) throws(StoreError) {
        self.library = library
        self.settings = settings
        address = try PostgresAddress(url, settings, library)
    }

    /// A connection, sought once.
    /// - Throws: `StoreError.cannotOpen`.
    func connect() throws(StoreError) -> PostgresWire {
        let wire = try PostgresWire(library, address, settings)
        state.withLock {
            $0.isAway = false
            _ = $0.ownProcesses.insert(wire.process)
        }
        return wire
    }

    /// A connection, sought for a while: often in the place of one that was lost (`isAgain`). While the
    /// server is away, one in a while seeks it, and the others are told at once: they do not pile up.
    /// - Throws: `StoreError.away`.
    func search(isAgain: Bool) throws(StoreError) -> PostgresWire {
        let start = ContinuousClock.now
        var pause = Self.pauseMin
        while true {
            try state.withLock { state throws(StoreError) in
                guard state.isAway else { return }
                guard state.nextAttempt <= .now else { throw .away(state.why) }
                state.nextAttempt = .now + Self.attemptMax
            }
            do throws(StoreError) {
                let wire = try connect()
                if isAgain { state.withLock { $0.reconnects += 1 } }
                return wire
            } catch {
                guard case .cannotOpen(let why) = error else { throw error }
                let isAway = state.withLock { state in
                    state.why = why
                    if ContinuousClock.now - start + pause > settings.searchMax { state.isAway = true }
                    state.nextAttempt = .now + Self.pauseMax
                    return state.isAway
                }
                if isAway { throw .away(why) }
            }
            Self.rest(pause)
            pause = min(pause * 2, Self.pauseMax)
        }
    }

    static func rest(_ pause: Duration = .milliseconds(100)) {
        Thread.sleep(forTimeInterval: pause / .seconds(1))
    }

    /// A connection is gone, or was closed.
    func forget(_ process: Int32) { state.withLock { _ = $0.ownProcesses.remove(process) } }

    /// Whether a connection of this store has this process at the server.
    func isOwn(_ process: Int32) -> Bool { state.withLock { $0.ownProcesses.contains(process) } }

    var reconnects: Int { state.withLock { $0.reconnects } }
}
