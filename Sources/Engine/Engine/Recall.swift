import Values

extension Memory {
    /// - Throws: `Stop.unknown` when it was not loaded. Nil: there is none.
    func membership(_ partner: Ref<Partner>) throws(Stop) -> Membership? {
        if let known = partners[partner] { return known }
        if isWhole { return nil }
        throw .unknown([.partner(partner)])
    }

    func coupon(_ code: Symbol) throws(Stop) -> CouponGrant? {
        if let known = coupons[code] { return known }
        if isWhole { return nil }
        throw .unknown([.coupon(code)])
    }

    func customer(_ identity: Ref<Identity>) throws(Stop) -> Customer {
        if let known = customers[identity] { return known }
        if isWhole { return Customer() }
        throw .unknown([.customer(identity)])
    }

    /// The conversions of a customer by place.
    func history(_ identity: Ref<Identity>) throws(Stop) -> [Ref<Conversion>] {
        if let known = histories[identity] { return known }
        if isWhole { return [] }
        throw .unknown([.history(identity)])
    }

    func sale(_ conversion: Ref<Conversion>) throws(Stop) -> Sale {
        guard let known = sales[conversion] else { throw .unknown([.sale(conversion)]) }
        return known
    }

    func touches(_ conversion: Ref<Conversion>) throws(Stop) -> [Touch] {
        guard let known = evidence[conversion] else { throw .unknown([.evidence(conversion)]) }
        return known
    }

    func dossier(_ conversion: Ref<Conversion>) throws(Stop) -> Dossier {
        guard let known = dossiers[conversion] else { throw .unknown([.dossier(conversion)]) }
        return known
    }

    func holdMarks(_ conversion: Ref<Conversion>) throws(Stop) -> [HoldMark] {
        if let known = holds[conversion] { return known }
        if isWhole { return [] }
        throw .unknown([.holds(conversion)])
    }

    func earning(_ key: EarningKey) throws(Stop) -> Earning {
        guard let known = earnings[key] else { throw .unknown([.earning(key)]) }
        return known
    }

    func openEarnings(_ partner: Ref<Partner>) throws(Stop) -> [EarningKey] {
        if let known = open[partner] { return known }
        if isWhole { return [] }
        throw .unknown([.open(partner)])
    }

    func owed(_ partner: Ref<Partner>) throws(Stop) -> [Clawback] {
        if let known = clawbacks[partner] { return known }
        if isWhole { return [] }
        throw .unknown([.clawbacks(partner)])
    }

    func unpaidStatements() throws(Stop) -> [StatementBrief] {
        guard let unpaid else { throw .unknown([.unpaid]) }
        return unpaid
    }

    func batch(_ batch: Ref<Batch>) throws(Stop) -> BatchMemory {
        guard let known = batches[batch] else { throw .unknown([.batch(batch)]) }
        return known
    }

    /// The quotes of `currency` by day, those of the week before `day` at least.
    func quotes(_ currency: Currency, _ day: Day) throws(Stop) -> [Quote] {
        if let known = quotes[currency] { return known }
        if isWhole { return [] }
        throw .unknown([.quotes(currency, day)])
    }
}

extension Memory {
    package mutating func apply(_ outcome: Outcome) {
        for change in outcome.changes { apply(change) }
        for issue in outcome.statements { state(issue) }
    }

    private mutating func apply(_ change: Change) {
        switch change {
        case .partner(let membership): partners[membership.joining.partner] = membership
        case .coupon(let grant): coupons[grant.code] = grant
        case .customer(let identity, let customer): customers[identity] = customer
        case .history(let identity, let conversions): histories[identity] = conversions
        case .sale(let sale): sales[sale.conversion] = sale
        case .dossier(let dossier): dossiers[dossier.conversion] = dossier
        case .holds(let conversion, let marks): holds[conversion] = marks
        case .earning(let earning): apply(earning)
        case .clawbacks(let partner, let list): clawbacks[partner] = list
        case .quote(let quote): apply(quote)
        case .batch(let batch, let memory): batches[batch] = memory
        case .taken(let briefs): unpaid?.removeAll(where: briefs.contains)
        case .cameBack(let briefs): unpaid?.append(contentsOf: briefs)
        }
    }

    private mutating func apply(_ earning: Earning) {
        let partner = earning.key.partner
        if earnings.updateValue(earning, forKey: earning.key) == nil, isWhole || open[partner] != nil {
            open[partner, default: []].append(earning.key)
        }
    }

    private mutating func apply(_ quote: Quote) {
        guard isWhole || quotes[quote.currency] != nil else { return }
        let list = quotes[quote.currency, default: []]
        let index = list.lastIndex { $0.day < quote.day }.map { $0 + 1 } ?? 0
        quotes[quote.currency, default: []].insert(quote, at: index)
    }

    private mutating func state(_ issue: StatementIssue) {
        let stated = Set(issue.lines.map(\.earning))
        open[issue.partner]?.removeAll(where: stated.contains)
    }

    /// A statement that was issued joins those that wait for a batch; its name is given at the edge.
    package mutating func await(_ brief: StatementBrief) { unpaid?.append(brief) }
}
