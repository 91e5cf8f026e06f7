/// One row of an answer. All rows of an answer share its values and the names of its columns.
///
/// A column that is missing or holds another type is a mistake in our own SQL, so it stops the program.
package struct Row: Sendable {
    let answer: Answer
    private let start: Int

    init(_ answer: Answer, _ index: Int) {
        self.answer = answer
        start = index * answer.columns.count
    }

    /// The values of all rows, one after another.
    final class Answer: Sendable {
        let columns: [String]
        let values: [SQLValue]

        init(columns: [String], values: [SQLValue]) {
            self.columns = columns
            self.values = values
        }

        var rows: [Row] {
            guard !columns.isEmpty else { return [] }
            return (0..<values.count / columns.count).map { Row(self, $0) }
        }
    }

    package func text(_ name: String) -> String { text(index(name)) }
    package func text(ifAny name: String) -> String? { text(ifAny: index(name)) }
    package func integer(_ name: String) -> Int64 { integer(index(name)) }
    package func integer(ifAny name: String) -> Int64? { integer(ifAny: index(name)) }
    package func real(_ name: String) -> Double { real(index(name)) }
    package func real(ifAny name: String) -> Double? { isNull(name) ? nil : real(index(name)) }
    package func bool(_ name: String) -> Bool { bool(index(name)) }
    package func bool(ifAny name: String) -> Bool? { isNull(name) ? nil : bool(index(name)) }
    package func isNull(_ name: String) -> Bool { self[index(name)] == .null }

    // By position, counted from 0: for the loops that decode many thousands.

    package func text(_ column: Int) -> String {
        guard case .text(let value) = self[column] else { mismatch(column, "text") }
        return value
    }

    package func text(ifAny column: Int) -> String? { self[column] == .null ? nil : text(column) }

    /// PostgreSQL keeps a Boolean as such, where SQLite has 0 or 1.
    package func integer(_ column: Int) -> Int64 {
        switch self[column] {
        case .integer(let value): value
        case .bool(let value): value ? 1 : 0
        default: mismatch(column, "an integer")
        }
    }

    package func integer(ifAny column: Int) -> Int64? { self[column] == .null ? nil : integer(column) }

    package func real(_ column: Int) -> Double {
        guard case .real(let value) = self[column] else { mismatch(column, "a real number") }
        return value
    }

    /// SQLite keeps a Boolean as 0 or 1.
    package func bool(_ column: Int) -> Bool {
        switch self[column] {
        case .bool(let value): value
        case .integer(0): false
        case .integer(1): true
        default: mismatch(column, "a Boolean")
        }
    }

    /// The value of a column by position.
    package subscript(_ column: Int) -> SQLValue {
        precondition(column < answer.columns.count, "there is no column \(column) among \(answer.columns)")
        return answer.values[start + column]
    }

    package var columns: [String] { answer.columns }

    /// All values, in the order of the columns.
    package var values: [SQLValue] { Array(answer.values[start..<start + answer.columns.count]) }

    /// The position of a column. Answers are narrow: looking along the names beats hashing them.
    private func index(_ name: String) -> Int {
        guard let index = answer.columns.firstIndex(of: name) else {
            preconditionFailure("there is no column \(name) among \(answer.columns)")
        }
        return index
    }

    private func mismatch(_ column: Int, _ wanted: String) -> Never {
        preconditionFailure("\(answer.columns[column]) is not \(wanted): \(self[column])")
    }
}
