import Dispatch
import Synchronization
import Values

/// Moves everything that one store holds into another that is empty, whatever database each stands on.
///
/// What is read is one state of the source. The programs come last, so that a target to which not everything
/// came holds none, and nobody takes it for whole.
package struct Transfer: Sendable {
    private let source: any Store
    private let target: any Store

    private static let pageRows = 2_000
    private static let last = ["program", "program_head"]

    /// Both brought up to date before.
    package init(from source: any Store, to target: any Store) {
        (self.source, self.target) = (source, target)
    }

    /// - Parameter progress: told each table with the rows that are over so far.
    /// - Returns: the rows of each table, tables in order.
    /// - Throws: `StoreError.notEmpty` when the target holds something.
    package func run(
        progress: @escaping @Sendable (_ table: String, _ rows: Int) -> Void
    ) async throws -> [(table: String, rows: Int)] {
        let tables = Schema.tables.filter { !Self.last.contains($0) } + Self.last
        if let full = try await target.read({ try Self.firstWithRows(of: tables, $0) }) {
            throw StoreError.notEmpty(full)
        }
        try await makeRoom()
        let isAgain = Atomic(false)
        let target = target
        return try await source.read { connection in
            // A read that lost its connection begins anew, and what is over already would come twice.
            guard !isAgain.exchange(true, ordering: .relaxed) else {
                throw StoreError.away("the connection was lost; empty the target and copy again")
            }
            return try tables.map { table in
                var count = 0
                try Self.shared(connection).pages(of: table, Self.pageRows) { rows in
                    try Self.write(rows, of: table, to: target, Self.last.contains(table) ? .facts : .bulk)
                    count += rows.count
                    progress(table, count)
                }
                return (table, count)
            }
        }
    }

    /// How many rows each table holds.
    package static func counts(of store: any Store) async throws -> [(table: String, rows: Int)] {
        try await store.read { connection in
            try Schema.tables.map { table in
                let sql = SQL(fromFile: "SELECT COUNT(*) AS rows FROM \(table)")
                return (table, Int(try connection.first(sql)?.integer("rows") ?? 0))
            }
        }
    }

    private static func firstWithRows(of tables: [String], _ connection: any Connection) throws -> String? {
        try tables.first { try connection.first(SQL(fromFile: "SELECT 1 AS one FROM \($0) LIMIT 1")) != nil }
    }

    /// Where the target keeps clicks by their days, these get a place before they come.
    private func makeRoom() async throws {
        let span = try await source.read {
            try $0.first("SELECT MIN(day) AS first, MAX(day) AS last FROM click")
        }
        guard let first = span?.integer(ifAny: "first"), let last = span?.integer(ifAny: "last"),
            let from = Int32(exactly: first), let until = Int32(exactly: last)
        else { return }
        try await target.makeRoom(for: Day(number: from)...Day(number: until))
    }

    private static func shared(_ connection: any Connection) throws -> any SharedConnection {
        guard let shared = connection as? any SharedConnection else { throw StoreError.closed }
        return shared
    }

    /// Waits, in the reader's thread, until the target has the rows.
    private static func write(_ rows: [Row], of table: String, to target: any Store, _ lane: Lane) throws {
        guard let columns = rows.first?.answer.columns else { return }
        let head = "INSERT INTO \(table) (\(columns.joined(separator: ", "))) VALUES"
        let values = rows.map(\.values)
        let outcome = Mutex<Result<Void, any Error>?>(nil)
        let written = DispatchSemaphore(value: 0)
        target.write(lane) { connection in
            _ = try shared(connection).insert(into: head, "", columns: columns.count, rows: values)
        } then: { result in
            outcome.withLock { $0 = result }
            written.signal()
        }
        written.wait()
        try outcome.withLock { $0 }?.get()
    }
}
