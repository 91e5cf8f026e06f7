import Commissions
import Conversions
import Engine
import Facts
import Ledger
import Partners
import Payouts
import Programs
import Replay
import Tracking
import Values
import Work

/// What was judged and not yet written. The last value of a thing wins; lines and entries add up.
struct Pending {
    var records: [Records] = []
    var clicks: [(click: StoredClick, digest: String)] = []
    var customers: [Ref<Identity>: Customer] = [:]
    var files: [Ref<Conversion>: Dossier] = [:]
    var earnings: [EarningKey: (earning: Earning, opened: Int64)] = [:]
    var clawbacks: [Ref<Engine.Partner>: [Clawback]] = [:]
    var rates: [RateContent] = []
    var slugs: [String: String] = [:]
    var leaves: [String: String] = [:]
    /// Facts after which earlier conversions may look different.
    var triggers: [(fact: FactRecord, sequence: Int64)] = []
    var keptAt: [FactName: KeptFact] = [:]
    var parked: Set<FactName> = []
    var hasParked = false

    mutating func add(_ new: Records) {
        records.append(new)
        for (index, change) in new.outcome.changes.enumerated() {
            switch change {
            case .customer(let identity, let customer): customers[identity] = customer
            case .dossier(let file): files[file.conversion] = file
            case .earning(let earning):
                let opened = earnings[earning.key]?.opened ?? new.sequence &* 4096 &+ Int64(min(index, 4095))
                earnings[earning.key] = (earning, opened)
            case .clawbacks(let partner, let list): clawbacks[partner] = list
            default: break
            }
        }
        switch new.fact.content {
        case .rate(let rate): rates.append(rate)
        case .link(let link): slugs[link.slug] = new.fact.id
        case .partner: leaves[AccountPath.leaf(new.fact.id)] = new.fact.id
        default: break
        }
    }

    func hasTwin(of partner: String) -> Bool { leaves[AccountPath.leaf(partner)].map { $0 != partner } ?? false }
}

extension Recorder {
    /// Writes what is pending: one multi-row statement a table, each table by its own room.
    mutating func keep() throws {
        try keepClicks()
        guard !pending.records.isEmpty else { return }
        let names = book.names
        try keepFacts()
        try CustomerRows.keep(pending.customers, names, in: work)
        try keepConversions(names)
        try DecisionRows.insert(
            pending.records.flatMap { record in record.decisions.map { ($0, record.sequence) } }, in: work)
        try EarningRows.keep(
            pending.earnings.values.sorted { $0.opened < $1.opened }, names, in: work)
        try LineRows.insert(
            pending.records.flatMap { record in
                zip(record.lines, record.outcome.lines).map { ($0, $1.earning.key.rule, record.sequence) }
            }, in: work)
        for (partner, list) in pending.clawbacks { try ClawbackRows.keep(names.text(partner), list, in: work) }
        try RateRows.insert(pending.rates, in: work)
        try keepJournal()
        try keepStatements()
        try keepBatches(names)
        let kept = pending
        pending = Pending()
        pending.triggers = kept.triggers
        pending.keptAt = kept.keptAt
        pending.hasParked = kept.hasParked
        pending.parked = kept.parked
    }

    /// Clicks are written before a conversion looks for them.
    mutating func keepClicks() throws {
        guard !pending.clicks.isEmpty else { return }
        try ClickRows.insert(pending.clicks.map(\.click), in: work)
        try ClickRows.note(pending.clicks, in: work)
        pending.clicks = []
    }

    private func keepFacts() throws {
        try FactLog.append(
            pending.records.map {
                KeptFact(
                    sequence: $0.sequence, kind: $0.fact.kind.rawValue, id: $0.fact.id, at: $0.fact.at,
                    receivedAt: $0.fact.receivedAt, body: $0.fact.body)
            }, in: work)
        var partners: [(fact: FactRecord, content: PartnerContent)] = []
        for record in pending.records {
            switch record.fact.content {
            case .partner(let content): partners.append((record.fact, content))
            default: break
            }
        }
        try PartnerRows.insert(partners, in: work)
        for record in pending.records {
            switch record.fact.content {
            case .link(let content): try LinkRows.insert(record.fact, content, in: work)
            case .coupon(let content): try CouponRows.insert(record.fact, content, in: work)
            case .departure(let partner): try PartnerRows.leave(partner, at: record.fact.at, in: work)
            default: break
            }
        }
    }

    private mutating func keepConversions(_ names: Names) throws {
        var new: [(fact: FactRecord, content: ConversionContent, sequence: Int64, file: Dossier)] = []
        var others = pending.files
        for record in pending.records {
            guard case .conversion(let content) = record.fact.content,
                let file = others.removeValue(forKey: book.names.conversion(record.fact.id))
            else { continue }
            new.append((record.fact, content, record.sequence, file))
        }
        try ConversionRows.insert(new, names, in: work)
        for file in others.values { try ConversionRows.update(file, names, in: work) }
    }

    private mutating func keepJournal() throws {
        var chain = Chain(number: head.entry, hash: head.hash)
        var sealed: [SealedEntry] = []
        for record in pending.records { for entry in record.entries { sealed.append(chain.seal(entry)) } }
        try JournalRows.append(sealed, in: work)
        head.entry = chain.number
        head.hash = chain.hash
    }

    private mutating func keepStatements() throws {
        for record in pending.records {
            for statement in record.statements {
                head.statement += 1
                try StatementRows.insert(statement, number: head.statement, sequence: record.sequence, in: work)
                try LineRows.state(statement.lines, on: statement.id, in: work)
            }
        }
    }

    private func keepBatches(_ names: Names) throws {
        for record in pending.records {
            for change in record.outcome.changes {
                switch change {
                case .batch(let batch, let memory):
                    try BatchRows.keep(batch, memory, asOf: record.fact.at, names, in: work)
                case .taken(let briefs):
                    try StatementRows.set(
                        batch: record.fact.id, of: briefs.map { names.text($0.statement) }, in: work)
                case .cameBack(let briefs):
                    try StatementRows.set(batch: nil, of: briefs.map { names.text($0.statement) }, in: work)
                default: break
                }
            }
        }
    }
}
