import Foundation
private import GRDBSQLite

/// One connection to SQLite, used by the one thread that owns it.
///
/// Statements run through SQLite's own C functions: GRDB's binding costs more than the insert.
final class SQLiteConnection: SharedConnection {
    /// The first failure since `begin` or `beginPart`; from then on nothing more is run.
    private(set) var failure: StoreError?
    /// Pages in the write-ahead log after the last commit.
    private(set) var walPages = 0

    private let handle: OpaquePointer
    private let writes: Bool
    private let trace: SQLTrace?
    private let listeners: Listeners
    private var statements: [String: Prepared] = [:]
    private var uses = 0
    private var part = Part.none
    /// Whether a commit leaves its pages to the system for a while.
    private var isRelaxed = false
    private var acts: [@Sendable () -> Void] = []
    private var topics: [String] = []
    private var (actsBeforePart, topicsBeforePart) = (0, 0)

    private static let statementsMax = 512
    /// SQLite's own bound; PostgreSQL's is twice that.
    private static let valuesMax = 32_766

    /// Where the closure that runs now stands with its savepoint.
    private enum Part { case none, wanted, open }

    private final class Prepared {
        let handle: OpaquePointer
        let text: String
        let onlyReads: Bool
        let columns: [String]
        var lastUse = 0

        init(_ handle: OpaquePointer, _ text: String) {
            self.handle = handle
            self.text = text
            onlyReads = sqlite3_stmt_readonly(handle) != 0
            columns = (0..<sqlite3_column_count(handle)).map {
                String(cString: sqlite3_column_name(handle, $0))
            }
        }

        deinit { sqlite3_finalize(handle) }
    }

    init(
        _ handle: OpaquePointer, writes: Bool, trace: SQLTrace? = nil, listeners: Listeners = Listeners()
    ) {
        self.handle = handle
        self.writes = writes
        self.trace = trace
        self.listeners = listeners
    }

    /// Lets go of all statements; a connection that keeps one cannot be closed.
    func forgetStatements() { statements = [:] }

    // MARK: Statements

    @discardableResult func run(_ sql: SQL) throws -> Int {
        try guarding { () throws(StoreError) in
            let statement = try prepared(sql)
            try begin(statement, sql.values)
            return try finish(statement)
        }
    }

    func rows(_ sql: SQL) throws -> [Row] {
        try guarding { () throws(StoreError) in
            let statement = try prepared(sql)
            try begin(statement, sql.values)
            defer { sqlite3_reset(statement.handle) }
            var values: [SQLValue] = []
            while try step(statement) {
                for column in 0..<statement.columns.count { values.append(read(statement, Int32(column))) }
            }
            return Row.Answer(columns: statement.columns, values: values).rows
        }
    }

    /// SQLite answers a prepared one-row statement faster than it parses a long one.
    func insert(into head: String, _ tail: String, columns: Int, rows: [[SQLValue]]) throws -> Int {
        try guarding { () throws(StoreError) in
            guard !rows.isEmpty else { return 0 }
            let holes = (1...columns).map { "$\($0)" }.joined(separator: ",")
            let statement = try prepared("\(head) (\(holes)) \(tail)")
            var changed = 0
            for row in rows {
                precondition(row.count == columns, "\(row.count) values for \(columns) columns: \(head)")
                try begin(statement, row)
                changed += try finish(statement)
            }
            return changed
        }
    }

    func pages(of table: String, _ size: Int, _ take: ([Row]) throws -> Void) throws {
        let statement = try guarding { () throws(StoreError) in
            let statement = try prepared("SELECT * FROM \(table)")
            try begin(statement, [])
            return statement
        }
        defer { sqlite3_reset(statement.handle) }
        let columns = statement.columns.count
        var isOver = false
        while !isOver {
            let page = try guarding { () throws(StoreError) in
                var values: [SQLValue] = []
                while !isOver, values.count < size * columns {
                    isOver = try !step(statement)
                    guard !isOver else { break }
                    for column in 0..<columns { values.append(read(statement, Int32(column))) }
                }
                return Row.Answer(columns: statement.columns, values: values).rows
            }
            try take(page)
        }
    }

    func afterCommit(_ act: @escaping @Sendable () -> Void) {
        precondition(writes, "a read commits nothing")
        acts.append(act)
    }

    func announce(_ topic: String) {
        precondition(writes, "a read announces nothing")
        if !topics.contains(topic) { topics.append(topic) }
    }

    private func guarding<T>(_ work: () throws(StoreError) -> T) throws(StoreError) -> T {
        guard failure == nil else { throw .spoiled }
        do {
            return try work()
        } catch {
            failure = error
            throw error
        }
    }

