import Values
import Work

/// The whole derivation of something that was earned or paid, in sentences that name their facts; for staff.
package struct Explanation: Hashable, Sendable {
    package let title: String
    package let sections: [Section]

    package struct Section: Hashable, Sendable {
        package let heading: String
        package let sentences: [String]
        package let rows: [[String]]

        init(_ heading: String, _ sentences: [String], rows: [[String]] = []) {
            self.heading = heading
            self.sentences = sentences
            self.rows = rows
        }
    }
}

extension Explanation {
    /// Of a commission line, a statement, an item of a payout or a conversion.
    /// - Throws: `Refusal.notFound`.
    package static func find(_ id: String, at look: Look) throws -> Explanation {
        let bare = withoutKind(id)
        if let line = try LineQueries.find(bare, at: look) {
            if let claim = line.claim { return try FundStory(line, of: claim, at: look).explanation }
            if line.account != nil { return try SumStory(line, at: look).explanation }
            return try LineStory(line, at: look).explanation
        }
        if let statement = try ExplanationQueries.statement(bare, at: look) {
            return try StatementStory(statement, at: look).explanation
        }
        if let item = try ExplanationQueries.item(bare, at: look) {
            return try PayoutStory(item, at: look).explanation
        }
        if let sale = try ExplanationQueries.sale(bare, at: look) {
            return try SaleStory(sale, at: look).explanation
        }
        throw Refusal.notFound(kind: "commission line, statement, payout or conversion", id: id)
    }

    private static func withoutKind(_ id: String) -> String {
        for kind in ["line:", "statement:", "item:", "conversion:"] where id.hasPrefix(kind) {
            return String(id.dropFirst(kind.utf8.count))
        }
        return id
    }

    /// For the terminal.
    package var text: String {
        var lines = [title, String(repeating: "=", count: title.count)]
        for section in sections {
            lines += ["", section.heading]
            lines += section.sentences.flatMap { Explanation.wrapped($0) }
            lines += aligned(section.rows).map { "    " + $0 }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    package var json: JSON {
        .record([
            "title": .string(title),
            "sections": .array(
                sections.map { section in
                    .record([
                        "heading": .string(section.heading), "sentences": .texts(section.sentences),
                        "rows": .array(section.rows.map(JSON.texts)),
                    ])
                }),
        ])
    }

    /// Indented lines of at most 100 characters, where the words allow it.
    private static func wrapped(_ sentence: String) -> [String] {
        var lines: [String] = []
        var line = " "
        for word in sentence.split(separator: " ") {
            if line.count + 1 + word.count > 100, line.count > 4 {
                lines.append(line)
                line = "   "
            }
            line += " " + word
        }
        return lines + [line]
    }
}
