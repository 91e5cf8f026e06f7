import TestStores

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
