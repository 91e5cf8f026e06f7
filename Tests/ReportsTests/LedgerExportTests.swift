import Foundation
import Ledger
import Replay
import Reports
import Store
import Testing
import TestStores
import Values
import Work

@Suite("The books for strangers", .onEachDatabase, .enabled(if: Tool.areThere))
struct LedgerExportTests {
    private func text(_ tool: Tool) async throws -> String {
        let given = try await Given.history()
        guard let format = LedgerExport.Format(rawValue: tool.format) else { return "" }
        let text = try await LedgerExport.text(format, house: given.house, program: given.program)
        await given.house.store.close()
        return text
    }

    @Test("are accepted by other people's programs", arguments: Tool.all)
    func accepted(_ tool: Tool) async throws {
        let text = try await text(tool)
        #expect(text.contains("JPY") && text.contains("KWD") && text.contains("Equity:FX"))
        #expect(text.contains("P-p-20x-2f-c3-bc-3a1-3b:Payable"))
        #expect(try tool.complaint(about: text) == nil)
    }

    @Test("are refused when one cent of a posting is changed", arguments: Tool.all)
    func tampered(_ tool: Tool) async throws {
        let text = try await text(tool)
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let postings = lines.indices.filter { lines[$0].hasPrefix("  ") && lines[$0].hasSuffix("8.13 EUR") }
        let index = try #require(postings.first)
        lines[index] = lines[index].replacing("8.13 EUR", with: "8.14 EUR")
        #expect(try tool.complaint(about: lines.joined(separator: "\n")) != nil)
    }

    @Test("are refused when an entry is changed on both sides, or left out", arguments: Tool.all)
    func forged(_ tool: Tool) async throws {
        let text = try await text(tool)
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let start = try #require(lines.firstIndex { $0.contains("earned") && $0.contains("* ") })
        let end = try #require(lines[start...].firstIndex(of: ""))
        var forged = lines
        for index in start..<end {
            forged[index] = forged[index].replacing(/(\d)\.(\d\d) EUR/) { "\($0.1)\($0.1).\($0.2) EUR" }
        }
        #expect(forged != lines)
        #expect(try tool.complaint(about: forged.joined(separator: "\n")) != nil)
        lines.removeSubrange(start..<end)
        #expect(try tool.complaint(about: lines.joined(separator: "\n")) != nil)
    }

    @Test("agree with our balance of every account")
    func agree() async throws {
        let given = try await Given.history()
        let balances = try await given.look { try JournalRows.balances(at: $0) }
        let ours = Set(balances.all.filter { $0.amount.minor != 0 }.map { "\($0.account) \($0.amount)" })
        let text = try await LedgerExport.text(.hledger, house: given.house, program: given.program)
        let (status, output) = try Tool.all[0].run(
            { ["-f", $0, "balance", "--flat", "--no-total", "--layout=bare", "-O", "csv"] }, on: text)
        #expect(status == 0)
        let theirs = output.split(separator: "\n").dropFirst().map { row in
            let cells = row.split(separator: ",").map { $0.replacing("\"", with: "") }
            return "\(cells[0]) \(cells[2]) \(cells[1])"
        }
        #expect(Set(theirs) == ours)
        await given.house.store.close()
    }

    @Test("of a program without entries are accepted too", arguments: Tool.all)
    func empty(_ tool: Tool) async throws {
        let given = try await Given.program()
        let format = try #require(LedgerExport.Format(rawValue: tool.format))
        let text = try await LedgerExport.text(format, house: given.house, program: given.program)
        #expect(try tool.complaint(about: text) == nil)
        await given.house.store.close()
    }

    @Test("as NDJSON are the journal as it was sealed")
    func ndjson() async throws {
        let given = try await Given.history()
        let text = try await LedgerExport.text(.ndjson, house: given.house, program: given.program)
        var previous = String(repeating: "0", count: 64)
        let rows = text.split(separator: "\n")
        #expect(!rows.isEmpty)
        for (index, row) in rows.enumerated() {
            let members = try #require(try JSON(reading: row.utf8).members)
            let hash = members.first { $0.key == "hash" }?.value.text
            let sealed = JSON.object(members.filter { $0.key != "hash" })
            #expect(sealed["sequence"]?.whole == Int64(index + 1))
            #expect(sealed["previous"]?.text == previous)
            #expect(Digest.hex(sealed.canonical) == hash)
            previous = hash ?? ""
        }
        await given.house.store.close()
    }
}
