import Foundation
import Store
import Values

/// Where the tables are: in a SQLite file, or on a PostgreSQL server.
enum Database {
    case file(String)
    /// A connection URL, its password in it.
    case server(String)

    /// Reads `sqlite:FILE`, `postgres://…` or `postgresql://…`.
    init(_ address: String) throws {
        if address.hasPrefix("sqlite:"), address.count > 7 {
            self = .file(String(address.dropFirst(7)))
        } else if address.hasPrefix("postgres://") || address.hasPrefix("postgresql://") {
            self = .server(address)
        } else {
            // What follows a colon may hold a password.
            let parts = address.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 1 else {
                throw Refusal.invalid("the database \(parts[0]):…", .because("is not \(Self.forms)"))
            }
            throw Refusal.invalid(
                "the database \(address)", .because("is not \(Self.forms); a file is sqlite:\(address)"))
        }
    }

    private static let forms = "sqlite:FILE or postgres://…"

    /// As `--database` takes it, but for the password.
    var address: String {
        switch self {
        case .file(let path): "sqlite:\(path)"
        case .server: name
        }
    }

    /// As it may be shown.
    var name: String {
        switch self {
        case .file(let path): path
        case .server(let url): PostgresStore.masked(url)
        }
    }

    /// The key file where none is named.
    var keyPath: String {
        switch self {
        case .file(let path): path + ".key"
        case .server: "tallystick.key"
        }
    }

    /// Opens it; a file that is not there is made.
    func open(isGrouping: Bool = true, trace: SQLTrace? = nil) throws -> any Store {
        switch self {
        case .file(let path): return try SQLiteStore.open(path: path, isGrouping: isGrouping, trace: trace)
        case .server(let url):
            var settings = PostgresSettings()
            settings.isGrouping = isGrouping
            return try PostgresStore.open(url: url, settings: settings, trace: trace)
        }
    }

    /// Takes away a file that came to nothing; what a server holds is its owner's to drop.
    func removeFile() {
        guard case .file(let path) = self else { return }
        for suffix in ["", "-wal", "-shm"] { unlink(path + suffix) }
    }

    /// Whether our tables are there.
    func isThere() async throws -> Bool {
        if case .file(let path) = self { return FileManager.default.fileExists(atPath: path) }
        let store = try open()
        let pending: [String]
        do {
            pending = try await store.pendingMigrations()
        } catch {
            await store.close()
            throw error
        }
        await store.close()
        return pending.first?.hasPrefix("0001") != true
    }
}
