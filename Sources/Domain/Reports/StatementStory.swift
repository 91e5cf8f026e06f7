import Replay
import Values
import Work

/// A statement: what it takes up, at what rates, and how it is paid.
struct StatementStory {
    private let words: StatementWords
    private let lines: [LineFile]
    private let issue: KeptFact?

    /// Lines beyond these are counted, not listed.
    private static let linesMax = 500

    init(_ statement: StatementFile, at look: Look) throws {
        words = try StatementWords(statement, at: look)
        lines = try LineQueries.find(Array(statement.lines.prefix(Self.linesMax)), at: look)
        issue = try ExplanationQueries.fact(statement.sequence, at: look)
    }

    var explanation: Explanation {
        let statement = words.statement
        let cause = issue.map { "It was issued by \(SaleStory.name($0))." }
        var sections: [Explanation.Section] = [
            .init("The statement", [words.title] + [cause].compactMap { $0 }),
            .init("What it comes to", words.exchanges + words.offset),
        ]
        let rest = statement.lines.count - lines.count
        sections.append(
            .init(
                "Its lines",
                [
                    "\(counted(statement.lines.count, "line"))"
                        + (rest > 0 ? ", of which \(rest) are not listed here." : ".")
                ],
                rows: lines.map {
                    [
                        $0.id, $0.kind, $0.claim ?? ($0.account == nil ? $0.conversion : ""), $0.at.words,
                        $0.amount.description,
                    ]
                }))
        sections.append(.init("Its payout", words.payout.isEmpty ? ["It is in no batch."] : words.payout))
        sections.append(.init("When it is paid", [words.clock]))
        sections.append(BookWords.section(words.entries, of: [statement.partner]))
        return Explanation(
            title: "Statement \(statement.number): \(statement.amount) for partner \(statement.partner)",
            sections: sections)
    }
}

/// An item of a payout: who approved it, what it pays, and what the bank said.
struct PayoutStory {
    private let item: ItemFile
    private let statements: [StatementFile]
    private let acts: [KeptFact]
    private let entries: [SealedEntry]

    init(_ item: ItemFile, at look: Look) throws {
        self.item = item
        statements = try ExplanationQueries.statements(item.statements, at: look)
        acts = try ExplanationQueries.acts(on: item.batch, at: look)
        entries = try LedgerQueries.entries(causedBy: acts.map { "\($0.kind):\($0.id)" }, at: look)
    }

    var explanation: Explanation {
        Explanation(
            title: "Payout item \(item.id): \(item.amount) to partner \(item.partner)",
            sections: [
                .init("The payout", PayoutWords.sentences(item)),
                .init(
                    "Its statements",
                    ["\(item.amount) is the sum of \(counted(statements.count, "statement"))."],
                    rows: statements.map { [$0.number, $0.id, $0.date.words, $0.amount.description] }),
                .init(
                    "What was done",
                    ["batch:\(item.batch) was opened by \(item.openedBy) as of \(item.asOf.words)."]
                        + acts.map(act)),
                .init("When it is paid", [PayoutWords.clock(item, entries.filter(concerns))]),
                BookWords.section(entries.filter(concerns), of: [item.partner]),
            ])
    }

    private func act(_ fact: KeptFact) -> String {
        let body = try? JSON(reading: fact.body.utf8)
        let name = SaleStory.name(fact)
        guard fact.kind == "payout_result" else {
            return "\(name) is the approval of \(body?["by"]?.text ?? "a person") on \(fact.at.words)."
        }
        let own = (body?["results"]?.elements ?? []).last {
            $0["partner"]?.text == item.partner && $0["currency"]?.text == item.amount.currency.code
        }
        let result = own?["result"]?.text.map { "says of this item: \($0)" } ?? "says nothing of this item"
        let reference = own?["reference"]?.text.map { " (reference \($0))" } ?? ""
        return "\(name) of \(fact.at.words) \(result)\(reference)."
    }

    private func concerns(_ sealed: SealedEntry) -> Bool { PayoutWords.concerns(sealed, item) }
}
