import Commissions
import Conversions
import Engine
import Facts
import Ledger
import Partners
import Payouts
import Replay
import Store
import Terms
import Values
import Work

/// The rows of every table that follows from facts, made again: those that the live verbs would have written
/// by now. What the book remembers is taken from there at the end; the rest is gathered here on the way.
struct Remade {
    private(set) var decisions: [(record: DecisionRecord, sequence: Int64)] = []
    private(set) var lines: [(record: LineRecord, rule: UInt16, sequence: Int64)] = []
    private(set) var entries: [SealedEntry] = []
    private(set) var statements: [String: [SQLValue]] = [:]
    private(set) var chain = Chain.start
    private(set) var balances = Balances()
    private var partners: [(fact: FactRecord, content: PartnerContent)] = []
    private var links: [(fact: FactRecord, content: LinkContent)] = []
    private var coupons: [(fact: FactRecord, content: CouponContent)] = []
    private var registrations: [(fact: FactRecord, content: RegistrationContent)] = []
    private var assists: [(fact: FactRecord, content: AssistContent)] = []
    private var rates: [RateContent] = []
    private var proofs: [(id: String, proof: String)] = []
    /// The sequence of each conversion's own fact.
    private var sequences: [Ref<Conversion>: Int64] = [:]
    private var opened: [EarningKey: Int64] = [:]
    /// The statement that a line stands on, and the batch that has taken a statement.
    private var statedOn: [String: String] = [:]
    private var takenBy: [Ref<Engine.Statement>: String] = [:]
    private var asOf: [Ref<Engine.Batch>: Instant] = [:]
    private var references: [[String]: String] = [:]
    private let program: String

    init(_ program: String) { self.program = program }

    mutating func add(_ new: Records) throws(Refusal) {
        for decision in new.decisions { decisions.append((decision, new.sequence)) }
        for (line, own) in zip(new.lines, new.outcome.lines) {
            lines.append((line, own.earning.key.rule, new.sequence))
        }
        for entry in new.entries {
            entries.append(chain.seal(entry))
            try balances.add(entry)
        }
        for statement in new.statements {
            for line in statement.lines { statedOn[line] = statement.id }
            statements[statement.id] = StatementRows.values(
                statement, number: Int64(statements.count + 1), sequence: new.sequence, in: program)
        }
        add(new.fact)
        for sale in new.outcome.sales { sequences[sale.conversion] = new.sequence }
        for change in new.outcome.earnings where opened[change.earning.key] == nil {
            opened[change.earning.key] = Pending.opened(new.sequence, change.index)
        }
        for change in new.outcome.changes {
            switch change {
            case .batch(let batch, _) where asOf[batch] == nil: asOf[batch] = new.fact.at
            case .taken(let briefs): for brief in briefs { takenBy[brief.statement] = new.fact.id }
            case .cameBack(let briefs): for brief in briefs { takenBy[brief.statement] = nil }
            default: break
            }
        }
    }

    private mutating func add(_ fact: FactRecord) {
        switch fact.content {
        case .partner(let content): partners.append((fact, content))
        case .link(let content): links.append((fact, content))
        case .coupon(let content): coupons.append((fact, content))
        case .registration(let content): registrations.append((fact, content))
        case .assist(let content): assists.append((fact, content))
        case .rate(let content): rates.append(content)
        case .fundClaim(let claim):
            if let proof = claim.proof { proofs.append((fact.id, proof)) }
        case .payoutResult(let batch, let answers):
            for answer in answers {
                guard let reference = answer.reference else { continue }
                references[[batch, answer.partner, answer.currency.code]] = reference
            }
        default: break
        }
    }
}

extension Remade {
    /// One table's rows as they must stand.
    struct Table {
        let rebuilt: RebuiltTable
        /// Names a row by the texts of its key.
        let title: ([String]) -> String
        let rows: () -> [[SQLValue]]

        init(
            _ rebuilt: RebuiltTable, _ title: @escaping ([String]) -> String,
            rows: @escaping () -> [[SQLValue]]
        ) {
            self.rebuilt = rebuilt
            self.title = title
            self.rows = rows
        }
    }

    /// All tables, those that others follow from first.
    func tables(_ book: Book) -> [Table] {
        ofPartners(book) + ofConversions(book) + ofFunds(book) + ofBooks() + ofPayouts(book)
    }

    private func ofPartners(_ book: Book) -> [Table] {
        [
            Table(PartnerRows.rebuilt, { "partner \($0[0])" }) {
                var names = book.names
                return partners.map { fact, content in
                    let partner = names.partner(fact.id)
                    let left = book.memory.partners[partner]?.leftAt
                    let ranks = RanksText.text(book.memory.ranks[partner], book.names)
                    return PartnerRows.values(fact, content, in: program) + [left.sqlValue, ranks.sqlValue]
                }
            },
            Table(LinkRows.rebuilt, { "link \($0[0])" }) {
                links.map { LinkRows.values($0.fact, $0.content, in: program) }
            },
            Table(LinkRows.rebuiltSlugs, { "slug \($0[0])" }) {
                links.map { LinkRows.slugValues($0.fact, $0.content, in: program) }
            },
            Table(CouponRows.rebuilt, { "coupon \($0[0])" }) {
                coupons.map { CouponRows.values($0.fact, $0.content, in: program) }
            },
            Table(DealRows.rebuiltRegistrations, { "registration \($0[1]) of the deal with \($0[0])" }) {
                registrations.map { DealRows.values($0.fact, $0.content, in: program) }
            },
            Table(DealRows.rebuiltAssists, { "assist \($0[1]) of the deal with \($0[0])" }) {
                assists.map { DealRows.values($0.fact, $0.content, in: program) }
            },
        ]
    }

