import Store

/// A table whose rows follow from facts, as `verify` reads it: whole rows, the program first and then the
/// columns that find a row, in the order in which its room writes them.
package struct RebuiltTable: Sendable {
    /// A page of at most so many rows whose keys are not before `from`, by key.
    package typealias Page = @Sendable (_ from: [SQLValue], _ limit: Int, _ look: Look) throws -> [Row]

    package let name: String
    /// No key comes before it.
    private let start: [SQLValue]
    private let page: Page

    private static let pageMax = 2_000

    package init(_ name: String, from start: [SQLValue], _ page: @escaping Page) {
        self.name = name
        self.start = start
        self.page = page
    }

    package func key(of values: [SQLValue]) -> ArraySlice<SQLValue> { values[1...start.count] }

    /// Hands over all rows in pages, by key. Each page is a read of its own.
    package func read(_ house: House, _ program: String, _ take: ([Row]) throws -> Void) async throws {
        var from = start
        var isFirst = true
        while true {
            let rows = try await house.look(at: program) { [from] in try page(from, Self.pageMax, $0) }
            guard let last = rows.last else { return }
            // A page begins with the row that ended the one before.
            let isKnown = !isFirst && rows.first.map { Array(key(of: $0.values)) } == from
            try take(isKnown ? Array(rows.dropFirst()) : rows)
            if rows.count < Self.pageMax { return }
            from = Array(key(of: last.values))
            isFirst = false
        }
    }
}
