import Values

// Decides a conversion, and again those of the same customer that stand after it when it changes their bind
// or whether the customer was new.

extension Memory {
    // MARK: The two occasions

    func convert(_ sale: Sale, _ terms: TermsHistory, into outcome: inout Outcome) throws(Stop) {
        guard let version = terms.sharedInForce(at: sale.at) else {
            throw .refused(.invalid("/at", .because("is before the program's terms began")))
        }
        outcome.sales.append(sale)
        var past = Past()
        if let identity = sale.identity {
            past.customer = try self.customer(identity)
            if let last = past.customer.last, try precedes(sale.place, last) {
                return try insert(sale, version, identity, terms, into: &outcome)
            }
            past.$followed = followed(identity)
        }
        past = try begin(sale, version, terms, past, into: &outcome)
        if let identity = sale.identity { keep(past, of: identity, latest: sale.conversion, into: &outcome) }
    }

    private func keep(
        _ past: Past, of identity: Ref<Identity>, latest: Ref<Conversion>? = nil, into outcome: inout Outcome
    ) {
        outcome.customers.append(CustomerChange(identity, past.customer, latest: latest))
        if past.$followed != followed(identity) { outcome.changes.append(.course(identity, past.course)) }
    }

    func review(_ conversion: Ref<Conversion>, _ terms: TermsHistory, into outcome: inout Outcome)
        throws(Stop)
    {
        let sale = try sale(conversion)
        guard let identity = sale.identity else {
            try redecide(sale, Past(), always: true, terms, into: &outcome)
            return
        }
        try walk(identity, from: conversion, terms, into: &outcome)
    }

    // MARK: Walking a customer's history

    /// A conversion that arrives after later ones of its customer.
    private func insert(
        _ sale: Sale, _ version: SharedTerms, _ identity: Ref<Identity>, _ terms: TermsHistory,
        into outcome: inout Outcome
    ) throws(Stop) {
        let history = try history(identity)
        try askOrder(of: sale.place, among: history)
        var past = Past()
        var index = 0
        while index < history.count {
            let earlier = try dossier(history[index])
            guard try precedes(earlier.place, sale.place) else { break }
            past = try passing(earlier, canBind: sale.canBind, terms, past)
            index += 1
        }
        past = try begin(sale, version, terms, past, into: &outcome)
        for later in history[index...] {
            past = try redecide(try self.sale(later), past, always: false, terms, into: &outcome)
        }
        var whole = history
        whole.insert(sale.conversion, at: index)
        outcome.changes.append(.history(identity, whole))
        keep(past, of: identity, into: &outcome)
    }

    /// Asks at once for the order of all that are of one instant with `place`.
    private func askOrder(of place: Place, among history: [Ref<Conversion>]) throws(Stop) {
        var wanted: [Wanted] = []
        for other in history where try dossier(other).at == place.at {
            let tie = Tie(other, place.conversion)
            if ties[tie] == nil { wanted.append(.order(tie)) }
        }
        if !wanted.isEmpty { throw .unknown(wanted) }
    }

    /// Decides `first` again, which is in the history, and those after it as far as it changes them.
    private func walk(
        _ identity: Ref<Identity>, from first: Ref<Conversion>, _ terms: TermsHistory,
        into outcome: inout Outcome
    ) throws(Stop) {
        var past = Past()
        var isBefore = true
        for conversion in try history(identity) {
            let dossier = try dossier(conversion)
            let sale = try sale(conversion)
            if conversion == first { isBefore = false }
            if isBefore {
                past = try passing(dossier, canBind: sale.canBind, terms, past)
            } else {
                past = try redecide(sale, past, always: conversion == first, terms, into: &outcome)
            }
        }
        keep(past, of: identity, into: &outcome)
    }

