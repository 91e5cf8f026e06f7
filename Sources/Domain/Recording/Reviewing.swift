import Commissions
import Conversions
import Engine
import Facts
import Programs
import Replay
import Store
import Values
import Work

extension Recorder {
    /// After evidence that came late: the conversions at which it may have a say are decided again, each
    /// once.
    mutating func review() throws {
        let triggers = pending.triggers
        pending.triggers = []
        guard try ConversionRows.exist(at: work.look) else { return }
        var reviews: [String: FactRecord] = [:]
        for (trigger, sequence) in triggers {
            // What was recorded after the evidence has weighed it already.
            for (conversion, own) in try touched(by: trigger)
            where own <= sequence && reviews[conversion] == nil {
                let id = "rev_\(Recorder.reviewID(work.program, conversion, trigger))"
                reviews[conversion] = try FactRecord.act(
                    .review, id: id, at: trigger.at, receivedAt: trigger.receivedAt,
                    ["of": .string(conversion), "because": .string(String(trigger.name.prefix(255)))])
            }
        }
        let ordered = reviews.values.sorted { $0.id.precedes($1.id) }
        book.memory.evidence.removeAll()
        for fact in ordered { try recordReview(fact) }
        try keep()
    }

    private mutating func recordReview(_ fact: FactRecord) throws {
        guard case .review(let of) = fact.content, try FactLog.find("review", [fact.id], in: work).isEmpty
        else { return }
        book.memory.evidence[book.names.conversion(of)] = nil
        try recordOwn(fact)
    }

    private static func reviewID(_ program: String, _ conversion: String, _ trigger: FactRecord) -> String {
        let hash = Digest.bytes(of: program, "review", conversion, trigger.name)
        return timeOrdered(trigger.at, hash)
    }

    private func touched(by trigger: FactRecord) throws -> [(id: String, sequence: Int64)] {
        switch trigger.content {
        case .click(let click):
            guard let reach = book.terms.reach else { return [] }
            return try ConversionRows.waiting(
                forClick: trigger.id, visitor: click.visitor, at: trigger.at, reach: reach, in: work)
        case .coupon(let coupon): return try ConversionRows.using(coupon: coupon.code, in: work)
        case .registration(let registration):
            return try ConversionRows.withCompany(registration.account, from: trigger.at, in: work)
        case .assist(let assist):
            return try ConversionRows.withCompany(assist.account, from: trigger.at, in: work)
        case .departure(let partner):
            return try ConversionRows.brought(by: partner, from: trigger.at, in: work)
                + EarningQueries.conversions(of: partner, from: trigger.at, at: work.look)
        default: return []
        }
    }
}
