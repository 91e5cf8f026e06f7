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
        let all = try tally.capped
        var closing = tally.closing ?? Tally.Closing(asked: all)
        let asked = capped.counted[index]
        let given =
            try line.isExact
            ? closing.share(of: asked, in: cap.amount.minor) : closing.next(asked, of: cap.amount.minor)
        tally.closing = closing
        let difference = try total([given, asked.negated])
        if line.isExact {
            tally.exact = try total([tally.exact, difference])
        } else {
            tally.sum = try total([tally.sum, difference.whole])
        }
        outcome.tallies.append(TallyChange(key: key, tally: tally))
        var cut = earning
        cut.frozen?.capped?.closesAt = nil
        cut.frozen?.capped?.counted[index] = given
        let had = earning.isAccruing ? earning.accrued : Exact(earning.posted)
        let left = try part(
            of: had, given: given, asked: asked, cap, line, earning, on: zone.day(of: file.at))
        if left == had { return outcome.keep(cut) }
        let step = try total([left, had.negated])
        cut.frozen?.capped?.lost = try total([capped.lost, step.negated])
        let (start, first) = (outcome.postings.count, outcome.workings.count)
        outcome.workings.append(.shared(cap, asked: closing.asked))
        let workings = Run(first..<outcome.workings.count)
        // Still in the period, so that the statement of its end has it.
        let instant = max(earning.at, end.moved(by: Span(milliseconds: -1)))
        if earning.isAccruing {
            try accrue(cut, by: step, workings, file, terms, instant, &outcome, as: .cap)
        } else {
            try move(cut, by: step.whole, workings, file, terms, instant, &outcome, as: .cap)
        }
        try countCut(earning, by: step, rule, file, terms, into: &outcome)
        outcome.enter(.adjusted, at: instant, from: start)
    }

    /// In the line's own currency, rounded down where it is another.
    private func part(
        of had: Exact, given: Exact, asked: Exact, _ cap: Cap, _ line: CappedLine, _ earning: Earning,
        on day: Day
    ) throws(Stop) -> Exact {
        if given >= asked { return had }
        if earning.currency == cap.amount.currency { return min(had, given) }
        if line.isExact {
            let given = Amount(given, cap.amount.currency)
            return min(had, try compared(given, in: earning.currency, on: day) ?? had)
        }
        guard let price = try price(of: cap.amount.currency, in: earning.currency, on: day) else {
            return had
        }
        let money = Money(given.whole, cap.amount.currency)
        return min(had, Exact(try converted(money, to: earning.currency, by: price, .down).minor))
    }
}

extension Tally.Closing {
    /// What the next line of money has of the budget; all, where it has room for all that was asked.
    fileprivate mutating func next(_ own: Exact, of budget: Int64) throws(Stop) -> Exact {
        guard asked > Exact(budget) else { return own }
        seen = min(asked.whole, try total([seen, own.whole]))
        let running = asked.isWhole ? .zero : try share(of: Exact(seen), in: budget)
        do {
            let sum =
                asked.isWhole
                ? try Exact(budget).rounded(.halfEven, part: seen, of: asked.whole)
                : try running.rounded(.halfEven)
            defer { given = sum }
            return Exact(sum - given)
        } catch {
            throw .refused(error)
        }
    }

    /// What a line that is rounded on the statement has of it.
    fileprivate func share(of own: Exact, in budget: Int64) throws(Stop) -> Exact {
        guard asked > Exact(budget) else { return own }
        guard let share = Exact(budget).times(own, of: asked) else { throw .refused(.overflow) }
        return share
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
