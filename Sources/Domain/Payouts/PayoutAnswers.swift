import Values

/// What became of one item of a batch, as the bank or a person says.
package struct PayoutAnswer: Hashable, Sendable {
    package enum Outcome: String, Hashable, Sendable, CaseIterable {
        case paid, rejected, returned, unknown
    }

    /// The end-to-end reference of the item.
    package let item: String
    package let outcome: Outcome
    /// The bank's own reference or reason, if it gave one.
    package let reference: String?

    package init(item: String, outcome: Outcome, reference: String? = nil) {
        self.item = item
        self.outcome = outcome
        self.reference = reference
    }
}

extension PayoutAnswer {
    package static let bytesMax = 10_000_000
    package static let referenceMax = 140

    /// Reads `item,outcome,reference`: CSV of RFC 4180 in UTF-8 with this header, lines ending in CRLF or LF.
    ///
    /// The answers come in the order of the file, each item once; a line said again has no effect.
    /// - Throws: `Refusal.tooLarge`; `.invalid` with the faults by line, `/lines/3/outcome`, counted from 1
    ///   as an editor does (the first 100).
    package static func read(_ bytes: [UInt8]) throws(Refusal) -> [PayoutAnswer] {
        guard bytes.count <= bytesMax else { throw .tooLarge(limit: bytesMax) }
        var table = CommaTable(bytes)
        guard let header = table.next() else { throw .invalid("/lines/1", .because(headerWanted)) }
        guard header.fault == nil, header.fields.map({ String(decoding: $0, as: UTF8.self) }) == columns
        else {
            throw .invalid("/lines/\(header.line)", .because(headerWanted))
        }
        var answers: [PayoutAnswer] = []
        var lines: [String: (line: Int, answer: PayoutAnswer)] = [:]
        var faults: [Fault] = []
        while faults.count < faultsMax, let row = table.next() {
            guard let answer = answer(of: row, &faults) else { continue }
            guard let before = lines[answer.item] else {
                lines[answer.item] = (row.line, answer)
                answers.append(answer)
                continue
            }
            if answer != before.answer {
                faults.append(row.fault(contradicting: before.line, before.answer, answer))
            }
        }
        guard faults.isEmpty else { throw .invalid(Array(faults.prefix(faultsMax))) }
        return answers
    }

    /// The answer on one line, or nil and what is wrong with it.
    private static func answer(of row: CommaTable.Row, _ faults: inout [Fault]) -> PayoutAnswer? {
        let path = "/lines/\(row.line)"
        let before = faults.count
        if let why = row.fault {
            faults.append(Fault(path, .because(why)))
            return nil
        }
        guard row.fields.count == columns.count else {
            faults.append(
                Fault(path, .because("has \(row.fields.count) fields and must have \(columns.count)")))
            return nil
        }
        let texts = row.fields.enumerated().map { index, field in
            text(field, max: index == 0 ? 128 : referenceMax, at: "\(path)/\(columns[index])", &faults)
        }
        guard faults.count == before else { return nil }
        let (item, word, reference) = (texts[0], texts[1], texts[2])
        if item.isEmpty || item.first == " " || item.last == " " {
            faults.append(Fault("\(path)/item", item.isEmpty ? .missing : .notIdentifier))
        }
        let outcome = Outcome(rawValue: word)
        if outcome == nil {
            faults.append(Fault("\(path)/outcome", .notOneOf(Outcome.allCases.map(\.rawValue))))
        }
        guard faults.count == before, let outcome else { return nil }
        return PayoutAnswer(item: item, outcome: outcome, reference: reference.isEmpty ? nil : reference)
    }

    private static func text(_ field: [UInt8], max: Int, at pointer: String, _ faults: inout [Fault])
        -> String
    {
        guard let text = String(validating: field, as: UTF8.self) else {
            faults.append(Fault(pointer, .because("is not UTF-8")))
            return ""
        }
        if field.contains(where: { $0 < 0x20 || $0 == 0x7F }) { faults.append(Fault(pointer, .control)) }
        if text.unicodeScalars.count > max { faults.append(Fault(pointer, .tooLong(max: max))) }
        return text
    }
}

private let columns = ["item", "outcome", "reference"]
private let headerWanted = "must be the header item,outcome,reference"
private let faultsMax = 100

/// The rows of a CSV file (RFC 4180), read one by one; a bad row is told and the next one is read.
private struct CommaTable {
    struct Row {
        /// Where it starts, from 1.
        let line: Int
        var fields: [[UInt8]] = []
        var fault: String?
    }

    private let bytes: [UInt8]
    private var index: Int
    private var line = 1

    /// A byte order mark at the start is passed over.
    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        index = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    }

    /// The next row that is not blank, or nil at the end.
    mutating func next() -> Row? {
        while index < bytes.count {
            if endLine() { continue }
            return row()
        }
        return nil
    }

    private mutating func row() -> Row {
        var row = Row(line: line)
        while true {
            let field = peek == quote ? quoted() : plain()
            row.fields.append(field.bytes)
            if let fault = field.fault {
                row.fault = fault
                skipLine()
                return row
            }
            if peek == comma {
                index += 1
            } else if index >= bytes.count || endLine() {
                return row
            } else {
                row.fault = "has text after a closing quote"
                skipLine()
                return row
            }
        }
    }

    private mutating func plain() -> (bytes: [UInt8], fault: String?) {
        let start = index
        while let byte = peek, byte != comma, byte != newline, !isLineEnd {
            if byte == quote { return ([], "has a quote within a field that is not quoted") }
            index += 1
        }
        return (Array(bytes[start..<index]), nil)
    }

    private mutating func quoted() -> (bytes: [UInt8], fault: String?) {
        index += 1
        var field: [UInt8] = []
        while let byte = peek {
            index += 1
            if byte == newline { line += 1 }
            guard byte == quote else {
                field.append(byte)
                continue
            }
            guard peek == quote else { return (field, nil) }
            field.append(quote)
            index += 1
        }
        return ([], "has a quote that is never closed")
    }

    private var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

    /// Whether a CRLF or LF is next. A CR alone ends no line.
    private var isLineEnd: Bool {
        peek == newline || (peek == 0x0D && index + 1 < bytes.count && bytes[index + 1] == newline)
    }

    private mutating func endLine() -> Bool {
        guard isLineEnd else { return false }
        index += peek == newline ? 1 : 2
        line += 1
        return true
    }

    private mutating func skipLine() {
        while let byte = peek, byte != newline { index += 1 }
        _ = endLine()
    }

    private let comma = UInt8(ascii: ",")
    private let quote = UInt8(ascii: "\"")
    private let newline = UInt8(ascii: "\n")
}

extension CommaTable.Row {
    func fault(contradicting line: Int, _ before: PayoutAnswer, _ now: PayoutAnswer) -> Fault {
        let sameOutcome = before.outcome == now.outcome
        let name = sameOutcome ? "reference" : "outcome"
        let (old, new) =
            sameOutcome
            ? (before.reference ?? "nothing", now.reference ?? "nothing")
            : (before.outcome.rawValue, now.outcome.rawValue)
        return Fault("/lines/\(self.line)/\(name)", .differs(before: "\(old) on line \(line)", now: new))
    }
}
