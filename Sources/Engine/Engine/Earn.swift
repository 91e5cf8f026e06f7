import Values

extension Memory {
    /// Adds the rewards of the rules that match, in file order: the first that matches, and every `also`.
    /// Rules for items take theirs, and the others what is left.
    func reward(_ occasion: Occasion, into outcome: inout Outcome) throws(Stop) {
        guard occasion.terms.asksRanks else { return try pay(occasion, into: &outcome) }
        var occasion = occasion
        occasion.rank = try rank(for: occasion, after: outcome)
        let start = outcome.rewards.count
        try pay(occasion, into: &outcome)
        guard let rank = occasion.rank else { return }
        for index in start..<outcome.rewards.count { outcome.rewards[index].freeze { $0.rank = rank } }
    }

    private func pay(_ occasion: Occasion, into outcome: inout Outcome) throws(Stop) {
        let start = outcome.rewards.count
        var basket = Basket(occasion.sale, details)
        var isPaid = false
        for rule in occasion.terms.rules(of: occasion.member) where !isPaid || rule.isAlso {
            guard rule.events.contains(occasion.sale.event),
                rule.conditions.allSatisfy({ holds($0, occasion) })
            else { continue }
            if rule.isPlain, basket.isWhole {
                if !rule.isAlso { isPaid = true }
                try addPlain(rule, occasion, into: &outcome)
                continue
            }
            if let net = rule.net {
                guard let aim = try netAim(rule, net, occasion) else { continue }
                isPaid = isPaid || !rule.isAlso
                outcome.netAims.append(aim)
                continue
            }
            guard let share = try basket.share(of: rule, occasion.sale) else { continue }
            var reckoning = Reckoning(rule, of: share)
            guard try reckoning.reward(occasion, self, into: &outcome) else { continue }
            if !rule.isAlso {
                basket.take(share)
                isPaid = !rule.takesItems
            }
        }
        try addFund(occasion, from: start, into: &outcome)
    }

    private func addPlain(_ rule: SharedRule, _ occasion: Occasion, into outcome: inout Outcome) throws(Stop)
    {
        let base: Money
        let pay: Pay
        switch rule.pay {
        case .percent(let rate): (base, pay) = (try rule.base.of(occasion.sale), .percent(rate))
        case .flat(let reward): (base, pay) = (reward, .amount(Exact(reward.minor), reward.currency))
        case .each: preconditionFailure("a price is never plain")
        }
        var reward = Reward(
            partner: occasion.member.partner, rule: rule.number, base: base, pay: pay,
            rounding: occasion.terms.terms.rounding, holdUntil: occasion.holdUntil(rule))
        if case .amount = pay { reward.keep(sale: try rule.base.of(occasion.sale), occasion.terms) }
        outcome.rewards.append(reward)
    }

    /// What the rules promise a partner for a sale, were it the sale's source.
    package func promise(
        _ sale: Sale, to partner: Ref<Partner>, _ terms: TermsHistory, into outcome: inout Outcome
    ) throws(Stop) -> Int64 {
        guard let member = try membership(partner)?.joining, let terms = terms.sharedInForce(at: sale.at)
        else { return 0 }
        var past = Past()
        if terms.followsCustomers { try past.course.enter(sale, terms, details) }
        try reward(
            Occasion(sale: sale, member: member, isNew: true, click: nil, past: past.$followed, terms: terms),
            into: &outcome)
        let dossier = Dossier(
            conversion: sale.conversion, at: sale.at, amount: sale.amount, terms: terms.terms.version,
            source: partner, isNewCustomer: true)
        var sum: Int64 = 0
        for index in outcome.rewards.indices
        where !terms.beside.nature(of: outcome.rewards[index].rule).isBooked {
            sum += try outcome.rewards[index].target(in: dossier)
        }
        return sum
    }

