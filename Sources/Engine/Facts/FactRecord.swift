import Values

/// The kinds of facts, those from outside first, then those that our own acts make.
package enum FactKind: String, Hashable, Sendable, CaseIterable {
    case rate, partner, tier, link, coupon, registration, assist, impression, click, conversion, refund,
        chargeback, departure, rejection, hold, release
    case fundClaim = "mdf_claim"
    case terms, review, settlement, batch
    case batchApproval = "batch_approval"
    case payoutResult = "payout_result"

    /// Where it stands among facts of the same instant.
    package var rank: Int {
        switch self {
        case .terms: 0
        case .rate: 1
        case .partner: 2
        // Of an instant a departure comes before what it ends.
        case .departure: 3
        case .tier: 4
        case .link: 5
        case .coupon: 6
        case .registration: 7
        case .impression: 8
        case .click: 9
        case .conversion: 10
        case .refund: 11
        default: 12
        }
    }

    /// Those that may be handed in; the others follow from acts.
    package static let fromOutside: [FactKind] = [
        .rate, .partner, .tier, .link, .coupon, .registration, .assist, .impression, .click, .conversion,
        .refund, .chargeback, .departure, .rejection, .hold, .release, .fundClaim,
    ]

    /// The prefix of the ids that we make for it.
    package var prefix: String {
        switch self {
        case .partner: "par"
        case .link: "lnk"
        case .coupon: "cpn"
        case .registration: "reg"
        case .assist: "ast"
        case .impression: "imp"
        case .click: "clk"
        case .conversion: "cnv"
        case .refund: "rfd"
        case .chargeback: "chb"
        case .fundClaim: "mdf"
        case .batch: "bat"
        default: "fct"
        }
    }
}

/// A fact, checked and without personal data: its body holds keyed hashes where a person's data stood.
///
/// A value in all but name: nothing in it changes, and as an object it is handed on for the price of a count.
package final class FactRecord: Sendable {
    package let kind: FactKind
    package let id: String
    package let at: Instant
    package let receivedAt: Instant
    package let content: FactContent
    /// Everything but `fact`, `id`, `at` and `received_at`, in canonical form.
    package let body: String
    /// Personal values, to be kept beside the fact and never in it.
    package let person: Personal
    /// A digest of the idempotency key that it was posted under.
    package let requestKey: String?

    package init(
        kind: FactKind, id: String, at: Instant, receivedAt: Instant, content: FactContent, body: String,
        person: Personal = Personal(), requestKey: String? = nil
    ) {
        self.kind = kind
        self.id = id
        self.at = at
        self.receivedAt = receivedAt
        self.content = content
        self.body = body
        self.person = person
        self.requestKey = requestKey
    }

    /// The same fact, posted under an idempotency key of this digest.
    package func under(requestKey: String?) -> FactRecord {
        FactRecord(
            kind: kind, id: id, at: at, receivedAt: receivedAt, content: content, body: body, person: person,
            requestKey: requestKey)
    }

    package var name: String { "\(kind.rawValue):\(id)" }

    /// Whether it is kept beside the facts, without a sequence.
    package var isTraffic: Bool { kind == .click || kind == .impression }

    /// The order of facts within one file.
    package static func precedes(_ a: FactRecord, _ b: FactRecord) -> Bool {
        if a.at != b.at { return a.at < b.at }
        if a.kind.rank != b.kind.rank { return a.kind.rank < b.kind.rank }
        return a.id != b.id ? a.id.precedes(b.id) : a.kind.rawValue.precedes(b.kind.rawValue)
    }
}

/// What a fact says, by kind; texts are as the outside names things.
package enum FactContent: Sendable {
    case rate(RateContent)
    case partner(PartnerContent)
    case link(LinkContent)
    case coupon(CouponContent)
    case registration(RegistrationContent)
    case assist(AssistContent)
    case click(ClickContent)
    /// So many at once, above zero.
    case impression(ClickContent, count: Int64)
    case conversion(ConversionContent)
    /// `currency` is the sale's; it may be said, and is then held against it.
    case refund(of: String, amount: String?, currency: Currency?)
    case departure(partner: String)
    case tier(partner: String, tier: String)
    case rejection(of: String), hold(of: String), release(of: String)
    case fundClaim(FundClaimContent)
    case terms(TermsContent)
    case review(of: String)
    case settlement(partner: String, from: Instant?, visits: [VisitsContent])
    case batch(by: String)
    case batchApproval(of: String, by: String)
    case payoutResult(of: String, [AnswerContent])
}

package struct RateContent: Sendable {
    package let currency: Currency
    package let day: Day
    package let rate: Fraction
}

package struct PartnerContent: Sendable {
    package var type = ""
    package var plan: String?
    package var tier: String?
    package var account: String?
    package var country: String?
    package var currency: Currency?
    package var rail: String?
    package var emailHash: String?
    /// The partner above it.
    package var parent: String?

    package init() {}
}

package struct LinkContent: Sendable {
    /// Of several the first.
    package let partner: String
    /// Empty where it is one partner's.
    package let shares: [ShareContent]
    package let slug: String
    package let destination: String?
}

