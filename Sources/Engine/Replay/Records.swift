import Engine
import Facts
import Terms
import Values

/// What followed from one fact, with names: the rows that live writes, `verify` compares and `simulate`
/// prints.
package struct Records: Sendable {
    package let fact: FactRecord
    package let sequence: Int64
    package var outcome = Outcome()
    package var decisions: [DecisionRecord] = []
    package var lines: [LineRecord] = []
    package var entries: [EntryRecord] = []
    package var statements: [StatementRecord] = []

    init(_ fact: FactRecord, sequence: Int64) {
        self.fact = fact
        self.sequence = sequence
    }
}

package struct DecisionRecord: Hashable, Sendable {
    package let id: String
    package let conversion: String
    package let number: Int32
    package let source: String?
    /// The whole decision as it is exported: JSON text.
    package let body: String
}

package struct LineRecord: Hashable, Sendable {
    package let id: String
    package let kind: String
    package let factKind: String
    package let fact: String
    package let conversion: String
    package let partner: String
    package let rule: String
    package let generation: UInt16
    package let ordinal: Int32
    package let amount: Money
    package let at: Instant
    package let holdUntil: Instant
    package let isClawback: Bool
    /// What it adds before rounding, where that is the statement's.
    package let accrued: Exact?
    /// Its derivation, what the line used: JSON text.
    package let body: String
}

/// A journal entry before it joined the chain.
package struct EntryRecord: Hashable, Sendable {
    package let id: String
    package let kind: String
    package let cause: String
    package let effectiveAt: Instant
    package let postedAt: Instant
    package let postings: [NamedPosting]

    package init(
        id: String, kind: String, cause: String, effectiveAt: Instant, postedAt: Instant,
        postings: [NamedPosting]
    ) {
        self.id = id
        self.kind = kind
        self.cause = cause
        self.effectiveAt = effectiveAt
        self.postedAt = postedAt
        self.postings = postings
    }
}

package struct NamedPosting: Hashable, Sendable {
    package let account: String
    package let amount: Money

    package init(account: String, amount: Money) {
        self.account = account
        self.amount = amount
    }
}

package struct StatementRecord: Hashable, Sendable {
    package let id: String
    package let partner: String
    package let amount: Money
    package let date: Day
    package let payDay: Day
    package let lines: [String]
    package let earned: JSON
    package let offset: Money
    package let json: JSON
}

extension Book {
    /// Names an outcome's parts. Their ids follow from their cause alone: no clock, chance or row number.
    mutating func name(_ outcome: Outcome, in records: inout Records) throws(Stop) {
        records.outcome = outcome
        for decision in outcome.decisions { records.decisions.append(named(decision, records)) }
        for (index, line) in outcome.lines.enumerated() {
            let record = named(line, index, records)
            lineIDs[LineKey(earning: line.earning.key, ordinal: line.ordinal)] = record.id
            records.lines.append(record)
        }
        for (index, entry) in outcome.entries.enumerated() {
            guard let record = try named(entry, index, records) else { continue }
            records.entries.append(record)
        }
        for issue in outcome.statements {
            let record = named(issue)
            memory.await(
                StatementBrief(
                    statement: names.statement(record.id), partner: issue.partner, amount: issue.amount,
                    payDay: issue.payDay))
            records.statements.append(record)
        }
    }

    private func id(
        _ prefix: String, _ records: Records, _ kind: String, _ cause: String, _ rule: String, _ n: Int
    ) -> String {
        "\(prefix)_\(timeOrdered(records.fact.at, Digest.bytes(of: program, kind, cause, rule, String(n))))"
    }

    // MARK: Decisions

    private func decisionID(of conversion: String, at instant: Instant, _ number: Int32) -> String {
        "dec_\(timeOrdered(instant, Digest.bytes(of: program, "decision", conversion, "", String(number))))"
    }

    private func named(_ decision: Decision, _ records: Records) -> DecisionRecord {
        let conversion = names.text(decision.conversion)
        let source = decision.source.map { names.text($0) }
        let id = decisionID(of: conversion, at: decision.at, decision.number)
        let body = JSONText.object { text in
            text.put("decision", id)
            text.put("fact", conversion)
            text.put("fact_kind", "conversion")
            text.put("cause", records.fact.name)
            text.put("sequence", records.sequence)
            text.put("at", decision.at.text)
            text.put("terms", Int64(decision.terms))
            text.put("model", decision.model.rawValue)
            if decision.number > 0 {
                text.put("previous", decisionID(of: conversion, at: decision.at, decision.number - 1))
            }
            let sharers = slots(of: decision, records)
            text.put("source", source ?? (sharers.isEmpty ? "direct" : "shared"))
            text.put("slots", sharers) { slot, text in
                text.put("slot", "source")
                text.put("partner", slot.partner)
                text.put("share", slot.share)
            }
            text.put("claims", records.outcome.claims[decision.claims], put)
        }
        return DecisionRecord(
            id: id, conversion: conversion, number: decision.number, source: source, body: body)
    }

