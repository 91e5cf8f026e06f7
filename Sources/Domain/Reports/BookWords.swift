import Replay
import Values

/// Journal entries as an explanation shows them.
enum BookWords {
    /// An entry with more postings than these shows those of the partners only: it may pay a whole batch.
    private static let postingsMax = 8

    static func section(_ all: [SealedEntry], of partners: Set<String>) -> Explanation.Section {
        let heading = "In the books"
        guard !all.isEmpty else { return .init(heading, ["No journal entry moves money for it yet."]) }
        let entries = all.sorted { $0.number < $1.number }
        let leaves = Set(partners.map(AccountPath.leaf))
        let sentences = entries.map { sealed in
            "Entry \(sealed.number) (\(sealed.entry.id), \(sealed.entry.kind)) of "
                + "\(sealed.entry.effectiveAt.words), caused by \(sealed.entry.cause), hash "
                + "\(sealed.hash.prefix(12))…"
        }
        let rows = entries.flatMap { sealed -> [[String]] in
            let postings = sealed.entry.postings
            let shown = postings.count <= postingsMax ? postings : postings.filter { touches($0, leaves) }
            let rows = shown.map { posting in
                let isDebit = posting.amount.minor > 0
                let amount = Money(abs(posting.amount.minor), posting.amount.currency).description
                return [String(sealed.number), isDebit ? "debit" : "credit", posting.account, amount]
            }
            let rest = postings.count - shown.count
            return rest == 0
                ? rows : rows + [[String(sealed.number), "", "and \(counted(rest, "other posting"))"]]
        }
        return .init(heading, sentences, rows: rows)
    }

    /// Whether an entry moves money of one of these partners.
    static func concerns(_ sealed: SealedEntry, _ partners: Set<String>) -> Bool {
        let leaves = Set(partners.map(AccountPath.leaf))
        return sealed.entry.postings.contains { touches($0, leaves) }
    }

    private static func touches(_ posting: NamedPosting, _ leaves: Set<String>) -> Bool {
        posting.account.split(separator: ":").contains { leaves.contains(String($0)) }
    }
}
