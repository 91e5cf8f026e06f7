import Values

// Caps: the most that a rule pays, by sequence. A line that is cut has what is left; what was cut comes back
// where a cap says that room which is free again is given on.

extension Memory {
    /// Cuts the outcome's targets to the room that the caps of their rules leave, and counts what they take.
    func cut(_ dossier: Dossier, _ terms: SharedTerms, into outcome: inout Outcome) throws(Stop) {
        let all = current(dossier.conversion, after: outcome)
        for earning in all where earning.frozen?.capped != nil && earning.isOrphan(of: outcome.rewards, terms)
        {
            guard let rule = earning.frozen?.capped.flatMap({ terms.rule($0.rule) }) else { continue }
            let line = try cappedLine(earning.key, rule, dossier, all, outcome)
            try count(Amount(.zero, earning.currency), asked: nil, line, terms, into: &outcome)
        }
        for index in outcome.rewards.indices {
            let reward = outcome.rewards[index]
            guard let rule = terms.rule(reward.under ?? reward.rule), !rule.caps.isEmpty else { continue }
            let line = try cappedLine(reward.key(in: dossier), rule, dossier, all, outcome)
            let target = reward.accrues ? outcome.exacts[index] : Exact(outcome.targets[index])
            let ask = Amount(target, reward.currency)
            let grant = try grant(ask, line, terms, outcome)
            if reward.accrues {
                outcome.exacts[index] = grant.amount.exact
            } else {
                outcome.targets[index] = grant.amount.exact.whole
            }
            var frozen = reward.frozen ?? Frozen()
            frozen.capped = try count(grant.amount, asked: ask, line, terms, into: &outcome)
            outcome.rewards[index].frozen = frozen
            outcome.rewards[index].cap = grant.cap
        }
    }

    private func cappedLine(
        _ key: EarningKey, _ rule: SharedRule, _ dossier: Dossier, _ all: [Earning], _ outcome: Outcome
    ) throws(Stop) -> CappedLine {
        var identity: Ref<Identity>?
        if rule.caps.contains(where: { $0.scope == .customer }) {
            identity = try sale(dossier.conversion, after: outcome).identity
        }
        let known = all.first { $0.key == key }?.frozen?.capped
        return CappedLine(
            key: key, rule: rule, identity: identity, at: dossier.at, counted: known?.counted ?? [],
            isOpen: known?.closesAt != nil)
    }

    /// What every first-come cap has room for, what it counted of the same line before included.
    /// - Returns: the cap that left least, where one cut.
    func grant(
        _ ask: Amount, _ line: CappedLine, _ terms: SharedTerms, _ outcome: Outcome
    ) throws(Stop) -> (amount: Amount, cap: Cap?) {
        let zone = terms.terms.zone
        var granted = (amount: ask, cap: Cap?.none)
        for (index, cap) in line.rule.caps.enumerated() where line.isUnder(cap) {
            var room = Exact(cap.amount.minor)
            if let key = cap.key(line, zone) {
                let tally = try tally(key, after: outcome)
                if line.waits(for: cap, tally) { continue }
                room = try total([room, try tally.capped.negated, line.counted(index)])
            }
            let most = Amount(max(.zero, room), cap.amount.currency)
            let left = try fitting(granted.amount, into: most, line, on: zone.day(of: line.at))
            if left.exact < granted.amount.exact { granted = (left, cap) }
        }
        return granted
    }

    /// As much of an amount as another, in whatever currency, has room for: of a line of money whole units.
    /// Where no rate says how much that is, all of it.
    private func fitting(
        _ amount: Amount, into room: Amount, _ line: CappedLine, on day: Day
    ) throws(Stop) -> Amount {
        guard let worth = try worth(amount, in: room.currency, line, on: day), worth > room.exact else {
            return amount
        }
        if line.isExact {
            guard let most = try compared(room, in: amount.currency, on: day) else { return amount }
            return Amount(min(most, amount.exact), amount.currency)
        }
        var most = room.exact.whole
        if room.currency != amount.currency {
            guard let back = try price(of: room.currency, in: amount.currency, on: day) else { return amount }
            most = try converted(Money(most, room.currency), to: amount.currency, by: back, .down).minor
        }
        return Amount(min(Exact(most), amount.exact), amount.currency)
    }

    /// What caps count: lines of money are rounded when they are compared.
    private func worth(
        _ amount: Amount, in currency: Currency, _ line: CappedLine, on day: Day
    ) throws(Stop) -> Exact? {
        if line.isExact { return try compared(amount, in: currency, on: day) }
        return try compared(Money(amount.exact.whole, amount.currency), in: currency, on: day).map {
            Exact($0)
        }
    }

