import Values

// Rules with `round: statement`. A conversion accrues an exact amount: its line is of no money. The statement
// that takes accruals up rounds their sum once, with what the one before had left over, into one earning of
// its own for the rule. A refund later lowers that sum, and the earning follows it.

/// An amount that becomes money on a statement.
package struct Accrual: Hashable, Sendable {
    /// The version of the terms by whose rule it accrued.
    package let terms: Int32
    /// What it comes to by now; of an earning that a statement rounded: what is left of what it took up.
    package var exact: Exact
    /// What it was rounded into.
    package var sum: EarningKey?

    package init(terms: Int32, exact: Exact, sum: EarningKey? = nil) {
        self.terms = terms
        self.exact = exact
        self.sum = sum
    }
}

/// What a line adds before rounding, and what was there before it.
package struct Accrued: Hashable, Sendable, BitwiseCopyable {
    package let exact: Exact
    package let before: Exact
}

/// In whose place the earnings of one statement stand that belong to no conversion.
package struct StatementAccount: Hashable, Sendable, BitwiseCopyable {
    package let partner: Ref<Partner>
    package let date: Day
}

extension Earning {
    var isAccruing: Bool { frozen?.accrual != nil }
    var accrued: Exact { frozen?.accrual?.exact ?? .zero }

    mutating func accrue(under terms: Int32) {
        frozen = frozen ?? Frozen()
        frozen?.accrual = Accrual(terms: terms, exact: .zero)
    }

    /// Takes over by what it is reckoned from now on; nil where nothing is due any more.
    fileprivate mutating func aim(at reward: Reward?) {
        stands = reward != nil
        let accrual = frozen?.accrual
        if let reward {
            (base, pay) = (reward.base, reward.pay)
            guard key.generation == 0 else { return }
            tiering = reward.tiering
            frozen = reward.frozen ?? Frozen()
        } else {
            frozen = Frozen()
        }
        frozen?.accrual = accrual
    }
}

extension [Earning] {
    /// What has accrued for an earning over all its generations.
    func accrued(_ key: EarningKey) -> Exact {
        reduce(.zero) { $1.key.isKin(of: key) ? $0.adding($1.accrued) ?? $0 : $0 }
    }
}

extension Reward {
    /// Its money for what is left of the sale, before it is rounded.
    func exact(in dossier: Dossier) throws(Stop) -> Exact {
        if dossier.isRejected { return .zero }
        let (part, whole) = refund.left(of: dossier)
        let all: Exact? =
            switch pay {
            case .percent(let rate): Exact(base.minor).times(rate)
            case .amount(let exact, _): exact
            }
        guard let left = Fraction(part, whole), let exact = all?.onGrid?.times(left)?.onGrid,
            let own = exact.times(frozen?.portion?.share ?? .one)?.onGrid
        else { throw .refused(.overflow) }
        return own
    }
}

extension Memory {
    func accrue(
        _ reward: Reward, to target: Exact, _ all: [Earning], _ dossier: Dossier, _ terms: SharedTerms,
        _ instant: Instant, _ outcome: inout Outcome
    ) throws(Stop) {
        let key = reward.key(in: dossier)
        if all.contains(where: { $0.key.isKin(of: key) }) {
            return try accrue(key, all, to: target, as: reward, dossier, terms, instant, &outcome)
        }
        var isGone = false
        if target == .zero, terms.followsCustomers { isGone = try reward.isWorthSomething(in: dossier) }
        guard target != .zero || isGone || reward.lost > .zero else { return }
        var earning = Earning(
            key: key, at: dossier.at, base: reward.base, pay: reward.pay, rounding: reward.rounding,
            holdUntil: reward.holdUntil)
        earning.isHeld = dossier.isHeld
        earning.tiering = reward.tiering
        earning.frozen = reward.frozen ?? Frozen()
        earning.frozen?.accrual = Accrual(terms: dossier.terms, exact: .zero)
        if target == .zero {
            outcome.keep(earning)
        } else {
            try accrue(earning, by: target, reward.workings, dossier, terms, instant, &outcome)
        }
        if let cap = reward.cap { try tell(cap, of: earning, dossier, terms, instant, &outcome) }
    }

    /// Brings what accrues for an earning, over all its generations, to `target`.
    func accrue(
        _ key: EarningKey, _ all: [Earning], to target: Exact, as reward: Reward?, _ dossier: Dossier,
        _ terms: SharedTerms, _ instant: Instant, _ outcome: inout Outcome
    ) throws(Stop) {
        var kin = all.filter { $0.key.isKin(of: key) }.sorted { $0.key.generation < $1.key.generation }
        let lostBefore = kin.first?.lost ?? .zero
        for index in kin.indices {
            let before = kin[index]
            kin[index].aim(at: reward)
            if kin[index] != before { outcome.keep(kin[index]) }
        }
        if let first = kin.first, let rest = target.adding(kin.accrued(key).negated) {
            try spread(rest, over: kin, reward?.workings ?? .none, dossier, terms, instant, &outcome)
            guard let cap = reward?.cap, first.lost > lostBefore else { return }
            try tell(cap, of: first, dossier, terms, instant, &outcome)
        } else {
            throw .refused(.overflow)
        }
    }

