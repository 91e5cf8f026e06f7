import Engine
import Facts
import Replay
import Reports
import Terms
import Values

/// Collects what a simulation makes and prints it: a result a line for programs, tables for people.
final class SimulationResults {
    /// The id of the one thing that is asked about; nil: everything.
    private let about: String?
    private let isExplained: Bool
    private var decisions: [DecisionRecord] = []
    private var lines: [LineRecord] = []
    private var statements: [StatementRecord] = []
    private var balances = Balances()
    private var partners: Set<String> = []
    private var clocks: [String: MoneyClock] = [:]
    private var isKnown = false
    /// Whether there is something above what is printed next.
    private var isBegun = false
    /// Why the balances are not what they should be.
    private(set) var failure: Refusal?

    /// More lines than a person reads are summed only.
    private static let shownMax = 200

    init(about: String?, isExplained: Bool) {
        self.about = about
        self.isExplained = isExplained || about != nil
    }

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
        if records.fact.id == about || records.fact.name == about { isKnown = true }
    }

    /// - Parameter clocks: of the lines that stand on no statement, by their ids.
    func print(_ book: Book, _ clocks: [String: MoneyClock], isTable: Bool) throws(Refusal) {
        self.clocks = clocks
        // Of balances that do not add up none is printed.
        guard failure == nil else { return }
        try choose()
        let stated = Dictionary(
            statements.flatMap { statement in statement.lines.map { ($0, statement) } },
            uniquingKeysWith: { first, _ in first })
        if isTable { printTables(book, stated) } else { printResults(book, stated) }
    }

    /// Leaves what concerns the one thing that is asked about.
    private func choose() throws(Refusal) {
        guard let about else { return }
        let bare = about.split(separator: ":", maxSplits: 1).last.map(String.init) ?? about
        let own = lines.filter {
            [$0.id, $0.fact, $0.conversion, $0.partner].contains(bare)
        }
        let conversions = Set(own.map(\.conversion) + [bare])
        let chosen = decisions.filter { $0.conversion == bare || conversions.contains($0.conversion) }
        guard isKnown || !own.isEmpty || !chosen.isEmpty else {
            throw .notFound(kind: "line, fact or partner", id: about)
        }
        let ids = Set(own.map(\.id))
        (lines, decisions) = (own, chosen)
        statements = statements.filter { $0.partner == bare || !ids.isDisjoint(with: $0.lines) }
        partners = partners.filter { $0 == bare }
    }

    private var standings: [Standing] {
        partners.sorted { $0.precedes($1) }.flatMap { partner in
            balances.currencies(of: partner).map { balances.standing(of: partner, in: $0, paid: 0) }
        }
    }

    private func clock(_ line: LineRecord, _ statement: StatementRecord?) -> MoneyClock {
        statement.map { MoneyClock($0.due) } ?? clocks[line.id] ?? .waits(Wait(.owedBack))
    }
}

// MARK: For programs

extension SimulationResults {
    private func printResults(_ book: Book, _ stated: [String: StatementRecord]) {
        if isExplained {
            for decision in decisions {
                Output.line(result("decision", JSON(written: decision.body)).compact)
            }
        }
        for line in lines { Output.line(json(line, book, stated[line.id]).compact) }
        for standing in standings { Output.line(result("balance", standing.json).compact) }
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

    private func json(_ line: LineRecord, _ book: Book, _ statement: StatementRecord?) -> JSON {
        let status = book.status(of: line, isStated: statement != nil)
        let clock = clock(line, statement)
        var members: [JSON.Member] = [
            .init("result", .string("line")), .init("id", .string(line.id)),
            .init("kind", .string(line.kind)),
            .init("fact_kind", .string(line.factKind)), .init("fact", .string(line.fact)),
            .init("partner", .string(line.partner)), .init("rule", .string(line.rule)),
            .init("amount", .string(line.amount.amount)),
            .init("currency", .string(line.amount.currency.code)),
            .init("at", .string(line.at.text)), .init("status", .string(status)),
        ]
        // What a cap took is all that its line has to say.
        if line.kind == "cap", let lost = JSON(written: line.body)["lost"] {
            members.append(.init("lost", lost))
        }
        members += isExplained ? clock.members : Array(clock.members.prefix(1))
        if isExplained {
            let told = Set(members.map(\.key))
            members += (JSON(written: line.body).members ?? []).filter {
                !told.contains($0.key) && $0.key != "line"
            }
        }
        return .object(members)
    }
}

// MARK: For people

extension SimulationResults {
    private func printTables(_ book: Book, _ stated: [String: StatementRecord]) {
        if isExplained { for decision in decisions { printDecision(JSON(written: decision.body)) } }
        if !lines.isEmpty { printLines(book, stated) }
        section(
            "Balances", ["partner", "currency", "pending", "approved", "payable", "clawback"],
            standings.map { standing in
                [standing.partner, standing.pending.currency.code]
                    + [standing.pending, standing.approved, standing.payable, standing.clawback].map(\.amount)
            })
        section(
            "Statements", ["partner", "currency", "date", "pay date", "amount"],
            statements.map { statement in
                [
                    statement.partner, statement.amount.currency.code, statement.date.text,
                    statement.payDay.text, statement.amount.amount,
                ]
            })
        if lines.isEmpty, standings.isEmpty, statements.isEmpty { Output.line("Nothing is earned.") }
    }

