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
        var customer = Customer()
        if let identity = sale.identity {
            customer = try self.customer(identity)
            if let last = customer.last, try precedes(sale.place, last) {
                return try insert(sale, version, identity, terms, into: &outcome)
            }
        }
        customer = try begin(sale, version, customer, into: &outcome)
        if let identity = sale.identity {
            outcome.customers.append(CustomerChange(identity, customer, latest: sale.conversion))
        }
    }

    func review(_ conversion: Ref<Conversion>, _ terms: TermsHistory, into outcome: inout Outcome)
        throws(Stop)
    {
        let sale = try sale(conversion)
        guard let identity = sale.identity else {
            try redecide(sale, customer: Customer(), always: true, terms, into: &outcome)
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
        var customer = Customer()
        var index = 0
        while index < history.count {
            let earlier = try dossier(history[index])
            guard try precedes(earlier.place, sale.place) else { break }
            customer = try passing(earlier, canBind: sale.canBind, customer)
            index += 1
        }
        customer = try begin(sale, version, customer, into: &outcome)
        for later in history[index...] {
            customer = try redecide(
                try self.sale(later), customer: customer, always: false, terms, into: &outcome)
        }
        var whole = history
        whole.insert(sale.conversion, at: index)
        outcome.changes.append(.history(identity, whole))
        outcome.customers.append(CustomerChange(identity, customer))
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
        var customer = Customer()
        var isBefore = true
        for conversion in try history(identity) {
            let dossier = try dossier(conversion)
            let sale = try sale(conversion)
            if conversion == first { isBefore = false }
            if isBefore {
                customer = try passing(dossier, canBind: sale.canBind, customer)
            } else {
                customer = try redecide(
                    sale, customer: customer, always: conversion == first, terms, into: &outcome)
            }
        }
        outcome.customers.append(CustomerChange(identity, customer))
    }

    /// The customer after a conversion whose decision stands.
    private func passing(_ dossier: Dossier, canBind: Bool, _ customer: Customer) throws(Stop) -> Customer {
        try after(
            dossier.place, isPaid: dossier.amount.minor > 0, source: dossier.source, canBind: canBind,
            customer)
    }

    private func after(
        _ place: Place, isPaid: Bool, source: Ref<Partner>?, canBind: Bool, _ before: Customer
    ) throws(Stop) -> Customer {
        var customer = before
        if let bind = customer.bind, try membership(bind.partner)?.isActive(at: place.at) != true {
            customer.bind = nil
        }
        if customer.bind == nil, canBind, let source {
            customer.bind = Bind(partner: source, by: place.conversion, at: place.at)
        }
        if isPaid, customer.firstPaid == nil { customer.firstPaid = place }
        customer.last = place
        return customer
    }

    // MARK: One decision

    /// Decides a sale for the first time.
    /// - Returns: the customer after it.
    private func begin(
        _ sale: Sale, _ version: SharedTerms, _ customer: Customer, into outcome: inout Outcome
    ) throws(Stop) -> Customer {
        let decision = try decide(sale, version, bind: customer.bind, number: 0, into: &outcome)
        var dossier = Dossier(
            conversion: sale.conversion, at: sale.at, amount: sale.amount, terms: version.terms.version,
            source: decision.source, isNewCustomer: customer.firstPaid == nil)
        dossier.decisions = 1
        try aim(dossier, sale, decision, version, into: &outcome)
        outcome.decisions.append(decision)
        try post(dossier, at: sale.at, as: .earned, into: &outcome)
        return try after(sale, decision, customer)
    }

    private func after(_ sale: Sale, _ decision: Decision, _ customer: Customer) throws(Stop) -> Customer {
        try after(
            sale.place, isPaid: sale.amount.minor > 0, source: decision.source, canBind: sale.canBind,
            customer)
    }

    /// Decides again. Writes a new decision only where the source, the customer's being new or the money
    /// differs, or where it was asked for.
    @discardableResult
    private func redecide(
        _ sale: Sale, customer: Customer, always: Bool, _ terms: TermsHistory, into outcome: inout Outcome
    ) throws(Stop) -> Customer {
        var dossier = try dossier(sale.conversion)
        guard let version = terms.shared(dossier.terms) else {
            throw .refused(.notFound(kind: "terms version", id: String(dossier.terms)))
        }
        let claims = outcome.claims.count
        let decision = try decide(
            sale, version, bind: customer.bind, number: dossier.decisions, into: &outcome)
        let isNew = customer.firstPaid == nil
        let changed = decision.source != dossier.source || isNew != dossier.isNewCustomer
        dossier.source = decision.source
        dossier.isNewCustomer = isNew
        try aim(dossier, sale, decision, version, into: &outcome)
        let next = try after(sale, decision, customer)
        // A class that wins in another's place changes the money where a rule asks for the winning click's
        // words.
        if !always, !changed, try isMet(dossier, outcome.rewards) {
            outcome.claims.removeLast(outcome.claims.count - claims)
            return next
        }
        dossier.decisions += 1
        outcome.decisions.append(decision)
        try post(dossier, at: sale.at, as: .adjusted, into: &outcome)
        return next
    }

    /// Makes what the rules promise for a decided conversion the outcome's rewards.
    private func aim(
        _ dossier: Dossier, _ sale: Sale, _ decision: Decision, _ version: SharedTerms,
        into outcome: inout Outcome
    ) throws(Stop) {
        outcome.rewards.empty()
        guard let winner = decision.winner, let member = try membership(winner.partner)?.joining else {
            return
        }
        let click = winner.kind == .click ? Ref<Click>(winner.evidence) : nil
        try reward(sale, member, isNew: dossier.isNewCustomer, click: click, version, into: &outcome.rewards)
    }
}
