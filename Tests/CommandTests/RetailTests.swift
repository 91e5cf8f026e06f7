import Foundation
import Store
import TestStores
import Testing

/// examples/online-retail, from its data files to the audit, wherever the data is.
@Suite("A year of a real shop")
struct RetailTests {
    @Test("runs to its end, is explained line by line, and changes nothing when it is brought in again")
    func year() async throws {
        guard let data = ProcessInfo.processInfo.environment["TALLYSTICK_DATA"] else {
            print("TALLYSTICK_DATA is not set: the year of a real shop was NOT run")
            return
        }
        async let running = Stage.on(.postgres) { try await run(data) }
        let sqlite = try #require(try await Stage.on(.sqlite) { try await run(data) })
        let postgres = try #require(try await running)
        // In the others stands who acted when, by the clock and chance of each.
        for name in ["balances", "clicks", "decisions", "lines", "statements", "terms"] {
            let file = sqlite[name + ".ndjson"]
            let isSame = file == postgres[name + ".ndjson"]
            #expect(isSame && file?.isEmpty == false, "\(name)")
        }
    }

    /// The audit's files by their names.
    private func run(_ data: String) async throws -> [String: Data] {
        let workshop = try Workshop()
        let run = try await workshop.run(
            "'\(root.path)/examples/online-retail/run.sh' out '\(Binary.path)' $TALLYSTICK_DATABASE > run.log",
            seconds: 900, with: ["TALLYSTICK_DATA": data])
        let log = (try? String(contentsOf: workshop.folder.appending(path: "run.log"), encoding: .utf8)) ?? ""
        guard run.status == 0 else {
            Issue.record("run.sh ended with \(run.status): \(run.errors.suffix(2000))\n\(log.suffix(2000))")
            return [:]
        }
        try await again(workshop)
        try await explained(workshop)
        try await compared(workshop)
        let audit = workshop.folder.appending(path: "out/audit")
        let names = try FileManager.default.contentsOfDirectory(atPath: audit.path)
        let files = try names.map { try Data(contentsOf: audit.appending(path: $0)) }
        return Dictionary(uniqueKeysWithValues: zip(names, files))
    }

    /// The program in force reproduces the year to the cent; one with tiers and a budget, and one that pays the
    /// first touch, say of each partner and each rule what the year would have come to. All three sums agree.
    private func compared(_ workshop: Workshop) async throws {
        let script = """
            python3 -c '
            import json
            from decimal import Decimal
            for name in "program", "growth", "first-touch":
                said = json.load(open(f"out/reports/diff-{name}.json"))
                sums = [[sum(Decimal(row[side]) for row in said[part]) for side in ("before", "after")]
                        for part in ("totals", "partners", "rules")]
                isOther = any(row["before"] != row["after"] for row in said["partners"])
                print(name, said["reproduced"], said["refused"], sums[0] == sums[1] == sums[2], isOther,
                      bool(said["other_source"]), bool(said["tier_crossings"]), len(said["changes"]))'
            """
        #expect(
            try await workshop.expect(script) == """
                program True 0 True False False False 0
                growth True 0 True True False True 7
                first-touch True 0 True True True False 4

                """)
    }

    private func again(_ workshop: Workshop) async throws {
        let script = """
            export TALLYSTICK_KEY_FILE=out/tallystick.key
            tallystick ledger export --format ndjson > before.ndjson
            tallystick import facts out/facts/all.ndjson --json > again.json
            tallystick ledger export --format ndjson | cmp - before.ndjson
            python3 -c '
            import json
            report = json.load(open("again.json"))
            print(report["recorded"], len(report["refused"]), report["repeated"] > 40000)'
            """
        #expect(try await workshop.expect(script) == "0 0 True\n")
    }

    private func explained(_ workshop: Workshop) async throws {
        // Every losing claim has a reason, and of all lines two hundred tell their story: the server's, which
        // are the same, in fewer processes.
        let count = Stage.current.backend == .sqlite ? 200 : 50
        let script = """
            export TALLYSTICK_KEY_FILE=out/tallystick.key
            grep -c -E '"outcome":"(lost|dropped)","reason":null' out/audit/decisions.ndjson
            all=$(wc -l < out/audit/lines.ndjson)
            grep -o '"line":"com_[a-z0-9]*"' out/audit/lines.ndjson | cut -d'"' -f4 | sort \\
                | awk -v step=$((all / \(count))) 'NR % step == 1' | head -\(count) \\
                | xargs -P 2 -I {} sh -c 'tallystick explain {} > story-{} || echo {} has none'
            ls story-com_* | wc -l
            grep -L 'The decision' story-com_*
            grep -L 'In the books' story-com_*
            true
            """
        #expect(try await workshop.expect(script) == "0\n\(count)\n")
    }
}
