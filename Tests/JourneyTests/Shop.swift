import Access
import Foundation
import Logging
import Programs
import Recording
@testable import Server
import Store
import Synchronization
import Terms
import Testing
import TestStores
import Values
import Work

/// A house with two programs, open on a free port, with a clock that the test sets.
struct Shop: Sendable {
    let house: House
    let hand: Hand
    let wire: Wire
    /// Keys of the programs `acme` and `other`.
    let key: String
    let otherKey: String

    /// Opens, does `body`, and closes.
    static func open(
        settles: Bool = false, tracker: Int? = nil, _ body: @Sendable (Shop) async throws -> Void
    ) async throws {
        let hand = Hand()
        let house = try await empty(hand)
        let key = try await found("acme", in: house)
        let otherKey = try await found("other", in: house)
        var habits = Server.Habits()
        habits.logLevel = .critical
        habits.settles = settles
        habits.obeysSignals = false
        let ports = AsyncStream<Int>.makeStream()
        let server = Task { [habits] in
            defer { ports.continuation.finish() }
            try await Server.run(
                house, listen: ("127.0.0.1", 0), tracker: tracker.map { ("127.0.0.1", $0) }, habits: habits
            ) { ports.continuation.yield($0) }
        }
        var port: Int?
        for await ready in ports.stream {
            port = ready
            break
        }
        guard let port else { return try await server.value }
        let outcome: Result<Void, any Error>
        do {
            try await body(
                Shop(house: house, hand: hand, wire: Wire(port: port), key: key, otherKey: otherKey))
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        server.cancel()
        try await server.value
        try outcome.get()
    }

    private static func empty(_ hand: Hand) async throws -> House {
        let store = try await Stage.current.store(at: hand.now)
        let path = NSTemporaryDirectory() + "/tallystick-\(UUID().uuidString).key"
        let vault = try KeyFile.make(path, .system)
        try FileManager.default.removeItem(atPath: path)
        return House(
            store: store, clock: Clock { hand.now }, chance: .system, vault: vault,
            hashKey: HashKey([UInt8](repeating: 7, count: 32)))
    }

    static let operators = Principal.operator(person: "usr_root", role: .owner)

    private static func found(_ slug: String, in house: House) async throws -> String {
        let file = try ProgramFile.read(program(slug))
        let shelf = TermsShelf()
        return try await house.work(in: slug, as: operators) { work in
            try Act.found(file, shelf, in: work)
            let person = try Person.add(email: "ada@\(slug).test", role: .owner, in: work).person
            return try APIKey.add(for: person, in: work)
        }
    }

    /// Two rules may pay for one sale, so that answers have several lines.
    static func program(_ slug: String) -> String {
        """
        program: \(slug)
        name: The \(slug) program
        currency: EUR
        timezone: Europe/Berlin
        destinations: [\(slug).test, "*.\(slug).test"]
        attribution:
          order: [customer, coupon, click]
        partners:
          affiliate: {plan: standard}
        plans:
          standard:
            - rule: welcome
              on: sale
              when: {customer: new, amount: ">= 50.00 EUR"}
              pay: 5.00 EUR
              also: true
            - rule: sale
              on: [sale, renewal]
              pay: 10%
              hold: 7d
        payouts:
          schedule: monthly
          threshold: {EUR: 1.00}
        """
    }
}

extension Shop {
    func get(_ path: String, key: String? = nil) async throws -> Wire.Heard {
        try await wire.send("GET", path, ["Authorization": "Bearer \(key ?? self.key)"])
    }

    func post(_ path: String, _ body: String, _ more: [String: String] = [:]) async throws -> Wire.Heard {
        try await post(path, bytes: Array(body.utf8), more)
    }

    func post(_ path: String, bytes: [UInt8], _ more: [String: String] = [:]) async throws -> Wire.Heard {
        let fields = ["Authorization": "Bearer \(key)", "Content-Type": "application/json"]
        return try await wire.send("POST", path, fields.merging(more) { _, new in new }, bytes)
    }

    /// Follows a link as a browser.
    func visit(_ target: String, _ more: [String: String] = [:]) async throws -> Wire.Heard {
        try await wire.send(
            "GET", target, ["User-Agent": "Mozilla/5.0 (X11) Firefox/140.0"].merging(more) { _, new in new })
    }

    /// The partner `ann` with the link `summer` and the coupon `ANN10`.
    func welcomeAnn() async throws {
        let facts = """
            {"facts":[
            {"fact":"partner","id":"ann","type":"affiliate","name":"Ann Smith","email":"ann@partner.test"},
            {"fact":"link","id":"lnk-ann","partner":"ann","slug":"summer",
             "destination":"https://acme.test/shop?a=1#top"},
            {"fact":"coupon","id":"cpn-ann","partner":"ann","code":"ANN10"}]}
            """
        let heard = try await post("/v1/batch", facts)
        #expect(
            heard.json?["results"]?.elements?.map { $0["status"]?.whole } == [201, 201, 201], "\(heard.text)")
    }

    func count(_ table: StaticString) async throws -> Int64 {
        try await house.store.read {
            try $0.first("SELECT COUNT(*) AS n FROM \(raw: table)")?.integer("n") ?? -1
        }
    }
}

/// A clock's hand.
final class Hand: Sendable {
    private let time = Mutex(Instant(text: "2026-11-03T10:00:00Z")!)

    var now: Instant { time.withLock { $0 } }
    func move(by span: Span) { time.withLock { $0 = $0.moved(by: span) } }
}

extension Shop {
    /// What the server's clock does once a minute.
    func settleToday() async throws {
        try await DailySettlement(house: house, shelf: TermsShelf(), logger: Logger(label: "test")).settle(
            "acme")
    }
}