    private func printLines(_ book: Book, _ stated: [String: StatementRecord]) {
        let zone = book.files.values.first?.zone ?? .utc
        guard lines.count <= Self.shownMax else { return printSums() }
        section(
            "Lines", ["day", "fact", "partner", "rule", "amount", "currency", "how", "status", "pay date"],
            lines.map { line in
                [
                    zone.day(of: line.at).text, "\(line.factKind):\(line.fact)", line.partner, line.rule,
                    line.amount.amount, line.amount.currency.code, how(line),
                    book.status(of: line, isStated: stated[line.id] != nil),
                    day(of: clock(line, stated[line.id])),
                ]
            })
    }

    /// The day, or in brackets why there is none.
    private func day(of clock: MoneyClock) -> String {
        clock.day?.text ?? clock.wait.map { "(\($0.reason.rawValue.replacing("_", with: " ")))" } ?? ""
    }

    /// What was multiplied, where that is asked for.
    private func how(_ line: LineRecord) -> String {
        let body = isExplained ? JSON(written: line.body) : .null
        guard let base = body["base"]?.text, let rate = body["rate"]?.text else { return line.kind }
        return rate.hasSuffix("%") ? "\(line.kind): \(base) × \(rate)" : "\(line.kind): \(rate)"
    }

    private func printSums() {
        struct Key: Hashable {
            let rule: String
            let currency: Currency
        }
        var sums: [Key: (lines: Int, minor: Int64)] = [:]
        for line in lines {
            let key = Key(rule: line.rule, currency: line.amount.currency)
            sums[key, default: (0, 0)].lines += 1
            sums[key, default: (0, 0)].minor &+= line.amount.minor
        }
        let rows = sums.sorted { a, b in
            a.key.rule != b.key.rule ? a.key.rule.precedes(b.key.rule) : a.key.currency < b.key.currency
        }
        section(
            "\(lines.count) lines, by rule (--json prints each)", ["rule", "currency", "lines", "amount"],
            rows.map { key, sum in
                [key.rule, key.currency.code, String(sum.lines), Money(sum.minor, key.currency).amount]
            })
    }

    private func printDecision(_ decision: JSON) {
        isBegun = true
        let fact = decision["fact"]?.text ?? ""
        let source = decision["source"]?.text ?? "direct"
        let version = decision["terms"]?.whole ?? 0
        Output.line("\(fact): \(source == "direct" ? "nobody's" : source) (terms version \(version))")
        for claim in decision["claims"]?.elements ?? [] {
            func text(_ key: String) -> String { claim[key]?.text ?? "" }
            let reason = text("reason").isEmpty ? "" : ": \(text("reason").replacing("_", with: " "))"
            Output.line(
                "  \(text("class")) \(text("claim")) of \(text("partner")) \(text("outcome"))\(reason)")
        }
    }

    private func section(_ title: String, _ heads: [String], _ rows: [[String]]) {
        guard !rows.isEmpty else { return }
        if isBegun { Output.line("") }
        isBegun = true
        Output.line(title)
        for line in aligned([heads] + rows, heads: true) { Output.line("  " + line) }
    }
}
