import Foundation
import Store
import TestStores
import Testing

@Suite("On PostgreSQL")
struct ServerCareTests {
    @Test("what backup says to run makes a copy that is whole")
    func backup() async throws {
        try await Stage.on(.postgres) {
            let (workshop, _) = try await Workshop.open()
            try await workshop.expect("tallystick settle --as-of 2026-02-10T00:00:00Z")
            let said = try await workshop.run("tallystick backup 'my copy.dump'")
            #expect(said.status == 0)
            let commands = said.output.replacing("\\\n", with: "").split(separator: "\n")
                .map { $0.trimmingCharacters(in: .whitespaces) }
                .filter { $0.contains(#/^(?:pg_dump|createdb|pg_restore) /#) }
            #expect(commands.count == 3)
            let address = workshop.environment["TALLYSTICK_DATABASE"] ?? ""
            let password = address.firstMatch(of: /:([^:@\/]+)@/).map { String($0.1) } ?? ""
            #expect(!said.output.contains(password) && !said.errors.contains(password))
            let restored = address + "_restored"
            defer { try? TestServer.shared.drop(restored) }
            let environment = "export PGPASSWORD=\(password) ADMIN='\(address)'\n"
            try await workshop.expect(environment + commands.joined(separator: " &&\n"))
            try await workshop.expect(
                """
                set -e
                tallystick verify --database '\(restored)' | grep 'no difference'
                for report in 'report partners' 'ledger export --format ndjson'; do
                    tallystick $report > here.txt
                    tallystick $report --database '\(restored)' | cmp - here.txt
                done
                """)
        }
    }

    @Test("a coordinator is told where each table lies, once, and the shop goes on")
    func cluster() async throws {
        try await Stage.on(.postgres) {
            let (workshop, _) = try await Workshop.open()
            let script = CitusStandIn.script.joined(separator: ";\n") + ";\n"
            try Data(script.utf8).write(to: workshop.folder.appending(path: "citus.sql"))
            try await workshop.expect(#"psql -X -q -v ON_ERROR_STOP=1 -f citus.sql "$TALLYSTICK_DATABASE""#)
            let before = try await workshop.run("tallystick doctor")
            #expect(before.output.contains("citus        13.0, 43 tables not placed"))
            #expect(before.output.contains("Advice: 43 tables not placed: `tallystick doctor --citus"))
            let plan = try await workshop.expect("tallystick doctor --citus")
            let applied = try await workshop.expect("tallystick doctor --citus --apply")
            #expect(applied == plan + "43 tables placed.\n")
            for flags in ["--citus", "--citus --apply"] {
                let again = try await workshop.expect("tallystick doctor \(flags)")
                #expect(again == "Every table is in its place.\n")
            }
            let placed = try await workshop.ask(
                """
                SELECT relname, partmethod, COALESCE(partkey, '-') FROM pg_dist_partition
                  JOIN pg_class ON oid = logicalrelid WHERE NOT relispartition
                """)
            #expect(placed.count == 43)
            #expect(placed.contains("link_slug|n|-") && placed.contains("fact|h|program_id"))
            #expect(placed.contains("click|h|bucket"))
            let after = try await workshop.run("tallystick doctor")
            #expect(after.output.contains("citus        13.0, 0 tables not placed"))
            #expect(!after.output.contains("placed:"))
            // One that somebody placed otherwise is found out.
            let move = "UPDATE pg_dist_partition SET partkey = 'id' WHERE logicalrelid = 'line'::regclass"
            try await workshop.expect("sql \"\(move)\"")
            let wrong = try await workshop.run("tallystick doctor --citus")
            #expect(wrong.status == 1 && wrong.errors.hasPrefix("tallystick: line is distributed by id"))
            try await workshop.expect("tallystick verify")
        }
    }
}