    private func prepared(_ sql: SQL) throws(StoreError) -> Prepared {
        guard sql.values.count <= Self.valuesMax else {
            throw .statement("\(sql.values.count) values are too many for one statement")
        }
        return try prepared(sql.text)
    }

    private func prepared(_ text: String) throws(StoreError) -> Prepared {
        uses += 1
        if let statement = statements[text] {
            statement.lastUse = uses
            // A migration may have changed what `*` means.
            if Int(sqlite3_column_count(statement.handle)) == statement.columns.count { return statement }
        }
        var handle: OpaquePointer?
        let code = sqlite3_prepare_v3(
            self.handle, Self.withoutNumbers(text), -1, UInt32(SQLITE_PREPARE_PERSISTENT), &handle, nil)
        guard code == SQLITE_OK, let handle else { throw error(code, in: text) }
        let statement = Prepared(handle, text)
        statement.lastUse = uses
        if statements.count >= Self.statementsMax { forgetOldStatements() }
        statements[text] = statement
        return statement
    }

    /// `?` for each `$1, $2, …`, which come once each and in order. SQLite takes `$1` for a name and looks
    /// for it among all the others: 12 s for a long list.
    private static func withoutNumbers(_ text: String) -> String {
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        var short: [UInt8] = []
        short.reserveCapacity(text.utf8.count)
        var isNumber = false
        for byte in text.utf8 {
            if digits.contains(byte), isNumber || short.last == UInt8(ascii: "$") {
                if !isNumber { short[short.count - 1] = UInt8(ascii: "?") }
                isNumber = true
            } else {
                isNumber = false
                short.append(byte)
            }
        }
        return String(decoding: short, as: UTF8.self)
    }

    private func forgetOldStatements() {
        let median = statements.values.map(\.lastUse).sorted()[statements.count / 2]
        statements = statements.filter { $0.value.lastUse > median }
    }

    private func begin(_ statement: Prepared, _ values: [SQLValue]) throws(StoreError) {
        if let trace { trace(statement.text, values) }
        if part == .wanted, !statement.onlyReads {
            try command("SAVEPOINT part")
            part = .open
        }
        let wanted = Int(sqlite3_bind_parameter_count(statement.handle))
        guard values.count == wanted else { throw .statement("\(values.count) values for \(wanted) holes") }
        for (index, value) in values.enumerated() { try bind(value, statement, Int32(index + 1)) }
    }

    private func bind(_ value: SQLValue, _ statement: Prepared, _ hole: Int32) throws(StoreError) {
        let code =
            switch value {
            case .null: sqlite3_bind_null(statement.handle, hole)
            case .integer(let value): sqlite3_bind_int64(statement.handle, hole, value)
            case .bool(let value): sqlite3_bind_int64(statement.handle, hole, value ? 1 : 0)
            case .real(let value): sqlite3_bind_double(statement.handle, hole, value)
            case .text(let value):
                value.withCString { text in
                    let length = value.utf8.count
                    // PostgreSQL keeps no NUL in a text, so neither do we.
                    guard strlen(text) == length, let length = Int32(exactly: length) else {
                        return SQLITE_MISMATCH
                    }
                    return sqlite3_bind_text(statement.handle, hole, text, length, Self.copied)
                }
            }
        guard code != SQLITE_MISMATCH else { throw .constraint("a text with a NUL character in it") }
        guard code == SQLITE_OK else { throw error(code) }
    }

    /// SQLITE_TRANSIENT, a macro that Swift does not see: SQLite copies the text.
    private static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    /// Whether there is a row.
    private func step(_ statement: Prepared) throws(StoreError) -> Bool {
        switch sqlite3_step(statement.handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code:
            // The error is read before reset, which may clear it.
            let error = error(code, in: statement.text)
            sqlite3_reset(statement.handle)
            throw error
        }
    }

    private func finish(_ statement: Prepared) throws(StoreError) -> Int {
        while try step(statement) {}
        sqlite3_reset(statement.handle)
        return statement.onlyReads ? 0 : Int(sqlite3_changes(handle))
    }

    private func read(_ statement: Prepared, _ column: Int32) -> SQLValue {
        switch sqlite3_column_type(statement.handle, column) {
        case SQLITE_NULL: return .null
        case SQLITE_INTEGER: return .integer(sqlite3_column_int64(statement.handle, column))
        case SQLITE_FLOAT: return .real(sqlite3_column_double(statement.handle, column))
        case SQLITE_TEXT:
            let text = sqlite3_column_text(statement.handle, column)
            let length = Int(sqlite3_column_bytes(statement.handle, column))
            return .text(String(decoding: UnsafeBufferPointer(start: text, count: length), as: UTF8.self))
        default: preconditionFailure("\(statement.columns[Int(column)]) is a blob; there are none here")
        }
    }
}

