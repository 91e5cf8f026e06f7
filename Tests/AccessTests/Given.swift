import Foundation
import Store
import Synchronization
import TestStores
import Values
import Work

@testable import Access

/// A house with an empty database, and a clock that tests set.
struct Given: Sendable {
    let house: House
    let hand: Hand

    static func house() async throws -> Given {
        let hand = Hand()
        let store = try await Stage.current.store(at: hand.now)
        let path = NSTemporaryDirectory() + "/tallystick-\(UUID().uuidString).key"
        let vault = try KeyFile.make(path, .system)
        try FileManager.default.removeItem(atPath: path)
        let house = House(
            store: store, clock: Clock { hand.now }, chance: .system, vault: vault,
            hashKey: HashKey([UInt8](repeating: 7, count: 32)))
        return Given(house: house, hand: hand)
    }

    /// Whoever has the machine.
    static let operators = Principal.operator(person: "usr_root", role: .owner)

    @discardableResult
    func add(_ email: String, _ role: Role, to program: String = "acme") async throws -> SignInLink {
        try await house.work(in: program, as: Self.operators) {
            try Person.add(email: email, role: role, in: $0)
        }
    }

    func key(of email: String, in program: String = "acme") async throws -> String {
        let person = try await add(email, .owner, to: program).person
        return try await house.work(in: program, as: Self.operators) { try APIKey.add(for: person, in: $0) }
    }

    func count(_ sql: SQL) async throws -> Int64 {
        try await house.store.read { try $0.first(sql)?.integer("n") ?? 0 }
    }
}

final class Hand: Sendable {
    private let time = Mutex(Instant(text: "2026-11-03T10:00:00Z")!)

    var now: Instant { time.withLock { $0 } }
    func move(by span: Span) { time.withLock { $0 = $0.moved(by: span) } }
}
