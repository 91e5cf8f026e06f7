import Values

// Budgets that are shared. Until its period closes every line asks for what it would have; the first
// settlement after it closes the budget, and each partner's own settlement cuts that partner's lines. Until
// then they are due to nobody.

extension Memory {
    /// Cuts a partner's lines of the budgets that have closed by now.
    func closeBudgets(
        of partner: Ref<Partner>, asOf: Instant, _ terms: TermsHistory, into outcome: inout Outcome
    ) throws(Stop) {
        guard terms.shareBudgets else { return }
        for earning in try openEarnings(partner) {
            guard let capped = earning.frozen?.capped, let end = capped.closesAt, end <= asOf else {
                continue
            }
            let file = try dossier(earning.key.conversion)
            let version = try terms.version(of: file)
            guard let rule = version.rule(capped.rule),
                let index = rule.caps.firstIndex(where: { $0.whenFull == .proRata })
            else { continue }
            try close(earning, capped, rule.caps[index], index, file, version, &outcome)
        }
    }

    private func close(
        _ earning: Earning, _ capped: Capped, _ cap: Cap, _ index: Int, _ file: Dossier, _ terms: SharedTerms,
        _ outcome: inout Outcome
    ) throws(Stop) {
        let zone = terms.terms.zone
        guard let rule = terms.rule(capped.rule), index < capped.counted.count, let end = capped.closesAt
        else {
            return
        }
        let line = CappedLine(
            key: earning.key, rule: rule, identity: nil, at: file.at, counted: capped.counted)
        guard let key = cap.key(line, zone) else { return }
        var tally = try tally(key, after: outcome)
        var closing = tally.closing ?? Tally.Closing(asked: tally.sum)
        let (asked, given) = try closing.next(capped.counted[index], of: cap.amount.minor)
        tally.closing = closing
        tally.sum = try total([tally.sum, given, -asked])
        outcome.tallies.append(TallyChange(key: key, tally: tally))
        var cut = earning
        cut.frozen?.capped?.closesAt = nil
        cut.frozen?.capped?.counted[index] = given
        let left = try part(
            of: earning.posted, given: given, asked: asked, cap, earning, on: zone.day(of: file.at))
        if left == earning.posted { return outcome.keep(cut) }
        cut.frozen?.capped?.lost = try total([capped.lost, earning.posted, -left])
        let (start, workings) = (outcome.postings.count, outcome.workings.count)
        outcome.workings.append(.shared(cap, asked: Money(closing.asked, cap.amount.currency)))
        // Still in the period, so that the statement of its end has it.
        let instant = max(earning.at, end.moved(by: Span(milliseconds: -1)))
        try move(
            cut, by: left - earning.posted, Run(workings..<outcome.workings.count), file, terms, instant,
            &outcome,
            as: .cap)
        try countCut(earning, by: left - earning.posted, rule, file, terms, into: &outcome)
        outcome.enter(.adjusted, at: instant, from: start)
    }

    /// In the line's own currency, rounded down where it is another.
    private func part(
        of posted: Int64, given: Int64, asked: Int64, _ cap: Cap, _ earning: Earning, on day: Day
    ) throws(Stop) -> Int64 {
        if given >= asked { return posted }
        if earning.currency == cap.amount.currency { return min(posted, given) }
        guard let price = try price(of: cap.amount.currency, in: earning.currency, on: day) else {
            return posted
        }
        let money = Money(given, cap.amount.currency)
        return min(posted, try converted(money, to: earning.currency, by: price, .down).minor)
    }
}

extension Tally.Closing {
    /// What the next line has of the budget; all, where it has room for all that was asked.
    fileprivate mutating func next(_ own: Int64, of budget: Int64) throws(Stop) -> (
        asked: Int64, given: Int64
    ) {
        guard asked > budget else { return (own, own) }
        seen = min(asked, try total([seen, own]))
        do {
            let sum = try Exact(budget).rounded(.halfEven, part: seen, of: asked)
            defer { given = sum }
            return (own, sum - given)
        } catch {
            throw .refused(error)
        }
    }
}

extension Earning {
    /// Whether a statement at `boundary` takes it up: what a budget may yet cut waits for its close.
    func isDue(before boundary: Instant) -> Bool {
        at < boundary && (frozen?.capped?.closesAt.map { $0 <= boundary } ?? true)
    }
}

extension LineBrief {
    init(_ line: Line) {
        self.init(
            ordinal: line.ordinal, at: line.at, amount: line.amount.minor, exact: line.accrued?.exact)
    }
}
