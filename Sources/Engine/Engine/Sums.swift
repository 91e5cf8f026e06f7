import Values

// What a statement rounds: for each rule and currency one sum of what has accrued and is due, which becomes
// an earning of its own when the statement is issued.

extension Settling {
    /// What a statement would round into one line.
    struct Sum {
        let terms: Int32
        let lane: Symbol
        let nature: Nature
        /// Where the accruals stand among the earnings.
        let sources: [Int]
        let visits: Visits?
        /// What the statement before has left over of the rule.
        let before: Exact
        /// With that.
        let exact: Exact
        let money: Int64
    }

    /// What is due, with sums in the place of the accruals that they are of. A sum that comes to less than
    /// the smallest coin waits for more.
    mutating func summed(
        _ due: [Int], at boundary: Instant, _ date: Day, _ outcome: Outcome
    ) throws(Stop) -> [Int] {
        var plain = due.filter { !earnings[$0].isAccruing }
        var lanes: [Lane] = []
        for index in due where earnings[index].isAccruing {
            guard let accrual = earnings[index].frozen?.accrual,
                let rounded = history.shared(accrual.terms)?.rounded(earnings[index].key.rule)
            else { throw .refused(.notFound(kind: "rule", id: "of an accrual")) }
            let currency = earnings[index].currency
            let known = lanes.firstIndex { $0.lane == rounded.lane && $0.currency == currency }
            let place = known ?? lanes.count
            if known == nil { lanes.append(Lane(lane: rounded.lane, currency: currency, rounded.nature)) }
            lanes[place].sources.append(index)
            lanes[place].follow(earnings[index], accrual.terms, rounded.number)
        }
        for var visits in try visits(before: boundary) {
            try visits.cut(memory, after: outcome)
            let (rule, terms) = (visits.rule, visits.terms)
            var lane = Lane(lane: rule.lane, currency: visits.key.currency, .rule)
            (lane.terms, lane.number, lane.rounding) = (terms.version, rule.sumNumber, terms.rounding)
            lane.visits = visits
            if visits.exact > .zero { lanes.append(lane) }
        }
        for lane in lanes {
            if let index = try sum(lane, at: boundary, date, outcome) {
                plain.append(index)
            } else {
                waiting.append((lane.sources, Wait(.belowThreshold, missing: Money(1, lane.currency))))
            }
        }
        return plain
    }

    /// The accruals of one rule in one currency.
    private struct Lane {
        let lane: Symbol
        let currency: Currency
        let nature: Nature
        var sources: [Int] = []
        var visits: Visits?
        /// By the latest of them.
        var at: Instant
        var terms: Int32 = 0
        var number: UInt16 = 0
        var rounding = Rounding.halfEven
        var conversion: Ref<Conversion>

        init(lane: Symbol, currency: Currency, _ nature: Nature) {
            self.lane = lane
            self.currency = currency
            self.nature = nature
            at = .earliest
            conversion = Ref(0)
        }

        mutating func follow(_ earning: Earning, _ terms: Int32, _ number: UInt16) {
            guard at <= earning.at else { return }
            (at, self.terms, self.number) = (earning.at, terms, number)
            (rounding, conversion) = (earning.rounding, earning.key.conversion)
        }
    }

    /// - Returns: where its earning stands; nil where it comes to nothing.
    private mutating func sum(
        _ lane: Lane, at boundary: Instant, _ date: Day, _ outcome: Outcome
    ) throws(Stop) -> Int? {
        let before = try memory.tally(leftOver(lane.lane, lane.currency), after: outcome).exact
        guard var exact = before.adding(lane.visits?.exact ?? .zero) else { throw .refused(.overflow) }
        for source in lane.sources {
            for line in lines(of: earnings[source]) where line.at < boundary {
                guard let sum = exact.adding(line.exact ?? .zero) else { throw .refused(.overflow) }
                exact = sum
            }
        }
        let money = try exact.settled(lane.rounding)
        guard money > 0 else { return nil }
        let place =
            try isTrial
            ? lane.conversion : memory.account(StatementAccount(partner: partner, date: date))
        let kin = memory.earnings[place] + earnings.filter { $0.key.conversion == place }
        let last = kin.filter { $0.key.partner == partner && $0.key.rule == lane.number }
            .map(\.key.generation).max()
        let key = EarningKey(
            conversion: place, partner: partner, rule: lane.number, generation: last.map { $0 &+ 1 } ?? 0)
        var earning = Earning(
            key: key, at: boundary, base: Money(money, lane.currency), pay: .amount(exact, lane.currency),
            rounding: lane.rounding, holdUntil: boundary)
        earning.state = .approved
        earning.posted = money
        earning.frozen = Frozen()
        earning.frozen?.accrual = Accrual(terms: lane.terms, exact: exact)
        sums[earnings.count] = Sum(
            terms: lane.terms, lane: lane.lane, nature: lane.nature, sources: lane.sources,
            visits: lane.visits, before: before, exact: exact, money: money)
        earnings.append(earning)
        return earnings.count - 1
    }

    private func leftOver(_ lane: Symbol, _ currency: Currency) -> TallyKey {
        TallyKey(.leftOver, lane, partner: partner, start: TallyKey.lifetime, currency)
    }

