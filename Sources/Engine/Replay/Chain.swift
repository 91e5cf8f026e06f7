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
        let members: [JSON.Member] = [
            .init("cause", .string(entry.cause)), .init("effective_at", .string(entry.effectiveAt.text)),
            .init("entry", .string(entry.id)), .init("kind", .string(entry.kind)),
            .init("posted_at", .string(entry.postedAt.text)),
            .init(
                "postings",
                .array(
                    entry.postings.map {
                        .record([
                            "account": .string($0.account), "amount": .string($0.amount.amount),
                            "currency": .string($0.amount.currency.code),
                        ])
                    })),
            .init("previous", .string(hash)), .init("sequence", .int(next)),
        ]
        let sealed = SealedEntry(
            number: next, entry: entry, previous: hash, hash: Digest.hex(JSON.object(members).compact))
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
