@testable import Store

/// The tables of docs/schema.sql, with their columns.
package enum Tables {
    package static let all: [String: [String]] = {
        var tables = ["migration": ["number", "name", "checksum", "applied_at"]]
        let schema = Schema.text()
        for match in schema.matches(of: /CREATE TABLE (\w+) \(\n([\s\S]*?)\n\);/) {
            let columns = match.2.split(separator: "\n").compactMap { line -> String? in
                let word = line.split(separator: " ").first.map(String.init) ?? ""
                return ["--", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"].contains(word) ? nil : word
            }
            tables[String(match.1)] = columns
        }
        for match in schema.matches(of: /ALTER TABLE (\w+) ADD COLUMN (\w+)/) {
            tables[String(match.1), default: []].append(String(match.2))
        }
        return tables
    }()

    package static func isScoped(_ table: String) -> Bool { all[table]?.contains("program_id") == true }
}