    /// To the newest generation, and what that cannot bear to the one before. More than what was stated, or
    /// from a later instant on, is a generation of its own.
    private func spread(
        _ difference: Exact, over kin: [Earning], _ workings: Run, _ dossier: Dossier, _ terms: SharedTerms,
        _ instant: Instant, _ outcome: inout Outcome
    ) throws(Stop) {
        guard let newest = kin.last, difference != .zero else { return }
        var rest = difference
        if rest > .zero, newest.state == .stated || newest.at < instant {
            if newest.key.generation == .max { throw .refused(.overflow) }
            let key = newest.key
            let next = EarningKey(
                conversion: key.conversion, partner: key.partner, rule: key.rule,
                generation: key.generation + 1)
            var fresh = Earning(
                key: next, at: max(newest.at, instant), base: newest.base, pay: newest.pay,
                rounding: newest.rounding, holdUntil: newest.holdUntil)
            fresh.isHeld = newest.isHeld
            fresh.accrue(under: dossier.terms)
            return try accrue(fresh, by: rest, workings, dossier, terms, instant, &outcome)
        }
        for (index, earning) in kin.enumerated().reversed() where rest != .zero {
            let step = rest > .zero || index == 0 ? rest : max(rest, earning.accrued.negated)
            guard step != .zero, let next = rest.adding(step.negated) else { continue }
            try accrue(earning, by: step, workings, dossier, terms, instant, &outcome)
            rest = next
        }
    }

    func accrue(
        _ before: Earning, by step: Exact, _ workings: Run, _ dossier: Dossier,
        _ terms: SharedTerms, _ instant: Instant, _ outcome: inout Outcome, as kind: Line.Kind = .accrual
    ) throws(Stop) {
        var earning = before
        guard let exact = before.accrued.adding(step) else { throw .refused(.overflow) }
        earning.frozen?.accrual?.exact = exact
        var line = Line(
            earning: earning, kind: kind, amount: .zero(earning.currency), at: instant,
            refunded: Money(dossier.refunded, dossier.amount.currency), terms: dossier.terms,
            isClawback: earning.state == .stated, ordinal: nextOrdinal(of: earning.key, outcome),
            postedBefore: 0, workings: workings)
        line.accrued = Accrued(exact: step, before: before.accrued)
        outcome.lines.append(line)
        outcome.keep(earning)
        guard let sum = earning.frozen?.accrual?.sum else { return }
        // By its own version's numbers, which need not be those of the sum.
        let isLevel = terms.beside.follows(earning.key.rule)
        try lower(sum, by: step, isLevel ? .override : .rule, terms, instant, &outcome)
    }

    /// Lowers what a statement rounded: it comes to what is left of it, rounded.
    private func lower(
        _ key: EarningKey, by step: Exact, _ nature: Nature, _ terms: SharedTerms, _ instant: Instant,
        _ outcome: inout Outcome
    ) throws(Stop) {
        var sum = try sum(key, after: outcome)
        guard let exact = sum.accrued.adding(step), let accrual = sum.frozen?.accrual else {
            throw .refused(.overflow)
        }
        sum.frozen?.accrual?.exact = exact
        let difference = try exact.settled(sum.rounding) - sum.posted
        guard difference != 0 else { return outcome.keep(sum) }
        let start = outcome.workings.count
        outcome.workings.append(.accrued(exact))
        let file = Dossier(
            conversion: key.conversion, at: sum.at, amount: .zero(sum.currency), terms: accrual.terms,
            source: key.partner, isNewCustomer: false)
        try move(
            sum, by: difference, Run(start..<outcome.workings.count), file, terms, instant, &outcome,
            nature: nature)
    }

    /// What a statement rounded.
    func sum(_ key: EarningKey, after outcome: Outcome) throws(Stop) -> Earning {
        if let made = outcome.earnings.last(where: { $0.earning.key == key })?.earning { return made }
        if let known = earnings[key] { return known }
        if isWhole { throw .refused(.notFound(kind: "earning", id: "of a statement")) }
        throw .unknown([.sum(key)])
    }

    /// In whose place what a statement rounds stands.
    func account(_ account: StatementAccount) throws(Stop) -> Ref<Conversion> {
        if let known = accounts[account] { return known }
        throw .unknown([.account(account)])
    }
}

extension Exact {
    /// In whole minor units; never below zero, where what was brought forward was.
    func settled(_ rounding: Rounding) throws(Stop) -> Int64 {
        do {
            return max(0, try rounded(rounding))
        } catch {
            throw .refused(error)
        }
    }
}
