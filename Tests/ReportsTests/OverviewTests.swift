import Replay
import Reports
import Store
import Testing
import TestStores
import Values
import Work

@Suite("The overview", .onEachDatabase)
struct OverviewTests {
    @Test("shows partners, conversions and lines, newest first")
    func all() async throws {
        let given = try await Given.history()
        let overview = try await given.look { try Overview.find(at: $0) }
        #expect(overview.name == "Acme Partners")
        #expect(overview.partners.map(\.id) == ["blog", "kuwait", "late-comer", "p x/ü:1;"])
        #expect(overview.partners.map(\.standing.count) == [2, 1, 0, 2])
        #expect(overview.partners[0].name == "=Blog, \"Inc\"" && overview.partners[1].name == nil)
        #expect(overview.conversions.first?.id == "nobody's" && overview.conversions.first?.source == nil)
        #expect(overview.conversions.first { $0.id == "order 1" }?.lines == 3)
        #expect(overview.lines.map(\.at) == overview.lines.map(\.at).sorted(by: >))
        await given.house.store.close()
    }

    @Test(
        "says of each line where it stands and when it is paid",
        arguments: [
            ("8.13 EUR", "paid", "2026-01-16"), ("-2.03 EUR", "paid", "2026-01-16"),
            ("0.926 KWD", "paid", "2026-01-16"),
            ("7500 JPY", "payable", "rail_does_not_carry"), ("75.00 EUR", "payable", "came_back"),
            ("5.00 EUR", "approved", "offset"), ("6.00 EUR", "held", "held"),
            ("-6.10 EUR", "clawback", "owed_back"),
        ])
    func lines(_ amount: String, _ status: String, _ clock: String) async throws {
        let given = try await Given.history()
        let lines = try await given.look { try Overview.find(at: $0).lines }
        let line = try #require(lines.first { $0.amount.description == amount })
        #expect(line.status == status && line.payDate?.text ?? line.waitsFor == clock)
        await given.house.store.close()
    }

    @Test("is refused for a program that is not there")
    func missing() async throws {
        let given = try await Given.program()
        await #expect(throws: Refusal.notFound(kind: "program", id: "other")) {
            try await given.house.look(at: "other") { try Overview.find(at: $0) }
        }
        await given.house.store.close()
    }

    @Test("of partners prints as a table, CSV and JSON")
    func report() async throws {
        let given = try await Given.history()
        let report = try await given.look { try PartnerReport.find(at: $0) }
        #expect(
            report.text.hasPrefix(
                """
                partner   name          type       currency  pending  approved  payable   held   paid  \
                clawback
                blog      =Blog, "Inc"  affiliate  EUR          6.00      5.00     0.00   0.00   6.10      \
                6.10

                """))
        #expect(
            report.csv.hasPrefix(
                "partner,name,type,currency,pending,approved,payable,held,paid,clawback\r\n"
                    + "blog,\"'=Blog, \"\"Inc\"\"\",affiliate,EUR,6.00,5.00,0.00,0.00,6.10,6.10\r\n"))
        let row = try #require(report.json.elements?.first)
        #expect(row["name"]?.text == "=Blog, \"Inc\"" && row["clawback"]?.text == "6.10")
        await given.house.store.close()
    }
}
