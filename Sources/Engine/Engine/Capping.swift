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
            try count(.zero(earning.currency), asked: nil, line, terms, into: &outcome)
        }
        for index in outcome.rewards.indices {
            let reward = outcome.rewards[index]
            guard let rule = terms.rule(reward.under ?? reward.rule), !rule.caps.isEmpty else { continue }
            let line = try cappedLine(reward.key(in: dossier), rule, dossier, all, outcome)
            let ask = Money(outcome.targets[index], reward.currency)
            let grant = try grant(ask, line, terms, outcome)
            outcome.targets[index] = grant.money.minor
            var frozen = reward.frozen ?? Frozen()
            frozen.capped = try count(grant.money, asked: ask, line, terms, into: &outcome)
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
        _ ask: Money, _ line: CappedLine, _ terms: SharedTerms, _ outcome: Outcome
    ) throws(Stop) -> (money: Money, cap: Cap?) {
        let zone = terms.terms.zone
        var granted = (money: ask, cap: Cap?.none)
        for (index, cap) in line.rule.caps.enumerated() where line.isUnder(cap) {
            var room = cap.amount.minor
            if let key = cap.key(line, zone) {
                let tally = try tally(key, after: outcome)
                if line.waits(for: cap, tally) { continue }
                room = try total([room, -tally.sum, line.counted(index)])
            }
            let most = Money(max(0, room), cap.amount.currency)
            let left = try fitting(granted.money, into: most, on: zone.day(of: line.at))
            if left.minor < granted.money.minor { granted = (left, cap) }
        }
        return granted
    }

    /// As much of an amount as another, in whatever currency, has room for. Where no rate says how much that
    /// is, all of it.
    private func fitting(_ money: Money, into room: Money, on day: Day) throws(Stop) -> Money {
        guard let worth = try compared(money, in: room.currency, on: day), worth > room.minor else {
            return money
        }
        guard room.currency != money.currency else { return Money(room.minor, money.currency) }
        guard let back = try price(of: room.currency, in: money.currency, on: day) else { return money }
        let most = try converted(room, to: money.currency, by: back, .down)
        return most.minor < money.minor ? most : money
    }

    /// Lets the tallies of a line's caps have what it takes of them from now on. What was taken stays taken,
    /// but where a cap reopens or the line is not due any more.
    /// - Parameter asked: nil where it is not due.
    @discardableResult
    func count(
        _ granted: Money, asked: Money?, _ line: CappedLine, _ terms: SharedTerms, into outcome: inout Outcome
    ) throws(Stop) -> Capped {
        let zone = terms.terms.zone
        var capped = Capped(line.rule.number, counted: line.rule.caps.indices.map(line.counted))
        if let asked { capped.lost = try total([asked.minor, -granted.minor]) }
        for (index, cap) in line.rule.caps.enumerated() {
            guard line.isUnder(cap), let key = cap.key(line, zone) else { continue }
            let worth = try compared(granted, in: cap.amount.currency, on: zone.day(of: line.at)) ?? 0
            var tally = try tally(key, after: outcome)
            let waits = line.waits(for: cap, tally)
            if waits { capped.closesAt = cap.period.end(of: line.at, in: zone) }
            let isFree = cap.reopens || asked == nil || waits
            let counted = isFree ? worth : max(worth, line.counted(index))
            capped.counted[index] = counted
            let before = tally
            tally.sum = max(0, try total([tally.sum, counted, -line.counted(index)]))
            if cap.reopens, line.canWait { tally.wait(line.key, lost: capped.lost) }
            if tally != before { outcome.tallies.append(TallyChange(key: key, tally: tally)) }
        }
        return capped
    }
}

/// A line under caps, as they count it.
struct CappedLine {
    let key: EarningKey
    let rule: SharedRule
    let identity: Ref<Identity>?
    let at: Instant
    /// What they counted of it before, by cap; empty where they did not.
    let counted: [Int64]
    /// Whether a shared budget has not closed for it.
    var isOpen = false
    /// Whether it gets what was cut of it when there is room again.
    var canWait = true

    /// What stands above a seller counts in budgets alone.
    func isUnder(_ cap: Cap) -> Bool {
        let isTrueUp = rule.tiers.map { $0.shape == .retroactive && $0.number == key.rule } ?? false
        return key.rule == rule.number || isTrueUp || cap.scope == .program
    }

    /// Whether a budget is shared when it closes and has not closed: until then lines only ask.
    func waits(for cap: Cap, _ tally: Tally) -> Bool {
        cap.whenFull == .proRata && (tally.closing == nil || isOpen)
    }

    func counted(_ cap: Int) -> Int64 { cap < counted.count ? counted[cap] : 0 }
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

    /// Whether a line waits for room, which it does while something of it is lost.
    fileprivate mutating func wait(_ key: EarningKey, lost: Int64) {
        let known = waiting.firstIndex(of: key)
        if lost <= 0 {
            if let known { waiting.remove(at: known) }
        } else if known == nil, waiting.count < Self.waitingMax {
            waiting.append(key)
        }
    }
}
