import ArgumentParser
import Facts
import Recording
import Replay
import Terms
import Values

struct Simulate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a program file over facts, without a database, and print what follows.")

    @Option(help: "The program file.") var program: String
    @Option(parsing: .upToNextOption, help: "Files of facts.") var facts: [String]
    @Option(help: "Settle as of a day such as 2026-11-03, or an RFC 3339 instant (default: the last fact's).")
    var asOf: String?
    @Flag(help: "Print decisions and derivations too.") var explain = false
    @Option(help: "Explain one thing only: a line, a conversion or another fact, or a partner, by its id.")
    var about: String?
    @Flag(help: "Print NDJSON, a result a line (the default).") var json = false
    @Flag(help: "Print tables, for people.") var table = false

    func validate() throws {
        if json, table { throw ValidationError("Of --json and --table choose one.") }
    }

    func run() async throws {
        try await answering {
            let file = try programFile(program)
            var rows: [FactRecord] = []
            var isWhole = true
            for path in facts {
                Output.progress("\(path) is being read")
                // No person is kept here, so any key serves: it only has to make equal values equal.
                let reading = try FactsFile.read(path, HashKey(Array("simulate".utf8)))
                for refused in reading.refused { Output.error("\(path):\(refused.line): \(refused.reason)") }
                if !reading.refused.isEmpty { isWhole = false }
                rows += reading.rows.map(\.fact)
            }
            let end = try instant(asOf, "as-of") ?? rows.map(\.at).max() ?? .earliest
            let isTaken = try run(file, rows.filter { $0.at <= end }, asOf: end)
            if !isWhole || !isTaken { throw ExitCode(1) }
        }
    }

    /// Whether no fact was refused.
    private func run(_ file: ProgramFile, _ facts: [FactRecord], asOf end: Instant) throws -> Bool {
        let results = SimulationResults(about: about, isExplained: explain)
        let total = facts.count { !$0.isTraffic }
        var done = 0
        var simulation = Simulation(file) { records in
            done += 1
            // What settles at the end is no fact of the files.
            if done % 1_000 == 0, done <= total { Output.progress("\(done) of \(counted(total, "fact"))") }
            results.take(records)
        }
        simulation.run(facts)
        simulation.settle(asOf: end)
        Output.endProgress()
        try results.print(simulation.book, try simulation.clocks(asOf: end), isTable: table)
        for (fact, refusal) in simulation.refused { Output.error("\(fact.name): \(refusal.sentence)") }
        for (name, waiting) in simulation.parked.sorted(by: { $0.key.text.precedes($1.key.text) }) {
            for fact in waiting { Output.error("\(fact.name) waits for \(name.text), which never came") }
        }
        if let failure = results.failure { throw failure }
        return simulation.refused.isEmpty
    }
}
