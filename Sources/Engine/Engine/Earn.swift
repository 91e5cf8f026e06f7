import Values

/// What one rule promises for one conversion before refunds.
struct Reward {
    let partner: Ref<Partner>
    let rule: UInt16
    let base: Money
    let pay: Pay
    let rounding: Rounding
    let holdUntil: Instant
}

extension Reward {
    /// The rule's money for what is left of the sale: the exact share of the base, rounded once.
    static func target(_ base: Money, _ pay: Pay, _ rounding: Rounding, left: Int64, of amount: Int64)
        throws(Stop) -> Int64
    {
        // A conversion without an amount (a lead) has nothing to refund: it stands whole or, rejected, not at
        // all.
        let (part, whole) = amount == 0 ? (Int64(left < 0 ? 0 : 1), Int64(1)) : (left, amount)
        do {
            switch pay {
            case .percent(let rate): return try base.times(rate, part: part, of: whole, rounding).minor
            case .flat(let reward): return try reward.times(.one, part: part, of: whole, rounding).minor
            }
        } catch {
            throw .refused(error)
        }
    }
}

/// The rewards of the rules that match, in file order: the first that matches, and every `also`.
func rewards(
    _ sale: Sale, _ member: Joining, isNew: Bool, _ touch: Touch?, _ terms: Terms
) throws(Stop) -> [Reward] {
    var found: [Reward] = []
    var isPaid = false
    for rule in terms.rules(type: member.type, plan: member.plan) where rule.isAlso || !isPaid {
        guard rule.events.contains(sale.event),
            rule.conditions.allSatisfy({ $0.holds(for: sale, isNew: isNew, touch) })
        else { continue }
        if !rule.isAlso { isPaid = true }
        let base: Money
        let pay: Pay
        switch rule.pay {
        case .percent(let rate): (base, pay) = (try rule.base.of(sale), .percent(rate))
        case .flat(let reward): (base, pay) = (reward, .flat(reward))
        // Refused by the reader until units are paid for.
        case .each: continue
        }
        let hold = rule.hold ?? terms.attribution.hold
        found.append(
            Reward(
                partner: member.partner, rule: rule.number, base: base, pay: pay,
                rounding: terms.rounding,
                holdUntil: sale.at.moved(by: hold)))
    }
    return found
}

extension Base {
    /// The part of the amount that the rate is applied to; never below zero.
    func of(_ sale: Sale) throws(Stop) -> Money {
        var minor = sale.amount.minor
        var parts: [Int64] = []
        if withoutTax { parts.append(-sale.tax) }
        if withoutShipping { parts.append(-sale.shipping) }
        if withoutFees { parts.append(-sale.fees) }
        if !withoutDiscount { parts.append(sale.discount) }
        for part in parts {
            let (sum, overflow) = minor.addingReportingOverflow(part)
            guard !overflow else { throw .refused(.overflow) }
            minor = sum
        }
        return Money(max(0, minor), sale.amount.currency)
    }
}

extension Condition {
    func holds(for sale: Sale, isNew: Bool, _ touch: Touch?) -> Bool {
        switch self {
        case .customerIsNew(let wanted): isNew == wanted
        case .country(let allowed): sale.country.map(allowed.contains) ?? false
        case .product(let allowed): sale.product.map(allowed.contains) ?? false
        case .coupon(let allowed): sale.coupon.map(allowed.contains) ?? false
        case .sub(let lane, let allowed): touch.map { allowed.contains(Symbol($0.subs[lane])) } ?? false
        case .metadata(let key, let allowed):
            sale.metadata.contains { $0.key == key && allowed.contains($0.value) }
        // Refused by the reader until sales carry items and partners have tiers.
        case .sku, .category, .tier: false
        case .amount(let comparison, let limit):
            sale.amount.currency == limit.currency && comparison.holds(sale.amount.minor, limit.minor)
        case .from(let instant): sale.at >= instant
        case .until(let instant): sale.at < instant
        }
    }
}
