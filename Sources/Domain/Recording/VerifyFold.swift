import Commissions
import Conversions
import Engine
import Facts
import Ledger
import Payouts
import Replay
import Store
import Terms
import Tracking
import Values
import Work

/// The fold of `verify`: the same book as ever, held whole. What it makes is compared with what is stored.
struct VerifyFold {
    private(set) var differences: [String] = []
    private var book: Book
    /// The stored decisions of each conversion, in order: which clicks were known at each is evidence, not a
    /// rule.
    private var decided: [String: [String]] = [:]
    private var made: [String: Int] = [:]
    private var lines: [String: String] = [:]
    private var statements: [String: (body: String, number: String)] = [:]
    private var entries: [SealedEntry] = []
    private var chain = Chain.start
    private var statementNumber: Int64 = 0
    private var balances = Balances()
    private var facts = 0
    private let program: String

    init(_ program: String) {
        self.program = program
        book = Book(program: program, isWhole: true)
    }

    var counts: [(what: String, count: Int)] {
        [
            ("fact", facts), ("decision", decided.values.reduce(0) { $0 + $1.count }), ("line", lines.count),
            ("entry", entries.count), ("statement", statements.count),
        ]
    }

    private mutating func differ(_ text: String) {
        if differences.count < Verification.differencesMax { differences.append(text) }
    }

    // MARK: Reading

    mutating func readClicks(_ house: House) async throws {
        for day in try await house.look(at: program, { try ClickRows.days(at: $0) }) {
            // In their order, so that each is found its place at once.
            let clicks = try await house.look(at: program) { try ClickRows.all(day: day, at: $0) }
            for click in clicks.sorted(by: SeenClick.precedes) { book.show(click) }
        }
    }

    mutating func readDecisions(_ house: House) async throws {
        for row in try await house.look(at: program, { try DecisionQueries.all(at: $0) }) {
            decided[row.conversion, default: []].append(row.body)
        }
    }

    // MARK: Folding

    mutating func take(_ kept: [KeptFact]) {
        for row in kept {
            facts += 1
            guard row.sequence == Int64(facts) else {
                return differ("fact \(row.kind):\(row.id) has sequence \(row.sequence), not \(facts)")
            }
            guard let kind = FactKind(rawValue: row.kind) else {
                return differ("fact \(row.kind):\(row.id) is of no kind")
            }
            do {
                let fact = try FactReader(.store).stored(
                    kind, id: row.id, at: row.at, receivedAt: row.receivedAt, body: row.body)
                if fact.body != row.body { differ("fact \(fact.name) does not read back as it is stored") }
                try keep(judge(fact, row.sequence))
            } catch {
                differ("fact \(row.kind):\(row.id) is refused now: \(error.sentence)")
            }
        }
    }

    private mutating func judge(_ fact: FactRecord, _ sequence: Int64) throws(Refusal) -> Records {
        while true {
            switch try book.attempt(fact, sequence: sequence) {
            case .done(let records):
                book.memory.evidence.removeAll(keepingCapacity: true)
                return records
            case .wants(let wanted):
                for want in wanted {
                    guard case .evidence(let conversion) = want else {
                        throw .notFound(kind: "fact", id: "that \(fact.name) stands on")
                    }
                    present(conversion, fact)
                }
            }
        }
    }

    /// Puts the clicks before the engine that the stored decision says it weighed.
    private mutating func present(_ conversion: Ref<Conversion>, _ fact: FactRecord) {
        let id = book.names.text(conversion)
        // What another's arrival touches is weighed by the clicks of its last decision.
        let made = Int(book.memory.dossiers[conversion]?.decisions ?? 0)
        let number = fact.asks(about: id) ? made : made - 1
        let bodies = decided[id] ?? []
        let body = bodies.indices.contains(number) ? bodies[number] : bodies.last
        let weighed = body.flatMap { try? JSON(reading: $0.utf8) }.map(VerifyFold.clickIDs) ?? []
        if !book.present(ids: weighed, for: conversion) {
            differ("conversion \(id) was decided on a click that is not there")
        }
    }

    static func clickIDs(_ decision: JSON) -> [String] {
        (decision["claims"]?.elements ?? []).filter { $0["class"]?.text == "click" }.compactMap {
            $0["claim"]?.text
        }
    }

