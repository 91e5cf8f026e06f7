import ArgumentParser
import Foundation
import Recording
import Reports
import Values
import Work

struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The whole derivation of a commission line, a statement or a payout, in sentences.")
    @OptionGroup var place: Place
    @Argument var id: String

    func run() async throws {
        try await answering {
            let deployment = try await Deployment.open(place)
            let program = try await deployment.program(place)
            let (id, json) = (id, place.json)
            let text = try await deployment.house.look(at: program) { look in
                let explanation = try Explanation.find(id, at: look)
                return json ? explanation.json.compact : explanation.text
            }
            await deployment.close()
            Output.line(text)
        }
    }
}

struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Rebuild everything from the facts and name the first difference.")
    @OptionGroup var place: Place

    func run() async throws {
        try await answering {
            let deployment = try await Deployment.open(place)
            let program = try await deployment.program(place)
            var verification = Verification(deployment.house, program: program)
            try await verification.run { Output.progress(counted($0, "fact")) }
            Output.endProgress()
            await deployment.close()
            if place.json {
                Output.line(
                    JSON.record([
                        "clean": .bool(verification.isClean),
                        "checked": .object(
                            verification.counts.map { JSON.Member(plural($0.what), .int($0.count)) }),
                        "differences": .texts(verification.differences),
                    ]).compact)
            } else {
                let counts = verification.counts.map { counted($0.count, $0.what) }.joined(separator: ", ")
                Output.line("\(counts): \(verification.isClean ? "no difference." : "differences found.")")
                for difference in verification.differences { Output.error(difference) }
            }
            if !verification.isClean { throw ExitCode(1) }
        }
    }
}

struct LedgerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger", abstract: "The journal, for other programs.", subcommands: [Export.self])

    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Print the journal.")
        @OptionGroup var place: ProgramPlace
        @Option(help: "hledger, ledger, beancount or ndjson.") var format = "hledger"

        func run() async throws {
            try await answering {
                guard let format = LedgerExport.Format(rawValue: format) else {
                    throw Refusal.invalid("--format", .notOneOf(LedgerExport.Format.allCases.map(\.rawValue)))
                }
                let deployment = try await Deployment.open(place)
                let program = try await deployment.program(place)
                let text = try await LedgerExport.text(format, house: deployment.house, program: program)
                await deployment.close()
                print(text, terminator: "")
            }
        }
    }
}

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Everything a stranger needs to recompute the books.",
        subcommands: [Export.self])

    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Write it as NDJSON files.")
        @OptionGroup var place: ProgramPlace
        @Option(help: "The folder to write to.") var out: String

        func run() async throws {
            try await answering {
                let deployment = try await Deployment.open(place)
                let program = try await deployment.program(place)
                try checkFolder()
                try await AuditExport.write(to: out, house: deployment.house, program: program)
                await deployment.close()
                Output.line("Wrote the audit files of \(program) to \(out).")
            }
        }

        private func checkFolder() throws {
            var isFolder: ObjCBool = false
            let isThere = FileManager.default.fileExists(atPath: out, isDirectory: &isFolder)
            guard isThere, !isFolder.boolValue else { return }
            throw Refusal.invalid("--out", .because("\(out) is a file, not a folder"))
        }
    }
}

struct Report: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Print a report: partners.")
    @OptionGroup var place: Place
    @Argument(help: "partners") var name: String
    @Option(help: "table, csv or json.") var format: String?

    func run() async throws {
        try await answering {
            guard name == "partners" else { throw Refusal.invalid("the report", .notOneOf(["partners"])) }
            let formats = ["table", "csv", "json"]
            let format = format ?? (place.json ? "json" : "table")
            guard formats.contains(format) else { throw Refusal.invalid("--format", .notOneOf(formats)) }
            let deployment = try await Deployment.open(place)
            let program = try await deployment.program(place)
            let report = try await deployment.house.look(at: program) { try PartnerReport.find(at: $0) }
            await deployment.close()
            switch format {
            case "csv": print(report.csv, terminator: "")
            case "json": Output.line(report.json.compact)
            default: print(report.text, terminator: "")
            }
        }
    }
}
