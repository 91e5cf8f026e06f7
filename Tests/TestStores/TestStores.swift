import Synchronization
import Values

@testable import Store

extension Backend {
    /// An empty store for a test, which leaves nothing behind when it is closed.
    package func temporary() throws -> any Store {
        switch self {
        case .sqlite: return try SQLiteStore.temporary()
        case .postgres:
            let server = TestServer.shared
            return try TemporaryStore(server, server.makeDatabase())
        }
    }

    /// The same with every migration applied.
    package func migrated(now: Instant) async throws -> any Store {
        let store: any Store
        switch self {
        case .sqlite: store = try SQLiteStore.temporary()
        case .postgres:
            let server = TestServer.shared
            store = try TemporaryStore(server, try await server.makeMigrated(now: now))
        }
        try await store.migrate(now: now)
        return store
    }
}

/// A PostgreSQL store on a database of its own, which goes with it.
private final class TemporaryStore: Migrating {
    private let store: PostgresStore
    private let server: TestServer
    private let url: String
    private let isGone = Mutex(false)

    init(_ server: TestServer, _ url: String) throws {
        self.server = server
        self.url = url
        var settings = PostgresSettings()
        settings.readersMax = 4
        store = try PostgresStore.open(url: url, settings: settings)
    }

    var backend: Backend { store.backend }
    var figures: StoreFigures { store.figures }

    func read<T: Sendable>(_ work: @escaping @Sendable (any Connection) throws -> T) async throws -> T {
        try await store.read(work)
    }

    func write<T: Sendable>(
        _ lane: Lane, _ work: @escaping @Sendable (any Connection) throws -> T,
        then answer: @escaping @Sendable (Result<T, any Error>) -> Void
    ) { store.write(lane, work, then: answer) }

    func listen(_ topic: String, _ act: @escaping @Sendable () -> Void) { store.listen(topic, act) }
    func makeRoom(for days: ClosedRange<Day>) async throws { try await store.makeRoom(for: days) }
    func migrate(now: Instant) async throws { try await store.migrate(now: now) }
    func pendingMigrations() async throws -> [String] { try await store.pendingMigrations() }
    func backup(to path: String) async throws { try await store.backup(to: path) }

    static func words(for statement: Dialect.Statement) -> [String] { PostgresStore.words(for: statement) }
    static func beginMigration(on connection: any Connection) throws {
        try PostgresStore.beginMigration(on: connection)
    }
    static func hasBegun(_ connection: any Connection) throws -> Bool {
        try PostgresStore.hasBegun(connection)
    }

    func close() async {
        await store.close()
        let wasGone = isGone.withLock { isGone in
            defer { isGone = true }
            return isGone
        }
        if !wasGone { try? server.drop(url) }
    }
}
