import ArgumentParser
import Recording
import Reports
import Terms
import Values
import Work

extension ProgramCommand {
    struct Diff: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say what a program file changes, and what it would have changed.",
            discussion: """
                Compares FILE with the version in force, in words; then judges all facts twice, as they were \
                and as they would have been with FILE in force since a day, and says who would have earned \
                more and less. Nothing is written. Fails where the terms of then do not reproduce what is \
                recorded to the cent.
                """)

        @OptionGroup var place: Place
        @Argument var file: String
        @Option(
            help: ArgumentHelp(
                "From when on: a day in the program's zone, or an RFC 3339 instant (default: since the "
                    + "version is in force)."))
        var since: String?
        @Option(help: "The number of the version to compare with (default: that in force).")
        var against: Int32?
        @Flag(help: "Show every partner, not those alone that gain and lose most.") var all = false

        func run() async throws {
            try await answering {
                let read = try programFile(file)
                let deployment = try await Deployment.open(place)
                let program = try await program(read, deployment)
                let since = since
                var trial = try await naming(["/currency": "the currency", "/since": "--since"]) {
                    try await Trial(
                        read, version: against, since: { try instant(since, in: $0) }, deployment.house)
                }
                if !place.json { print(TrialReport(trial).words) }
                try await trial.run { done, all in
                    Output.progress("\(program): \(done) of \(counted(all, "fact"))")
                }
                Output.endProgress()
                await deployment.close()
                let report = TrialReport(trial, showsAll: all)
                if place.json { Output.line(report.json.compact) }
                if let unlike = trial.result.unlike {
                    Output.error("tallystick: history is not reproduced: \(unlike).")
                    throw ExitCode(1)
                }
                if !place.json { print(report.text, terminator: "") }
            }
        }

        private func program(_ file: ProgramFile, _ deployment: Deployment) async throws -> String {
            let known = try await deployment.programs()
            guard known.contains(file.slug) else {
                throw Refusal.notFound(kind: "program", id: file.slug)
            }
            if let named = place.program, named != file.slug {
                throw Refusal.invalid("--in", .because("is \(named); the file is of \(file.slug)"))
            }
            return file.slug
        }

        private func instant(_ text: String?, in zone: Zone) throws -> Instant? {
            guard let text else { return nil }
            if let day = Day(text: text) { return zone.start(of: day) }
            guard let instant = Instant(text: text) else {
                throw Refusal.invalid(
                    "/since",
                    .because(
                        "must be a day such as 2026-11-03, in the program's zone, or an RFC 3339 instant "
                            + "such as 2026-11-03T10:12:00Z"))
            }
            return instant
        }
    }
}