// MARK: Transactions

extension SQLiteConnection {
    var isOpen: Bool { sqlite3_get_autocommit(handle) == 0 }

    func begin(isBulk: Bool) throws(StoreError) {
        failure = nil
        (acts, topics) = ([], [])
        if isBulk != isRelaxed {
            // The log is still written in order, and the next full commit takes all of it to the disk.
            try command(isBulk ? "PRAGMA synchronous = NORMAL" : "PRAGMA synchronous = FULL")
            isRelaxed = isBulk
        }
        try command(writes ? "BEGIN IMMEDIATE" : "BEGIN")
    }

    /// The savepoint is taken before the first write: a closure that only looks, or is refused before it
    /// writes, costs none.
    func beginPart(isShared: Bool) {
        failure = nil
        part = isShared ? .wanted : .none
        (actsBeforePart, topicsBeforePart) = (acts.count, topics.count)
    }

    func keepPart() throws(StoreError) {
        if part == .open { try command("RELEASE part") }
        part = .none
    }

    func undoPart() throws(StoreError) {
        acts.removeSubrange(actsBeforePart...)
        topics.removeSubrange(topicsBeforePart...)
        if part == .open {
            try command("ROLLBACK TO part")
            try command("RELEASE part")
        }
        part = .none
    }

    func commit() throws(StoreError) -> [@Sendable () -> Void] {
        try command("COMMIT")
        defer { (acts, topics) = ([], []) }
        return acts + topics.map { [listeners] topic in { listeners.call(topic) } }
    }

    func rollback() {
        (acts, topics) = ([], [])
        part = .none
        guard isOpen else { return }
        // It fails only when SQLite has rolled back by itself already (sqlite.org/lang_transaction.html).
        sqlite3_exec(handle, "ROLLBACK", nil, nil, nil)
    }

    /// A file is not lost and found again.
    func mayRunAgain(after failure: StoreError, tries: Int) -> Bool { false }

    /// A statement without values that is not traced. A failure of a closure does not stop it.
    func command(_ text: String) throws(StoreError) {
        let statement = try prepared(text)
        _ = try finish(statement)
    }

    /// Notes the size of the write-ahead log at each commit. Takes the place of the automatic checkpoint.
    func watchLog() {
        sqlite3_wal_hook(
            handle,
            { context, _, _, pages in
                guard let context else { return SQLITE_OK }
                Unmanaged<SQLiteConnection>.fromOpaque(context).takeUnretainedValue().walPages = Int(pages)
                return SQLITE_OK
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    /// Moves pages from the write-ahead log into the file. `waiting`: until the log can start anew.
    func checkpoint(waiting: Bool) throws(StoreError) {
        let mode = waiting ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE
        let code = sqlite3_wal_checkpoint_v2(handle, nil, mode, nil, nil)
        guard code == SQLITE_OK || code == SQLITE_BUSY else { throw error(code) }
    }

    private func error(_ code: Int32, in statement: String = "") -> StoreError {
        let message = String(cString: sqlite3_errmsg(handle))
        switch sqlite3_extended_errcode(handle) {
        case SQLITE_CONSTRAINT_UNIQUE_CODE, SQLITE_CONSTRAINT_PRIMARYKEY_CODE, SQLITE_CONSTRAINT_ROWID_CODE:
            return .notUnique(message.replacingOccurrences(of: "UNIQUE constraint failed: ", with: ""))
        default: break
        }
        switch code & 0xff {
        case SQLITE_CONSTRAINT: return .constraint(message)
        case SQLITE_FULL: return .full
        case SQLITE_BUSY, SQLITE_LOCKED: return .locked
        case SQLITE_IOERR, SQLITE_CANTOPEN, SQLITE_READONLY: return .io(message)
        case SQLITE_CORRUPT, SQLITE_NOTADB: return .damaged(message)
        default: return .statement(statement.isEmpty ? message : "\(message), in: \(statement)")
        }
    }
}

// Extended result codes are macros of macros, which Swift does not see (sqlite.org/rescode.html).
private let SQLITE_CONSTRAINT_PRIMARYKEY_CODE: Int32 = 19 | 6 << 8
private let SQLITE_CONSTRAINT_UNIQUE_CODE: Int32 = 19 | 8 << 8
private let SQLITE_CONSTRAINT_ROWID_CODE: Int32 = 19 | 10 << 8