package struct CouponContent: Sendable {
    /// Of several the first.
    package let partner: String
    /// Empty where it is one partner's.
    package let shares: [ShareContent]
    /// As compared: trimmed, in lower case.
    package let code: String
}

/// What is known of a click or an impression.
package struct ClickContent: Sendable {
    package var link: String?
    package var partner: String?
    package var visitor: String?
    /// sub1 … sub10.
    package var subs: [String?] = []
    package var country: String?
    package var consent: Bool?
    package var isBot = false

    package init() {}
}

package struct ConversionContent: Sendable {
    package var event = ""
    package var amount = Money.zero(.eur)
    package var tax: Int64 = 0
    package var shipping: Int64 = 0
    package var discount: Int64 = 0
    package var fees: Int64 = 0
    package var click: String?
    package var visitor: String?
    package var customer: String?
    package var emailHash: String?
    package var coupon: String?
    package var account: String?
    package var country: String?
    package var product: String?
    /// The partner that sells it on its own account.
    package var seller: String?
    package var metadata: [(key: String, value: String)] = []
    package var items: [Item] = []
    package var measure: (unit: String, quantity: Fraction)?
    package var components: [(name: String, amount: Int64)] = []

    package struct Item: Sendable {
        package let sku: String?
        package let category: String?
        /// Net of tax, in minor units of the conversion's currency.
        package let amount: Int64
    }

    package init() {}

    /// The customer by the best name there is: its id, else the e-mail, else the visitor.
    package var identity: String? {
        customer.map { "c:\($0)" } ?? emailHash.map { "e:\($0)" } ?? visitor.map { "v:\($0)" }
    }
    package var canBind: Bool { customer != nil || emailHash != nil }
}

/// A claim that somebody has approved.
package struct FundClaimContent: Sendable {
    package let partner: String
    /// Of the invoice.
    package let amount: Money
    /// A digest of what proves it.
    package let proof: String?
}

package struct TermsContent: Sendable {
    package let version: Int32
    package let effectiveAt: Instant?
    package let yaml: String
}

/// How many clicks or impressions a settlement counted under a rule, where there were any.
package struct VisitsContent: Hashable, Sendable {
    package let terms: Int32
    package let rule: Int64
    package let from: Instant
    package let until: Instant
    package let count: Int64

    package init(terms: Int32, rule: Int64, from: Instant, until: Instant, count: Int64) {
        self.terms = terms
        self.rule = rule
        self.from = from
        self.until = until
        self.count = count
    }

    package var json: JSON {
        .record([
            "terms": .int(Int64(terms)), "rule": .int(rule), "from": .string(from.text),
            "until": .string(until.text), "count": .int(count),
        ])
    }
}

package struct AnswerContent: Sendable {
    package let partner: String
    package let currency: Currency
    package let result: String
    package let reference: String?
}

/// A person's data that came with a fact; each value can be erased without touching the fact.
package struct Personal: Hashable, Sendable {
    package var name: String?
    package var email: String?
    /// A payout method's account data as canonical JSON.
    package var payout: String?
    package var referrer: String?
    package var userAgent: String?

    package init() {}

    package var isEmpty: Bool { self == Personal() }
}

/// A fact by kind and id, as one fact names another.
package struct FactName: Hashable, Sendable {
    package let kind: FactKind
    package let id: String

    /// By bytes, as the database compares; Swift's own `==` takes two spellings of one letter for the same.
    package static func == (a: Self, b: Self) -> Bool {
        a.kind == b.kind && a.id.isSame(as: b.id)
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(kind)
        id.hashBytes(into: &hasher)
    }

    package init(_ kind: FactKind, _ id: String) {
        self.kind = kind
        self.id = id
    }

    package var text: String { "\(kind.rawValue):\(id)" }
}

extension FactRecord {
    /// The facts that must be there before this one; without them it is parked. A conversion names evidence,
    /// not facts it stands on: what is missing there is simply no claim yet.
    package var standsOn: [FactName] {
        switch content {
        case .partner(let partner): partner.parent.map { [FactName(.partner, $0)] } ?? []
        case .link(let link): Self.owners(link.partner, link.shares)
        case .coupon(let coupon): Self.owners(coupon.partner, coupon.shares)
        case .departure(let partner), .tier(let partner, _): [FactName(.partner, partner)]
        case .fundClaim(let claim): [FactName(.partner, claim.partner)]
        case .registration(let registration): [FactName(.partner, registration.partner)]
        case .assist(let assist): [FactName(.partner, assist.partner)]
        // Unlike evidence, who sells is part of the sale.
        case .conversion(let sale): sale.seller.map { [FactName(.partner, $0)] } ?? []
        case .click(let click), .impression(let click, _):
            [click.link.map { FactName(.link, $0) }, click.partner.map { FactName(.partner, $0) }].compactMap
            { $0 }
        case .refund(let of, _, _), .rejection(let of), .hold(let of), .release(let of), .review(let of):
            [FactName(.conversion, of)]
        default: []
        }
    }

    private static func owners(_ partner: String, _ shares: [ShareContent]) -> [FactName] {
        shares.isEmpty ? [FactName(.partner, partner)] : shares.map { FactName(.partner, $0.partner) }
    }
}
