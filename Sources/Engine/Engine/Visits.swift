import Values

/// What a rule pays a partner for traffic, all of it that there is before a statement's boundary. What
/// statements took up of it already is taken off in the end, so that what comes late finds its place.
struct Visits {
    /// Of what statements took up.
    let key: TallyKey
    /// Of the latest version.
    var rule: Rule
    var terms: Terms
    var parts: [Part] = []
    /// What statements have not taken up.
    private(set) var exact = Exact.zero
    private(set) var count: Int64 = 0
    /// What caps took of it, as far as nobody was told, and the last that did.
    private(set) var lost = Exact.zero
    private(set) var cap: Cap?
    /// What it takes of budgets.
    private(set) var taken: [Taken] = []

    /// What is counted between two instants.
    struct Part {
        let stretch: Stretch
        let count: Int64
        var exact = Exact.zero
    }

    /// What a period of a budget has let pass of a partner's in all.
    struct Taken {
        let budget: TallyKey
        /// The partner's own part in it.
        let own: TallyKey
        var exact: Exact
    }

    /// What there is, whatever caps leave of it.
    struct Worth: Equatable {
        let key: TallyKey
        let count: Int64
        let exact: Exact
    }

    init(key: TallyKey, _ stretch: Stretch) {
        self.key = key
        rule = stretch.rule
        terms = stretch.terms
    }

    var worth: Worth {
        let exact = parts.reduce(Exact.zero) { $0.adding($1.exact) ?? $0 }
        return Worth(key: key, count: parts.reduce(0) { $0 &+ $1.count }, exact: exact)
    }

    // MARK: Tiers and boosts

    /// Finds what each part comes to: the steps count the traffic of the period in the order of time.
    mutating func pay() throws(Stop) {
        parts.sort { $0.stretch.query.from < $1.stretch.query.from }
        var counts: [Int32: Int64] = [:]
        var wholes: [Int32: Int64] = [:]
        for part in parts {
            if let start = part.stretch.period {
                wholes[start] = try total([wholes[start] ?? 0, part.count])
            }
        }
        for index in parts.indices {
            let part = parts[index]
            var before: Int64 = 0
            if let start = part.stretch.period {
                before = counts[start] ?? 0
                counts[start] = try total([before, part.count])
            }
            let all = part.stretch.period.flatMap { wholes[$0] } ?? part.count
            parts[index].exact = try part.stretch.worth(of: part.count, after: before, of: all)
        }
    }

    // MARK: Caps

    /// Cuts it to what caps leave, and takes off what statements took up.
    mutating func cut(_ memory: Memory, after outcome: Outcome) throws(Stop) {
        var used: [TallyKey: Exact] = [:]
        var gross = Exact.zero
        var granted = Exact.zero
        for part in parts {
            var left = part.exact
            gross = try total([gross, left])
            for cap in part.stretch.rule.caps {
                let room = try self.room(of: cap, part, used, memory, after: outcome)
                if room < left { (left, self.cap) = (max(.zero, room), cap) }
            }
            granted = try total([granted, left])
            for cap in part.stretch.rule.caps {
                let key = part.stretch.key(of: cap)
                let worth = try part.worth(Amount(left, self.key.currency), in: cap.amount.currency, memory)
                used[key] = try total([used[key] ?? .zero, worth ?? .zero])
            }
        }
        for (budget, exact) in used where budget.kind == .budget {
            taken.append(Taken(budget: budget, own: budget.own(partner: key.partner), exact: exact))
        }
        taken.sort { $0.budget.start < $1.budget.start }
        let known = try memory.tally(key, after: outcome)
        exact = try total([granted, known.exact.negated])
        count = try total(parts.map(\.count) + [-known.count])
        let told = try memory.tally(key.told, after: outcome).exact
        lost = try total([gross, granted.negated, told.negated])
    }

