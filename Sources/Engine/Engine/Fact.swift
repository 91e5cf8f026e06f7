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
        case coupon(CouponGrant)
        case conversion(Sale)
        case refund(Ref<Conversion>, amount: Int64?)
        case rejection(Ref<Conversion>)
        case hold(Ref<Conversion>, Place)
        case release(Ref<Conversion>, Place)
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

    package init(
        partner: Ref<Partner>, at: Instant, type: Symbol, plan: Symbol?, account: Symbol?, email: Symbol?,
        currency: Currency?, rail: Rail?
    ) {
        self.partner = partner
        self.at = at
        self.type = type
        self.plan = plan
        self.account = account
        self.email = email
        self.currency = currency
        self.rail = rail
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

/// A code that belongs to a partner from `at` on.
package struct CouponGrant: Hashable, Sendable {
    package let coupon: Ref<Coupon>
    package let code: Symbol
    package let partner: Ref<Partner>
    package let at: Instant
    package let tie: Tie

    package init(coupon: Ref<Coupon>, code: Symbol, partner: Ref<Partner>, at: Instant, tie: Tie) {
        self.coupon = coupon
        self.code = code
        self.partner = partner
        self.at = at
        self.tie = tie
    }
}

/// What a customer did, with its amounts: `amount` is what was paid, all in; the others in
/// its minor units. No part is negative.
package struct Sale: Sendable {
    package var conversion: Ref<Conversion>
    package var place: Place
    package var event: Symbol
    package var amount: Money
    package var tax: Int64 = 0
    package var shipping: Int64 = 0
    package var discount: Int64 = 0
    package var fees: Int64 = 0
    package var identity: Ref<Identity>?
    /// Whether `identity` names a customer (an id or an e-mail) and so can be bound to a partner.
    package var canBind = false
    package var visitor: Symbol?
    package var click: Ref<Click>?
    package var email: Symbol?
    package var account: Symbol?
    package var coupon: Symbol?
    package var country: Symbol?
    package var product: Symbol?
    package var metadata: [Label] = []

    package init(conversion: Ref<Conversion>, place: Place, event: Symbol, amount: Money) {
        self.conversion = conversion
        self.place = place
        self.event = event
        self.amount = amount
    }

    package var at: Instant { place.at }
}

package struct Label: Hashable, Sendable, BitwiseCopyable {
    package let key: Symbol
    package let value: Symbol

    package init(key: Symbol, value: Symbol) {
        self.key = key
        self.value = value
    }
}

/// A click that may speak for a partner at one conversion.
package struct Touch: Hashable, Sendable {
    package let click: Ref<Click>
    package let place: Place
    package let partner: Ref<Partner>
    package let isBot: Bool
    package let deniedConsent: Bool
    /// Named by the conversion itself, not found by its visitor.
    package let isNamed: Bool
    /// sub1 … sub10 in lanes 0 … 9; −1 where there is none.
    package let subs: SIMD16<Int32>

    package init(
        click: Ref<Click>, place: Place, partner: Ref<Partner>, isBot: Bool, deniedConsent: Bool,
        isNamed: Bool,
        subs: SIMD16<Int32>
    ) {
        self.click = click
        self.place = place
        self.partner = partner
        self.isBot = isBot
        self.deniedConsent = deniedConsent
        self.isNamed = isNamed
        self.subs = subs
    }
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
