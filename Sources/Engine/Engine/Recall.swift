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

    /// Nobody's course is a beginning; a customer's comes with the customer.
    func followed(_ identity: Ref<Identity>) -> Boxed<Course> {
        let course = courses[identity]
        return Boxed(wrappedValue: course?.isEmpty == true ? nil : course)
    }

    /// The conversions of a customer by place.
    func history(_ identity: Ref<Identity>) throws(Stop) -> [Ref<Conversion>] {
        // Whole, it ends with the customer's last.
        if isWhole { return histories.until(customers[identity]?.last?.conversion) }
        if let known = histories[identity] { return known }
        throw .unknown([.history(identity)])
    }

    func sale(_ conversion: Ref<Conversion>) throws(Stop) -> Sale {
        guard let known = sales[conversion] else { throw .unknown([.sale(conversion)]) }
        return known
    }

    func dossier(_ conversion: Ref<Conversion>) throws(Stop) -> Dossier {
        guard let known = dossiers[conversion] else { throw .unknown([.dossier(conversion)]) }
        return known
    }

    /// The same, also where an outcome that is still being made brings it.
    func sale(_ conversion: Ref<Conversion>, after outcome: Outcome) throws(Stop) -> Sale {
        if let made = outcome.sales.first(where: { $0.conversion == conversion }) { return made }
        return try sale(conversion)
    }

    func dossier(_ conversion: Ref<Conversion>, after outcome: Outcome) throws(Stop) -> Dossier {
        if let made = outcome.dossiers.last(where: { $0.conversion == conversion }) { return made }
        return try dossier(conversion)
    }

    func holdMarks(_ conversion: Ref<Conversion>) throws(Stop) -> [HoldMark] {
        if let known = holds[conversion] { return known }
        if isWhole { return [] }
        throw .unknown([.holds(conversion)])
    }

    func openEarnings(_ partner: Ref<Partner>) throws(Stop) -> [Earning] {
        if let known = open[partner] { return known.map { earnings[$0] } }
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

    /// - Throws: `Stop.unknown` for a tie that nobody has told of.
    func isFirst(_ tie: Tie) throws(Stop) -> Bool {
        if let known = ties[tie] { return known }
        throw .unknown([.order(tie)])
    }

    func precedes(_ a: Place, _ b: Place) throws(Stop) -> Bool {
        a.at != b.at ? a.at < b.at : try isFirst(Tie(a.conversion, b.conversion))
    }
}

extension Memory {
    package mutating func apply(_ outcome: Outcome) {
        for sale in outcome.sales { sales[sale.conversion] = sale }
        for change in outcome.customers { apply(change) }
        for dossier in outcome.dossiers { dossiers[dossier.conversion] = dossier }
        // By their places: a look at each costs no copy of it.
        for index in outcome.earnings.indices { apply(outcome.earnings[index].earning) }
        for index in outcome.lines.indices {
            earnings.post(LineBrief(outcome.lines[index]), to: outcome.lines[index].earning.key)
        }
        for change in outcome.tallies { tallies[change.key] = change.tally }
        for change in outcome.netTallies { nets[change.key] = change.tally }
        for change in outcome.changes { apply(change) }
        for issue in outcome.statements { state(issue) }
    }

    private mutating func apply(_ change: Change) {
        switch change {
        case .partner(let membership): partners[membership.joining.partner] = membership
        case .coupon(let grant): coupons[grant.code] = grant
        case .ranks(let partner, let marks): ranks[partner] = marks
        case .shares(let conversion, let sharers): shares[conversion] = sharers.isEmpty ? nil : sharers
        case .history(let identity, let conversions):
            if isWhole { histories.link(conversions) } else { histories[identity] = conversions }
        case .course(let identity, let course): courses[identity] = course
        case .holds(let conversion, let marks): holds[conversion] = marks
        case .clawbacks(let partner, let list): clawbacks[partner] = list
        case .fund(let partner, let lots): funds[partner] = lots
        case .deals(let account, let list): deals[account] = list
        case .quote(let quote): apply(quote)
        case .batch(let batch, let memory): batches[batch] = memory
        case .taken(let briefs): unpaid?.removeAll(where: briefs.contains)
        case .cameBack(let briefs): unpaid?.append(contentsOf: briefs)
        }
    }

    private mutating func apply(_ change: CustomerChange) {
        if let latest = change.latest {
            if isWhole {
                histories.link(latest, to: customers[change.identity]?.last?.conversion)
            } else {
                histories.add(latest, to: change.identity)
            }
        }
        customers[change.identity] = change.customer
    }

    private mutating func apply(_ earning: Earning) {
        let partner = earning.key.partner
        guard let row = earnings.keep(earning), earning.isOpen else { return }
        if isWhole && open[partner] == nil { open[partner] = [] }
        open[partner]?.append(row)
    }

    private mutating func apply(_ quote: Quote) {
        guard isWhole || quotes[quote.currency] != nil else { return }
        let list = quotes[quote.currency, default: []]
        let index = list.lastIndex { $0.day < quote.day }.map { $0 + 1 } ?? 0
        quotes[quote.currency, default: []].insert(quote, at: index)
    }

    private mutating func state(_ issue: StatementIssue) {
        let stated = Set(issue.lines.map(\.earning))
        let kept = earnings
        open[issue.partner]?.removeAll { stated.contains(kept.key($0)) }
    }

    /// Looks at what the judgement of these sales will look at, all together: the waits for memory that far
    /// away overlap, where one judgement after the other would wait for each. Changes nothing.
    /// - Returns: a number of no meaning.
    @inline(never)
    @discardableResult
    package func readAhead(_ sales: ArraySlice<Sale>) -> Int64 {
        var sum: Int64 = 0
        for sale in sales {
            if let identity = sale.identity { sum &+= customers[identity]?.last?.at.milliseconds ?? 0 }
            if let visitor = sale.visitor {
                let click = touches.newest(of: visitor)
                if click >= 0 { sum &+= touches.at(Ref(click)).milliseconds }
            }
        }
        return sum
    }

    /// A statement that was issued joins those that wait for a batch; its name is given at the edge.
    package mutating func await(_ brief: StatementBrief) { unpaid?.append(brief) }

    /// A partner's earnings that stand on no statement yet, in the order in which they were made. They are
    /// there.
    package mutating func setOpen(_ keys: [EarningKey], of partner: Ref<Partner>) {
        open[partner] = keys.compactMap(earnings.row)
    }
}
