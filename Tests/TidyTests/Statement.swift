import Foundation
import Store

/// One text of SQL in a source.
struct Statement: CustomStringConvertible {
    let file: SwiftText
    let line: Int
    /// In one line, with single spaces.
    let text: String

    var description: String { "\(file.path):\(line): \(text.prefix(90))" }

    static let all: [Statement] = SwiftText.all.flatMap { file in
        file.strings.compactMap { line, text in
            let flat = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            guard flat.contains(/^(?:SELECT|INSERT|UPDATE|DELETE|WITH|CREATE|DROP|ALTER|REPLACE)\s/) else {
                return nil
            }
            return Statement(file: file, line: line, text: flat)
        }
    }

    /// The table that it writes.
    var written: String? {
        text.firstMatch(of: /^(?:INSERT INTO|UPDATE|DELETE FROM|REPLACE INTO|INSERT OR \w+ INTO) (\w+)/)
            .map { String($0.1) }
    }

    /// Every mention of a table, one each time.
    var tables: [String] {
        text.matches(of: /\b(?:FROM|JOIN|INTO|UPDATE) (\w+)/).map { String($0.1) }.filter {
            Tables.all[$0] != nil
        }
    }

    var isInsert: Bool { text.hasPrefix("INSERT") }
}

/// The tables of docs/schema.sql, with their columns.
enum Tables {
    static let all: [String: [String]] = {
        var tables: [String: [String]] = ["migration": ["number", "name", "checksum", "applied_at"]]
        let schema = Schema.text()
        for match in schema.matches(of: /CREATE TABLE (\w+) \(\n([\s\S]*?)\n\);/) {
            let columns = match.2.split(separator: "\n").compactMap { line -> String? in
                let word =
                    line.trimmingCharacters(in: .whitespaces).split(separator: " ").first.map(String.init)
                    ?? ""
                return ["--", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"].contains(word) ? nil : word
            }
            tables[String(match.1)] = columns
        }
        return tables
    }()

    static func isScoped(_ table: String) -> Bool { all[table]?.contains("program_id") == true }
}
