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
    var facts: [(fact: FactRecord, sequence: Int64)] = []
    var decisions: [(record: DecisionRecord, sequence: Int64)] = []
    var lines: [(record: LineRecord, rule: UInt16, sequence: Int64)] = []
    var entries: [EntryRecord] = []
    var statements: [(record: StatementRecord, sequence: Int64)] = []
    var payouts: [Payout] = []
    var clicks: [(fact: FactRecord, content: ClickContent, footing: Groundwork.Footing)] = []
    var impressions: [ImpressionRows.New] = []
    var customers: [Ref<Identity>: Customer] = [:]
    var files: [Ref<Conversion>: Dossier] = [:]
    var holds: [Ref<Conversion>: [HoldMark]] = [:]
    var earnings: [EarningKey: (earning: Earning, opened: Int64)] = [:]
    var tallies: [TallyKey: Tally] = [:]
    var ranks: [Ref<Engine.Partner>: [RankMark]] = [:]
    var nets: [NetKey: NetTally] = [:]
    var clawbacks: [Ref<Engine.Partner>: [Clawback]] = [:]
    var funds: [Ref<Engine.Partner>: [FundLot]] = [:]
    var proofs: [(id: String, proof: String)] = []
    var rates: [RateContent] = []
    var slugs: [String: String] = [:]
    /// Facts after which earlier conversions may look different.
    var triggers: [(fact: FactRecord, sequence: Int64)] = []
    var keptAt: [FactName: KeptFact] = [:]
    var parked: Set<FactName> = []
    var hasParked = false

    enum Payout {
        case batch(Ref<Engine.Batch>, BatchMemory, asOf: Instant)
        case taken([StatementBrief], by: String)
        case cameBack([StatementBrief])
    }

    mutating func add(_ new: Records) {
        facts.append((new.fact, new.sequence))
        for decision in new.decisions { decisions.append((decision, new.sequence)) }
        for (line, own) in zip(new.lines, new.outcome.lines) {
            lines.append((line, own.earning.key.rule, new.sequence))
        }
        entries += new.entries
        for statement in new.statements { statements.append((statement, new.sequence)) }
        for change in new.outcome.customers { customers[change.identity] = change.customer }
        for file in new.outcome.dossiers { files[file.conversion] = file }
        for change in new.outcome.earnings {
            let key = change.earning.key
            let opened = earnings[key]?.opened ?? Pending.opened(new.sequence, change.index)
            earnings[key] = (change.earning, opened)
        }
        for change in new.outcome.tallies { tallies[change.key] = change.tally }
        for change in new.outcome.netTallies { nets[change.key] = change.tally }
        for change in new.outcome.changes {
            switch change {
            case .holds(let conversion, let marks): holds[conversion] = marks
            case .clawbacks(let partner, let list): clawbacks[partner] = list
            case .fund(let partner, let lots): funds[partner] = lots
            case .ranks(let partner, let marks) where !marks.isEmpty: ranks[partner] = marks
            case .batch(let batch, let memory): payouts.append(.batch(batch, memory, asOf: new.fact.at))
            case .taken(let briefs): payouts.append(.taken(briefs, by: new.fact.id))
            case .cameBack(let briefs): payouts.append(.cameBack(briefs))
            default: break
            }
        }
        switch new.fact.content {
        case .rate(let rate): rates.append(rate)
        case .link(let link): slugs[link.slug] = new.fact.id
        case .fundClaim(let claim):
            if let proof = claim.proof { proofs.append((new.fact.id, proof)) }
        default: break
        }
    }
}

extension Pending {
    /// Where an earning stands among all: by the fact that made it, and its place among what followed.
    static func opened(_ sequence: Int64, _ index: Int) -> Int64 {
        sequence &* 4096 &+ Int64(min(index, 4095))
    }
}

