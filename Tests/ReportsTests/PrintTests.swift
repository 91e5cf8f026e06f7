import Reports
import Testing
import Values

@Suite("print") struct PrintTests {
    @Test func printAll() async throws {
        let given = try await Given.history()
        let overview = try await given.look { try Overview.find(at: $0) }
        for line in overview.lines { print(line) }
        for c in overview.conversions { print(c) }
        print(try await given.look { try PartnerReport.find(at: $0) }.text)
        for line in overview.lines.reversed() {
            print(try await given.look { try Explanation.find(line.id, at: $0) }.text)
        }
        for f in LedgerExport.Format.allCases { print(try await LedgerExport.text(f, house: given.house, program: "acme")) }
    }
}
