import Foundation
import Reports
import Store
import Testing
import TestStores
import Values
import Work

@Suite("The audit export", .onEachDatabase)
struct AuditExportTests {
    private static let names = [
        "balances", "batches", "clicks", "decisions", "facts", "journal", "lines", "statements", "terms",
    ]

    private func export(_ given: Given) async throws -> [String: String] {
        let files = try await given.audit()
        #expect(files.keys.sorted() == Self.names.map { "\($0).ndjson" })
        return Dictionary(
            uniqueKeysWithValues: files.map { ($0.key.replacing(".ndjson", with: ""), $0.value) })
    }

    private func rows(_ text: String?) throws -> [JSON] {
        try (text ?? "").split(separator: "\n").map { try JSON(reading: $0.utf8) }
    }

    @Test("of equal histories gives equal bytes")
    func equalBytes() async throws {
        let (one, other) = (try await Given.history(), try await Given.history())
        let (a, b) = (try await export(one), try await export(other))
        for name in Self.names {
            #expect(a[name] == b[name], "\(name)")
            #expect(a[name]?.isEmpty == false, "\(name)")
        }
        #expect(try await export(one) == a)
        await one.house.store.close()
        await other.house.store.close()
    }

    @Test("has every fact but clicks by sequence, head first, and no personal value")
    func facts() async throws {
        let given = try await Given.history()
        let texts = try await export(given)
        let rows = try rows(texts["facts"])
        #expect(rows.map { $0["sequence"]?.whole } == (1...Int64(rows.count)).map { $0 })
        for row in rows {
            #expect(row.members?.prefix(5).map(\.key) == ["fact", "id", "at", "sequence", "received_at"])
        }
        #expect(!rows.contains { $0["fact"]?.text == "click" })
        let sale = try #require(rows.first { $0["id"]?.text == "order 1" })
        #expect(sale["received_at"]?.text == "2025-11-04T10:00:07.000Z")
        #expect(sale["amount"]?.text == "133.33")
        for text in texts.values {
            #expect(!text.contains("b@blog.test") && !text.contains("DE02120300000000202051"))
        }
        await given.house.store.close()
    }

    @Test("has the clicks by instant and id")
    func clicks() async throws {
        let given = try await Given.history()
        let texts = try await export(given)
        let rows = try rows(texts["clicks"])
        #expect(rows.map { $0["id"]?.text } == ["old", "first", "second", "robot", "refused", "odd click"])
        #expect(
            rows[1].compact == #"{"fact":"click","id":"first","at":"2025-11-03T10:00:00.000Z","#
                + #""received_at":"2025-11-03T10:00:00.000Z","link":"l1","partner":"blog","#
                + #""visitor":"v1","sub1":"a","country":"DE"}"#
        )
        #expect(rows[3]["bot"]?.flag == true && rows[4]["consent"]?.flag == false)
        await given.house.store.close()
    }

    @Test("puts clicks in order whose ids are of another day")
    func strayClicks() async throws {
        let given = try await Given.history()
        let id = "clk_" + timeOrdered(Instant(text: "2025-12-01T00:00:00Z")!, Array(repeating: 1, count: 10))
        try await given.record([
            #"{"fact":"click","id":"\#(id)","at":"2025-10-02T00:00:00Z","link":"l1","visitor":"v9"}"#
        ])
        let texts = try await export(given)
        #expect(try rows(texts["clicks"]).first?["id"]?.text == id)
        #expect(try rows(texts["clicks"]).count == 7)
        await given.house.store.close()
    }

    @Test("has what follows, with where each line stands")
    func consequences() async throws {
        let given = try await Given.history()
        let texts = try await export(given)
        let lines = try rows(texts["lines"])
        #expect(
            lines.compactMap { $0["sequence"]?.whole } == lines.compactMap { $0["sequence"]?.whole }.sorted())
        let status = Dictionary(grouping: lines) { $0["status"]?.text ?? "" }.mapValues(\.count)
        #expect(status == ["paid": 3, "payable": 2, "approved": 1, "held": 1, "clawback": 1])
        #expect(lines.filter { $0["statement"] == .null }.count == 3)
        let statements = try rows(texts["statements"])
        #expect(statements.map { $0["number"]?.text } == (1...4).map { "STM-2026-00000\($0)" })
        #expect(try rows(texts["terms"]).first?["yaml"]?.text == Given.terms)
        #expect(try rows(texts["terms"]).first?["hash"]?.text == Digest.hex(Given.terms))
        let batch = try #require(try rows(texts["batches"]).first)
        #expect(batch["state"]?.text == "completed")
        #expect(batch["items"]?.elements?.map { $0["state"]?.text } == ["paid", "paid", "rejected"])
        await given.house.store.close()
    }

    @Test("has each partner's balance, then each account's")
    func balances() async throws {
        let given = try await Given.history()
        let rows = try rows(try await export(given)["balances"])
        #expect(
            rows[0].compact
                == #"{"partner":"blog","currency":"EUR","pending":"6.00","approved":"5.00","payable":"0.00","#
                + #""held":"0.00","paid":"6.10","clawback":"6.10"}"#)
        let partners = rows.compactMap { $0["partner"]?.text }
        let accounts = rows.compactMap { $0["account"]?.text }
        #expect(partners == ["blog", "blog", "kuwait", "p x/ü:1;", "p x/ü:1;"])
        #expect(
            accounts == accounts.sorted { $0.precedes($1) } && partners.count + accounts.count == rows.count)
        await given.house.store.close()
    }

    @Test("leaves nothing behind when it cannot be written")
    func unwritable() async throws {
        let given = try await Given.program()
        let directory = NSTemporaryDirectory() + "/audit-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        // A directory stands where a file has to be moved to.
        try FileManager.default.createDirectory(
            atPath: directory + "/facts.ndjson/x", withIntermediateDirectories: true)
        await #expect(throws: Refusal.self) {
            try await AuditExport.write(to: directory, house: given.house, program: given.program)
        }
        let left = try FileManager.default.contentsOfDirectory(atPath: directory)
        #expect(left == ["facts.ndjson"])
        await given.house.store.close()
    }
}
