/// A value that a statement carries, or that a row hands back. Both databases know exactly these.
package enum SQLValue: Hashable, Sendable {
    case null, integer(Int64), real(Double), text(String), bool(Bool)
}

package protocol SQLBindable {
    var sqlValue: SQLValue { get }
}

/// One statement. `\(value)` binds and never splices, so that nothing can be injected.
///
/// The text numbers its holes `$1, $2, …`, which SQLite and PostgreSQL both read. It is also the key under
/// which a connection keeps the prepared statement, so few texts should exist: see `\(list:)`.
package struct SQL: Sendable, ExpressibleByStringInterpolation {
    package private(set) var text: String
    package private(set) var values: [SQLValue]

    /// A literal only: a `String` that was put together never becomes a statement.
    package init(stringLiteral text: StaticString) {
        self.text = text.description
        values = []
    }

    /// A migration's statement, which stands in a file.
    init(fromFile text: String) {
        self.text = text
        values = []
    }

    package init(stringInterpolation parts: StringInterpolation) {
        text = parts.text
        values = parts.values
    }

    /// Both statements in one text; the holes of the second are numbered on.
    package static func + (first: SQL, second: SQL) -> SQL { "\(first)\(second)" }

    package static func += (first: inout SQL, second: SQL) { first = first + second }

    package struct StringInterpolation: StringInterpolationProtocol {
        var text = ""
        var values: [SQLValue] = []

        package init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + interpolationCount * 3)
            values.reserveCapacity(interpolationCount)
        }

        package mutating func appendLiteral(_ literal: StaticString) { text += literal.description }

        package mutating func appendInterpolation(_ value: some SQLBindable) { bind(value.sqlValue) }

        package mutating func appendInterpolation(_ value: (some SQLBindable)?) { bind(value.sqlValue) }

        /// `($1,$2,…)` for `IN`. The last value is repeated up to the next power of two, so that lists of
        /// all lengths share few statements. An empty list is `(NULL)`, which nothing is in (and nothing
        /// is `NOT IN` either).
        package mutating func appendInterpolation<Value: SQLBindable>(list: [Value]) {
            guard let last = list.last else { return text += "(NULL)" }
            var length = 1
            while length < list.count { length *= 2 }
            text += "("
            for index in 0..<length {
                if index > 0 { text += "," }
                bind(index < list.count ? list[index].sqlValue : last.sqlValue)
            }
            text += ")"
        }

        /// `($1,CAST($2 AS BIGINT)),($3,$4),…` for the `VALUES` of a query: at least one row, all alike. The
        /// first says for all which are numbers; the last is repeated as in `\(list:)`.
        package mutating func appendInterpolation(rows: [[SQLValue]]) {
            precondition(!rows.isEmpty, "VALUES of no rows")
            var length = 1
            while length < rows.count { length *= 2 }
            for index in 0..<length {
                text += index > 0 ? ",(" : "("
                for (column, value) in rows[min(index, rows.count - 1)].enumerated() {
                    if column > 0 { text += "," }
                    guard index == 0, case .integer = value else {
                        bind(value)
                        continue
                    }
                    text += "CAST("
                    bind(value)
                    text += " AS BIGINT)"
                }
                text += ")"
            }
        }

        /// Fixed text: a column or a direction that the program chose.
        package mutating func appendInterpolation(raw: StaticString) { text += raw.description }

        /// A part of a statement, with its values.
        package mutating func appendInterpolation(_ part: SQL) {
            guard !values.isEmpty, !part.values.isEmpty else {
                text += part.text
                return values += part.values
            }
            var rest = part.text[...]
            while let sign = rest.firstIndex(of: "$") {
                let digits = rest[rest.index(after: sign)...].prefix { $0.isASCII && $0.isNumber }
                text += rest[...sign]
                if let number = Int(digits) { text += String(number + values.count) }
                rest = rest[digits.endIndex...]
            }
            text += rest
            values += part.values
        }

        private mutating func bind(_ value: SQLValue) {
            values.append(value)
            text += values.count <= Self.holes.count ? Self.holes[values.count - 1] : "$\(values.count)"
        }

        private static let holes = (1...64).map { "$\($0)" }
    }
}

extension SQLValue: SQLBindable { package var sqlValue: SQLValue { self } }
extension String: SQLBindable { package var sqlValue: SQLValue { .text(self) } }
extension Int64: SQLBindable { package var sqlValue: SQLValue { .integer(self) } }
extension Int: SQLBindable { package var sqlValue: SQLValue { .integer(Int64(self)) } }
extension Int32: SQLBindable { package var sqlValue: SQLValue { .integer(Int64(self)) } }
extension Bool: SQLBindable { package var sqlValue: SQLValue { .bool(self) } }
extension Double: SQLBindable { package var sqlValue: SQLValue { .real(self) } }
extension Optional: SQLBindable where Wrapped: SQLBindable {
    package var sqlValue: SQLValue { self?.sqlValue ?? .null }
}

/// An enumeration is bound as its raw value: `enum State: String, SQLBindable`.
extension SQLBindable where Self: RawRepresentable, RawValue: SQLBindable {
    package var sqlValue: SQLValue { rawValue.sqlValue }
}
