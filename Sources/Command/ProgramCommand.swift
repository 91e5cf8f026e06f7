import ArgumentParser
import Programs
import Recording
import Store
import Terms
import Values
import Work

struct ProgramCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "program", abstract: "Check, try, publish and print program files.",
        subcommands: [Check.self, Diff.self, Apply.self, Show.self])

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Read a program file and say all that is wrong with it.")

        @Argument var file: String

        func run() async throws {
            try await answering {
                let program = try programFile(file)
                for warning in program.warnings { Output.error(warning.text(in: file)) }
                Output.line("\(file): program \(program.slug) is well.")
            }
        }
    }

    struct Apply: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Publish a version of a program's terms.")

        @OptionGroup var place: Place
        @OptionGroup var acting: Acting
        @Argument var file: String
        @Option(
            help: "From when it is in force: a day such as 2026-11-03, or an RFC 3339 instant (default: now)."
        )
        var effective: String?

        func run() async throws {
            try await answering {
                let read = try programFile(file)
                let deployment = try await Deployment.open(place)
                let known = try await deployment.programs()
                guard known.contains(read.slug) else { return try await found(read, deployment) }
                let from = try instant(effective, "effective") ?? deployment.house.now()
                let principal = try await acting.principal(deployment, in: read.slug)
                let shelf = deployment.shelf
                let names = ["/effective": "--effective", "/currency": "the currency"]
                let version = try await naming(names) {
                    try await deployment.house.work(in: read.slug, as: principal) { work in
                        try Act.publish(read, from: from, shelf, in: work)
                    }
                }
                await deployment.close()
                print(version, read.slug, from)
            }
        }

        private func found(_ file: ProgramFile, _ deployment: Deployment) async throws {
            let made = try await naming(["/email": "--as"]) {
                try await deployment.found(file, admin: acting.email ?? "admin@localhost")
            }
            await deployment.close()
            if place.json {
                return Output.line(
                    JSON.record([
                        "program": .string(file.slug), "version": .int(1), "effective_at": .null,
                        "api_key": .string(made.key), "sign_in_url": .string(made.signIn),
                    ]).compact)
            }
            Output.line("Program \(file.slug): version 1 is in force from the beginning of time.")
            Output.line("  sign in   \(made.signIn)\n  API key   \(made.key)")
        }

        private func print(_ version: Int32, _ program: String, _ from: Instant) {
            if place.json {
                Output.line(
                    JSON.record([
                        "program": .string(program), "version": .int(version),
                        "effective_at": .string(from.text),
                    ]).compact)
            } else {
                Output.line("Program \(program): version \(version) is in force from \(from.text).")
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Print a program file as it was published.")

        @OptionGroup var place: Place
        @Option(help: "Which version (default: the last).") var version: Int?

        func run() async throws {
            try await answering {
                let deployment = try await Deployment.open(place)
                let program = try await deployment.program(place)
                let versions = try await deployment.house.look(at: program) { look in
                    try ProgramRows.versions(program, look.rows)
                }
                let wanted =
                    version.map { number in versions.first { Int($0.number) == number } } ?? versions.last
                guard let wanted else {
                    throw Refusal.notFound(kind: "version", id: version.map(String.init) ?? "any")
                }
                if place.json {
                    Output.line(
                        JSON.record([
                            "version": .int(wanted.number),
                            "effective_at": wanted.effectiveAt.map { .string($0.text) } ?? .null,
                            "hash": .string(wanted.file.hash), "yaml": .string(wanted.file.yaml),
                        ]).compact)
                } else {
                    Swift.print(wanted.file.yaml, terminator: "")
                }
                await deployment.close()
            }
        }
    }
}
