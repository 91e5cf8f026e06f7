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
    private var evidence = Evidence()
    private var remade: Remade
    private var facts = 0
    private let program: String

    init(_ program: String) {
        self.program = program
        book = Book(program: program, isWhole: true)
        book.checksVisits = true
        remade = Remade(program)
    }

    var counts: [(what: String, count: Int)] {
        [
            ("fact", facts), ("decision", remade.decisions.count), ("line", remade.lines.count),
            ("entry", remade.entries.count), ("statement", remade.statements.count),
        ]
    }

    private mutating func differ(_ text: String) {
        if differences.count < Verification.differencesMax { differences.append(text) }
    }

    // MARK: Reading

    mutating func readEvidence(_ house: House) async throws {
        try await Evidence.showClicks(house, program, to: &book)
        try await evidence.read(house, program)
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
                try remade.add(judge(fact, row.sequence))
                for query in book.overcounted {
                    differ("\(fact.name) has counted more \(query.kind)s than there are")
                }
                book.overcounted = []
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
        if !book.present(ids: evidence.weighed(for: id, at: number), for: conversion) {
            differ("conversion \(id) was decided on a click that is not there")
        }
    }

    /// The last decision of every conversion has weighed every click that the terms let speak.
    mutating func checkEvidence() {
        for (conversion, weighed) in evidence.last {
            let ref = book.names.conversion(conversion)
            guard let sale = book.memory.sales[ref], let dossier = book.memory.dossiers[ref],
                let terms = book.terms.version(dossier.terms),
                terms.attribution.order.contains(.click)
            else { continue }
            if Set(book.witnesses(of: sale, within: terms.attribution.reach)) != Set(weighed) {
                differ("conversion \(conversion) was last decided without a click that is there now")
            }
        }
    }

    // MARK: Comparing

    /// Holds every table that follows from facts against what was made again.
    mutating func compare(_ house: House) async throws {
        compare(try await house.look(at: program) { try $0.head() })
        for table in remade.tables(book) where differences.count < Verification.differencesMax {
            var comparison = TableComparison(table)
            try await table.rebuilt.read(house, program) { comparison.take($0) }
            comparison.finish()
            for difference in comparison.differences { differ(difference) }
        }
        checkInvariants()
    }

    private mutating func compare(_ head: Head?) {
        guard let head else { return differ("the program has no head") }
        for (what, has, must) in [
            ("sequence", String(head.sequence), String(facts)),
            ("entry", String(head.entry), String(remade.chain.number)),
            ("hash", head.hash, remade.chain.hash),
            ("statement", String(head.statement), String(remade.statements.count)),
            ("terms", String(head.terms), String(book.files.count)),
        ] where has != must {
            differ("the program's head: \(what) is \(has), must be \(must)")
        }
    }

    private mutating func checkInvariants() {
        var trial: [Currency: Int128] = [:]
        for (account, amount) in remade.balances.all {
            trial[amount.currency, default: 0] += Int128(amount.minor)
            let isOwed = account.hasPrefix("Liabilities:Partners:") || account.hasPrefix("Liabilities:MDF:")
            if isOwed, amount.minor > 0 {
                differ("\(account) is below zero: \(amount.negated())")
            }
        }
        for (currency, sum) in trial where sum != 0 {
            differ("the books do not sum to zero in \(currency.code)")
        }
    }
}
