import ArgumentParser
import Payouts
import Recording
import Values
import Work

/// The life of a batch of payouts.
struct Payouts: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Open, approve, export and record payouts.",
        subcommands: [Open.self, Freeze.self, Approve.self, Export.self, Record.self, List.self])

    struct Open: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Open a batch of all that is due.")
        @OptionGroup var place: Place
        @OptionGroup var acting: Acting
        @Option(help: "As of a day such as 2026-11-03, or an RFC 3339 instant (default: now).")
        var asOf: String?

        func run() async throws {
            try await acting.act(at: place) { deployment, work in
                try Act.openBatch(asOf: try instant(asOf, "as-of") ?? work.now, deployment.shelf, in: work)
            }
        }
    }

    struct Freeze: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Freeze a batch, for looking.")
        @OptionGroup var place: Place
        @OptionGroup var acting: Acting
        @Argument var batch: String

        func run() async throws {
            try await acting.act(at: place) { _, work in try Act.freeze(batch, in: work) }
        }
    }

    struct Approve: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Approve a batch: never by the one who opened it.")
        @OptionGroup var place: Place
        @OptionGroup var acting: Acting
        @Argument var batch: String

        func run() async throws {
            try await acting.act(at: place) { deployment, work in
                try Act.approve(batch, deployment.shelf, in: work)
            }
        }
    }

    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Write a batch's bank file.")
        @OptionGroup var place: Place
        @OptionGroup var acting: Acting
        @Argument var batch: String
        @Option(help: "The rail: sepa.") var rail = "sepa"
        @Option(help: "The file to write.") var out: String

        func run() async throws {
            try await answering {
                guard rail == "sepa" else { throw Refusal.invalid("--rail", .notOneOf(["sepa"])) }
                let deployment = try await Deployment.open(place)
                let program = try await deployment.program(place)
                let principal = try await acting.principal(deployment, in: program)
                let file = try await deployment.house.work(in: program, as: principal) { work in
                    try Act.exportSEPA(batch, in: work)
                }
                try writeFile(file.xml, out)
                await deployment.close()
                if place.json {
                    Output.line(
                        JSON.record([
                            "batch": .string(batch), "items": .int(file.items),
                            "sum": .string(file.sum.amount),
                            "currency": .string(file.sum.currency.code),
                            "sha256": .string(Digest.hex(file.xml)),
                        ]).compact)
                } else {
                    Output.line(
                        "\(out): \(counted(file.items, "transfer")), \(file.sum), "
                            + "SHA-256 \(Digest.hex(file.xml))"
                    )
                }
            }
        }
    }

    struct Record: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Record the bank's answer: a CSV of item,outcome,reference.")
        @OptionGroup var place: Place
        @OptionGroup var acting: Acting
        @Argument var file: String

        func run() async throws {
            let answers = { try PayoutAnswer.read(try bytesOfFile(file)) }
            try await answering {
                let deployment = try await Deployment.open(place)
                let program = try await deployment.program(place)
                let principal = try await acting.principal(deployment, in: program)
                let (shelf, read) = (deployment.shelf, try answers())
                let batches = try await deployment.house.work(in: program, as: principal) { work in
                    try Act.record(read, shelf, in: work)
                }
                await deployment.close()
                print(batches, json: place.json)
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List batches and their items.")
        @OptionGroup var place: Place

        func run() async throws {
            try await answering {
                let deployment = try await Deployment.open(place)
                let program = try await deployment.program(place)
                let batches = try await deployment.house.look(at: program) { try BatchView.all(at: $0) }
                await deployment.close()
                print(batches, json: place.json)
            }
        }
    }
}

private func print(_ batches: [BatchView], json: Bool) {
    if json { return Output.line(JSON.array(batches.map(\.json)).compact) }
    for batch in batches { print(batch) }
}

private func print(_ batch: BatchView) {
    Output.line("\(batch.id)  \(batch.state)  as of \(batch.asOf.text)")
    Output.table(
        batch.items.map { ["  \($0.id)", $0.partner, $0.rail, $0.state, $0.amount.description] })
}

extension Acting {
    /// Does one act on a batch and prints what became of it.
    fileprivate func act(
        at place: Place, _ verb: @escaping @Sendable (Deployment, Work) throws -> BatchView
    ) async throws {
        try await answering {
            let deployment = try await Deployment.open(place)
            let program = try await deployment.program(place)
            let principal = try await principal(deployment, in: program)
            let batch = try await deployment.house.work(in: program, as: principal) {
                try verb(deployment, $0)
            }
            await deployment.close()
            if place.json { Output.line(batch.json.compact) } else { print(batch) }
        }
    }
}