    /// The past after a conversion whose decision stands.
    private func passing(
        _ dossier: Dossier, canBind: Bool, _ terms: TermsHistory, _ past: Past
    ) throws(Stop) -> Past {
        var next = past
        let version = try terms.version(of: dossier)
        if version.followsCustomers {
            let sale = try sale(dossier.conversion)
            try next.course.enter(sale, version, details)
            next.course.leave(sale, standing(sale.conversion), version)
        }
        next.customer = try after(
            dossier.place, isPaid: dossier.amount.minor > 0, source: dossier.source, canBind: canBind,
            version, past.customer)
        return next
    }

    /// What the decision in force promises, as far as anything came of it.
    private func standing(_ conversion: Ref<Conversion>) -> [EarningKey] {
        earnings[conversion].filter { $0.key.generation == 0 && $0.stands }.map(\.key)
    }

    /// The same, after an outcome that is still being made.
    private func standing(_ conversion: Ref<Conversion>, after outcome: Outcome) -> [EarningKey] {
        var keys = standing(conversion)
        for change in outcome.earnings where change.earning.key.conversion == conversion {
            let key = change.earning.key
            keys.removeAll { $0 == key }
            if change.earning.stands, key.generation == 0 { keys.append(key) }
        }
        return keys
    }

    private func after(
        _ place: Place, isPaid: Bool, source: Ref<Partner>?, canBind: Bool, _ version: SharedTerms,
        _ before: Customer
    ) throws(Stop) -> Customer {
        var customer = before
        if let bind = customer.bind, try !isAlive(bind, at: place.at, version) { customer.bind = nil }
        if customer.bind == nil, canBind, let source {
            customer.bind = Bind(partner: source, by: place.conversion, at: place.at)
        }
        if isPaid, customer.firstPaid == nil { customer.firstPaid = place }
        customer.last = place
        return customer
    }

    private func isAlive(_ bind: Bind, at instant: Instant, _ version: SharedTerms) throws(Stop) -> Bool {
        if bind.isOver(at: instant, version.terms.attribution) { return false }
        return try membership(bind.partner)?.isActive(at: instant) == true
    }

    // MARK: One decision

    /// The version that a customer keeps, if it was bound under one that says so and still is; else that in
    /// force.
    private func kept(
        _ current: SharedTerms, for sale: Sale, _ bind: Bind?, _ terms: TermsHistory
    ) throws(Stop) -> SharedTerms {
        guard let bind, let own = terms.sharedInForce(at: bind.at), own.terms.attribution.keepsTerms,
            try isAlive(bind, at: sale.at, own)
        else { return current }
        return own
    }

    /// Decides a sale for the first time.
    /// - Returns: the past after it.
    private func begin(
        _ sale: Sale, _ current: SharedTerms, _ terms: TermsHistory, _ past: Past,
        into outcome: inout Outcome
    ) throws(Stop) -> Past {
        let version = try kept(current, for: sale, past.customer.bind, terms)
        let decision = try decide(sale, version, bind: past.customer.bind, number: 0, into: &outcome)
        var dossier = Dossier(
            conversion: sale.conversion, at: sale.at, amount: sale.amount, terms: version.terms.version,
            source: decision.source, isNewCustomer: past.customer.firstPaid == nil)
        dossier.decisions = 1
        var next = past
        if version.followsCustomers { try next.course.enter(sale, version, details) }
        try aim(dossier, sale, decision, next, version, into: &outcome)
        outcome.decisions.append(decision)
        if decision.isShared { outcome.keepShares(of: decision) }
        try post(dossier, version, at: sale.at, as: .earned, into: &outcome)
        return try leave(sale, decision, next, version, outcome)
    }

    private func leave(
        _ sale: Sale, _ decision: Decision, _ past: Past, _ version: SharedTerms, _ outcome: Outcome
    ) throws(Stop) -> Past {
        var next = past
        if version.followsCustomers {
            next.course.leave(sale, standing(sale.conversion, after: outcome), version)
        }
        next.customer = try after(
            sale.place, isPaid: sale.amount.minor > 0, source: decision.source, canBind: sale.canBind,
            version, past.customer)
        return next
    }

