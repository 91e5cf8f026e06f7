import Synchronization
import Values
import Work

/// Keys and sessions that were looked up a moment ago, so that a busy key costs no query a request. They are
/// forgotten when something opens less than before; one that was looked up just then, or whose revocation
/// nobody announced here, lives on for `life` at most.
package final class KeyRing: Sendable {
    package static let life = Span.seconds(10)
    static let keptMax = 4096

    private let house: House
    private let keys = Mutex<[Secret256: Kept<APIKey>]>([:])
    private let sessions = Mutex<[Secret256: Kept<Session>]>([:])

    package init(house: House) {
        self.house = house
        house.listen(.access) { [weak self] in self?.forgetAll() }
    }

    package func key(_ text: String) async throws -> APIKey? {
        let hash = Secret256(text)
        let now = house.now()
        if let kept = keys.withLock({ $0.fresh(hash, now) }) { return kept }
        guard let found = try await APIKey.find(text, in: house) else { return nil }
        keys.withLock { $0.keep(found, hash, now) }
        return found
    }

    package func session(_ token: String) async throws -> Session? {
        let hash = Secret256(token)
        let now = house.now()
        if let kept = sessions.withLock({ $0.fresh(hash, now) }) { return kept }
        guard let found = try await Session.find(token, in: house) else { return nil }
        sessions.withLock { $0.keep(found, hash, now) }
        return found
    }

    /// Ends a session, here at once.
    package func end(_ token: String) async throws {
        try await Session.end(token, in: house)
        forget(token)
    }

    private func forgetAll() {
        keys.withLock { $0.removeAll(keepingCapacity: true) }
        sessions.withLock { $0.removeAll(keepingCapacity: true) }
    }

    package func forget(_ token: String) {
        let hash = Secret256(token)
        sessions.withLock { $0[hash] = nil }
    }
}

private struct Kept<Value: Sendable>: Sendable {
    let value: Value
    let until: Instant
}

extension Dictionary {
    fileprivate func fresh<Found>(_ hash: Key, _ now: Instant) -> Found? where Value == Kept<Found> {
        guard let kept = self[hash], now < kept.until else { return nil }
        return kept.value
    }

    fileprivate mutating func keep<Found>(_ found: Found, _ hash: Key, _ now: Instant)
    where Value == Kept<Found> {
        // Emptied when full: what is in use is back after one query each.
        if count >= KeyRing.keptMax { removeAll(keepingCapacity: true) }
        self[hash] = Kept(value: found, until: now.moved(by: KeyRing.life))
    }
}