    /// What a cap has room for, in the currency of the rule.
    private func room(
        of cap: Cap, _ part: Part, _ used: [TallyKey: Exact], _ memory: Memory, after outcome: Outcome
    ) throws(Stop) -> Exact {
        let budget = part.stretch.key(of: cap)
        var room = try total([Exact(cap.amount.minor), (used[budget] ?? .zero).negated])
        if budget.kind == .budget {
            // Without what the partner itself had of it: that is asked for again.
            let own = try memory.tally(budget.own(partner: key.partner), after: outcome).exact
            let all = try memory.tally(budget, after: outcome).capped
            room = try total([room, all.negated, own])
        }
        let amount = Amount(room, cap.amount.currency)
        return try part.worth(amount, in: key.currency, memory) ?? part.exact
    }

    /// Notes on the statement that takes it up what it is of.
    func note(_ memory: Memory, _ outcome: inout Outcome) throws(Stop) {
        outcome.workings.append(.visits(count, exact))
        if let cap, lost != .zero { outcome.workings.append(.cutVisits(cap, lost: lost)) }
        var changes = [(key, exact, count), (key.told, lost, 0)]
        for taken in taken {
            let before = try memory.tally(taken.own, after: outcome).exact
            let more = try total([taken.exact, before.negated])
            changes += [(taken.own, more, 0), (taken.budget, more, 0)]
        }
        for (key, exact, count) in changes where exact != .zero || count != 0 {
            var tally = try memory.tally(key, after: outcome)
            tally.exact = try total([tally.exact, exact])
            tally.count = try total([tally.count, count])
            outcome.tallies.append(TallyChange(key: key, tally: tally))
        }
    }
}

extension TallyKey {
    /// A partner's part in a budget.
    fileprivate func own(partner: Ref<Partner>?) -> TallyKey {
        TallyKey(.partnerCap, lane, partner: partner, start: start, currency)
    }

    /// Of what caps took, as far as it was told.
    fileprivate var told: TallyKey { TallyKey(.lost, lane, partner: partner, start: start, currency) }
}

extension Visits.Part {
    fileprivate func worth(_ amount: Amount, in currency: Currency, _ memory: Memory) throws(Stop) -> Exact? {
        try memory.compared(amount, in: currency, on: stretch.terms.zone.day(of: stretch.query.from))
    }
}

extension Stretch {
    /// The period that its steps count in; nil without steps.
    fileprivate var period: Int32? { rule.tiers?.period.start(of: query.from, in: terms.zone) }

    /// Partners' own caps are reckoned anew each time, and kept by nobody.
    fileprivate func key(of cap: Cap) -> TallyKey {
        let start = cap.period.start(of: query.from, in: terms.zone)
        return TallyKey(
            cap.scope == .program ? .budget : .partnerCap, rule.lane, start: start, cap.amount.currency)
    }

    /// What so many come to, the first of which is the next after `before`, in a period that has `all`.
    fileprivate func worth(of count: Int64, after before: Int64, of all: Int64) throws(Stop) -> Exact {
        var sum = Exact.zero
        for (promise, count) in try slices(of: count, after: before, of: all) {
            guard case .each(let price) = promise, let next = sum.adding(try price.of(count)) else {
                throw .refused(.overflow)
            }
            sum = next
        }
        for boost in rule.boosts where boost.conditions.allSatisfy({ $0.isOpen(at: query.from) }) {
            guard case .times(let factor) = boost.change, let more = sum.times(factor)?.onGrid else {
                throw .refused(.overflow)
            }
            sum = more
        }
        return sum
    }

    /// So many at each step.
    private func slices(
        of count: Int64, after before: Int64, of all: Int64
    ) throws(Stop) -> [(Promise, Int64)] {
        guard let table = rule.tiers else { return [(rule.pay, count)] }
        if table.shape == .retroactive { return [(table.steps[table.step(at: all)].pay, count)] }
        // What is reached by one counts from the next on.
        let late: Int64 = table.shape == .prospective ? 1 : 0
        let end = try total([before, count])
        var slices: [(Promise, Int64)] = []
        for (index, step) in table.steps.enumerated() {
            let first = index == 0 ? 1 : try total([step.start, late])
            let next = index + 1 < table.steps.count ? try total([table.steps[index + 1].start, late]) : .max
            let part = min(end, next - 1) - max(before, first - 1)
            if part > 0 { slices.append((step.pay, part)) }
        }
        return slices
    }
}
