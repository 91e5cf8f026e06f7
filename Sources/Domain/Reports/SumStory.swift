import Replay
import Values
import Work

/// A line that a statement rounded: the exact sum of what had accrued under a rule.
struct SumStory {
    private let line: LineFile
    private let body: JSON
    private let words: StatementWords?
    private let entries: [SealedEntry]

    init(_ line: LineFile, at look: Look) throws {
        self.line = line
        body = try JSON(reading: line.body.utf8)
        words = try line.statement.flatMap { try ExplanationQueries.statement($0, at: look) }
            .map { try StatementWords($0, at: look) }
        let cause = "\(body["fact_kind"]?.text ?? ""):\(body["fact"]?.text ?? "")"
        let own = try LedgerQueries.entries(causedBy: [cause], at: look)
        entries = own.filter { BookWords.concerns($0, [line.partner]) }
    }

    var explanation: Explanation {
        let day = line.account?.date.words ?? ""
        let rule = body["rule"]?.text ?? "rule-\(line.rule)"
        let opening =
            "Rule \(rule) of terms version \(body["terms"]?.whole ?? 0) is rounded once a statement: this "
            + "line is of the one of \(day)."
        let payout =
            words.map { [$0.title] + $0.offset + $0.payout }
            ?? [
                "What it takes back stood on that statement already, at its rate. The partner owes it, and "
                    + "later statements are reduced by it."
            ]
        return Explanation(
            title: "\(line.kind.sentenceCase) line \(line.id): \(line.amount) for partner \(line.partner)",
            sections: [
                .init("The amount", [opening] + steps + [result]), .init("Statement and payout", payout),
                BookWords.section(entries, of: [line.partner]),
            ])
    }

    private var steps: [String] {
        (body["workings"]?.elements ?? []).compactMap { step in
            guard let amount = step["amount"]?.text else { return nil }
            switch step["step"]?.text {
            case "brought_forward": return "The statement before had \(amount) left over."
            case "accrued" where line.amount.minor < 0: return "Of what it took up \(amount) is left."
            case "accrued": return "What it takes up comes to \(amount), with that."
            case "left_over": return "\(amount) is left over for the next."
            default: return nil
            }
        }
    }

    private var result: String {
        let before = body["posted_before"]?.text ?? "0.00"
        let target = body["target"]?.text ?? "0.00"
        return
            "Rounded \(body["rounding"]?.text ?? "") that is \(target) \(line.amount.currency); \(before) "
            + "had been posted for it, so the line is \(line.amount)."
    }
}
