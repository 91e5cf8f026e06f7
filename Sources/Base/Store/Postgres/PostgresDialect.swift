import Values

/// The words of the migrations that PostgreSQL reads otherwise.
extension Dialect {
    /// A table that is kept in parts by its `day`, a month each, so that old days leave with their part; and
    /// the key that it has only so: SQLite's has none, where a row's place in the file is its key.
    private struct Parted {
        let name: String
        let key: String?
    }

    /// The key of clicks leads with the bucket, so that a cluster may keep each bucket in one place.
    private static let parted = [
        Parted(name: "click", key: "PRIMARY KEY (bucket, day, id)"), Parted(name: "click_person", key: nil),
    ]

    static var partedTables: [String] { parted.map(\.name) }

    /// The part that takes every day that has none of its own: no click fails for want of a part.
    static func rest(of table: String) -> String { "\(table)_rest" }

    /// The statement, and what follows from it. Texts are compared by their bytes, as SQLite does, whatever
    /// the language of the database.
    static func postgres(_ statement: Statement) -> [String] {
        let words = statement.tokens.filter { $0.kind == .word }.map { $0.text.uppercased() }
        guard ["CREATE", "ALTER"].contains(words.first), words.dropFirst().first == "TABLE" else {
            return [statement.text]
        }
        let text = statement.tokens.map { token in
            token.kind == .word && token.text.uppercased() == "TEXT" ? "TEXT COLLATE \"C\"" : token.text
        }.joined()
        guard words.first == "CREATE", let close = text.lastIndex(of: ")"),
            let table = parted.first(where: { $0.name.uppercased() == words.dropFirst(2).first })
        else { return [text] }
        let key = table.key.map { ", \($0)" } ?? ""
        return [
            "\(text[..<close])\(key)) PARTITION BY RANGE (day)",
            "CREATE TABLE \(rest(of: table.name)) PARTITION OF \(table.name) DEFAULT",
        ]
    }
}

/// One month of a table that is kept in parts.
struct MonthPart: Hashable {
    let table: String
    let first: Day
    /// The first day of the next month.
    let end: Day

    /// `click_2026_01`
    var name: String {
        let (year, month, _) = first.parts
        return "\(table)_\(year)_\(month < 10 ? "0" : "")\(month)"
    }

    /// The months that these days lie in.
    static func all(of table: String, _ days: ClosedRange<Day>) -> [MonthPart] {
        var parts: [MonthPart] = []
        var first = days.lowerBound.adding(days: 1 - days.lowerBound.parts.day)
        while first <= days.upperBound {
            let late = first.adding(days: 31)
            let end = late.adding(days: 1 - late.parts.day)
            parts.append(MonthPart(table: table, first: first, end: end))
            first = end
        }
        return parts
    }
}
