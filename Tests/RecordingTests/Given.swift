import Conversions
import Engine
import Facts
import Foundation
import Ledger
import Programs
import Recording
import Replay
import Store
import Synchronization
import Terms
import Testing
import TestStores
import Tracking
import Values
import Work

/// Programs in a store of their own, to which facts come through the one door.
struct Given {
    let house: House
    let shelf = TermsShelf()
    let program: String

    static let now = Instant(text: "2026-06-01T12:00:00Z")!
    static let owner = Principal.operator(person: "usr_olga", role: .owner)

    static func terms(_ program: String = "acme", order: String = "[coupon, customer, click]") -> String {
        """
        program: \(program)
        name: Acme Partners
        currency: EUR
        timezone: Europe/Berlin
        attribution:
          order: \(order)
          click: {window: 30d, model: last}
          hold: 30d
        partners:
          affiliate: {plan: standard}
        plans:
          standard:
            - rule: welcome
              on: sale
              when: {customer: new}
              pay: 5.00 EUR
              also: true
            - rule: sale
              on: sale
              base: {without: [tax]}
              pay: 7.5%
        payouts:
          schedule: monthly
          net-days: 15
          clawback: {offset: 100%}

        """
    }

    static func program(_ text: String = terms()) async throws -> Given {
        let store = try await Stage.current.store(at: .earliest)
        let count = Mutex<UInt64>(0)
        // Every test has the same chance, and no two ids are alike.
        let chance = Chance { wanted in
            let number = count.withLock { count in
                count += 1
                return count
            }
            return (0..<wanted).map { UInt8(truncatingIfNeeded: number >> (8 * UInt64($0 % 8))) }
        }
        let path = NSTemporaryDirectory() + "/recording-\(UUID().uuidString).keys"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let house = House(
            store: store, clock: .stopped(at: now), chance: chance, vault: try KeyFile.make(path, .system),
            hashKey: HashKey(Array(repeating: 7, count: 32)))
        return try await Given(house: house, program: "").found(text)
    }

    /// The same store with one more program, which is then the one at hand.
    func found(_ text: String) async throws -> Given {
        let file = try ProgramFile.read(text)
        let given = Given(house: house, program: file.slug)
        let shelf = given.shelf
        try await house.work(in: file.slug, as: Self.owner) { try Act.found(file, shelf, in: $0) }
        return given
    }

    func close() async { await house.store.close() }

    func facts(_ lines: [String]) throws -> [FactRecord] {
        try lines.map { try FactReader(.outside(house.hashKey)).line($0.utf8) }
    }

    /// Records facts in one turn, in the order given.
    @discardableResult
    func record(_ facts: [FactRecord], through doorway: Recorder.Doorway = .file) async throws -> [Answer] {
        let shelf = shelf
        return try await house.work(in: program, as: Self.owner) { work in
            var recorder = try Recorder(shelf, through: doorway, in: work)
            return try recorder.record(facts)
        }
    }

    @discardableResult
    func record(_ lines: String..., through doorway: Recorder.Doorway = .file) async throws -> [Answer] {
        try await record(try facts(lines), through: doorway)
    }

    /// Records facts one by one, each in a transaction of its own.
    func arrive(_ facts: [FactRecord]) async throws {
        for fact in facts {
            for case .refused(let refusal) in try await record([fact]) {
                Issue.record("\(fact.name) was refused: \(refusal.sentence)")
            }
        }
    }

    func settle(_ instant: String) async throws {
        _ = try await Settlement(house, shelf, in: program, as: .clock)
            .run(asOf: Instant(text: instant)!) { _, _ in }
    }

    /// Expects `verify` to find nothing wrong.
    func verify(_ location: SourceLocation = #_sourceLocation) async throws {
        var verification = Verification(house, program: program)
        try await verification.run { _ in }
        let differences = verification.differences
        #expect(differences == [], sourceLocation: location)
    }

    /// Every balance that is not zero: `Liabilities:Partners:P-ada:Pending -7.50 EUR`.
    func balances() async throws -> [String] {
        try await house.look(at: program) { look in
            try JournalRows.balances(at: look).all.filter { $0.amount.minor != 0 }.map {
                "\($0.account) \($0.amount)"
            }
        }
    }

