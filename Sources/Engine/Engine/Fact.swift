import Values

/// Something that happened, as the engine sees it: numbers only. The edge (`Facts`) has the names.
package struct Fact: Sendable {
    package let at: Instant
    package let what: What

    package init(at: Instant, _ what: What) {
        self.at = at
        self.what = what
    }

    package enum What: Sendable {
        case partner(Joining)
        case departure(Ref<Partner>)
        case tier(Ref<Partner>, RankMark)
        case coupon(CouponGrant)
        case conversion(Sale)
        case refund(Ref<Conversion>, amount: Int64?)
        case rejection(Ref<Conversion>)
        case hold(Ref<Conversion>, Ref<Mark>)
        case release(Ref<Conversion>, Ref<Mark>)
        case registration(Registration, account: Symbol)
        case assist(Assist, account: Symbol)
        case claim(FundClaim)
        case rate(Quote)
        /// New evidence came for this conversion: decide it again.
        case review(Ref<Conversion>)
        case settlement(Ref<Partner>, from: Instant?)
        case batch(Ref<Batch>, by: Ref<Person>)
        case batchApproval(Ref<Batch>, by: Ref<Person>)
        case payoutResult(Ref<Batch>, [PayoutOutcome])
    }
}

/// A partner, from the moment it joined.
package struct Joining: Hashable, Sendable, BitwiseCopyable {
    package let partner: Ref<Partner>
    package let at: Instant
    package let type: Symbol
    package let plan: Symbol?
    package let account: Symbol?
    package let email: Symbol?
    /// The currency it asked to be paid in; without one it is paid in each that it earned.
    package let currency: Currency?
    package let rail: Rail?
    /// The rank that it was given when it joined.
    package var rank: RankMark?
    /// The partner above it, which is older in the program's log: so nobody is above itself.
    @Packed package var parent: Ref<Partner>?

    package init(
        partner: Ref<Partner>, at: Instant, type: Symbol, plan: Symbol?, account: Symbol?, email: Symbol?,
        currency: Currency?, rail: Rail?, parent: Ref<Partner>? = nil
    ) {
        self.partner = partner
        self.at = at
        self.type = type
        self.plan = plan
        self.account = account
        self.email = email
        self.currency = currency
        self.rail = rail
        self.parent = parent
    }
}

/// How a partner is paid.
package enum Rail: String, Hashable, Sendable, CaseIterable, BitwiseCopyable {
    case sepa, ach, paypal, wise, manual

    /// SEPA moves euros, ACH dollars; the others what they are given.
    package func carries(_ currency: Currency) -> Bool {
        switch self {
        case .sepa: currency == .eur
        case .ach: currency == .usd
        case .paypal, .wise, .manual: true
        }
    }
}

/// A code that belongs to a partner from `at` on, or to several.
package struct CouponGrant: Hashable, Sendable {
    package let coupon: Ref<Coupon>
    package let code: Symbol
    /// Of several the first.
    package let partner: Ref<Partner>
    package let at: Instant
    /// Empty where it is one partner's.
    package var sharers: [Sharer] = []

    package init(coupon: Ref<Coupon>, code: Symbol, partner: Ref<Partner>, at: Instant) {
        self.coupon = coupon
        self.code = code
        self.partner = partner
        self.at = at
    }
}

/// What a customer did, with its amounts: `amount` is what was paid, all in; the others in
/// its minor units. No part is negative.
package struct Sale: Sendable, BitwiseCopyable {
    package let at: Instant
    package let amount: Money
    /// Whether `identity` names a customer (an id or an e-mail) and so can be bound to a partner.
    package var canBind = false
    package let conversion: Ref<Conversion>
    package var tax: Int64 = 0
    package var shipping: Int64 = 0
    package var discount: Int64 = 0
    package var fees: Int64 = 0
    package let event: Symbol
    @Packed package var identity: Ref<Identity>?
    @Packed package var visitor: Ref<Visitor>?
    @Packed package var click: Ref<Click>?
    @Packed package var email: Symbol?
    @Packed package var account: Symbol?
    @Packed package var coupon: Symbol?
    @Packed package var country: Symbol?
    @Packed package var product: Symbol?
    /// Who sells it on its own account.
    @Packed package var seller: Ref<Partner>?
    /// What the seller keeps of it: no part of the fact, but found as the sale is judged.
    var margin: Int64 = 0
    /// Where what else it brings stands among the details; −1: nothing.
    package var details: Int32 = -1

    package init(conversion: Ref<Conversion>, at: Instant, event: Symbol, amount: Money) {
        self.conversion = conversion
        self.at = at
        self.event = event
        self.amount = amount
    }

    package var place: Place { Place(at: at, conversion: conversion) }
}

/// A published rate: one euro is `rate` units of `currency` on `day` (ECB eurofxref).
package struct Quote: Hashable, Sendable, BitwiseCopyable {
    package let currency: Currency
    package let day: Day
    package let rate: Fraction

    package init(currency: Currency, day: Day, rate: Fraction) {
        self.currency = currency
        self.day = day
        self.rate = rate
    }
}

/// What the bank said of one item of a batch.
package struct PayoutOutcome: Hashable, Sendable, BitwiseCopyable {
    package enum Result: String, Hashable, Sendable, CaseIterable, BitwiseCopyable {
        case paid, rejected, returned, unknown
    }
    package let partner: Ref<Partner>
    package let currency: Currency
    package let result: Result

    package init(partner: Ref<Partner>, currency: Currency, result: Result) {
        self.partner = partner
        self.currency = currency
        self.result = result
    }
}
