import ArgumentParser
import Facts
import Foundation
import Recording
import Values
import Work

struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Bring history in; the same again changes nothing.",
        subcommands: [FactsWord.self, CSVWord.self])

    struct FactsWord: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "facts", abstract: "Import a file of facts (NDJSON).")

        @OptionGroup var place: Place
        @Argument var file: String

        func run() async throws {
            try await answering {
                let deployment = try await Deployment.open(place)
                let program = try await deployment.program(place)
                let reading = try FactsFile.read(file, deployment.house.hashKey)
                try await deployment.bring(reading, in: program, json: place.json)
            }
        }
    }

    struct CSVWord: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "csv",
            abstract: "Import a CSV file of one kind of facts, or the ECB's rates (kind ecb).")

        @OptionGroup var place: Place
        @Argument(help: "partner, link, coupon, click, conversion, refund …, or ecb.") var kind: String
        @Argument var file: String
        @Option(help: "Columns that are called otherwise: amount=Total,id=Order.") var map: String?
        @Option(help: "With ecb: rates from this day on.") var since: String?

        func run() async throws {
            try await answering {
                let deployment = try await Deployment.open(place)
                let program = try await deployment.program(place)
                let bytes = try bytesOfFile(file)
                let reading: FactsFile.Reading
                if kind == "ecb" {
                    reading = try RatesFile.read(bytes, since: since.map(day))
                } else {
                    reading = try CSVFile(kind, map: map).read(bytes, deployment.house.hashKey)
                }
                try await deployment.bring(reading, in: program, json: place.json)
            }
        }

        private func day(_ text: String) throws -> Day {
            guard let day = Day(text: text) else { throw Refusal.invalid("--since", .notDay) }
            return day
        }
    }
}

extension Deployment {
    /// Imports what was read and reports what was refused, line by line.
    func bring(_ reading: FactsFile.Reading, in program: String, json: Bool) async throws {
        var report = Import.Report()
        report.refused = reading.refused
        let total = reading.rows.count
        try await Import(house, shelf, in: program, as: .machine).run(reading.rows, &report) { done in
            Output.progress("\(done) of \(counted(total, "fact"))")
        }
        Output.endProgress()
        await close()
        report.refused.sort { $0.line < $1.line }
        if json {
            Output.line(
                JSON.record([
                    "recorded": .int(report.recorded), "repeated": .int(report.repeated),
                    "capped": .int(report.notices),
                    "parked": .array(
                        report.parked.map {
                            .record(["fact": .string($0.name), "waits_for": .string($0.awaits)])
                        }),
                    "refused": .array(
                        report.refused.map {
                            .record(["line": .int($0.line), "reason": .string($0.reason)])
                        }),
                ]).compact)
        } else {
            Output.line(
                "\(report.recorded) recorded, \(report.repeated) there already, "
                    + "\(report.parked.count) parked, "
                    + "\(report.refused.count) refused.")
            if report.notices > 0 {
                Output.line(
                    "  \(report.notices) asked for more than was left of a sale or a fund, and had what was")
            }
            for parked in report.parked.prefix(10) {
                Output.line("  \(parked.name) waits for \(parked.awaits)")
            }
            if report.parked.count > 10 { Output.line("  … and \(report.parked.count - 10) more") }
            for refused in report.refused { Output.error("line \(refused.line): \(refused.reason)") }
        }
        if !report.refused.isEmpty { throw ExitCode(1) }
    }
}
