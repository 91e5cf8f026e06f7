import Foundation
import Recording
import Reports
import Store
import Terms
import Testing
import Values
import Facts
import Programs
import Work
@testable import Reports

@Suite("scratch") struct ScratchTests {
    @Test func big() async throws {
        let given = try await Given.history()
        try await AuditExport.write(to: "/tmp/rep/out", house: given.house, program: "acme")
        var lines: [String] = []
        let start = Instant(text: "2025-10-02T00:00:00Z")!
        for n in 0..<40000 {
            let at = start.moved(by: Span(milliseconds: Int64(n) * 150_000)).text
            lines.append(#"{"fact":"click","id":"k\#(n)","at":"\#(at)","link":"l\#(n % 3 + 1)","visitor":"w\#(n % 5000)"}"#)
            lines.append(#"{"fact":"conversion","id":"big\#(n)","at":"\#(at)","event":"sale","amount":"\#(n % 97 + 10).\#(10 + n % 90)","currency":"EUR","visitor":"w\#(n % 5000)"}"#)
        }
        let clock = ContinuousClock()
        print("import", try await clock.measure { try await given.record(lines) })
        print("settle", try await clock.measure { try await given.settle("2026-02-25T12:00:00Z") })
        print("export", try await clock.measure { try await AuditExport.write(to: "/tmp/rep/big", house: given.house, program: "acme") })
        for f in LedgerExport.Format.allCases {
            var text = ""
            let t = try await clock.measure { text = try await LedgerExport.text(f, house: given.house, program: "acme") }
            print("ledger", f, t, text.utf8.count)
            try text.write(toFile: "/tmp/rep/big.\(f)", atomically: true, encoding: .utf8)
            if let tool = Tool.all.first(where: { $0.format == f.rawValue }) {
                print(f, try clock.measure { print(try tool.complaint(about: text) ?? "ok") })
            }
        }
        print("overview", try await clock.measure { _ = try await given.look { try Overview.find(at: $0) } })
        for line in try await given.look({ try Overview.find(at: $0).lines }).prefix(2) {
            print("explain", try await clock.measure { _ = try await given.look { try Explanation.find(line.id, at: $0) } })
        }
        print("explain conv", try await clock.measure { _ = try await given.look { try Explanation.find("big77", at: $0) } })
        print("explain none", await clock.measure { _ = try? await given.look { try Explanation.find("nonesuch", at: $0) } })
        let early = try await given.look { try LineQueries.of(conversion: "big77", at: $0) }
        print("explain early", try await clock.measure { _ = try await given.look { try Explanation.find(early[0].id, at: $0) } })
    }
}