extension Recorder {
    /// Writes what is pending: one multi-row statement a table, each table by its own room.
    mutating func keep() throws {
        try keepClicks()
        guard !pending.facts.isEmpty else { return }
        let names = book.names
        try keepFacts()
        try PartnerRows.keep(pending.ranks, names, in: work)
        try CustomerRows.keep(pending.customers, book, in: work)
        try keepConversions()
        try HoldRows.keep(pending.holds, names, in: work)
        try DecisionRows.insert(pending.decisions, in: work)
        try EarningRows.keep(
            pending.earnings.values.sorted { $0.opened < $1.opened }, names, in: work)
        try LineRows.insert(pending.lines, in: work)
        try TallyRows.keep(pending.tallies, names, in: work)
        try NetRows.keep(pending.nets, names, in: work)
        for (partner, list) in pending.clawbacks {
            try ClawbackRows.keep(names.text(partner), list, in: work)
        }
        try FundRows.keep(pending.funds, names, in: work)
        try FundRows.insert(pending.proofs, in: work)
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

    /// Clicks are written before a conversion looks for them, and a settlement counts them.
    mutating func keepClicks() throws {
        if !pending.impressions.isEmpty {
            try ImpressionRows.insert(pending.impressions, in: work)
            pending.impressions = []
        }
        guard !pending.clicks.isEmpty else { return }
        try ClickRows.insert(
            pending.clicks.map { (StoredClick($0.fact, $0.content), $0.footing.place) }, in: work)
        try ClickRows.note(
            pending.clicks.map { ($0.fact.id, $0.footing.digest, $0.footing.place) }, in: work)
        head.clicks += Int64(pending.clicks.count)
        ground.forgetVisits()
        pending.clicks = []
    }

    private func keepFacts() throws {
        try FactLog.append(
            pending.facts.map { fact, sequence in
                KeptFact(
                    sequence: sequence, kind: fact.kind.rawValue, id: fact.id, at: fact.at,
                    receivedAt: fact.receivedAt, body: fact.body)
            }, in: work)
        var partners: [(fact: FactRecord, content: PartnerContent)] = []
        for (fact, _) in pending.facts {
            if case .partner(let content) = fact.content { partners.append((fact, content)) }
        }
        try PartnerRows.insert(partners, in: work)
        for (fact, _) in pending.facts {
            switch fact.content {
            case .link(let content): try LinkRows.insert(fact, content, in: work)
            case .coupon(let content): try CouponRows.insert(fact, content, in: work)
            case .registration(let content): try DealRows.insert(fact, content, in: work)
            case .assist(let content): try DealRows.insert(fact, content, in: work)
            case .departure(let partner): try PartnerRows.leave(partner, at: fact.at, in: work)
            case .terms: work.announce(.terms)
            default: break
            }
        }
    }

    private mutating func keepConversions() throws {
        var new: [(fact: FactRecord, sale: Sale, sequence: Int64, file: Dossier)] = []
        var others = pending.files
        for (fact, sequence) in pending.facts where fact.kind == .conversion {
            let conversion = book.names.conversion(fact.id)
            guard let file = others.removeValue(forKey: conversion) else { continue }
            guard let sale = book.memory.sales[conversion] else {
                preconditionFailure("who was judged is remembered")
            }
            new.append((fact, sale, sequence, file))
        }
        try ConversionRows.insert(new, book, in: work)
        for file in others.values { try ConversionRows.update(file, book, in: work) }
    }

    private mutating func keepJournal() throws {
        var chain = Chain(number: head.entry, hash: head.hash)
        var sealed: [SealedEntry] = []
        sealed.reserveCapacity(pending.entries.count)
        for entry in pending.entries { sealed.append(chain.seal(entry)) }
        try JournalRows.append(sealed, in: work)
        head.entry = chain.number
        head.hash = chain.hash
    }

    private mutating func keepStatements() throws {
        for (statement, sequence) in pending.statements {
            head.statement += 1
            try StatementRows.insert(statement, number: head.statement, sequence: sequence, in: work)
            try LineRows.state(statement.lines, on: statement.id, in: work)
        }
    }

    private func keepBatches(_ names: Names) throws {
        for payout in pending.payouts {
            switch payout {
            case .batch(let batch, let memory, let asOf):
                try BatchRows.keep(batch, memory, asOf: asOf, names, in: work)
            case .taken(let briefs, let batch):
                try StatementRows.set(batch: batch, of: briefs.map { names.text($0.statement) }, in: work)
            case .cameBack(let briefs):
                try StatementRows.set(batch: nil, of: briefs.map { names.text($0.statement) }, in: work)
            }
        }
    }
}
