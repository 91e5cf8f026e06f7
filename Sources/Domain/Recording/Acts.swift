import Commissions
import Engine
import Facts
import Partners
import Payouts
import Programs
import Replay
import Terms
import Values
import Work

/// What people and the clock do to a program's money; each act is a fact.
package enum Act {
    /// Makes a program with the first version of its terms, in force from the beginning of time.
    package static func found(_ file: ProgramFile, _ shelf: TermsShelf, in work: Work) throws {
        try work.principal.must(.administer)
        try ProgramRows.insert(file.slug, name: file.name, in: work)
        try publish(file, effectiveAt: nil, number: 1, shelf, in: work)
    }

    /// Publishes a version of the terms, in force from `effectiveAt`.
    /// - Returns: its number.
    @discardableResult
    package static func publish(
        _ file: ProgramFile, from effectiveAt: Instant, _ shelf: TermsShelf, in work: Work
    ) throws -> Int32 {
        try work.principal.must(.publish)
        guard file.slug == work.program else {
            throw Refusal.invalid("/program", .because("is \(file.slug); this program is \(work.program)"))
        }
        // Whoever publishes at the same time goes before or after.
        try work.takeHead()
        let versions = try ProgramRows.versions(work.program, work.rows)
        guard let latest = versions.last else { throw Refusal.notFound(kind: "program", id: work.program) }
        if latest.file.hash == file.hash { return latest.number }
        if let before = latest.effectiveAt, effectiveAt < before {
            throw Refusal.invalid(
                "/effective", .because("is before version \(latest.number), which begins \(before.text)"))
        }
        if latest.file.currency != file.currency || latest.file.zone != file.zone {
            throw Refusal.invalid("/currency", .because("and the time zone stay as they were founded"))
        }
        try publish(file, effectiveAt: effectiveAt, number: latest.number + 1, shelf, in: work)
        try ProgramRows.rename(to: file.name, in: work)
        return latest.number + 1
    }

    private static func publish(
        _ file: ProgramFile, effectiveAt: Instant?, number: Int32, _ shelf: TermsShelf, in work: Work
    ) throws {
        let fact = try FactRecord.act(
            .terms, id: String(number), at: effectiveAt ?? .earliest, receivedAt: work.now,
            [
                "version": .int(number), "effective_at": effectiveAt.map { .string($0.text) },
                "yaml": .string(file.yaml),
            ])
        try record(fact, shelf, in: work)
    }

    /// Records one act; a refusal is thrown.
    @discardableResult
    static func record(_ fact: FactRecord, _ shelf: TermsShelf, in work: Work) throws -> String {
        var recorder = try Recorder(shelf, through: .house, in: work)
        guard let answer = try recorder.record([fact]).first else {
            preconditionFailure("one fact, no answer")
        }
        switch answer {
        case .new(let body, _), .repeated(let body): return body
        case .parked(let name): throw Refusal.notFound(kind: name.kind.rawValue, id: name.id)
        case .refused(let refusal): throw refusal
        }
    }
}

// MARK: Settlement

extension Act {
    /// What one settlement did.
    package struct Settled: Sendable {
        package var partners = 0
        package var statements = 0

        package init() {}
    }

    /// The partners that may have something which stands on no statement, by id.
    package static func unsettled(at look: Look, _ shelf: TermsShelf) throws -> [String] {
        // Who may have clicks that are paid for is counted when it is settled.
        let paysTraffic = try ProgramQueries.terms(shelf, at: look).paysTraffic
        if paysTraffic { return try PartnerQueries.ids(at: look).sorted { $0.precedes($1) } }
        let partners = Set(try EarningQueries.partnersWithOpen(at: look) + FundRows.lapsing(at: look))
        return partners.sorted { $0.precedes($1) }
    }

    /// Settles one partner as of `instant`. Nothing is recorded where nothing follows.
    package static func settle(
        _ partner: String, asOf instant: Instant, _ shelf: TermsShelf, in work: Work
    ) throws -> Int {
        try work.principal.must(.record)
        var recorder = try Recorder(shelf, through: .house, in: work)
        // Another may have settled meanwhile.
        let from = recorder.head.settledUntil
        try refuse(instant, before: from)
        let fact = try FactRecord.act(
            .settlement, id: settlementID(work.program, partner, instant, recorder.head.sequence),
            at: instant,
            receivedAt: instant, ["partner": .string(partner), "from": from.map { .string($0.text) }])
        return try recorder.settle(recorder.counted(fact))
    }

    static func refuse(_ instant: Instant, before settledUntil: Instant?) throws(Refusal) {
        guard let settledUntil, instant < settledUntil else { return }
        throw .invalid(
            "/as_of", .because("is before \(settledUntil.text), until when everything is settled"))
    }

    /// A partner may be settled twice as of one instant, when late facts came between.
    private static func settlementID(_ program: String, _ partner: String, _ instant: Instant, _ after: Int64)
        -> String
    {
        let hash = Digest.bytes(of: program, "settlement", partner, String(after))
        return "set_\(timeOrdered(instant, hash))"
    }

    /// Notes that the program is settled until `instant`.
    package static func finishSettlement(asOf instant: Instant, in work: Work) throws {
        try work.principal.must(.record)
        var head = try work.takeHead()
        head.settledUntil = max(head.settledUntil ?? instant, instant)
        try work.putHead(head)
    }
}