    /// Decides again. Writes a new decision only where the source, the customer's being new or the money
    /// differs, or where it was asked for.
    @discardableResult
    private func redecide(
        _ sale: Sale, _ past: Past, always: Bool, _ terms: TermsHistory, into outcome: inout Outcome
    ) throws(Stop) -> Past {
        var dossier = try dossier(sale.conversion)
        let version = try terms.version(of: dossier)
        let claims = outcome.claims.count
        let decision = try decide(
            sale, version, bind: past.customer.bind, number: dossier.decisions, into: &outcome)
        let isNew = past.customer.firstPaid == nil
        let isShifted = outcome.sharers[decision.sharers].settled != shares[sale.conversion] ?? []
        let changed = isShifted || decision.source != dossier.source || isNew != dossier.isNewCustomer
        dossier.source = decision.source
        dossier.isNewCustomer = isNew
        var next = past
        if version.followsCustomers { try next.course.enter(sale, version, details) }
        try aim(dossier, sale, decision, next, version, into: &outcome)
        // A class that wins in another's place changes the money where a rule asks for the winning click's
        // words.
        if !always, !changed, try isMet(dossier, outcome, version) {
            outcome.claims.removeLast(outcome.claims.count - claims)
            outcome.sharers.removeLast(decision.sharers.range.count)
            return try leave(sale, decision, next, version, outcome)
        }
        dossier.decisions += 1
        outcome.decisions.append(decision)
        if isShifted { outcome.keepShares(of: decision) }
        try post(dossier, version, at: sale.at, as: .adjusted, into: &outcome)
        return try leave(sale, decision, next, version, outcome)
    }

    /// Makes what the rules promise for a decided conversion the outcome's rewards, with what they come to.
    private func aim(
        _ dossier: Dossier, _ sale: Sale, _ decision: Decision, _ past: Past, _ version: SharedTerms,
        into outcome: inout Outcome
    ) throws(Stop) {
        outcome.rewards.empty()
        outcome.targets.empty()
        outcome.netAims.empty()
        var sale = sale
        let seller = try addMargin(&sale, version, into: &outcome)
        try rewardSource(dossier, sale, decision, besides: seller, past, version, into: &outcome)
        if version.beside.hasAssists {
            let sources = outcome.sharers[decision.sharers].map(\.partner)
            let taken = [seller, decision.source].compactMap(\.self) + sources
            try addAssists(sale, besides: taken, version, into: &outcome)
        }
        try findTargets(dossier, version, into: &outcome)
    }

    /// One partner, one order, one part in it: who sells has its margin and no other.
    private func rewardSource(
        _ dossier: Dossier, _ sale: Sale, _ decision: Decision, besides seller: Ref<Partner>?,
        _ past: Past, _ version: SharedTerms, into outcome: inout Outcome
    ) throws(Stop) {
        if decision.isShared {
            let sharers = Array(outcome.sharers[decision.sharers])
            let start = outcome.rewards.count
            try reward(
                sharers, sale, besides: seller, isNew: dossier.isNewCustomer, past, version, into: &outcome)
            outcome.tellMargin(of: sale, from: start)
            return
        }
        guard let winner = decision.winner, winner.partner != seller,
            let member = try membership(winner.partner)?.joining
        else { return }
        let click = winner.kind == .click ? Ref<Click>(winner.evidence) : nil
        let occasion = Occasion(
            sale: sale, member: member, isNew: dossier.isNewCustomer, click: click, past: past.$followed,
            terms: version)
        let start = outcome.rewards.count
        try reward(occasion, into: &outcome)
        outcome.tellMargin(of: sale, from: start)
    }
}

/// What came before a conversion in its customer's history.
struct Past: Sendable {
    var customer = Customer()
    /// Nil where no rule looks at it.
    @Boxed var followed: Course?

    var course: Course {
        get { followed ?? Course() }
        set { followed = newValue.isEmpty ? nil : newValue }
    }
}