    private func slots(of decision: Decision, _ records: Records) -> [(partner: String, share: String)] {
        if let source = decision.source { return [(names.text(source), "1")] }
        return records.outcome.sharers[decision.sharers].map { (names.text($0.partner), $0.share.text) }
    }

    private func put(_ weighed: WeighedClaim, in text: inout JSONText) {
        let (outcome, reason): (String, String?) =
            switch weighed.verdict {
            case .won: ("won", nil)
            case .lost(let reason): ("lost", reason.rawValue)
            case .dropped(let gate): ("dropped", gate.rawValue)
            }
        text.put("claim", names.text(weighed.claim.evidence, in: weighed.claim.kind.evidence))
        text.put("class", weighed.claim.kind.rawValue)
        text.put("partner", names.text(weighed.claim.partner))
        text.put("outcome", outcome)
        if let reason { text.put("reason", reason) } else { text.put("reason", null: ()) }
        text.put("at", weighed.claim.at.text)
    }

    // MARK: Lines

    private func named(_ line: Line, _ index: Int, _ records: Records) -> LineRecord {
        let key = line.earning.key
        let rule = files[line.terms]?.ruleName(key.rule) ?? "rule-\(key.rule)"
        let (conversion, partner) = (names.text(key.conversion), names.text(key.partner))
        // Of what a settlement rounds it is the same whatever the settlement is called.
        let isSettled = records.fact.kind == .settlement
        let cause = isSettled ? "statement:\(conversion) \(partner)" : records.fact.name
        let id = id("com", records, line.kind.rawValue, cause, rule, index)
        return LineRecord(
            id: id, kind: line.kind.rawValue, factKind: records.fact.kind.rawValue, fact: records.fact.id,
            conversion: conversion, partner: partner, rule: rule, generation: key.generation,
            ordinal: line.ordinal, amount: line.amount, at: line.at, holdUntil: line.earning.holdUntil,
            isClawback: line.isClawback, accrued: line.accrued?.exact,
            body: derivation(of: line, id, conversion, partner, rule, records))
    }

    private func derivation(
        of line: Line, _ id: String, _ conversion: String, _ partner: String, _ rule: String,
        _ records: Records
    ) -> String {
        let currency = line.amount.currency
        return JSONText.object { text in
            text.put("line", id)
            text.put("kind", line.kind.rawValue)
            text.put("fact_kind", records.fact.kind.rawValue)
            text.put("fact", records.fact.id)
            text.put("conversion", OwnAccount.isOne(conversion) ? nil : conversion)
            text.put("partner", partner)
            text.put("rule", rule)
            text.put("amount", line.amount.amount)
            text.put("currency", currency.code)
            if line.kind == .cap { text.put("lost", Money(line.earning.lost, currency).amount) }
            text.put("at", line.at.text)
            text.put("hold_until", line.earning.holdUntil.text)
            text.put("terms", Int64(line.terms))
            text.put("decision", decision(of: line.earning.key.conversion, conversion, records))
            text.put("base", line.earning.base.amount)
            text.put("base_currency", line.earning.base.currency.code)
            switch line.earning.pay {
            case .percent(let rate): text.put("rate", rate.percentText)
            case .amount(let exact, let currency): text.put("rate", exact.description(currency))
            }
            if let rank = line.earning.frozen?.rank, let tiers = terms.version(line.terms)?.tiers,
                tiers.indices.contains(Int(rank))
            {
                text.put("tier", names.text(tiers[Int(rank)].name))
            }
            if let portion = line.earning.frozen?.portion {
                text.put("share", portion.share.text)
                // Whoever has these has a part of the rounded whole, by the largest remainder.
                if !portion.weights.isEmpty {
                    text.put("weights", written: portion.weights.map(String.init))
                    text.put("place", Int64(portion.index))
                }
            }
            let workings = records.outcome.workings[line.workings]
            if !workings.isEmpty { text.put("workings", workings) { put($0, currency, in: &$1) } }
            if let accrued = line.accrued {
                text.put("accrued", accrued.exact.shown(currency))
                text.put("accrued_before", accrued.before.shown(currency))
            }
            text.put("refunded", line.refunded.amount)
            text.put("target", Money(line.postedBefore + line.amount.minor, currency).amount)
            text.put("posted_before", Money(line.postedBefore, currency).amount)
            text.put("rounding", line.earning.rounding.rawValue)
            text.put("sequence", records.sequence)
        }
    }