    /// Lets the tallies of a line's caps have what it takes of them from now on. What was taken stays taken,
    /// but where a cap reopens or the line is not due any more.
    /// - Parameter asked: nil where it is not due.
    @discardableResult
    func count(
        _ granted: Amount, asked: Amount?, _ line: CappedLine, _ terms: SharedTerms,
        into outcome: inout Outcome
    ) throws(Stop) -> Capped {
        let zone = terms.terms.zone
        var capped = Capped(line.rule.number, counted: line.rule.caps.indices.map(line.counted))
        if let asked { capped.lost = try total([asked.exact, granted.exact.negated]) }
        for (index, cap) in line.rule.caps.enumerated() {
            guard line.isUnder(cap), let key = cap.key(line, zone) else { continue }
            let day = zone.day(of: line.at)
            let worth = try worth(granted, in: cap.amount.currency, line, on: day) ?? .zero
            var tally = try tally(key, after: outcome)
            let waits = line.waits(for: cap, tally)
            if waits { capped.closesAt = cap.period.end(of: line.at, in: zone) }
            let isFree = cap.reopens || asked == nil || waits || line.givesBack
            let counted = isFree ? worth : max(worth, line.counted(index))
            capped.counted[index] = counted
            let before = tally
            let difference = try total([counted, line.counted(index).negated])
            if line.isExact {
                tally.exact = max(.zero, try total([tally.exact, difference]))
            } else {
                tally.sum = max(0, try total([tally.sum, difference.whole]))
            }
            if cap.reopens, line.canWait { tally.wait(line.key, lost: capped.lost) }
            if tally != before { outcome.tallies.append(TallyChange(key: key, tally: tally)) }
        }
        return capped
    }
}

/// Money, or what becomes money on a statement.
struct Amount: Sendable {
    var exact: Exact
    let currency: Currency

    init(_ exact: Exact, _ currency: Currency) {
        self.exact = exact
        self.currency = currency
    }

    init(_ money: Money) { self.init(Exact(money.minor), money.currency) }
}

extension Memory {
    /// An amount in another currency at its day's rate, for comparison only; nil where there is no rate.
    func compared(_ amount: Amount, in currency: Currency, on day: Day) throws(Stop) -> Exact? {
        if amount.currency == currency { return amount.exact }
        guard let price = try price(of: amount.currency, in: currency, on: day) else { return nil }
        let scale = currency.exponent - amount.currency.exponent
        let power = powerOfTen(abs(scale))
        guard let step = scale >= 0 ? Fraction(power, 1) : Fraction(1, power),
            let exact = amount.exact.times(price)?.times(step)?.onGrid
        else { throw .refused(.overflow) }
        return exact
    }
}

/// A line under caps, as they count it.
struct CappedLine {
    let key: EarningKey
    let rule: SharedRule
    let identity: Ref<Identity>?
    let at: Instant
    /// What they counted of it before, by cap; empty where they did not.
    let counted: [Exact]
    /// Whether a shared budget has not closed for it.
    var isOpen = false
    /// Whether it gets what was cut of it when there is room again.
    var canWait = true
    /// Whether what it has no more is room again, whatever the cap says.
    var givesBack = false

    /// What stands above a seller counts in budgets alone.
    func isUnder(_ cap: Cap) -> Bool {
        let isTrueUp = rule.tiers.map { $0.shape == .retroactive && $0.number == key.rule } ?? false
        return key.rule == rule.number || isTrueUp || cap.scope == .program
    }

    /// Whether a budget is shared when it closes and has not closed: until then lines only ask.
    func waits(for cap: Cap, _ tally: Tally) -> Bool {
        cap.whenFull == .proRata && (tally.closing == nil || isOpen)
    }

    func counted(_ cap: Int) -> Exact { cap < counted.count ? counted[cap] : .zero }

    /// Whether it is rounded on the statement.
    var isExact: Bool { rule.rounds == .statement }
}

extension Cap {
    /// Nil where nobody knows the customer whose cap it is: then each line has all of it.
    func key(_ line: CappedLine, _ zone: Zone) -> TallyKey? {
        let start = period.start(of: line.at, in: zone)
        let lane = line.rule.lane
        switch scope {
        case .customer:
            return line.identity.map {
                TallyKey(.customerCap, lane, identity: $0, start: start, amount.currency)
            }
        case .partner:
            return TallyKey(.partnerCap, lane, partner: line.key.partner, start: start, amount.currency)
        case .program: return TallyKey(.budget, lane, start: start, amount.currency)
        }
    }
}

extension Tally {
    /// More lines than these are not waited for.
    private static let waitingMax = 256

    /// What a cap has let pass: money, and what becomes money on statements.
    var capped: Exact {
        get throws(Stop) { try Engine.total([Exact(sum), exact]) }
    }

    /// Whether a line waits for room, which it does while something of it is lost.
    fileprivate mutating func wait(_ key: EarningKey, lost: Exact) {
        let known = waiting.firstIndex(of: key)
        if lost <= .zero {
            if let known { waiting.remove(at: known) }
        } else if known == nil, waiting.count < Self.waitingMax {
            waiting.append(key)
        }
    }
}

/// A sum that is refused where it does not fit, never a trap.
func total(_ parts: [Exact]) throws(Stop) -> Exact {
    var sum = Exact.zero
    for part in parts {
        guard let next = sum.adding(part) else { throw .refused(.overflow) }
        sum = next
    }
    return sum
}
