import Values

/// Decides a conversion, and again those of the same customer that stand after it when it changes their bind
/// or whether the customer was new.
struct Deciding {
    private let terms: TermsHistory
    private let memory: Memory

    init(_ terms: TermsHistory, _ memory: Memory) {
        self.terms = terms
        self.memory = memory
    }

    // MARK: The two occasions

    func convert(_ sale: Sale) throws(Stop) -> Outcome {
        guard let version = terms.inForce(at: sale.at) else {
            throw .refused(.invalid("/at", .because("is before the program's terms began")))
        }
        var outcome = Outcome()
        outcome.changes.append(.sale(sale))
        var customer =
            try sale.identity.map { (identity) throws(Stop) in try memory.customer(identity) } ?? Customer()
        if let last = customer.last, sale.place < last {
            return try insert(sale, version, into: outcome)
        }
        let step = try decide(sale, version, customer, number: 0)
        let dossier = Dossier(
            conversion: sale.conversion, place: sale.place, amount: sale.amount, terms: version.version,
            source: step.decision.source, isNewCustomer: step.isNew)
        try settle(dossier, sale, step, as: .earned, into: &outcome)
        customer = step.customer
        if let identity = sale.identity {
            outcome.changes.append(.customer(identity, customer))
            if memory.isWhole || memory.histories[identity] != nil {
                outcome.changes.append(.history(identity, try memory.history(identity) + [sale.conversion]))
            }
        }
        return outcome
    }

    func review(_ conversion: Ref<Conversion>) throws(Stop) -> Outcome {
        let sale = try memory.sale(conversion)
        var outcome = Outcome()
        guard let identity = sale.identity else {
            try redecide(sale, customer: Customer(), always: true, into: &outcome)
            return outcome
        }
        try walk(identity, from: sale.place, always: conversion, into: &outcome)
        return outcome
    }

    // MARK: Walking a customer's history

    /// A conversion that arrives after later ones of its customer.
    private func insert(_ sale: Sale, _ version: Terms, into start: Outcome) throws(Stop) -> Outcome {
        guard let identity = sale.identity else { preconditionFailure("only a customer has a history") }
        var outcome = start
        let history = try memory.history(identity)
        var customer = Customer()
        var index = 0
        while index < history.count {
            let earlier = try memory.dossier(history[index])
            guard earlier.place < sale.place else { break }
            customer = try passing(earlier, canBind: sale.canBind, customer)
            index += 1
        }
        let step = try decide(sale, version, customer, number: 0)
        let dossier = Dossier(
            conversion: sale.conversion, place: sale.place, amount: sale.amount, terms: version.version,
            source: step.decision.source, isNewCustomer: step.isNew)
        try settle(dossier, sale, step, as: .earned, into: &outcome)
        customer = step.customer
        for later in history[index...] {
            customer = try redecide(try memory.sale(later), customer: customer, always: false, into: &outcome)
        }
        var whole = history
        whole.insert(sale.conversion, at: index)
        outcome.changes.append(.history(identity, whole))
        outcome.changes.append(.customer(identity, customer))
        return outcome
    }

    private func walk(
        _ identity: Ref<Identity>, from place: Place, always: Ref<Conversion>, into outcome: inout Outcome
    ) throws(Stop) {
        var customer = Customer()
        for conversion in try memory.history(identity) {
            let dossier = try memory.dossier(conversion)
            let sale = try memory.sale(conversion)
            if dossier.place < place {
                customer = try passing(dossier, canBind: sale.canBind, customer)
            } else {
                customer = try redecide(
                    sale, customer: customer, always: conversion == always, into: &outcome)
            }
        }
        outcome.changes.append(.customer(identity, customer))
    }

    /// The customer after a conversion whose decision stands.
    private func passing(_ dossier: Dossier, canBind: Bool, _ customer: Customer) throws(Stop) -> Customer {
        try after(
            dossier.conversion, dossier.place, isPaid: dossier.amount.minor > 0, source: dossier.source,
            canBind: canBind, customer)
    }

