import Values

// What a seller of record keeps of the price. Nobody is paid it: it stands in the books as an order of the
// seller's, beside the revenue at list price.

/// How an order of a reseller was reckoned, beyond its price and its margin.
package struct Resale: Hashable, Sendable, BitwiseCopyable {
    /// The price before the discount, net of tax; and the discount.
    package let list: Int64
    package let discount: Int64
    /// The margin without the uplift for a registered deal.
    package let share: Fraction

    package init(list: Int64, discount: Int64, share: Fraction) {
        self.list = list
        self.discount = discount
        self.share = share
    }
}

extension Margin {
    func share(isRegistered: Bool) throws(Stop) -> Fraction {
        guard isRegistered else { return base }
        let share: Fraction?
        switch combination {
        case .add: share = base.adding(registered).map { min($0, .one) }
        case .compound:
            let left = base.complement.flatMap { own in registered.complement.flatMap { own.times($0) } }
            share = left?.complement
        }
        guard let share else { throw .refused(.overflow) }
        return share
    }
}

extension Memory {
    /// Adds the margin of the sale's seller, which the others' shares are not of.
    /// - Returns: the seller, where it has one.
    func addMargin(_ sale: inout Sale, _ terms: SharedTerms, into outcome: inout Outcome) throws(Stop)
        -> Ref<Partner>?
    {
        guard terms.beside.hasMargins, let seller = sale.seller, let member = try membership(seller),
            member.isActive(at: sale.at),
            var margin = terms.terms.plan(type: member.joining.type, plan: member.joining.plan)?.margin
        else { return nil }
        let price = Money(try total([sale.amount.minor, -sale.tax]), sale.amount.currency)
        guard price.minor > 0 else { return nil }
        var rank: Int32?
        if !margin.tiers.isEmpty {
            let own = try self.rank(of: seller, for: sale, terms, after: outcome)
            let name = own < 0 ? nil : terms.terms.tiers[Int(own)].name
            margin.base = margin.tiers.first { $0.tier == name }?.share ?? margin.base
            rank = own
        }
        let isRegistered = try isRegistrant(seller, of: sale)
        let share = try margin.share(isRegistered: isRegistered)
        let start = outcome.workings.count
        outcome.workings.append(.margin(margin.base, of: price))
        if isRegistered { outcome.workings.append(.uplift(margin.registered, margin.combination)) }
        var reward = Reward(
            partner: seller, rule: margin.number, base: price, pay: .percent(share),
            rounding: terms.terms.rounding, holdUntil: sale.at)
        reward.workings = Run(start..<outcome.workings.count)
        reward.frozen = Frozen()
        reward.frozen?.rank = rank
        reward.frozen?.resale = Resale(
            list: try total([price.minor, sale.discount]), discount: sale.discount, share: margin.base)
        outcome.rewards.append(reward)
        do {
            sale.margin = try price.times(share, reward.rounding).minor
        } catch {
            throw .refused(error)
        }
        try addFund(ofSeller: member.joining, sale, terms, into: &outcome)
        return seller
    }
}

extension Outcome {
    /// Tells of rewards that the seller's margin was taken off first.
    mutating func tellMargin(of sale: Sale, from start: Int) {
        guard sale.margin > 0 else { return }
        for index in rewards.indices[start...] {
            let step = Working.sold(Money(sale.margin, sale.amount.currency))
            rewards[index].workings = telling(step, after: rewards[index])
        }
    }
}

// MARK: In the books

/// What an order of a reseller comes to in the books.
private struct Order {
    var list: Int64 = 0
    var discount: Int64 = 0
    var margin: Int64 = 0
    var uplift: Int64 = 0
}

extension Earning {
    /// Nothing of an order that does not stand.
    fileprivate func order(_ dossier: Dossier?) throws(Stop) -> Order {
        guard let dossier, stands, !dossier.isRejected, let resale = frozen?.resale else { return Order() }
        let (part, whole) = RefundPolicy.proportional.left(of: dossier)
        do {
            let list = try Money(resale.list, currency).times(.one, part: part, of: whole, rounding).minor
            let less = try Money(resale.discount, currency).times(.one, part: part, of: whole, rounding).minor
            let own = try base.times(resale.share, part: part, of: whole, rounding).minor
            let margin = min(own, posted)
            return Order(list: list, discount: less, margin: margin, uplift: posted - margin)
        } catch {
            throw .refused(error)
        }
    }
}

extension Memory {
    /// Books what changed of the conversion's order.
    /// - Parameter old: its earnings before the outcome.
    func bookOrder(
        _ dossier: Dossier, _ old: [Earning], _ terms: SharedTerms, into outcome: inout Outcome
    ) throws(Stop) {
        guard terms.beside.hasMargins else { return }
        for earning in outcome.latest(of: dossier.conversion, old)
        where terms.beside.nature(of: earning.key.rule) == .margin {
            let was = old.first { $0.key == earning.key }
            let now = try earning.order(dossier)
            let then = try was?.order(dossiers[dossier.conversion]) ?? Order()
            let list = try total([now.list, -then.list])
            let discount = try total([now.discount, -then.discount])
            let margin = try total([now.margin, -then.margin])
            let uplift = try total([now.uplift, -then.uplift])
            let currency = earning.currency
            outcome.post(
                .receivable(earning.key.partner), try total([list, -discount, -margin, -uplift]), currency)
            outcome.post(.given(.margin), margin, currency)
            outcome.post(.given(.uplift), uplift, currency)
            outcome.post(.given(.coupon), discount, currency)
            outcome.post(.revenue, -list, currency)
        }
    }
}
