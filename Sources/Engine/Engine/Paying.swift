import Values

/// Opens a batch of all that is due: one item for each partner and currency that its rail can carry.
func openBatch(
    _ batch: Ref<Batch>, by person: Ref<Person>, at instant: Instant, _ history: TermsHistory,
    _ memory: Memory, into outcome: inout Outcome
) throws(Stop) {
    guard let terms = history.inForce(at: instant) else {
        throw .refused(.notFound(kind: "terms", id: "in force"))
    }
    let today = terms.zone.day(of: instant)
    var order: [PartnerCurrency] = []
    var due: [PartnerCurrency: [StatementBrief]] = [:]
    for brief in try memory.unpaidStatements() where brief.payDay <= today && brief.amount.minor > 0 {
        let key = PartnerCurrency(partner: brief.partner, currency: brief.amount.currency)
        if due[key] == nil { order.append(key) }
        due[key, default: []].append(brief)
    }
    var items: [PayoutItem] = []
    for key in order {
        guard let briefs = due[key], let rail = try memory.membership(key.partner)?.joining.rail,
            rail.carries(key.currency)
        else { continue }
        let sum = try total(briefs.map(\.amount.minor))
        items.append(
            PayoutItem(partner: key.partner, rail: rail, amount: Money(sum, key.currency), statements: briefs)
        )
    }
    guard !items.isEmpty else { throw .refused(.nothingDue(asOf: instant)) }
    let needed = try approvalsNeeded(items, terms, on: today, memory)
    outcome.changes.append(
        .batch(batch, BatchMemory(openedBy: person, approvalsNeeded: needed, items: items)))
    outcome.changes.append(.taken(items.flatMap(\.statements)))
}

private struct PartnerCurrency: Hashable {
    let partner: Ref<Partner>
    let currency: Currency
}

/// The batch's worth in the limit's currency decides; where a rate is missing the greater number is asked
/// for.
private func approvalsNeeded(
    _ items: [PayoutItem], _ terms: Terms, on day: Day, _ memory: Memory
) throws(Stop) -> Int {
    guard let limit = terms.payouts.above else { return terms.payouts.people }
    var total: Int64 = 0
    for item in items {
        var worth = item.amount
        if worth.currency != limit.currency {
            guard let (from, to, _) = try memory.rates(worth.currency, limit.currency, on: day),
                let inverse = Fraction(from.denominator, from.numerator), let price = to.times(inverse)
            else { return terms.payouts.peopleAbove }
            worth = try converted(worth, to: limit.currency, by: price, terms.rounding)
        }
        let (sum, overflow) = total.addingReportingOverflow(worth.minor)
        if overflow { return terms.payouts.peopleAbove }
        total = sum
    }
    return total > limit.minor ? terms.payouts.peopleAbove : terms.payouts.people
}

/// Approves a batch: four eyes, so never by the one who opened it nor twice by the same person. The last
/// approval that is needed releases the money.
func approve(
    _ batch: Ref<Batch>, by person: Ref<Person>, at instant: Instant, _ memory: Memory,
    into outcome: inout Outcome
) throws(Stop) {
    var file = try memory.batch(batch)
    try file.mustBeEven()
    guard file.state == .open else {
        throw .refused(.wrongState(is: file.state.rawValue, must: BatchMemory.State.open.rawValue))
    }
    guard person != file.openedBy else { throw .refused(.sameHands) }
    guard !file.approvedBy.contains(person) else { throw .refused(.approvedAlready) }
    file.approvedBy.append(person)
    if file.approvedBy.count >= file.approvalsNeeded {
        file.state = .approved
        let start = outcome.postings.count
        for index in file.items.indices {
            file.items[index].state = .released
            let item = file.items[index]
            outcome.postings += item.posting(from: .payable(item.partner), to: .clearing(item.rail))
        }
        outcome.enter(.released, at: instant, from: start)
    }
    outcome.changes.append(.batch(batch, file))
}

/// Records what the bank answered. The same answer again changes nothing; paid is not final: it may come
/// back.
func answer(
    _ batch: Ref<Batch>, _ results: [PayoutOutcome], at instant: Instant, _ memory: Memory,
    into outcome: inout Outcome
) throws(Stop) {
    var file = try memory.batch(batch)
    try file.mustBeEven()
    guard file.state != .open else {
        throw .refused(.wrongState(is: file.state.rawValue, must: BatchMemory.State.approved.rawValue))
    }
    var postings: [Entry.Kind: [Posting]] = [:]
    for result in results {
        guard
            let index = file.items.firstIndex(where: {
                $0.partner == result.partner && $0.amount.currency == result.currency
            })
        else { throw .refused(.notFound(kind: "payout item", id: result.currency.code)) }
        let item = file.items[index]
        guard let next = try item.after(result.result) else { continue }
        file.items[index].state = next.state
        if let kind = next.kind { postings[kind, default: []] += next.postings }
        if next.state == .rejected || next.state == .returned {
            outcome.changes.append(.cameBack(item.statements))
        }
    }
    for kind in [Entry.Kind.paid, .rejected, .returned] {
        guard let list = postings[kind] else { continue }
        let start = outcome.postings.count
        outcome.postings += list
        outcome.enter(kind, at: instant, from: start)
    }
    if file.items.allSatisfy({ [.paid, .rejected, .returned].contains($0.state) }) {
        file.state = .completed
    }
    outcome.changes.append(.batch(batch, file))
}

extension BatchMemory {
    /// The first item that is not what its own statements come to.
    package var uneven: PayoutItem? {
        items.first { item in
            let sum = item.statements.reduce(Int128(0)) { $0 + Int128($1.amount.minor) }
            let areOwn = item.statements.allSatisfy {
                $0.partner == item.partner && $0.amount.currency == item.amount.currency
            }
            return !areOwn || sum != Int128(item.amount.minor)
        }
    }

    /// Whoever moves a batch's money trusts no amount that its statements do not bear out.
    fileprivate func mustBeEven() throws(Stop) {
        if let uneven { throw .refused(uneven.isNotItsStatements) }
    }
}

extension PayoutItem {
    package var isNotItsStatements: Refusal {
        .invalid("/items", .because("hold one of \(amount) whose statements do not come to that"))
    }

    fileprivate func posting(from debit: Account, to credit: Account) -> [Posting] {
        [
            Posting(account: debit, minor: amount.minor, currency: amount.currency),
            Posting(account: credit, minor: -amount.minor, currency: amount.currency),
        ]
    }

    /// What the item becomes; nil when the answer is the one that is recorded already.
    fileprivate func after(
        _ result: PayoutOutcome.Result
    ) throws(Stop) -> (state: State, kind: Entry.Kind?, postings: [Posting])? {
        switch (state, result) {
        case (.paid, .paid), (.rejected, .rejected), (.returned, .returned), (.unknown, .unknown): return nil
        case (.released, .paid), (.unknown, .paid):
            return (.paid, .paid, posting(from: .clearing(rail), to: .bank(rail)))
        case (.released, .rejected), (.unknown, .rejected):
            return (.rejected, .rejected, posting(from: .clearing(rail), to: .payable(partner)))
        case (.paid, .returned):
            return (.returned, .returned, posting(from: .bank(rail), to: .payable(partner)))
        case (.released, .unknown): return (.unknown, nil, [])
        default:
            throw .refused(.wrongState(is: state.rawValue, must: "released, or paid for a return"))
        }
    }
}
