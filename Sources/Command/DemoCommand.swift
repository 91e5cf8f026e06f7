import Access
import ArgumentParser
import Demo
import Facts
import Foundation
import Programs
import Recording
import Terms
import Values
import Work

struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "Serve a demo program with a seeded year of history.")

    @OptionGroup var place: DatabasePlace
    @Option(help: "HOST:PORT (default 127.0.0.1:8080, or TALLYSTICK_LISTEN).") var listen: String?
    @Flag(help: "Load the history and stop.") var loadOnly = false

    func run() async throws {
        try await answering {
            let settings = try Settings()
            let deployment = try await Deployment.make(place)
            let file = try ProgramFile.read(Demo.program)
            do {
                try await prepare(file, deployment)
            } catch {
                await deployment.close()
                throw error
            }
            try await printSignIns(
                file.slug, deployment, settings.value("TALLYSTICK_LISTEN", flag: listen) ?? "")
            if loadOnly { return await deployment.close() }
            try await deployment.serve(listen: listen, tracker: nil)
        }
    }

    /// Loads what is not there. A load that was interrupted is taken up, as of when it began: the same facts
    /// again change nothing.
    private func prepare(_ file: ProgramFile, _ deployment: Deployment) async throws {
        let programs = try await deployment.programs()
        if programs.isEmpty {
            Output.line("Loading the demo program and a year of history …")
            _ = try await deployment.found(file, admin: "admin@acme.test")
        } else {
            guard programs.contains(file.slug) else {
                throw Self.others(programs.joined(separator: ", "))
            }
            let isOurs = try await deployment.house.look(at: file.slug) { look in
                try ProgramRows.versions(look.program, look.rows).first?.file.hash == file.hash
            }
            guard isOurs else { throw Self.others("another \(file.slug)") }
        }
        let (begun, settled) = try await deployment.house.look(at: file.slug) { look in
            (try FactLog.find("terms", "1", at: look)?.receivedAt, try FactLog.settledUntil(at: look))
        }
        guard let begun, settled ?? .earliest < begun else { return }
        if !programs.isEmpty { Output.line("Finishing the demo's load, which was interrupted …") }
        try await load(file, asOf: begun, deployment)
    }

    private static func others(_ programs: String) -> Refusal {
        .invalid(
            "this database",
            .because("holds \(programs), not the demo's program: give --database a new file"))
    }

    private func load(_ file: ProgramFile, asOf now: Instant, _ deployment: Deployment) async throws {
        let reader = FactReader(.outside(deployment.house.hashKey))
        let rows = try Demo.facts(endingAt: now).enumerated().map { index, line in
            Import.Row(line: index + 1, fact: try reader.line(line.utf8))
        }
        var report = Import.Report()
        try await Import(deployment.house, deployment.shelf, in: file.slug, as: .machine).run(rows, &report) {
            _ in
        }
        let settled = try await Settlement(deployment.house, deployment.shelf, in: file.slug, as: .clock)
            .run(asOf: now) { _, _ in }
        let facts = report.recorded + report.repeated
        Output.line("  \(counted(facts, "fact")), \(counted(settled.statements, "statement")).")
    }

    /// Fresh one-time links at every start, and a key: this is a demo.
    private func printSignIns(_ program: String, _ deployment: Deployment, _ listen: String) async throws {
        let people = [
            ("admin@acme.test", Role.owner), ("mia@acme.test", .manager), ("finn@acme.test", .finance),
        ]
        let (links, key) = try await deployment.house.work(in: program, as: .machine) { work in
            let links = try people.map { try Person.add(email: $0.0, role: $0.1, in: work) }
            return (links, try APIKey.add(for: links[0].person, in: work))
        }
        let base = "http://\(listen)"
        Output.line("Tallystick serves \(program):")
        Output.line("  console   \(base)/console, by one of these links, each good once")
        for (person, link) in zip(people, links) {
            let role = person.1.rawValue.padding(toLength: 8, withPad: " ", startingAt: 0)
            Output.line("  \(role)  \(base)\(link.path)")
        }
        Output.line("  API       \(base)/v1  with  Authorization: Bearer \(key)")
        fflush(nil)
    }
}
