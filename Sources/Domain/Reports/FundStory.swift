import Replay
import Values
import Work

/// A line that a claim on a marketing fund made.
struct FundStory {
    private let line: LineFile
    private let claim: String
    private let body: JSON
    private let words: StatementWords?
    private let entries: [SealedEntry]

    init(_ line: LineFile, of claim: String, at look: Look) throws {
        self.line = line
        self.claim = claim
        body = try JSON(reading: line.body.utf8)
        words = try line.statement.flatMap { try ExplanationQueries.statement($0, at: look) }
            .map { try StatementWords($0, at: look) }
        let cause = "\(body["fact_kind"]?.text ?? ""):\(body["fact"]?.text ?? "")"
        let own = try LedgerQueries.entries(causedBy: [cause], at: look)
        entries = own.filter { BookWords.concerns($0, [line.partner]) } + (words?.entries ?? [])
    }

    var explanation: Explanation {
        let payout =
            words.map { words in
                let exchange = words.exchange(of: line.amount.currency, earned: words.statement.date)
                return [words.title] + exchange + words.offset + words.payout
            } ?? ["It waits for a statement."]
        return Explanation(
            title: "\(line.kind.sentenceCase) line \(line.id): \(line.amount) for partner \(line.partner)",
            sections: [
                .init("The amount", amount), .init("Statement and payout", payout),
                .init("When it is paid", [words?.clock ?? "With the statement that takes it up."]),
                BookWords.section(entries, of: [line.partner]),
            ])
    }

    private var amount: [String] {
        let step = (body["workings"]?.elements ?? []).first { $0["step"]?.text == "claim" }
        let asked = step?["amount"]?.text ?? line.amount.description
        let available = step?["available"]?.text ?? "?"
        let isCut = asked != line.amount.description
        return [
            "Claim \(claim) of \(line.at.words) is for an invoice of \(body["base"]?.text ?? "?") "
                + "\(line.amount.currency).",
            "By terms version \(body["terms"]?.whole ?? 0) the fund pays \(body["rate"]?.text ?? "?") of it, "
                + "\(asked), as far as it goes.",
            "It had \(available) that had not lapsed, so the line is "
                + "\(isCut ? "cut to " : "")\(line.amount).",
        ]
    }
}
