import Engine
import Facts
import Values
import Work

/// A conversion as it was handed in, with what became of it.
struct SaleFile: Sendable {
    let fact: KeptFact
    let body: JSON
    let event: String
    let amount: Money
    let terms: Int64
    let source: String?
    let isShared: Bool
    let refunded: Money
    let isNewCustomer: Bool
    let isRejected: Bool
    let isHeld: Bool

    var id: String { fact.id }
    var at: Instant { fact.at }

    /// Its `tax`, `shipping`, `discount` or `fees`.
    func part(_ name: String) -> Money {
        let text = body[name]?.text
        return text.flatMap { try? Money(amount: $0, amount.currency) } ?? .zero(amount.currency)
    }
}

struct DecisionFile: Sendable {
    let id: String
    let number: Int64
    let body: JSON

    /// Those who share it, or the one who has it, with their exact shares.
    var slots: [(partner: String, share: Fraction)] {
        (body["slots"]?.elements ?? []).compactMap { slot in
            guard let partner = slot["partner"]?.text, let share = slot["share"]?.text else { return nil }
            return (partner, Fraction(share: share) ?? .one)
        }
    }
    var terms: Int64 { body["terms"]?.whole ?? 0 }
    var claims: [ClaimFile] { (body["claims"]?.elements ?? []).compactMap(ClaimFile.init) }
}

struct ClaimFile: Hashable, Sendable {
    let claim: String
    let kind: ClaimClass
    let partner: String
    let outcome: String
    let reason: String?
    let at: Instant

    init?(_ json: JSON) {
        guard let claim = json["claim"]?.text, let kind = json["class"]?.text.flatMap(ClaimClass.init),
            let partner = json["partner"]?.text, let outcome = json["outcome"]?.text,
            let at = json["at"]?.text.flatMap(Instant.init(text:))
        else { return nil }
        self.claim = claim
        self.kind = kind
        self.partner = partner
        self.outcome = outcome
        reason = json["reason"]?.text
        self.at = at
    }
}

/// Who a partner is, as far as claims and payouts ask.
struct MemberFile: Sendable {
    let id: String
    let at: Instant
    let leftAt: Instant?
    let account: String?
    let emailHash: String?
    let currency: Currency?
    let rail: String?
}

struct StatementFile: Sendable {
    let id: String
    let number: String
    let partner: String
    let amount: Money
    let date: Day
    let payDay: Day
    let sequence: Int64
    let batch: String?
    let body: JSON

    var lines: [String] { (body["lines"]?.elements ?? []).compactMap(\.text) }
    var earned: [JSON] { body["earned"]?.elements ?? [] }
    var offset: Money {
        let text = body["offset"]?.text
        return text.flatMap { try? Money(amount: $0, amount.currency) } ?? .zero(amount.currency)
    }
}

/// An item of a batch, with its batch.
struct ItemFile: Sendable {
    let id: String
    let partner: String
    let amount: Money
    let rail: String
    let state: String
    let reference: String?
    let statements: [String]
    let batch: String
    let batchState: String
    let asOf: Instant
    var openedBy: String
    var approvedBy: [String]
    let approvalsNeeded: Int64
    let exportedAt: Instant?
}
