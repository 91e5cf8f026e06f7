import Foundation
import Store
import TestStores
import Testing

@Suite("In a cluster")
struct ClusterTests {
    /// A text that no rule can read, and why it may stand.
    private static let unread = [
        StatementTests.Exception(
            name: "PostgresMigrations.swift", begins: "WITH moved AS (DELETE FROM",
            because: "the coordinator moves rows into a month that it is about to attach"),
        StatementTests.Exception(
            name: "Transfer.swift", begins: "SELECT COUNT(*) AS rows FROM \\(table)",
            because: "a copy goes through every table"),
        StatementTests.Exception(
            name: "Transfer.swift", begins: "SELECT 1 AS one FROM \\($0) LIMIT 1",
            because: "a copy goes through every table"),
        StatementTests.Exception(
            name: "Transfer.swift", begins: "INSERT INTO \\(table) (",
            because: "a copy writes whole rows, whose program or bucket is one of their columns"),
    ]

    /// SQLite's driver, and the clicks that wait on a machine's own disk.
    private static func isOfOneFile(_ file: SwiftText) -> Bool {
        file.name.hasPrefix("SQLite") || file.name == "SpoolRows.swift"
    }

    @Test("each statement in the sources is one that nodes can run, and asks one where it can")
    func statements() {
        var unread: Set<String> = []
        var asked: Set<String> = []
        for statement in Statement.all
        where !Self.isOfOneFile(statement.file) && statement.text.contains(/\w \S+ \S/) {
            let exception = Self.unread.first {
                $0.name == statement.file.name && statement.text.hasPrefix($0.begins)
            }
            if let exception {
                unread.insert(exception.begins)
            }
            for text in statement.wholes {
                let rule = ClusterRule(text.holed)
                let breaches = ClusterRule.complaints(about: text.holed, rule) { text.values[$0] }
                let sentences = breaches.map(\.sentence).joined(separator: "; ")
                #expect(breaches.isEmpty || exception != nil, "\(statement): \(sentences)")
                let flat = AskedEverywhere.flat(text.holed)
                asked.formUnion(AskedEverywhere.all.filter { $0.allows(flat) }.map(\.statement))
            }
        }
        for exception in Self.unread { #expect(unread.contains(exception.begins), "\(exception.begins)…") }
        for question in AskedEverywhere.all {
            #expect(asked.contains(question.statement), "nobody asks \(question.statement)")
        }
    }

    @Test("each table has a place, and none that is not there has one")
    func places() {
        #expect(Set(Distribution.plan.keys) == Set(Tables.all.keys))
        for (table, place) in Distribution.plan {
            guard let column = place.column else { continue }
            #expect(Tables.all[table]?.contains(column) == true, "\(table) has no \(column)")
        }
    }
}

extension Statement {
    /// A text with `$n` for each value, and what stands in the sources for it.
    struct Holed {
        let holed: String
        let values: [Int: String]
    }

    /// The texts that it is run as: a head that several share has its WHERE in other texts of the file.
    fileprivate var wholes: [Holed] {
        let wheres = file.strings.map { $0.text.split(whereSeparator: \.isWhitespace).joined(separator: " ") }
            .filter { $0.hasPrefix("WHERE ") }
        let isHead = text.hasPrefix("SELECT ") && text.contains(" FROM ") && !text.contains(" WHERE ")
        let isShared = isHead && !wheres.isEmpty && tables.contains(where: Tables.isScoped)
        return (isShared ? wheres.map { "\(text) \($0)" } : [text]).map(Self.holed)
    }

    /// `\(value)` becomes a hole, the same for the same expression; a list is two, for it may be many.
    private static func holed(_ text: String) -> Holed {
        var (holed, values, numbers) = ("", [Int: String](), [String: Int]())
        var rest = text[...]
        while let start = rest.firstRange(of: "\\(") {
            holed += rest[..<start.lowerBound]
            var depth = 1
            let inside = rest[start.upperBound...].prefix { sign in
                depth += sign == "(" ? 1 : sign == ")" ? -1 : 0
                return depth > 0
            }
            rest = rest[inside.endIndex...].dropFirst()
            guard !inside.hasPrefix("raw:") else {
                holed += "raw"
                continue
            }
            let number = numbers[String(inside), default: numbers.count + 1]
            numbers[String(inside)] = number
            values[number] = String(inside)
            holed += inside.hasPrefix("list:") ? "($\(number), $\(number))" : "$\(number)"
        }
        return Holed(holed: holed + rest, values: values)
    }
}
