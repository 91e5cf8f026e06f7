import Values

/// What one rule promises for one conversion before refunds.
struct Reward: Sendable {
    let partner: Ref<Partner>
    let rule: UInt16
    let base: Money
    var pay: Pay
    let rounding: Rounding
    let holdUntil: Instant
    var refund = RefundPolicy.proportional
    /// How it was reckoned, where there is more to say than its base and its pay; among the outcome's.
    var workings = Run.none
    var tiering: Tiering?
    /// Whether it is rounded on the statement.
    var accrues = false
    @Boxed var frozen: Frozen?
    /// The seller's rule, where it stands above a seller.
    var under: UInt16?
    /// Which cap cut it, if one did.
    var cap: Cap?
}

extension Reward {
    func key(in dossier: Dossier) -> EarningKey {
        EarningKey(conversion: dossier.conversion, partner: partner, rule: rule)
    }

    /// What caps left unpaid of it.
    var lost: Int64 { frozen?.capped?.lost ?? 0 }

    /// Whether it came to anything before refunds.
    func isWorthSomething(in dossier: Dossier) throws(Stop) -> Bool {
        var whole = dossier
        whole.refunded = 0
        whole.isRejected = false
        return try accrues ? exact(in: whole) != .zero : target(in: whole) != 0
    }

    /// Its money for what is left of the sale: exact, rounded once.
    func target(in dossier: Dossier) throws(Stop) -> Int64 {
        if dossier.isRejected || accrues { return 0 }
        let (part, whole) = refund.left(of: dossier)
        do {
            if let portion = frozen?.portion {
                if portion.weights.isEmpty {
                    return try self.part(portion.share).rounded(rounding, part: part, of: whole)
                }
                return portion.part(of: try target(part, of: whole), currency)
            }
            return try target(part, of: whole)
        } catch {
            throw .refused(error)
        }
    }

    private func target(_ part: Int64, of whole: Int64) throws(Refusal) -> Int64 {
        switch pay {
        case .percent(let rate): try base.times(rate, part: part, of: whole, rounding).minor
        case .amount(let exact, _): try exact.rounded(rounding, part: part, of: whole)
        }
    }

    /// A share of it before it is rounded.
    private func part(_ share: Fraction) throws(Refusal) -> Exact {
        let exact: Exact? =
            switch pay {
            case .percent(let rate): Exact(base.minor).times(rate)
            case .amount(let exact, _): exact
            }
        guard let part = exact?.times(share) else { throw .overflow }
        return part
    }
}

extension RefundPolicy {
    /// What a line keeps after the refunds so far: so many parts of so many.
    func left(of dossier: Dossier) -> (part: Int64, whole: Int64) {
        let amount = dossier.amount.minor
        // A conversion without an amount (a lead) has nothing to refund: it stands whole or, rejected, not at
        // all.
        if amount == 0 { return (1, 1) }
        switch self {
        case .proportional: return (dossier.left, amount)
        case .never: return (1, 1)
        case .full(let from):
            let refunded = Int128(dossier.refunded) * Int128(from.denominator)
            return (refunded >= Int128(amount) * Int128(from.numerator) ? 0 : 1, 1)
        }
    }
}

/// A step on the way from a base to what is due, where there is more to it than a rate.
package enum Working: Hashable, Sendable, BitwiseCopyable {
    /// The base is what items brought, or what they left.
    case items(Money), rest(Money)
    /// What the rule, its step or its renewals promise.
    case promise(Promise)
    case measure(Measure)
    /// So many events of the customer were paid for before this one.
    case renewal(Int32)
    case points(Fraction), times(Fraction)
    /// What it came to, and what it was raised or cut to.
    case minimum(Exact, Money), maximum(Exact, Money)
    /// The step of the rule's table, and what its period had come to before: an amount or a count.
    case step(Int32, before: Int64)
    /// What net revenue begins with, what is taken off, and what is left.
    case component(Symbol, Money), deduction(Symbol, Money), net(Money)
    /// What the period of net revenue comes to now.
    case period(NetStanding)
    /// The step that all lines of the period are at now, and what they come to there.
    case trueUp(Int32, of: Money)
    /// What is left of the period's slices gives, and what its lines' own would.
    case slices(Exact, own: Exact)
    /// What it came to, and what the guard of the price left of it.
    case guarded(Money, Money)
    /// What a partner has brought for a bonus: an amount or a count.
    case reached(Bonus.Goal, Int64)
    /// What a statement rounds into one line, and what the one before had left over of it.
    case accrued(Exact), broughtForward(Exact)
    /// So many clicks or impressions, and what they come to.
    case visits(Int64, Exact)
    /// What rounding leaves for the next statement.
    case leftOver(Exact)
    /// The budget that is shared, and what lines asked of it.
    case shared(Cap, asked: Money)
    /// The cap that left too little room.
    case cap(Cap)
    /// The level above the seller, and what its share is of.
    case level(Int32, of: Money)
    /// A share of that, and what it came to.
    case share(Fraction, Money)
    /// What a line and the levels above it together may come to cut it to.
    case ceiling(from: Money, Money)
    /// What a reseller keeps of the price, and what a deal that it registered adds.
    case margin(Fraction, of: Money), uplift(Fraction, Margin.Combination)
    /// What the seller keeps was taken off the base.
    case sold(Money)
    /// What an assistant's share is of.
    case assist(Money)
    /// What a fund's share is of.
    case fund(Money)
    /// What a claim may be for, and what the fund has.
    case claim(Money, available: Money)
}
