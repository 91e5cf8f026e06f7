import Store
import Values
import Work

/// A one-time way in, shown once; the database keeps only its hash.
package struct SignInLink: Hashable, Sendable {
    package let person: Person
    package let token: String

    /// Below the server's own address.
    package var path: String { "/sign-in?token=\(token)" }

    package static let lifetime = Span.seconds(24 * 3600)

    static func make(for person: Person, in work: Work) throws -> SignInLink {
        let link = SignInLink(person: person, token: work.house.chance.token())
        try AccessRows.dropSignIns(of: person, in: work)
        try AccessRows.addSignIn(
            Secret256(link.token), of: person, until: work.now.moved(by: lifetime), in: work)
        return link
    }
}

package enum SignIn {
    /// Uses a link's token and begins a session, which takes the place of `former`.
    ///
    /// Whatever is wrong with the token, the refusal is the same.
    /// - Returns: the session's token, to be kept by the browser only.
    /// - Throws: `Refusal.notSignedIn`.
    package static func use(_ token: String, instead former: String? = nil, in house: House) async throws
        -> String
    {
        let now = house.now()
        let session = house.chance.token()
        guard let hash = Secret256(checking: token) else { throw Refusal.notSignedIn }
        try await house.store.write { connection in
            guard let person = try AccessRows.useSignIn(hash, at: now, connection) else {
                throw Refusal.notSignedIn
            }
            try AccessRows.dropStaleSessions(of: person, at: now, connection)
            if let former = former.flatMap(Secret256.init(checking:)) {
                try AccessRows.endSession(former, at: now, connection)
            }
            try AccessRows.addSession(Secret256(session), of: person, at: now, connection)
        }
        return session
    }
}

/// The SHA-256 of a token or key. A plain hash suffices for 160 bits of chance; it is no password.
struct Secret256: Hashable, Sendable {
    let hex: String

    init(_ token: String) { hex = Digest.hex(token) }

    /// Nil for what cannot be one of ours, before anything is spent on it.
    init?(checking token: String) {
        guard (32...tokenBytesMax).contains(token.utf8.count) else { return nil }
        self.init(token)
    }
}

private let tokenBytesMax = 128
