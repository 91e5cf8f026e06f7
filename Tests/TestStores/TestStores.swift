import Synchronization
import Values

@testable import Store

extension Backend {
    /// An empty store for a test, which leaves nothing behind when it is closed, and runs nothing that a
    /// cluster could not.
    package func temporary() throws -> any Store {
        switch self {
        case .sqlite: return WatchedStore(try SQLiteStore.temporary())
        case .postgres:
            let server = TestServer.shared
            return try server.store(server.makeDatabase())
        }
    }

    /// The same with every migration applied.
    package func migrated(now: Instant) async throws -> any Store {
        let store: any Store
        switch self {
        case .sqlite: store = WatchedStore(try SQLiteStore.temporary())
        case .postgres:
            let server = TestServer.shared
            store = try server.store(try await server.makeMigrated(now: now))
        }
        try await store.migrate(now: now)
        return store
    }
}

extension TestServer {
    /// A store on a database of its own, which goes with it.
    fileprivate func store(_ url: String) throws -> any Store {
        var settings = PostgresSettings()
        settings.readersMax = 4
        let isGone = Mutex(false)
        return WatchedStore(try PostgresStore.open(url: url, settings: settings)) {
            let wasGone = isGone.withLock { isGone in
                defer { isGone = true }
                return isGone
            }
            if !wasGone { try? self.drop(url) }
        }
    }
}
