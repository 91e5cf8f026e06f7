import Demo
import Reports
import Store
import TestStores
import Testing
import Values
import Work

@Suite("Both databases")
struct SameBytesTests {
    /// The demo's year with a payout in it, as strangers are told of it.
    private static func year() async throws -> [String: String] {
        let given = try await Given.program(Demo.program)
        let facts = Demo.facts(endingAt: Given.now)
        let late = facts.count * 9 / 10
        try await given.record(Array(facts[..<late]))
        try await given.settle("2026-02-01T12:00:00Z")
        try await given.pay(asOf: "2026-02-20T12:00:00Z")
        try await given.record(Array(facts[late...]))
        try await given.settle("2026-03-01T12:00:00Z")
        var files = try await given.audit()
        for format in LedgerExport.Format.allCases {
            files["books.\(format)"] = try await LedgerExport.text(
                format, house: given.house, program: given.program)
        }
        for id in try await explained(given) {
            files["explanation of \(id)"] = try await given.look { try Explanation.find(id, at: $0).text }
        }
        return files
    }

    /// Every fiftieth line.
    private static func explained(_ given: Given) async throws -> [String] {
        let lines = try await given.look { look in
            try look.rows("SELECT id FROM line WHERE program_id = \(look.program) ORDER BY id")
                .map { $0.text("id") }
        }
        return stride(from: 0, to: lines.count, by: 50).map { lines[$0] }
    }

    @Test("tell of a year in the same bytes, under one clock, one chance and one key")
    func year() async throws {
        let sqlite = try #require(try await Stage.on(.sqlite) { try await Self.year() })
        let postgres = try #require(try await Stage.on(.postgres) { try await Self.year() })
        #expect(sqlite.keys == postgres.keys)
        #expect(sqlite.count > 13 + 20)
        for (name, text) in sqlite {
            let isSame = text == postgres[name]
            #expect(isSame && !text.isEmpty, "\(name)")
        }
    }
}