    /// Those of this boundary that went on no statement are no earnings.
    mutating func forgetSums() {
        for index in sums.keys.sorted(by: >) where earnings[index].state != .stated {
            earnings.remove(at: index)
        }
        sums = [:]
    }

    // MARK: On the statement

    /// Earns and approves what the statement rounds, at its boundary.
    mutating func earn(_ indices: [Int], at boundary: Instant, _ outcome: inout Outcome) throws(Stop) {
        let own = indices.compactMap { index in sums[index].map { (index, $0) } }
        for kind in [Entry.Kind.earned, .approved] {
            let start = outcome.postings.count
            for (index, sum) in own {
                let currency = earnings[index].currency
                if kind == .earned {
                    outcome.post(sum.nature.expense(type: member.type), sum.money, currency)
                    outcome.post(.pending(partner), -sum.money, currency)
                } else {
                    outcome.post(.pending(partner), sum.money, currency)
                    outcome.post(.approved(partner), -sum.money, currency)
                }
            }
            outcome.enter(kind, at: boundary, from: start)
        }
        for (index, sum) in own {
            guard let rest = sum.exact.adding(Exact(-sum.money)) else { throw .refused(.overflow) }
            let start = outcome.workings.count
            try sum.visits?.note(memory, &outcome)
            if sum.before != .zero { outcome.workings.append(.broughtForward(sum.before)) }
            outcome.workings.append(.accrued(sum.exact))
            if rest != .zero { outcome.workings.append(.leftOver(rest)) }
            line(
                index, sum.nature, sum.money, at: boundary, postedBefore: 0, ordinal: 0,
                Run(start..<outcome.workings.count), &outcome)
            let key = leftOver(sum.lane, earnings[index].currency)
            var tally = try memory.tally(key, after: outcome)
            tally.exact = rest
            outcome.tallies.append(TallyChange(key: key, tally: tally))
        }
    }

    private func line(
        _ index: Int, _ nature: Nature, _ amount: Int64, at instant: Instant, postedBefore: Int64,
        ordinal: Int32,
        _ workings: Run, _ outcome: inout Outcome
    ) {
        let earning = earnings[index]
        outcome.lines.append(
            Line(
                earning: earning, kind: nature.kind(of: amount),
                amount: Money(amount, earning.currency), at: instant, refunded: .zero(earning.currency),
                terms: earning.frozen?.accrual?.terms ?? 0, isClawback: amount < 0, ordinal: ordinal,
                postedBefore: postedBefore, workings: workings))
    }

    /// Notes what a sum is of. What was taken back of it since the boundary is known already, and is owed
    /// from its own day on, as if the statement had been issued in time.
    mutating func takeBack(
        from index: Int, _ exchange: Exchange?, at boundary: Instant, _ outcome: inout Outcome
    ) throws(Stop) {
        guard let sum = sums[index], let stated = earnings[index].stated else { return }
        let key = earnings[index].key
        var later: [LineBrief] = []
        for source in sum.sources {
            earnings[source].state = .stated
            earnings[source].frozen?.accrual?.sum = key
            earnings[source].stated = Stated(
                amount: 0, currency: stated.currency, factor: stated.factor, converted: 0, clawedBack: 0)
            touched.insert(earnings[source].key)
            later += lines(of: earnings[source]).filter { $0.at >= boundary }
        }
        var ordinal: Int32 = 1
        for change in later.sorted(by: { $0.at < $1.at }) {
            guard let exact = earnings[index].accrued.adding(change.exact ?? .zero) else {
                throw .refused(.overflow)
            }
            earnings[index].frozen?.accrual?.exact = exact
            let target = try exact.settled(earnings[index].rounding)
            if target == earnings[index].posted { continue }
            try lower(index, sum.nature, to: target, exact, at: change.at, ordinal, &outcome)
            ordinal += 1
        }
    }

    private mutating func lower(
        _ index: Int, _ nature: Nature, to target: Int64, _ exact: Exact, at instant: Instant,
        _ ordinal: Int32,
        _ outcome: inout Outcome
    ) throws(Stop) {
        guard var stated = earnings[index].stated else { return }
        let before = earnings[index].posted
        let difference = target - before
        let currency = earnings[index].currency
        let gone = try stated.worth(stated.amount - target, earnings[index].rounding)
        let more = gone - stated.clawedBack
        stated.clawedBack = gone
        earnings[index].stated = stated
        earnings[index].posted = target
        let start = outcome.postings.count
        outcome.post(nature.expense(type: member.type), difference, currency)
        if stated.currency != currency { outcome.post(.exchange, -difference, currency) }
        outcome.post(.clawback(partner), more, stated.currency)
        if stated.currency != currency { outcome.post(.exchange, -more, stated.currency) }
        outcome.enter(.reversed, at: instant, from: start)
        if more > 0 { owed = owed.adding(more, stated.currency, at: instant) }
        let workings = outcome.workings.count
        outcome.workings.append(.accrued(exact))
        line(
            index, nature, difference, at: instant, postedBefore: before, ordinal: ordinal,
            Run(workings..<outcome.workings.count), &outcome)
    }
}
