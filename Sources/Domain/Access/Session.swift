import Store
import Values
import Work

/// A signed-in browser: who it is, and what they are in which program.
package struct Session: Hashable, Sendable {
    package let person: Person
    /// By program.
    package let roles: [String: Role]

    package static let idleMax = Span.seconds(12 * 3600)
    package static let ageMax = Span.days(30)
    /// How stale "last seen" may be: a write a minute, not one a request.
    static let seenEvery = Span.seconds(60)

    /// Nil where this person has no part in the program.
    package func principal(in program: String) -> Principal? {
        roles[program].map { .staff(person: person.id, role: $0) }
    }

    package var programs: [String] { roles.keys.sorted { $0.precedes($1) } }
}

extension Session {
    /// The session of a token, if it is alive: seen within 12 hours, begun within 30 days, and not ended.
    package static func find(_ token: String, in house: House) async throws -> Session? {
        let now = house.now()
        guard let hash = Secret256(checking: token) else { return nil }
        let found = try await house.store.read { connection in
            try AccessRows.session(hash, at: now, connection)
        }
        guard let found else { return nil }
        if found.seenAt.moved(by: seenEvery) <= now {
            try await house.store.write { try AccessRows.seen(hash, at: now, $0) }
        }
        return found.session
    }

    package static func end(_ token: String, in house: House) async throws {
        let now = house.now()
        guard let hash = Secret256(checking: token) else { return }
        try await house.store.write { try AccessRows.endSession(hash, at: now, $0) }
    }
}
