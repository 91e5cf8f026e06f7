import Store
import Values
import Work

/// What a program's own systems sign in with. Of the key itself only a hash is kept.
package struct APIKey: Hashable, Sendable {
    /// `key_…`
    package let id: String
    package let program: String
    /// Who made it.
    package let person: String

    package var principal: Principal { .key(id: id, person: person) }

    static let prefix = "tally_live_"
}

extension APIKey {
    /// Makes a key for the work's program.
    /// - Returns: the key's text, which cannot be shown again.
    /// - Throws: `Refusal.notAllowed`.
    package static func add(for person: Person, in work: Work) throws -> String {
        try work.principal.must(.administer)
        let text = prefix + work.house.chance.token()
        let key = APIKey(
            id: work.house.chance.id("key", at: work.now), program: work.program, person: person.id)
        try AccessRows.add(key, Secret256(text), in: work)
        try work.audit("key.add", key.id)
        return text
    }

    /// - Throws: `Refusal.notAllowed`, `.notFound`.
    package static func revoke(_ id: String, in work: Work) throws {
        try work.principal.must(.administer)
        guard try AccessRows.revokeKey(id, in: work) else { throw Refusal.notFound(kind: "key", id: id) }
        try work.audit("key.revoke", id)
    }

    /// The program's keys, the oldest first; those that were revoked too.
    package static func all(at look: Look) throws -> [Issued] { try AccessRows.keys(at: look) }

    /// A key as those see it who keep order among them.
    package struct Issued: Hashable, Sendable {
        package let id: String
        /// The e-mail of who made it.
        package let person: String
        package let createdAt: Instant
        package let revokedAt: Instant?
    }

    /// The key with this text, unless it was revoked.
    package static func find(_ text: String, in house: House) async throws -> APIKey? {
        guard text.hasPrefix(prefix), let hash = Secret256(checking: text) else { return nil }
        return try await house.store.read { try AccessRows.key(hash, $0) }
    }
}
