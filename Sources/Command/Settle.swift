import ArgumentParser
import Recording
import Values
import Work

struct Settle: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Do what the clock does: release holds, approve, issue statements, day by day.")

    @OptionGroup var place: Place
    @Option(help: "Until when (default: now).") var asOf: String?

    func run() async throws {
        try await answering {
            let deployment = try await Deployment.open(place)
            let program = try await deployment.program(place)
            let end = try instant(asOf, "as-of") ?? deployment.house.now()
            let settled = try await Settlement(deployment.house, deployment.shelf, in: program, as: .clock)
                .run(asOf: end) { done, all in Output.progress("\(done) of \(counted(all, "partner"))") }
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