    /// The decision that holds: a refund makes none of its own.
    private func decision(of ref: Ref<Conversion>, _ conversion: String, _ records: Records) -> String? {
        guard let file = memory.dossiers[ref] else { return nil }
        let number = file.decisions - 1
        if let own = records.decisions.last, own.conversion == conversion, own.number == number {
            return own.id
        }
        return decisionID(of: conversion, at: file.at, number)
    }

    // MARK: Entries

    /// Nil when everything in it cancels.
    private func named(_ entry: Entry, _ index: Int, _ records: Records) throws(Stop) -> EntryRecord? {
        var sums: [PathCurrency: Int64] = [:]
        for posting in records.outcome.postings[entry.postings] {
            let key = PathCurrency(path: path(posting.account), currency: posting.currency)
            let (sum, overflow) = sums[key, default: 0].addingReportingOverflow(posting.minor)
            guard !overflow else { throw .refused(.overflow) }
            sums[key] = sum
        }
        precondition(records.outcome.isBalanced(entry), "every entry sums to zero per currency")
        let postings = sums.filter { $0.value != 0 }
            .sorted {
                $0.key.path != $1.key.path
                    ? $0.key.path.precedes($1.key.path) : $0.key.currency < $1.key.currency
            }
            .map { NamedPosting(account: $0.key.path, amount: Money($0.value, $0.key.currency)) }
        guard !postings.isEmpty else { return nil }
        return EntryRecord(
            id: id("ent", records, entry.kind.rawValue, records.fact.name, "", index),
            kind: entry.kind.rawValue,
            cause: records.fact.name, effectiveAt: entry.effectiveAt, postedAt: records.fact.receivedAt,
            postings: postings)
    }

    private struct PathCurrency: Hashable {
        let path: String
        let currency: Currency
    }

    private func path(_ account: Account) -> String {
        switch account {
        case .commission(let type): AccountPath.commission(names.text(type))
        case .override: AccountPath.override
        case .assist: AccountPath.assist
        case .receivable(let partner): AccountPath.receivable(names.text(partner))
        case .revenue: AccountPath.revenue
        case .given(let what): AccountPath.given(what.rawValue)
        case .bonus: AccountPath.bonus
        case .fund(let partner): AccountPath.fund(names.text(partner))
        case .fundOverdrawn(let partner): AccountPath.fundOverdrawn(names.text(partner))
        case .fundExpense: AccountPath.fundExpense
        case .fundLapsed: AccountPath.fundLapsed
        case .pending(let partner): AccountPath.partner(names.text(partner), .pending)
        case .approved(let partner): AccountPath.partner(names.text(partner), .approved)
        case .payable(let partner): AccountPath.partner(names.text(partner), .payable)
        case .clawback(let partner): AccountPath.clawback(names.text(partner))
        case .clearing(let rail): AccountPath.clearing(rail.rawValue)
        case .bank(let rail): AccountPath.bank(rail.rawValue)
        case .exchange: "Equity:FX"
        case .spread: "Income:FXSpread"
        }
    }

    // MARK: Statements

    private func named(_ issue: StatementIssue) -> StatementRecord {
        let partner = names.text(issue.partner)
        let key = "\(issue.date.text) \(issue.amount.currency.code)"
        let hash = Digest.bytes(of: program, "statement", partner, key, "0")
        let id = "sta_\(timeOrdered(issue.boundary, hash))"
        let lines = issue.lines.map { lineIDs[LineKey(earning: $0.earning, ordinal: $0.ordinal)] ?? "?" }
        let earned = JSON.array(issue.earned.map(json))
        let offset = Money(issue.offset, issue.amount.currency)
        let json = JSON.record([
            "statement": .string(id), "partner": .string(partner),
            "currency": .string(issue.amount.currency.code),
            "date": .string(issue.date.text), "pay_date": .string(issue.payDay.text),
            "amount": .string(issue.amount.amount), "offset": .string(offset.amount), "earned": earned,
            "lines": .texts(lines),
        ])
        return StatementRecord(
            id: id, partner: partner, amount: issue.amount, date: issue.date, payDay: issue.payDay,
            lines: lines,
            earned: earned, offset: offset, json: json)
    }

    private func json(_ part: EarnedPart) -> JSON {
        .record([
            "currency": .string(part.earned.currency.code), "amount": .string(part.earned.amount),
            "converted": .string(part.converted.amount),
            "rate_from": part.exchange.map { .string($0.from.decimalText ?? $0.from.text) },
            "rate_to": part.exchange.map { .string($0.to.decimalText ?? $0.to.text) },
            "rate_date": part.exchange.map { .string($0.day.text) },
            "spread": part.exchange.map { .string($0.spread.percentText) },
        ])
    }
}