    private func after(
        _ conversion: Ref<Conversion>, _ place: Place, isPaid: Bool, source: Ref<Partner>?, canBind: Bool,
        _ before: Customer
    ) throws(Stop) -> Customer {
        var customer = before
        if let bind = customer.bind, try memory.membership(bind.partner)?.isActive(at: place.at) != true {
            customer.bind = nil
        }
        if customer.bind == nil, canBind, let source {
            customer.bind = Bind(partner: source, by: conversion, place: place)
        }
        if isPaid, customer.firstPaid == nil { customer.firstPaid = place }
        customer.last = place
        return customer
    }

    // MARK: One decision

    private struct Step {
        let decision: Decision
        let isNew: Bool
        let customer: Customer
    }

    private func decide(_ sale: Sale, _ version: Terms, _ customer: Customer, number: Int32) throws(Stop)
        -> Step
    {
        let touches = try memory.touches(sale.conversion)
        let decision = try Weighing(sale, version, memory).decide(
            bind: customer.bind, touches: touches, number: number)
        let next = try after(
            sale.conversion, sale.place, isPaid: sale.amount.minor > 0, source: decision.source,
            canBind: sale.canBind, customer)
        return Step(decision: decision, isNew: customer.firstPaid == nil, customer: next)
    }

    /// Decides again. Writes a new decision only where the source, the customer's being new or the money
    /// differs, or where it was asked for.
    @discardableResult
    private func redecide(
        _ sale: Sale, customer: Customer, always: Bool, into outcome: inout Outcome
    ) throws(Stop) -> Customer {
        var dossier = try memory.dossier(sale.conversion)
        guard let version = terms.version(dossier.terms) else {
            throw .refused(.notFound(kind: "terms version", id: String(dossier.terms)))
        }
        let step = try decide(sale, version, customer, number: dossier.decisions)
        let changed = step.decision.source != dossier.source || step.isNew != dossier.isNewCustomer
        dossier.source = step.decision.source
        dossier.isNewCustomer = step.isNew
        // A class that wins in another's place changes the money where a rule asks for the winning click's
        // words.
        if !always, !changed, try aimed(dossier, sale, step).isMet() { return step.customer }
        try settle(dossier, sale, step, as: .adjusted, into: &outcome)
        return step.customer
    }

    /// Brings the earnings of a decided conversion to what they should be.
    private func settle(
        _ dossier: Dossier, _ sale: Sale, _ step: Step, as kind: Entry.Kind, into outcome: inout Outcome
    ) throws(Stop) {
        var dossier = dossier
        dossier.decisions += 1
        outcome.decisions.append(step.decision)
        var posting = try aimed(dossier, sale, step)
        try posting.finish(
            as: kind, typeOf: { (partner) throws(Stop) in try self.type(of: partner) }, into: &outcome)
    }

    private func aimed(_ dossier: Dossier, _ sale: Sale, _ step: Step) throws(Stop) -> PostingDifferences {
        var posting = PostingDifferences(dossier, at: sale.at, memory)
        guard let version = terms.version(dossier.terms), let source = dossier.source,
            let member = try memory.membership(source)?.joining
        else { return posting }
        let touch = try winningTouch(step.decision)
        for reward in try rewards(sale, member, isNew: step.isNew, touch, version) { posting.aim(reward) }
        return posting
    }

    private func winningTouch(_ decision: Decision) throws(Stop) -> Touch? {
        guard let won = decision.claims.first(where: { $0.verdict == .won })?.claim, won.kind == .click else {
            return nil
        }
        return try memory.touches(decision.conversion).first { $0.click.number == won.evidence }
    }

    private func type(of partner: Ref<Partner>) throws(Stop) -> Symbol {
        guard let member = try memory.membership(partner) else {
            throw .refused(.notFound(kind: "partner", id: "of an earning"))
        }
        return member.joining.type
    }
}
