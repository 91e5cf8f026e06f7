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
    /// The whole decision as it is exported.
    package let json: JSON
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
    /// Its derivation: what the line used.
    package let json: JSON
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
        let hash = Digest.bytes([program, kind, cause, rule, String(n)].joined(separator: "\u{0}"))
        return "\(prefix)_\(timeOrdered(records.fact.at, hash.prefix(10)))"
    }

    // MARK: Decisions

    private func decisionID(of conversion: String, at instant: Instant, _ number: Int32) -> String {
        let hash = Digest.bytes(
            [program, "decision", conversion, "", String(number)].joined(separator: "\u{0}"))
        return "dec_\(timeOrdered(instant, hash.prefix(10)))"
    }

    private func named(_ decision: Decision, _ records: Records) -> DecisionRecord {
        let conversion = names.text(decision.conversion)
        let source = decision.source.map { names.text($0) }
        let id = decisionID(of: conversion, at: decision.at, decision.number)
        let slots: [JSON] =
            source.map {
                [.record(["slot": .string("source"), "partner": .string($0), "share": .string("1")])]
            } ?? []
        let json = JSON.record([
            "decision": .string(id), "fact": .string(conversion), "fact_kind": .string("conversion"),
            "cause": .string(records.fact.name), "sequence": .int(records.sequence),
            "at": .string(decision.at.text),
            "terms": .int(decision.terms), "model": .string(decision.model.rawValue),
            "previous": decision.number == 0
                ? nil : .string(decisionID(of: conversion, at: decision.at, decision.number - 1)),
            "source": .string(source ?? "direct"), "slots": .array(slots),
            "claims": .array(decision.claims.map(json)),
        ])
        return DecisionRecord(
            id: id, conversion: conversion, number: decision.number, source: source, json: json)
    }

    private func json(_ weighed: WeighedClaim) -> JSON {
        let (outcome, reason): (String, String?) =
            switch weighed.verdict {
            case .won: ("won", nil)
            case .lost(let reason): ("lost", reason.rawValue)
            case .dropped(let gate): ("dropped", gate.rawValue)
            }
        return .record([
            "claim": .string(names.text(number: weighed.claim.evidence)),
            "class": .string(weighed.claim.kind.rawValue),
            "partner": .string(names.text(weighed.claim.partner)),
            "outcome": .string(outcome), "reason": reason.json ?? .null,
            "at": .string(weighed.claim.place.at.text),
        ])
    }

    // MARK: Lines

    private func named(_ line: Line, _ index: Int, _ records: Records) -> LineRecord {
        let key = line.earning.key
        let rule = files[line.terms]?.ruleName(key.rule) ?? "rule-\(key.rule)"
        let conversion = names.text(key.conversion)
        let partner = names.text(key.partner)
        let id = id("com", records, line.kind.rawValue, records.fact.name, rule, index)
        // The decision that holds: a refund makes none of its own.
        let decision = memory.dossiers[key.conversion].map {
            decisionID(of: conversion, at: $0.place.at, $0.decisions - 1)
        }
        let rate =
            switch line.earning.pay {
            case .percent(let rate): rate.percentText
            case .flat(let reward): reward.description
            }
        let json = JSON.record([
            "line": .string(id), "kind": .string(line.kind.rawValue),
            "fact_kind": .string(records.fact.kind.rawValue),
            "fact": .string(records.fact.id), "conversion": .string(conversion), "partner": .string(partner),
            "rule": .string(rule), "amount": .string(line.amount.amount),
            "currency": .string(line.amount.currency.code),
            "at": .string(line.at.text), "hold_until": .string(line.earning.holdUntil.text),
            "terms": .int(line.terms), "decision": decision.json,
            "base": .string(line.earning.base.amount),
            "base_currency": .string(line.earning.base.currency.code),
            "rate": .string(rate), "refunded": .string(line.refunded.amount),
            "target": .string(Money(line.postedBefore + line.amount.minor, line.amount.currency).amount),
            "posted_before": .string(Money(line.postedBefore, line.amount.currency).amount),
            "rounding": .string(line.earning.rounding.rawValue), "sequence": .int(records.sequence),
        ])
        return LineRecord(
            id: id, kind: line.kind.rawValue, factKind: records.fact.kind.rawValue, fact: records.fact.id,
            conversion: conversion, partner: partner, rule: rule, generation: key.generation,
            ordinal: line.ordinal,
            amount: line.amount, at: line.at, holdUntil: line.earning.holdUntil, isClawback: line.isClawback,
            json: json)
    }

    // MARK: Entries

    /// Nil when everything in it cancels.
    private func named(_ entry: Entry, _ index: Int, _ records: Records) throws(Stop) -> EntryRecord? {
        var sums: [PathCurrency: Int64] = [:]
        for posting in entry.postings {
            let key = PathCurrency(path: path(posting.account), currency: posting.currency)
            let (sum, overflow) = sums[key, default: 0].addingReportingOverflow(posting.minor)
            guard !overflow else { throw .refused(.overflow) }
            sums[key] = sum
        }
        precondition(entry.isBalanced, "every entry sums to zero per currency")
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
        let hash = Digest.bytes([program, "statement", partner, key, "0"].joined(separator: "\u{0}"))
        let id = "sta_\(timeOrdered(issue.boundary, hash.prefix(10)))"
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
