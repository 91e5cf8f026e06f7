import Values

/// The journal's chain: every entry carries the hash of the one before, so that none can be changed, added or
/// taken away unseen.
package struct Chain: Hashable, Sendable {
    /// The number of the last entry; 0 before the first.
    package var number: Int64
    package var hash: String

    package static let start = Chain(number: 0, hash: String(repeating: "0", count: 64))

    package init(number: Int64, hash: String) {
        self.number = number
        self.hash = hash
    }

    /// Takes the next entry. Its hash is SHA-256 over its JSON without `hash`, in the form of RFC 8785.
    package mutating func seal(_ entry: EntryRecord) -> SealedEntry {
        let next = number + 1
        let body = JSONText.object(length: 512) { text in
            text.put("cause", entry.cause)
            text.put("effective_at", entry.effectiveAt.text)
            text.put("entry", entry.id)
            text.put("kind", entry.kind)
            text.put("posted_at", entry.postedAt.text)
            text.put("postings", entry.postings) { posting, text in
                text.put("account", posting.account)
                text.put("amount", posting.amount.amount)
                text.put("currency", posting.amount.currency.code)
            }
            text.put("previous", hash)
            text.put("sequence", next)
        }
        let sealed = SealedEntry(number: next, entry: entry, previous: hash, hash: Digest.hex(body))
        number = next
        hash = sealed.hash
        return sealed
    }
}

package struct SealedEntry: Hashable, Sendable {
    package let number: Int64
    package let entry: EntryRecord
    package let previous: String
    package let hash: String

    package init(number: Int64, entry: EntryRecord, previous: String, hash: String) {
        self.number = number
        self.entry = entry
        self.previous = previous
        self.hash = hash
    }
}

extension SealedEntry {
    /// As it is exported, its hash included.
    package var json: JSON {
        .record([
            "sequence": .int(number), "entry": .string(entry.id),
            "effective_at": .string(entry.effectiveAt.text),
            "posted_at": .string(entry.postedAt.text), "kind": .string(entry.kind),
            "cause": .string(entry.cause),
            "postings": .array(
                entry.postings.map {
                    .record([
                        "account": .string($0.account), "amount": .string($0.amount.amount),
                        "currency": .string($0.amount.currency.code),
                    ])
                }), "previous": .string(previous), "hash": .string(hash),
        ])
    }
}