extension Recorder {
    /// A settlement that says what it has counted.
    mutating func counted(_ fact: FactRecord) throws -> FactRecord {
        guard book.terms.paysTraffic else { return fact }
        while true {
            let wanted = try book.wanted(by: fact)
            if wanted.isEmpty { return try book.counted(fact) }
            try load(wanted, for: fact)
        }
    }

    /// Judges a settlement and keeps it only when something follows from it.
    mutating func settle(_ fact: FactRecord) throws -> Int {
        while true {
            switch try book.attempt(fact, sequence: head.sequence + 1) {
            case .wants(let wanted): try load(wanted, for: fact)
            case .done(let records):
                guard records.outcome.changesMemory else { return 0 }
                head.sequence += 1
                pending.add(records)
                try keep()
                try work.putHead(head)
                return records.statements.count
            }
        }
    }
}

// MARK: Payouts

extension Act {
    /// Opens a batch of all that is due as of `instant`.
    package static func openBatch(asOf instant: Instant, _ shelf: TermsShelf, in work: Work) throws
        -> BatchView
    {
        try work.principal.must(.openPayouts)
        guard let person = work.principal.person else { throw Refusal.notAllowed("open payouts") }
        let id = work.house.chance.id("bat", at: work.now)
        let fact = try FactRecord.act(
            .batch, id: id, at: instant, receivedAt: work.now, ["by": .string(person)])
        try record(fact, shelf, in: work)
        try work.audit("opened payouts", id)
        return try view(id, in: work)
    }

    package static func freeze(_ batch: String, in work: Work) throws -> BatchView {
        try work.principal.must(.openPayouts)
        try work.takeHead()
        let before = try view(batch, in: work)
        guard before.state == "open" || before.state == "frozen" else {
            throw Refusal.wrongState(is: before.state, must: "open")
        }
        try BatchRows.freeze(batch, in: work)
        try work.audit("froze payouts", batch)
        return try view(batch, in: work)
    }

    /// Approves; freezes first where nobody did.
    package static func approve(_ batch: String, _ shelf: TermsShelf, in work: Work) throws -> BatchView {
        try work.principal.must(.approvePayouts)
        guard let person = work.principal.person else { throw Refusal.notAllowed("approve payouts") }
        try work.takeHead()
        let before = try view(batch, in: work)
        let fact = try FactRecord.act(
            .batchApproval, id: "\(batch)#\(before.approvedBy.count + 1)", at: max(work.now, before.asOf),
            receivedAt: work.now, ["of": .string(batch), "by": .string(person)])
        try record(fact, shelf, in: work)
        try BatchRows.freeze(batch, in: work)
        try work.audit("approved payouts", batch)
        return try view(batch, in: work)
    }

    /// Records what the bank answered: item by item, each once.
    package static func record(
        _ answers: [PayoutAnswer], _ shelf: TermsShelf, in work: Work
    ) throws -> [BatchView] {
        try work.principal.must(.exportPayouts)
        try work.takeHead()
        var byBatch: [String: [PayoutAnswer]] = [:]
        for answer in answers {
            // In bank files the id is written without the sign that SEPA does not know.
            let item = answer.item.hasPrefix("itm-") ? "itm_" + answer.item.dropFirst(4) : answer.item
            guard let batch = try BatchRows.batch(ofItem: item, in: work) else {
                throw Refusal.notFound(kind: "payout item", id: answer.item)
            }
            byBatch[batch, default: []].append(
                PayoutAnswer(item: item, outcome: answer.outcome, reference: answer.reference))
        }
        return try byBatch.keys.sorted { $0.precedes($1) }.map { batch in
            try record(byBatch[batch] ?? [], of: batch, shelf, in: work)
        }
    }

    private static func record(
        _ answers: [PayoutAnswer], of batch: String, _ shelf: TermsShelf, in work: Work
    ) throws -> BatchView {
        let before = try view(batch, in: work)
        let items = Dictionary(before.items.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        // What changes nothing is no fact, and its reference is not noted either.
        let news = answers.filter { answer in
            items[answer.item].map { $0.state != answer.outcome.rawValue } ?? false
        }
        let rows = news.compactMap { answer -> JSON? in
            guard let item = items[answer.item] else { return nil }
            return .record([
                "partner": .string(item.partner), "currency": .string(item.amount.currency.code),
                "result": .string(answer.outcome.rawValue), "reference": answer.reference.json,
            ])
        }
        if !rows.isEmpty {
            let id = "\(batch)!\(base32(Array(Digest.bytes(JSON.array(rows).canonical))))"
            // Answers that others have overtaken since are a file that was read before.
            guard try FactLog.find(FactKind.payoutResult.rawValue, [id], in: work).isEmpty else {
                return before
            }
            let fact = try FactRecord.act(
                .payoutResult, id: id,
                at: max(work.now, before.asOf),
                receivedAt: work.now, ["of": .string(batch), "results": .array(rows)])
            try record(fact, shelf, in: work)
            for answer in news {
                if let reference = answer.reference {
                    try BatchRows.note(reference, of: answer.item, in: batch, in: work)
                }
            }
            try work.audit("recorded payout answers", batch)
        }
        return try view(batch, in: work)
    }

    package static func view(_ batch: String, in work: Work) throws -> BatchView {
        guard let view = try BatchView.find(batch, work.rows, program: work.program) else {
            throw Refusal.notFound(kind: "batch", id: batch)
        }
        return view
    }
}
