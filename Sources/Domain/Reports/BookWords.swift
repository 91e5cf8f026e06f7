import Replay
import Values

/// Journal entries as an explanation shows them.
enum BookWords {
    static func section(_ entries: [SealedEntry], heading: String = "In the books") -> Explanation.Section {
        guard !entries.isEmpty else { return .init(heading, ["No journal entry moves money for it yet."]) }
        let sentences = entries.map { sealed in
            "Entry \(sealed.number) (\(sealed.entry.id), \(sealed.entry.kind)) of "
                + "\(sealed.entry.effectiveAt.words), caused by \(sealed.entry.cause), hash \(sealed.hash.prefix(12))…"
        }
        let rows = entries.flatMap { sealed in
            sealed.entry.postings.map { posting in
                let isDebit = posting.amount.minor > 0
                let amount = Money(abs(posting.amount.minor), posting.amount.currency).description
                return [String(sealed.number), isDebit ? "debit" : "credit", posting.account, amount]
            }
        }
        return .init(heading, sentences, rows: rows)
    }
}
