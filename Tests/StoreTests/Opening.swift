import Store
import Synchronization
import TestStores
import Values

extension Backend {
    /// An empty store with the table `jar(name, amount)`.
    func open() async throws -> any Store {
        let store = try temporary()
        try await store.write { try $0.run(jar) }
        return store
    }
}

let jar: SQL = """
    CREATE TABLE jar (name TEXT NOT NULL PRIMARY KEY, amount BIGINT NOT NULL CHECK (amount >= 0))
    """

extension Instant {
    static let noon = Instant(milliseconds: 1_767_268_800_000)!
}

extension Connection {
    func put(_ name: String, _ amount: Int64) throws {
        try run("INSERT INTO jar (name, amount) VALUES (\(name), \(amount))")
    }

    func amount(_ name: String) throws -> Int64? {
        try first("SELECT amount FROM jar WHERE name = \(name)")?.integer("amount")
    }

    func names() throws -> [String] {
        try rows("SELECT name FROM jar ORDER BY name").map { $0.text("name") }
    }
}

struct Spilled: Error, Equatable {}

final class Seen: Sendable {
    private let texts = Mutex<[String]>([])
    func add(_ text: String) { texts.withLock { $0.append(text) } }
    var all: [String] { texts.withLock { $0 } }
}

/// A count that several tasks change.
final class Count: Sendable {
    private let state = Mutex(0)
    @discardableResult func add() -> Int {
        state.withLock { count in
            count += 1
            return count
        }
    }
    var value: Int { state.withLock { $0 } }
}
