import ArgumentParser
import Recording
import Values
import Work

struct Settle: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Do what the clock does: release holds, approve, issue statements, day by day.")

    @OptionGroup var place: Place
    @Option(help: "Until when: a day such as 2026-11-03, or an RFC 3339 instant (default: now).")
    var asOf: String?

    func run() async throws {
        try await answering {
            let deployment = try await Deployment.open(place)
            let program = try await deployment.program(place)
            let end = try instant(asOf, "as-of") ?? deployment.house.now()
            let settlement = Settlement(deployment.house, deployment.shelf, in: program, as: .clock)
            let settled = try await naming(["/as_of": "--as-of"]) {
                try await settlement.run(asOf: end) { done, all in
                    Output.progress("\(done) of \(counted(all, "partner"))")
                }
            }
            Output.endProgress()
            await deployment.close()
            if place.json {
                Output.line(
                    JSON.record([
                        "as_of": .string(end.text), "partners": .int(settled.partners),
                        "statements": .int(settled.statements),
                    ]).compact)
            } else {
                Output.line("Settled until \(end.text): \(counted(settled.statements, "statement")).")
            }
        }
    }
}
