import Synchronization
import Values

@testable import Store

/// A store that runs nothing that a cluster could not: what breaks `ClusterRule` fails the test that asks it.
final class WatchedStore<Base: Migrating>: Migrating {
    private let base: Base
    private let end: @Sendable () -> Void

    /// - Parameter end: done when the store is closed.
    init(_ base: Base, end: @escaping @Sendable () -> Void = {}) {
        self.base = base
        self.end = end
    }

    func read<T: Sendable>(_ work: @escaping @Sendable (any Connection) throws -> T) async throws -> T {
        try await base.read { try Self.watch($0, work) }
    }

    func write<T: Sendable>(
        _ lane: Lane, _ work: @escaping @Sendable (any Connection) throws -> T,
        then answer: @escaping @Sendable (Result<T, any Error>) -> Void
    ) { base.write(lane, { try Self.watch($0, work) }, then: answer) }

    private static func watch<T>(
        _ connection: any Connection, _ work: (any Connection) throws -> T
    ) throws -> T {
        guard let shared = connection as? any SharedConnection else { return try work(connection) }
        let watched = WatchedConnection(shared)
        let result = try work(watched)
        // Also where the work has caught it.
        if let breach = watched.breach { throw breach }
        return result
    }

    var backend: Backend { base.backend }
    var figures: StoreFigures { base.figures }
    func listen(_ topic: String, _ act: @escaping @Sendable () -> Void) { base.listen(topic, act) }
    func makeRoom(for days: ClosedRange<Day>) async throws { try await base.makeRoom(for: days) }
    func migrate(now: Instant) async throws { try await base.migrate(now: now) }
    func pendingMigrations() async throws -> [String] { try await base.pendingMigrations() }
    func backup(to path: String) async throws { try await base.backup(to: path) }

    func close() async {
        await base.close()
        end()
    }

    static func words(for statement: Dialect.Statement) -> [String] { Base.words(for: statement) }

    static func beginMigration(on connection: any Connection) throws {
        try Base.beginMigration(on: (connection as? WatchedConnection)?.base ?? connection)
    }

    static func hasBegun(_ connection: any Connection) throws -> Bool { try Base.hasBegun(connection) }
}

/// A statement that a cluster could not run.
package struct NotForACluster: Error, CustomStringConvertible {
    let statement: String
    let sentences: [String]

    package var description: String { "\(sentences.joined(separator: "; ")), in: \(statement)" }
}

final class WatchedConnection: SharedConnection {
    let base: any SharedConnection
    private(set) var breach: NotForACluster?

    /// One reading of each text serves the whole run.
    private static let rules = Mutex<[String: ClusterRule]>([:])

    init(_ base: any SharedConnection) { self.base = base }

    @discardableResult func run(_ sql: SQL) throws -> Int {
        try check(sql.text, sql.values)
        return try base.run(sql)
    }

    func rows(_ sql: SQL) throws -> [Row] {
        try check(sql.text, sql.values)
        return try base.rows(sql)
    }

    func insert(into head: String, _ tail: String, columns: Int, rows: [[SQLValue]]) throws -> Int {
        try check("\(head) ($1) \(tail)", [])
        return try base.insert(into: head, tail, columns: columns, rows: rows)
    }

    private func check(_ text: String, _ values: [SQLValue]) throws {
        let known = Self.rules.withLock { $0[text] }
        let rule = known ?? ClusterRule(text)
        if known == nil { Self.rules.withLock { $0[text] = rule } }
        let breaches = ClusterRule.complaints(about: text, rule) { number in
            values.indices.contains(number - 1) ? "\(values[number - 1])" : nil
        }
        // Tests make tables of their own, and look at all rows; that the product's own statements ask one node
        // is held against its sources.
        let sentences = breaches.filter { $0.kind == .other }.map(\.sentence)
        guard !sentences.isEmpty else { return }
        let found = NotForACluster(statement: text, sentences: sentences)
        breach = breach ?? found
        throw found
    }

    func pages(of table: String, _ size: Int, _ take: ([Row]) throws -> Void) throws {
        try base.pages(of: table, size, take)
    }

    func afterCommit(_ act: @escaping @Sendable () -> Void) { base.afterCommit(act) }
    func announce(_ topic: String) { base.announce(topic) }

    // What the writer alone calls, on the connection itself.
    var failure: StoreError? { base.failure }
    var isOpen: Bool { base.isOpen }
    func begin(isBulk: Bool) throws(StoreError) { try base.begin(isBulk: isBulk) }
    func beginPart(isShared: Bool) { base.beginPart(isShared: isShared) }
    func keepPart() throws(StoreError) { try base.keepPart() }
    func undoPart() throws(StoreError) { try base.undoPart() }
    func commit() throws(StoreError) -> [@Sendable () -> Void] { try base.commit() }
    func rollback() { base.rollback() }
    func mayRunAgain(after failure: StoreError, tries: Int) -> Bool {
        base.mayRunAgain(after: failure, tries: tries)
    }
}