    /// What a partner has in a state: `7.50 EUR`, or nothing.
    func owed(_ partner: String, _ state: String = "Pending") async throws -> String? {
        let account = "Liabilities:Partners:P-\(partner):\(state) "
        return try await balances().first { $0.hasPrefix(account) }.map {
            String($0.dropFirst(account.count + 1))
        }
    }

    /// Whose each conversion is now.
    func sources() async throws -> [String: String] {
        let rows = try await house.look(at: program) { look in
            try look.rows("SELECT id, source FROM conversion WHERE program_id = \(look.program)")
                .map { ($0.text("id"), $0.text(ifAny: "source") ?? "direct") }
        }
        return Dictionary(uniqueKeysWithValues: rows)
    }

    /// The lines of a conversion in their order: `ada sale commission 7.50 EUR`.
    func lines(of conversion: String) async throws -> [String] {
        try await house.look(at: program) { look in
            try look.rows(
                """
                SELECT body FROM line WHERE program_id = \(look.program) AND conversion_id = \(conversion)
                 ORDER BY sequence, ordinal, partner_id, rule
                """
            ).map { row in
                let line = try JSON(reading: row.text("body").utf8)
                return ["partner", "rule", "kind", "amount", "currency"].map { line[$0]?.text ?? "?" }
                    .joined(separator: " ")
            }
        }
    }

    /// A click of the tracking face that waited on disk.
    func spooled(_ at: String, of link: String, by visitor: String) -> ClickSpool.Spooled {
        let instant = Instant(text: at)!
        var content = ClickContent()
        (content.link, content.visitor) = (link, visitor)
        let bucket = ClickRows.bucket(visitor, program, house.hashKey)
        let click = StoredClick(
            id: ClickID.make(at: instant, bucket: bucket, house.chance), at: instant, receivedAt: instant,
            content: content, flags: [], userAgent: "Firefox", referrer: nil, isOurs: true)
        return ClickSpool.Spooled(
            program: program, click: click, place: ClickRows.place(of: click, program, house.hashKey))
    }

    /// How many clicks there are, and how many rows of what tells of their people.
    func clicksKept() async throws -> [Int64] {
        try await house.store.read { connection in
            try ["click", "click_person"].map { (table: StaticString) in
                try connection.first("SELECT COUNT(*) AS n FROM \(raw: table)")?.integer("n") ?? -1
            }
        }
    }

    func count(_ kind: String) async throws -> Int64 {
        try await house.look(at: program) { look in
            try look.first(
                "SELECT COUNT(*) AS n FROM fact WHERE program_id = \(look.program) AND kind = \(kind)")?
                .integer("n") ?? 0
        }
    }
}

/// One line of a facts file: `fact("click", "k1", "2026-03-01", #""link":"ada","visitor":"v""#)`.
func fact(_ kind: String, _ id: String, _ at: String, _ rest: String) -> String {
    let instant = at.contains("T") ? at : at + "T12:00:00Z"
    return #"{"fact":"\#(kind)","id":"\#(id)","at":"\#(instant)",\#(rest)}"#
}

func partner(_ id: String, _ rest: String = #""type":"affiliate""#) -> String {
    fact("partner", id, "2026-01-01", rest)
}

func link(_ partner: String) -> String {
    fact("link", partner, "2026-01-02", #""partner":"\#(partner)","slug":"\#(partner)""#)
}

func click(_ id: String, _ at: String, of partner: String, by visitor: String = "v") -> String {
    fact("click", id, at, #""link":"\#(partner)","visitor":"\#(visitor)""#)
}

func sale(_ id: String, _ at: String, _ rest: String, amount: String = "100.00") -> String {
    fact("conversion", id, at, #""event":"sale","amount":"\#(amount)","currency":"EUR",\#(rest)"#)
}

extension Answer {
    var isNew: Bool { if case .new = self { true } else { false } }
    var isRepeated: Bool { if case .repeated = self { true } else { false } }
    var isParked: Bool { if case .parked = self { true } else { false } }
    var refusal: Refusal? { if case .refused(let refusal) = self { refusal } else { nil } }

    var body: JSON? {
        switch self {
        case .new(let body, _), .repeated(let body): JSON(written: body)
        default: nil
        }
    }
}

/// A sequence that is the same on every run (SplitMix64).
struct Dice: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
