import Values

/// That a partner brings the deal with a company, told before the company bought.
package struct Registration: Hashable, Sendable, BitwiseCopyable {
    package enum Mode: String, Hashable, Sendable, CaseIterable, BitwiseCopyable {
        /// The partner originates the deal.
        case source
        /// Somebody else was earlier: the partner only sells.
        case fulfil
        /// The vendor was earlier: the partner only helps.
        case assist
    }

    package let deal: Ref<Deal>
    package let partner: Ref<Partner>
    /// From when on it counts at all.
    package let at: Instant
    package let completedAt: Instant
    /// Nil while nobody has approved it.
    package let approvedAt: Instant?
    package let expiresAt: Instant?
    package let mode: Mode
    /// The product that it is for; nil: all.
    @Packed package var scope: Symbol?

    package init(
        deal: Ref<Deal>, partner: Ref<Partner>, at: Instant, completedAt: Instant, approvedAt: Instant?,
        expiresAt: Instant?, mode: Mode, scope: Symbol?
    ) {
        self.deal = deal
        self.partner = partner
        self.at = at
        self.completedAt = completedAt
        self.approvedAt = approvedAt
        self.expiresAt = expiresAt
        self.mode = mode
        self.scope = scope
    }

    /// Whether it protects the deal that comes to this sale.
    func protects(_ sale: Sale) -> Bool {
        guard mode == .source, let approvedAt, scope == nil || scope == sale.product else { return false }
        return max(at, completedAt, approvedAt) <= sale.at && (expiresAt.map { sale.at < $0 } ?? true)
    }
}

/// That a partner helped with the deal, as the other side has confirmed.
package struct Assist: Hashable, Sendable, BitwiseCopyable {
    package let deal: Ref<Deal>
    package let partner: Ref<Partner>
    /// From when on it counts at all.
    package let at: Instant
    package let confirmedAt: Instant

    package init(deal: Ref<Deal>, partner: Ref<Partner>, at: Instant, confirmedAt: Instant) {
        self.deal = deal
        self.partner = partner
        self.at = at
        self.confirmedAt = confirmedAt
    }
}

/// What partners have said of the deals with one company: the first complete one, the first confirmed one
/// first.
package struct Deals: Hashable, Sendable {
    package var registrations: [Registration] = []
    package var assists: [Assist] = []

    package init() {}
}

extension Memory {
    func deals(_ account: Symbol) throws(Stop) -> Deals {
        if let known = deals[account] { return known }
        if isWhole { return Deals() }
        throw .unknown([.deals(account)])
    }

    func add(_ new: Registration, to account: Symbol, into outcome: inout Outcome) throws(Stop) {
        var deals = try deals(account)
        var index = deals.registrations.count
        while index > 0 {
            let other = deals.registrations[index - 1]
            guard try precedes(new.deal, new.completedAt, other.deal, other.completedAt) else { break }
            index -= 1
        }
        deals.registrations.insert(new, at: index)
        outcome.changes.append(.deals(account, deals))
    }

    func add(_ new: Assist, to account: Symbol, into outcome: inout Outcome) throws(Stop) {
        var deals = try deals(account)
        var index = deals.assists.count
        while index > 0 {
            let other = deals.assists[index - 1]
            guard try precedes(new.deal, new.confirmedAt, other.deal, other.confirmedAt) else { break }
            index -= 1
        }
        deals.assists.insert(new, at: index)
        outcome.changes.append(.deals(account, deals))
    }

    private func precedes(_ a: Ref<Deal>, _ atA: Instant, _ b: Ref<Deal>, _ atB: Instant) throws(Stop)
        -> Bool
    {
        atA != atB ? atA < atB : try isFirst(Tie(a, b))
    }

    /// Whether somebody is a partner at the sale and not the buyer's own company.
    fileprivate func stranger(_ partner: Ref<Partner>, at sale: Sale) throws(Stop) -> Joining? {
        guard let member = try membership(partner), member.isActive(at: sale.at) else { return nil }
        let own = member.joining.account
        return own != nil && own == sale.account ? nil : member.joining
    }

    /// Whether a partner's is the registration that protects the deal: of several the first complete one.
    func isRegistrant(_ partner: Ref<Partner>, of sale: Sale) throws(Stop) -> Bool {
        guard let account = sale.account else { return false }
        for registration in try deals(account).registrations where registration.protects(sale) {
            guard try stranger(registration.partner, at: sale) != nil else { continue }
            return registration.partner == partner
        }
        return false
    }
}

// MARK: Who helped

extension Memory {
    /// The most that have a share of one sale for their help.
    private static let assistsMax = 2

    /// Adds what the first confirmed assistants have, each by its own plan.
    /// - Parameter taken: who has another part in the sale.
    func addAssists(
        _ sale: Sale, besides taken: [Ref<Partner>], _ terms: SharedTerms, into outcome: inout Outcome
    ) throws(Stop) {
        guard terms.beside.hasAssists, let account = sale.account else { return }
        var taken = taken
        var count = 0
        for assist in try deals(account).assists where max(assist.at, assist.confirmedAt) <= sale.at {
            guard count < Self.assistsMax, !taken.contains(assist.partner),
                let member = try stranger(assist.partner, at: sale),
                let own = terms.terms.plan(type: member.type, plan: member.plan)?.assist
            else { continue }
            let base = try Base().of(sale)
            let start = outcome.workings.count
            outcome.workings.append(.assist(base))
            var reward = Reward(
                partner: assist.partner, rule: own.number, base: base, pay: .percent(own.share),
                rounding: terms.terms.rounding, holdUntil: sale.at.moved(by: terms.terms.attribution.hold))
            reward.workings = Run(start..<outcome.workings.count)
            outcome.rewards.append(reward)
            taken.append(assist.partner)
            count += 1
        }
    }
}