    private mutating func keep(_ records: Records) throws(Refusal) {
        for decision in records.decisions {
            let number = made[decision.conversion, default: 0]
            made[decision.conversion] = number + 1
            let stored = decided[decision.conversion] ?? []
            guard number < stored.count else {
                differ("decision \(decision.id) of conversion \(decision.conversion) is missing")
                continue
            }
            if stored[number] != decision.body {
                differ(
                    "decision \(decision.id) of \(decision.conversion) follows otherwise from the facts"
                )
            }
        }
        for line in records.lines { lines[line.id] = line.body }
        for entry in records.entries {
            entries.append(chain.seal(entry))
            try balances.add(entry)
        }
        for statement in records.statements {
            statementNumber += 1
            statements[statement.id] = (
                statement.json.compact, StatementRows.text(statementNumber, statement.date)
            )
        }
    }

    /// The last decision of every conversion has weighed every click that the terms let speak.
    mutating func checkEvidence() {
        for (conversion, bodies) in decided {
            if made[conversion] != bodies.count {
                differ("conversion \(conversion) has a decision that nothing made")
            }
            let ref = book.names.conversion(conversion)
            guard let sale = book.memory.sales[ref], let terms = book.terms.inForce(at: sale.at),
                terms.attribution.order.contains(.click),
                let last = bodies.last.flatMap({ try? JSON(reading: $0.utf8) })
            else { continue }
            if Set(book.witnesses(of: sale, terms.attribution)) != Set(VerifyFold.clickIDs(last)) {
                differ("conversion \(conversion) was last decided without a click that is there now")
            }
        }
    }

    // MARK: Comparing

    mutating func compare(_ house: House) async throws {
        try await compareLines(house)
        try await compareJournal(house)
        try await compareStatements(house)
        let stored = try await house.look(at: program) { try JournalRows.balances(at: $0) }
        if stored != balances {
            let mine = Set(balances.all.map { "\($0.account) \($0.amount)" })
            let theirs = Set(stored.all.map { "\($0.account) \($0.amount)" })
            for text in mine.symmetricDifference(theirs).sorted() {
                differ("balance \(text) is not what was posted")
            }
        }
        checkInvariants()
    }

    private mutating func compareLines(_ house: House) async throws {
        var seen = 0
        for row in try await house.look(at: program, { try LineQueries.bodies(at: $0) }) {
            seen += 1
            guard let body = lines[row.id] else {
                differ("line \(row.id) follows from no fact")
                continue
            }
            if body != row.body { differ("line \(row.id) follows otherwise from the facts") }
            if row.amount.amount != (try? JSON(reading: body.utf8))?["amount"]?.text {
                differ("line \(row.id) has another amount in its column than in its derivation")
            }
        }
        if seen != lines.count {
            differ("the facts make \(counted(lines.count, "line")), the store has \(seen)")
        }
    }

    private mutating func compareJournal(_ house: House) async throws {
        var number: Int64 = 0
        var index = 0
        while true {
            let after = number
            let page = try await house.look(at: program) {
                try JournalRows.page(after: after, limit: 2_000, at: $0)
            }
            guard let last = page.last else { break }
            for stored in page {
                guard index < entries.count else {
                    differ("journal entry \(stored.number) follows from no fact")
                    return
                }
                if stored != entries[index] {
                    differ("journal entry \(stored.number) (\(stored.entry.id)) is not what the facts say")
                    if differences.count >= Verification.differencesMax { return }
                }
                index += 1
            }
            number = last.number
        }
        if index < entries.count { differ("journal entry \(index + 1) is missing") }
    }

    private mutating func compareStatements(_ house: House) async throws {
        let stored = try await house.look(at: program) { try StatementQueries.bodies(at: $0) }
        for row in stored {
            guard let mine = statements[row.id] else {
                differ("statement \(row.number) follows from no fact")
                continue
            }
            if mine.body != row.body || mine.number != row.number {
                differ("statement \(row.number) follows otherwise from the facts")
            }
        }
        if stored.count != statements.count {
            differ("the facts make \(counted(statements.count, "statement")), the store has \(stored.count)")
        }
    }

    private mutating func checkInvariants() {
        var trial: [Currency: Int128] = [:]
        for (account, amount) in balances.all {
            trial[amount.currency, default: 0] += Int128(amount.minor)
            if account.hasPrefix("Liabilities:Partners:"), amount.minor > 0 {
                differ("\(account) is below zero: \(amount.negated())")
            }
        }
        for (currency, sum) in trial where sum != 0 {
            differ("the books do not sum to zero in \(currency.code)")
        }
    }
}
