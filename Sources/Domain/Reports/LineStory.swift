import Engine
import Replay
import Values
import Work

/// A commission line, from the sale to the payout.
struct LineStory {
    private let line: LineFile
    private let sale: SaleStory
    private let derivation: Derivation
    private let progress: LineProgress
    private let entries: [SealedEntry]

    init(_ line: LineFile, at look: Look) throws {
        guard let file = try ExplanationQueries.sale(line.conversion, at: look) else {
            throw Refusal.notFound(kind: "conversion", id: line.conversion)
        }
        self.line = line
        sale = try SaleStory(file, at: look)
        derivation = try sale.derivation(of: line)
        progress = try LineProgress(line, sale, at: look)
        let own = try LedgerQueries.entries(causedBy: [derivation.cause], at: look)
        entries = own.filter { BookWords.concerns($0, [line.partner]) } + progress.entries
    }

    var explanation: Explanation {
        let decision = sale.decisions.first { $0.id == derivation.decision } ?? latestDecision
        let sections =
            [sale.saleSection] + (decision.map(sale.evidence) ?? [])
            + [
                .init("The amount", derivation.sentences, rows: derivation.rows),
                .init("Hold and approval", progress.hold), .init("Statement and payout", progress.payout),
                .init("When it is paid", [progress.clock]), BookWords.section(entries, of: [line.partner]),
            ]
        return Explanation(
            title: "\(line.kind.sentenceCase) line \(line.id): \(line.amount) for partner \(line.partner)",
            sections: sections)
    }

    /// The one that stood when the line was made: a refund's line names none.
    private var latestDecision: DecisionFile? {
        sale.decisions.last { ($0.body["sequence"]?.whole ?? 0) <= line.sequence } ?? sale.decisions.last
    }
}
