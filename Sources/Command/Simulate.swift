import ArgumentParser
import Engine
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

    func run() async throws {
        try await answering {
            let file = try programFile(program)
            var rows: [FactRecord] = []
            var isWhole = true
            for path in facts {
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
        let results = Results(explain: explain)
        var simulation = Simulation(file) { results.take($0) }
        simulation.run(facts)
        simulation.settle(asOf: end)
        results.print(simulation.book, try simulation.clocks(asOf: end))
        for (fact, refusal) in simulation.refused { Output.error("\(fact.name): \(refusal.sentence)") }
        for (name, waiting) in simulation.parked.sorted(by: { $0.key.text.precedes($1.key.text) }) {
            for fact in waiting { Output.error("\(fact.name) waits for \(name.text), which never came") }
        }
        if let failure = results.failure { throw failure }
        return simulation.refused.isEmpty
    }
}

/// Collects what a simulation makes and prints it, a result a line.
private final class Results {
    private let explain: Bool
    private var decisions: [DecisionRecord] = []
    private var lines: [LineRecord] = []
    private var statements: [StatementRecord] = []
    private var balances = Balances()
    private var partners: Set<String> = []
    /// Why the balances are not what they should be.
    private(set) var failure: Refusal?

    init(explain: Bool) { self.explain = explain }

    func take(_ records: Records) {
        decisions += records.decisions
        lines += records.lines
        statements += records.statements
        do throws(Refusal) {
            for entry in records.entries { try balances.add(entry) }
        } catch {
            failure = failure ?? error
        }
        if records.fact.kind == .partner { partners.insert(records.fact.id) }
    }

    /// - Parameter clocks: of the lines that stand on no statement, by their ids.
    func print(_ book: Book, _ clocks: [String: MoneyClock]) {
        // Of balances that do not add up none is printed.
        guard failure == nil else { return }
        if explain {
            for decision in decisions {
                Output.line(result("decision", JSON(written: decision.body)).compact)
            }
        }
        let stated = Dictionary(
            statements.flatMap { statement in statement.lines.map { ($0, statement) } },
            uniquingKeysWith: { first, _ in first })
        for line in lines {
            let statement = stated[line.id]
            let clock = statement.map { MoneyClock($0.due) } ?? clocks[line.id] ?? .waits(Wait(.owedBack))
            Output.line(json(line, book.status(of: line, isStated: statement != nil), clock).compact)
        }
        for partner in partners.sorted(by: { $0.precedes($1) }) {
            for currency in balances.currencies(of: partner) {
                Output.line(
                    result("balance", balances.standing(of: partner, in: currency, paid: 0).json).compact)
            }
        }
        for statement in statements {
            Output.line(
                JSON.record([
                    "result": .string("statement"), "partner": .string(statement.partner),
                    "currency": .string(statement.amount.currency.code), "date": .string(statement.date.text),
                    "pay_date": .string(statement.payDay.text), "amount": .string(statement.amount.amount),
                ]).compact)
        }
    }

    private func result(_ name: String, _ json: JSON) -> JSON {
        .object([JSON.Member("result", .string(name))] + (json.members ?? []))
    }

    private func json(_ line: LineRecord, _ status: String, _ clock: MoneyClock) -> JSON {
        var members: [JSON.Member] = [
            .init("result", .string("line")), .init("id", .string(line.id)),
            .init("kind", .string(line.kind)),
            .init("fact_kind", .string(line.factKind)), .init("fact", .string(line.fact)),
            .init("partner", .string(line.partner)), .init("rule", .string(line.rule)),
            .init("amount", .string(line.amount.amount)),
            .init("currency", .string(line.amount.currency.code)),
            .init("at", .string(line.at.text)), .init("status", .string(status)),
        ]
        members += explain ? clock.members : Array(clock.members.prefix(1))
        if explain {
            let told = Set(members.map(\.key))
            members += (JSON(written: line.body).members ?? []).filter {
                !told.contains($0.key) && $0.key != "line"
            }
        }
        return .object(members)
    }
}
