import Foundation

/// What the server answered to one statement.
final class PostgresAnswer {
    private let library: LibPQ
    private let result: LibPQ.Result

    init(_ result: LibPQ.Result, _ library: LibPQ) {
        self.result = result
        self.library = library
    }

    deinit { library.clear(result) }

    var status: LibPQ.Status { LibPQ.Status(rawValue: library.resultStatus(result)) ?? .badResponse }

    /// The command and, for most, how many rows it touched: `INSERT 0 3`.
    var tag: String { library.commandStatus(result).map { String(cString: $0) } ?? "" }

    /// The rows that were inserted, updated or deleted.
    var rowsChanged: Int {
        guard !tag.hasPrefix("SELECT"), let count = library.commandRows(result) else { return 0 }
        return Int(String(cString: count)) ?? 0
    }

    /// The first value, as the server writes it.
    var firstText: String? {
        guard library.rowCount(result) > 0, library.isNull(result, 0, 0) == 0 else { return nil }
        return library.value(result, 0, 0).map { String(cString: $0) }
    }

    func rows() -> [Row] {
        let columns = (0..<library.columnCount(result)).map { column in
            library.columnName(result, column).map { String(cString: $0) } ?? ""
        }
        let kinds = columns.indices.map { kind(Int32($0), columns[$0]) }
        var values: [SQLValue] = []
        let count = library.rowCount(result)
        values.reserveCapacity(Int(count) * columns.count)
        for row in 0..<count {
            for column in kinds.indices { values.append(value(row, Int32(column), kinds[column])) }
        }
        return Row.Answer(columns: columns, values: values).rows
    }

    private enum Kind { case integer, bool, real, text, void }

    private func kind(_ column: Int32, _ name: String) -> Kind {
        switch library.columnType(result, column) {
        case LibPQ.TypeNumber.int2, LibPQ.TypeNumber.int4, LibPQ.TypeNumber.int8: return .integer
        case LibPQ.TypeNumber.bool: return .bool
        case LibPQ.TypeNumber.float4, LibPQ.TypeNumber.float8: return .real
        case LibPQ.TypeNumber.text, LibPQ.TypeNumber.name, LibPQ.TypeNumber.varchar,
            LibPQ.TypeNumber.bpchar, LibPQ.TypeNumber.unknown:
            return .text
        case LibPQ.TypeNumber.void: return .void
        // A SUM without a CAST is numeric: a mistake in our own SQL, like a column that is missing.
        case let other: preconditionFailure("\(name) is of the type \(other), which no table of ours has")
        }
    }

    private func value(_ row: Int32, _ column: Int32, _ kind: Kind) -> SQLValue {
        guard library.isNull(result, row, column) == 0, let text = library.value(result, row, column)
        else { return .null }
        switch kind {
        case .integer: return .integer(strtoll(text, nil, 10))
        case .bool: return .bool(text[0] == CChar(UInt8(ascii: "t")))
        case .real: return .real(strtod(text, nil))
        case .text:
            let length = Int(library.length(result, row, column))
            return text.withMemoryRebound(to: UInt8.self, capacity: length) {
                .text(String(decoding: UnsafeBufferPointer(start: $0, count: length), as: UTF8.self))
            }
        case .void: return .null
        }
    }

    /// Why it failed, without the values that were refused: those stand in the detail.
    var failure: PostgresFailure {
        PostgresFailure(
            code: field(.sqlState) ?? "", message: field(.message) ?? "the server gave no reason",
            table: field(.table), constraint: field(.constraint), detail: field(.detail))
    }

    private func field(_ field: LibPQ.Field) -> String? {
        library.resultField(result, field.code).map { String(cString: $0) }
    }
}

/// A statement's failure, as the server tells it.
struct PostgresFailure {
    /// SQLSTATE (PostgreSQL's manual, appendix A).
    let code: String
    let message: String
    let table: String?
    let constraint: String?
    let detail: String?

    /// A plan or a statement that the server no longer has: its text is good, and is to be prepared anew.
    var isStale: Bool { code == "0A000" || code == "26000" }

    func error(in statement: String) -> StoreError {
        switch code {
        case "23505": .notUnique(key)
        // A sum beyond 64 bits, which SQLite's columns refuse to take.
        case "22003": .constraint(message)
        case "40001", "40P01": .conflict
        case "53100": .full
        case "55P03": .locked
        case "57014": .timeout
        case "58030": .io(message)
        case "XX001", "XX002": .damaged(message)
        case "57P01", "57P02", "57P03", "57P05", "25P03": .away(message)
        case _ where code.hasPrefix("08") && code != "08P01": .away(message)
        case _ where code.hasPrefix("23"): .constraint(message)
        default: .statement(statement.isEmpty ? message : "\(message), in: \(statement)")
        }
    }

    /// `table.column, table.column`, as SQLite says it: the detail begins with `Key (a, b)=(`, in whatever
    /// language.
    private var key: String {
        guard let table, let detail, let open = detail.firstIndex(of: "("),
            let close = detail.range(of: ")=(")?.lowerBound, open < close
        else { return constraint ?? message }
        let columns = detail[detail.index(after: open)..<close].split(separator: ", ")
        return columns.map { "\(table).\($0)" }.joined(separator: ", ")
    }
}
