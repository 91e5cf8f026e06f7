import Commissions
import Conversions
import Engine
import Facts
import Replay
import Values
import Work

/// What became of one fact.
package enum Answer: Sendable {
    /// Recorded; what is told of it, as JSON text, and what was worth telling.
    case new(String, [Notice])
    /// It was there already, with the same content.
    case repeated(String)
    /// It waits for a fact that it names.
    case parked(FactName)
    case refused(Refusal)
}

extension Answer {
    /// `{"id", "decision", "lines"}` for a conversion; the id, and the lines it caused, for others.
    static func body(_ records: Records) -> String {
        let own = records.decisions.first {
            $0.conversion == records.fact.id && records.fact.kind == .conversion
        }
        let lines = records.lines.filter { own == nil || $0.conversion == records.fact.id }
        return JSONText.object { text in
            text.put("id", records.fact.id)
            if let own { text.put("decision", written: own.body) }
            if own != nil || !records.lines.isEmpty { text.put("lines", written: lines.map(\.body)) }
            if !records.outcome.notices.isEmpty { text.put("notices", records.outcome.notices, put) }
        }
    }

    static func body(id: String) -> String { JSONText.object(length: 48) { $0.put("id", id) } }

    private static func put(_ notice: Notice, in text: inout JSONText) {
        switch notice {
        case .refundCapped(let asked, let taken, let currency):
            text.put("code", "refund_capped")
            text.put("asked", Money(asked, currency).amount)
            text.put("taken", Money(taken, currency).amount)
            text.put("currency", currency.code)
        case .claimCapped(let asked, let paid):
            text.put("code", "claim_capped")
            text.put("asked", asked.amount)
            text.put("paid", paid.amount)
            text.put("currency", paid.currency.code)
        case .guardOverrun(let overrun):
            text.put("code", "guard_overrun")
            text.put("amount", overrun.amount)
            text.put("currency", overrun.currency.code)
        }
    }

    /// The same, from the store; a notice is told once, when it arises.
    static func stored(_ fact: FactRecord, _ sequence: Int64, in work: Work) throws -> String {
        switch fact.content {
        case .conversion:
            let decision = try DecisionRows.first(of: fact.id, in: work)
            let lines = try LineRows.made(of: fact.id, at: sequence, in: work)
            return JSONText.object { text in
                text.put("id", fact.id)
                if let decision { text.put("decision", written: decision) }
                text.put("lines", written: lines)
            }
        case .refund(let of, _, _), .rejection(let of):
            return try stored(fact, of: of, sequence, in: work)
        case .fundClaim:
            return try stored(fact, of: FundClaimContent.account(of: fact.id), sequence, in: work)
        default: return body(id: fact.id)
        }
    }

    private static func stored(
        _ fact: FactRecord, of conversion: String, _ sequence: Int64, in work: Work
    ) throws -> String {
        let lines = try LineRows.made(of: conversion, at: sequence, in: work)
        return JSONText.object { text in
            text.put("id", fact.id)
            if !lines.isEmpty { text.put("lines", written: lines) }
        }
    }
}

extension Recorder {
    /// Which fields of a fact differ from those that were recorded.
    static func differences(_ body: String, _ at: Instant, _ fact: FactRecord) -> [Fault] {
        guard !fact.isTraffic, let before = try? JSON(reading: body.utf8).members,
            let now = try? JSON(reading: fact.body.utf8).members
        else { return [Fault("", .differs(before: "another", now: "this"))] }
        let old = Dictionary(before.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
        let new = Dictionary(now.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
        var faults = Set(old.keys).union(new.keys).sorted().compactMap { key -> Fault? in
            guard old[key] != new[key] else { return nil }
            // Hashes of personal values say only that they differ.
            if key.hasSuffix("_hash") || key == "payout_method" {
                return Fault("/\(key.replacing("_hash", with: ""))", .differs(before: "another", now: "this"))
            }
            return Fault("/\(key)", .differs(before: text(old[key]), now: text(new[key])))
        }
        if faults.isEmpty, at != fact.at {
            faults.append(Fault("/at", .differs(before: at.text, now: fact.at.text)))
        }
        return faults
    }

    private static func text(_ value: JSON?) -> String { value.map(\.compact) ?? "absent" }
}

extension Personal {
    /// For a fact that is parked: its personal values wait with it, sealed.
    func sealed(_ name: String, _ vault: Vault) throws -> String? {
        guard !isEmpty else { return nil }
        let json = JSON.record([
            "name": self.name.json, "email": email.json, "payout": payout.json, "referrer": referrer.json,
            "user_agent": userAgent.json,
        ])
        return try vault.seal(json.compact, for: FactLog.purpose(name))
    }

    init(sealed: String?, _ name: String, _ vault: Vault) throws {
        self.init()
        guard let sealed else { return }
        let json = try JSON(reading: try vault.open(sealed, for: FactLog.purpose(name)).utf8)
        self.name = json["name"]?.text
        email = json["email"]?.text
        payout = json["payout"]?.text
        referrer = json["referrer"]?.text
        userAgent = json["user_agent"]?.text
    }
}
