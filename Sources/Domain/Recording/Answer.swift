import Commissions
import Conversions
import Engine
import Facts
import Replay
import Values
import Work

/// What became of one fact.
package enum Answer: Sendable {
    /// Recorded; what is told of it, and what was worth telling.
    case new(JSON, [Notice])
    /// It was there already, with the same content.
    case repeated(JSON)
    /// It waits for a fact that it names.
    case parked(FactName)
    case refused(Refusal)
}

extension Answer {
    /// `{"id", "decision", "lines"}` for a conversion; the id, and the lines it caused, for others.
    static func body(_ records: Records) -> JSON {
        let own = records.decisions.first {
            $0.conversion == records.fact.id && records.fact.kind == .conversion
        }
        let lines = records.lines.filter { own == nil || $0.conversion == records.fact.id }.map(\.json)
        return .record([
            "id": .string(records.fact.id), "decision": own?.json,
            "lines": records.lines.isEmpty && own == nil ? nil : .array(lines),
            "notices": records.outcome.notices.isEmpty ? nil : .array(records.outcome.notices.map(json)),
        ])
    }

    private static func json(_ notice: Notice) -> JSON {
        switch notice {
        case .refundCapped(let asked, let taken, let currency):
            .record([
                "code": .string("refund_capped"), "asked": .string(Money(asked, currency).amount),
                "taken": .string(Money(taken, currency).amount), "currency": .string(currency.code),
            ])
        }
    }

    /// The same, from the store; a notice is told once, when it arises.
    static func stored(_ fact: FactRecord, _ sequence: Int64, in work: Work) throws -> JSON {
        switch fact.content {
        case .conversion:
            let decision = try DecisionRows.first(of: fact.id, in: work).map { try JSON(reading: $0.utf8) }
            return .record([
                "id": .string(fact.id), "decision": decision,
                "lines": .array(try lines(fact.id, sequence, in: work)),
            ])
        case .refund(let of, _, _), .rejection(let of):
            let lines = try lines(of, sequence, in: work)
            return .record(["id": .string(fact.id), "lines": lines.isEmpty ? nil : .array(lines)])
        default: return .record(["id": .string(fact.id)])
        }
    }

    private static func lines(_ conversion: String, _ sequence: Int64, in work: Work) throws -> [JSON] {
        try LineRows.made(of: conversion, at: sequence, in: work).map { try JSON(reading: $0.utf8) }
    }
}

extension Recorder {
    /// Which fields of a fact differ from those that were recorded.
    static func differences(_ body: String, _ at: Instant, _ fact: FactRecord) -> [Fault] {
        guard fact.kind != .click, let before = try? JSON(reading: body.utf8).members,
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