    private func ofConversions(_ book: Book) -> [Table] {
        let (names, memory) = (book.names, book.memory)
        return [
            Table(ConversionRows.rebuilt, { "conversion \($0[0])" }) {
                memory.dossiers.all.compactMap { file in
                    guard let sale = memory.sales[file.conversion] else { return nil }
                    return ConversionRows.values(
                        sale, file, sequence: sequences[file.conversion] ?? 0, book, in: program)
                }
            },
            Table(HoldRows.rebuilt, { "hold or release \($0[2]) of conversion \($0[0])" }) {
                memory.holds.pairs.flatMap { conversion, marks in
                    marks.map { HoldRows.values($0, of: conversion, names, in: program) }
                }
            },
            Table(CustomerRows.rebuilt, { "customer \($0[0])" }) {
                memory.customers.pairs.map {
                    CustomerRows.values($0.ref, $0.value, memory.courses[$0.ref], names, in: program)
                }
            },
            Table(DecisionRows.rebuilt, { "decision \($0[1]) of conversion \($0[0])" }) {
                decisions.map { DecisionRows.values($0.record, sequence: $0.sequence, in: program) }
            },
            Table(EarningRows.rebuilt, { title(ofEarning: $0, book) }) {
                memory.earnings.all.map {
                    EarningRows.values($0, opened: opened[$0.key] ?? 0, names, in: program)
                }
            },
            Table(LineRows.rebuilt, { "line \($0[0])" }) {
                lines.map { line, rule, sequence in
                    LineRows.values(line, rule: rule, sequence: sequence, in: program)
                        + [statedOn[line.id].sqlValue]
                }
            },
            Table(TallyRows.rebuilt, { "tally of \($0[0]) under \($0[1]) for \($0[2])\($0[3])" }) {
                memory.tallies.map { TallyRows.values($0.key, $0.value, names, in: program) }
            },
            Table(
                NetRows.rebuilt, { "net revenue of \($0[1]) under \($0[0]), pool \($0[2]) \($0[3])\($0[4])" }
            ) {
                memory.nets.map { NetRows.values($0.key, $0.value, names, in: program) }
            },
            Table(ClawbackRows.rebuilt, { "clawback \($0[1]) of partner \($0[0])" }) {
                memory.clawbacks.pairs.flatMap { partner, list in
                    list.map { ClawbackRows.values(names.text(partner), $0, in: program) }
                }
            },
        ]
    }

    private func ofFunds(_ book: Book) -> [Table] {
        [
            Table(
                FundRows.rebuilt, { "fund of partner \($0[0]) in \($0[1]), lapsing on day \($0[2])" }
            ) {
                book.memory.funds.pairs.flatMap { partner, lots in
                    lots.map { FundRows.values(book.names.text(partner), $0, in: program) }
                }
            },
            Table(FundRows.rebuiltProofs, { "proof \($0[0])" }) {
                proofs.map { FundRows.values($0.proof, of: $0.id, in: program) }
            },
        ]
    }

    private func title(ofEarning key: [String], _ book: Book) -> String {
        var names = book.names
        let terms = book.memory.dossiers[names.conversion(key[0])]?.terms
        let rule = UInt16(key[2]).flatMap { number in terms.flatMap { book.files[$0]?.ruleName(number) } }
        let generation = key[3] == "0" ? "" : ", generation \(key[3])"
        return "earning of \(key[0]) for \(key[1]) under rule \(rule ?? key[2])\(generation)"
    }

    private func ofBooks() -> [Table] {
        [
            Table(JournalRows.rebuiltEntries, { "journal entry \($0[0])" }) {
                entries.map { JournalRows.values($0, in: program) }
            },
            Table(
                JournalRows.rebuiltPostings, { "posting of journal entry \($0[0]) to \($0[1]) in \($0[2])" }
            ) {
                entries.flatMap { sealed in
                    sealed.entry.postings.map { JournalRows.values($0, of: sealed.number, in: program) }
                }
            },
            Table(JournalRows.rebuiltBalances, { "balance of \($0[0]) in \($0[1])" }) {
                balances.all.map { JournalRows.values($0.account, $0.amount, in: program) }
            },
        ]
    }

    private func ofPayouts(_ book: Book) -> [Table] {
        let batches = book.memory.batches.pairs
        return [
            Table(RateRows.rebuilt, { "rate of \($0[0]) on day \($0[1])" }) {
                rates.map { RateRows.values($0, in: program) }
            },
            Table(StatementRows.rebuilt, { "statement \($0[0])" }) {
                var names = book.names
                return statements.map { id, values in values + [takenBy[names.statement(id)].sqlValue] }
            },
            Table(BatchRows.rebuilt, { "batch \($0[0])" }) {
                batches.map { batch, memory in
                    BatchRows.values(batch, memory, asOf: asOf[batch] ?? .earliest, book.names, in: program)
                }
            },
            Table(BatchRows.rebuiltItems, { "item of \($0[1]) in \($0[2]) of batch \($0[0])" }) {
                batches.flatMap { batch, memory in
                    memory.items.map { item in
                        let key = [
                            book.names.text(batch), book.names.text(item.partner), item.amount.currency.code,
                        ]
                        return BatchRows.values(item, of: batch, book.names, in: program)
                            + [references[key].sqlValue]
                    }
                }
            },
        ]
    }
}
