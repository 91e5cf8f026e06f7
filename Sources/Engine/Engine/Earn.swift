import Values

/// What one rule promises for one conversion before refunds.
struct Reward: Sendable, BitwiseCopyable {
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

extension Memory {
    /// Adds the rewards of the rules that match, in file order: the first that matches, and every `also`.
    /// - Parameter click: the winning click.
    func reward(
        _ sale: Sale, _ member: Joining, isNew: Bool, click: Ref<Click>?, _ terms: SharedTerms,
        into rewards: inout [Reward]
    ) throws(Stop) {
        let rules = terms.terms.rules(type: member.type, plan: member.plan)
        var isPaid = false
        for index in rules.indices where rules[index].isAlso || !isPaid {
            guard rules[index].events.contains(sale.event),
                rules[index].conditions.allSatisfy({ holds($0, for: sale, isNew: isNew, click) })
            else { continue }
            if !rules[index].isAlso { isPaid = true }
            let base: Money
            let pay: Pay
            switch rules[index].pay {
            case .percent(let rate): (base, pay) = (try rules[index].base.of(sale), .percent(rate))
            case .flat(let reward): (base, pay) = (reward, .flat(reward))
            // Refused by the reader until units are paid for.
            case .each: continue
            }
            let hold = rules[index].hold ?? terms.terms.attribution.hold
            rewards.append(
                Reward(
                    partner: member.partner, rule: rules[index].number, base: base, pay: pay,
                    rounding: terms.terms.rounding, holdUntil: sale.at.moved(by: hold)))
        }
    }

    /// What the rules promise a partner for a sale, were it the sale's source.
    package func promise(
        _ sale: Sale, to partner: Ref<Partner>, _ terms: TermsHistory, into outcome: inout Outcome
    ) throws(Stop) -> Int64 {
        guard let member = try membership(partner)?.joining, let terms = terms.sharedInForce(at: sale.at)
        else { return 0 }
        try reward(sale, member, isNew: true, click: nil, terms, into: &outcome.rewards)
        var sum: Int64 = 0
        for reward in outcome.rewards {
            sum += try Reward.target(
                reward.base, reward.pay, reward.rounding, left: sale.amount.minor, of: sale.amount.minor)
        }
        return sum
    }

    private func holds(_ condition: Condition, for sale: Sale, isNew: Bool, _ click: Ref<Click>?) -> Bool {
        switch condition {
        case .customerIsNew(let wanted): isNew == wanted
        case .country(let allowed): sale.country.map(allowed.contains) ?? false
        case .product(let allowed): sale.product.map(allowed.contains) ?? false
        case .coupon(let allowed): sale.coupon.map(allowed.contains) ?? false
        case .sub(let lane, let allowed):
            click.flatMap { touches.sub(lane, of: $0) }.map(allowed.contains) ?? false
        case .metadata(let key, let allowed):
            labels[sale.labels].contains { $0.key == key && allowed.contains($0.value) }
        // Refused by the reader until sales carry items and partners have tiers.
        case .sku, .category, .tier: false
        case .amount(let comparison, let limit):
            sale.amount.currency == limit.currency && comparison.holds(sale.amount.minor, limit.minor)
        case .from(let instant): sale.at >= instant
        case .until(let instant): sale.at < instant
        }
    }
}

extension Base {
    /// The part of the amount that the rate is applied to; never below zero.
    func of(_ sale: Sale) throws(Stop) -> Money {
        var minor = sale.amount.minor
        if withoutTax { try add(-sale.tax, to: &minor) }
        if withoutShipping { try add(-sale.shipping, to: &minor) }
        if withoutFees { try add(-sale.fees, to: &minor) }
        if !withoutDiscount { try add(sale.discount, to: &minor) }
        return Money(max(0, minor), sale.amount.currency)
    }

    private func add(_ part: Int64, to minor: inout Int64) throws(Stop) {
        let (sum, overflow) = minor.addingReportingOverflow(part)
        guard !overflow else { throw .refused(.overflow) }
        minor = sum
    }
}
