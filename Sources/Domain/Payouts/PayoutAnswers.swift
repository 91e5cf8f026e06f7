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
                Fault(
                    path, .because("has \(counted(row.fields.count, "field")) and must have \(columns.count)")
                ))
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
