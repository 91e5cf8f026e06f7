import Engine
import Facts
import Replay
import Terms
import Testing
import Values

/// One program, what happened in it, and what followed.
struct Story {
    private(set) var simulation: Simulation
    private let kept = Kept()

    private final class Kept {
        var records: [Records] = []
        var balances = Balances()
        var chain = Chain.start
        var sealed: [SealedEntry] = []
        /// The first time that something was below zero which never may be.
        var fault: String?
    }

    init(_ file: ProgramFile = program(), _ facts: [FactRecord] = [], isExplained: Bool = true) {
        let kept = kept
        simulation = Simulation(file, isExplained: isExplained) { records in
            kept.records.append(records)
            for entry in records.entries {
                try! kept.balances.add(entry)
                kept.sealed.append(kept.chain.seal(entry))
                for posting in entry.postings
                where kept.fault == nil && posting.account.hasPrefix("Liabilities:") {
                    let balance = kept.balances[posting.account, posting.amount.currency]
                    if balance > 0 { kept.fault = "\(posting.account) owes \(-balance) after \(entry.id)" }
                }
            }
        }
        tell(facts)
    }

    mutating func tell(_ facts: [FactRecord]) { simulation.run(facts) }

    mutating func settle(_ instants: String...) {
        for text in instants { simulation.settle(asOf: instant(text)) }
    }
}

// MARK: What followed

extension Story {
    var records: [Records] { kept.records }
    var sealed: [SealedEntry] { kept.sealed }
    var balances: Balances { kept.balances }
    var faultBelowZero: String? { kept.fault }

    /// The clock of every line so far, by the line's id.
    var clocks: [String: MoneyClock] {
        get throws {
            let now = simulation.settledUntil ?? records.map(\.fact.at).max() ?? .earliest
            let open = try simulation.clocks(asOf: now)
            let stated = records.flatMap(\.statements).flatMap { statement in
                statement.lines.map { ($0, MoneyClock(statement.due)) }
            }
            let known = open.merging(stated) { first, _ in first }
            return Dictionary(
                uniqueKeysWithValues: records.flatMap(\.lines).map {
                    ($0.id, known[$0.id] ?? .waits(Wait(.owedBack)))
                })
        }
    }

    /// The day of each line of a conversion, or what it waits for, with what is missing.
    func paid(_ conversion: String) throws -> [String] {
        let clocks = try clocks
        return records.flatMap(\.lines).filter { $0.conversion == conversion }.map { line in
            let wait = clocks[line.id]?.wait
            let missing = wait?.missing.map { " \($0)" } ?? ""
            return clocks[line.id]?.day?.text ?? (wait?.reason.rawValue ?? "") + missing
        }
    }

    /// The sentences of what was refused, by fact.
    var refusals: [String] { simulation.refused.map { "\($0.fact.name): \($0.refusal.sentence)" } }

    func decision(_ conversion: String) -> DecisionRecord? {
        records.flatMap(\.decisions).last { $0.conversion == conversion }
    }

    /// Who brought a conversion: a partner or `direct`; nil where it was never decided.
    func source(_ conversion: String) -> String? { decision(conversion)?.json["source"]?.text }

    /// `click k1 won`, `coupon c1 dropped requires_click` …, in the order of the decision.
    func claims(_ conversion: String) -> [String] {
        (decision(conversion)?.json["claims"]?.elements ?? []).map { claim in
            ["class", "claim", "outcome", "reason"].compactMap { claim[$0]?.text }.joined(separator: " ")
        }
    }

    /// The lines of one conversion: `20.00 USD`, in the order in which they were posted.
    func lines(_ conversion: String? = nil) -> [String] {
        records.flatMap(\.lines).filter { conversion == nil || $0.conversion == conversion }.map(
            \.amount.description)
    }

    /// The sum of all lines of a partner, by currency.
    func earned(_ partner: String) -> [Currency: Int64] {
        records.flatMap(\.lines).filter { $0.partner == partner }
            .reduce(into: [:]) { $0[$1.amount.currency, default: 0] += $1.amount.minor }
    }

    /// `2026-02-01: 20.00 USD`, with what was offset where something was.
    func statements(_ partner: String = "ada") -> [String] {
        records.flatMap(\.statements).filter { $0.partner == partner }.map { statement in
            "\(statement.date.text): \(statement.amount)"
                + (statement.offset.minor == 0 ? "" : " after \(statement.offset.amount)")
        }
    }

    /// Pending, approved, payable and clawback; what is zero is left out.
    func standing(_ partner: String = "ada", _ code: String = "USD") -> String {
        let standing = balances.standing(of: partner, in: Currency(code)!, paid: 0)
        let parts = [
            ("pending", standing.pending), ("approved", standing.approved), ("payable", standing.payable),
            ("clawback", standing.clawback),
        ]
        return parts.filter { $0.1.minor != 0 }.map { "\($0.0) \($0.1.amount)" }.joined(separator: ", ")
    }

    /// The balance of an account in its usual sign of the books: debits are positive.
    func balance(_ account: String, _ code: String = "USD") -> String {
        Money(balances[account, Currency(code)!], Currency(code)!).amount
    }

    /// `earned 2026-01-05T00:00:00.000Z` …
    var entries: [String] { sealed.map { "\($0.entry.kind) \($0.entry.effectiveAt.text.prefix(10))" } }

    /// Everything that followed, as bytes.
    var bytes: [String] {
        records.flatMap { record in
            ["\(record.sequence) \(record.fact.name) \(record.fact.body)"]
                + record.decisions.map(\.body)
                + record.lines.map(\.body) + record.statements.map(\.json.compact)
        } + sealed.map(\.json.compact)
    }

    /// Balances of every account that are not zero, and all statements: what must not depend on when facts
    /// came.
    var ending: [String] {
        balances.all.filter { $0.amount.minor != 0 }.map { "\($0.account) \($0.amount)" }
            + records.flatMap(\.statements).map { "\($0.partner) \($0.date.text) \($0.amount) \($0.offset)" }
            .sorted()
    }
}

extension DecisionRecord {
    var json: JSON { JSON(written: body) }
}

extension LineRecord {
    var json: JSON { JSON(written: body) }
}