    func holds(_ condition: Condition, _ occasion: Occasion) -> Bool {
        let sale = occasion.sale
        switch condition {
        case .customerIsNew(let wanted): return occasion.isNew == wanted
        case .country(let allowed): return sale.country.map(allowed.contains) ?? false
        case .product(let allowed): return sale.product.map(allowed.contains) ?? false
        case .coupon(let allowed): return sale.coupon.map(allowed.contains) ?? false
        case .sub(let lane, let allowed):
            return occasion.click.flatMap { touches.sub(lane, of: $0) }.map(allowed.contains) ?? false
        case .metadata(let key, let allowed):
            return details.labels(of: sale).contains { $0.key == key && allowed.contains($0.value) }
        // The basket finds the items; a conversion without any has none of these.
        case .sku, .category: return !details.items(of: sale).isEmpty
        case .tier(let allowed):
            let tiers = occasion.terms.terms.tiers
            guard let rank = occasion.rank, tiers.indices.contains(Int(rank)) else { return false }
            return allowed.contains(tiers[Int(rank)].name)
        case .amount(let comparison, let limit):
            return sale.amount.currency == limit.currency
                && comparison.holds(sale.amount.minor, limit.minor)
        case .from(let instant): return sale.at >= instant
        case .until(let instant): return sale.at < instant
        }
    }
}

/// A decided conversion as rules look at it.
struct Occasion: Sendable {
    let sale: Sale
    let member: Joining
    let isNew: Bool
    /// The winning click.
    let click: Ref<Click>?
    /// The customer's, with this sale entered.
    let past: Boxed<Course>
    let terms: SharedTerms
    /// The partner's rank at the event, by its place among the tiers; asked for where rules ask for it.
    var rank: Int32?
    /// The partner's, where several share the sale.
    var portion: Portion?

    var course: Course { past.wrappedValue ?? Course() }

    func holdUntil(_ rule: SharedRule) -> Instant {
        sale.at.moved(by: rule.hold ?? terms.terms.attribution.hold)
    }
}

/// A sale's items, as far as no rule has taken them yet.
struct Basket {
    private var items: [Item]
    /// What the rules for items took.
    private var taken: Int64 = 0
    private let currency: Currency

    /// What a rule may have of a sale.
    struct Share {
        let base: Money
        fileprivate let items: [Item]
        /// Whether it is not simply all.
        let isPart: Bool
    }

    init(_ sale: Sale, _ details: Details) {
        items = Array(details.items(of: sale))
        currency = sale.amount.currency
    }

    /// Whether nothing was taken from it.
    var isWhole: Bool { taken == 0 }

    /// Nil where nothing is left for the rule.
    func share(of rule: SharedRule, _ sale: Sale) throws(Stop) -> Share? {
        let rest = max(0, try rule.base.of(sale).minor - taken)
        guard rule.takesItems else {
            if rest == 0, taken > 0 { return nil }
            return Share(base: Money(rest, currency), items: [], isPart: taken > 0)
        }
        let own = items.filter { rule.wants($0) }
        if own.isEmpty { return nil }
        let sum = try total(own.map(\.amount))
        return Share(base: Money(min(sum, rest), currency), items: own, isPart: true)
    }

    mutating func take(_ share: Share) {
        if share.items.isEmpty { return }
        items.removeAll(where: share.items.contains)
        taken += share.base.minor
    }
}

extension SharedRule {
    fileprivate func wants(_ item: Item) -> Bool {
        self.conditions.allSatisfy { condition in
            switch condition {
            case .sku(let allowed): item.sku.map(allowed.contains) ?? false
            case .category(let allowed): item.category.map(allowed.contains) ?? false
            default: true
            }
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
        try add(-sale.margin, to: &minor)
        return Money(max(0, minor), sale.amount.currency)
    }

    private func add(_ part: Int64, to minor: inout Int64) throws(Stop) {
        let (sum, overflow) = minor.addingReportingOverflow(part)
        guard !overflow else { throw .refused(.overflow) }
        minor = sum
    }
}
