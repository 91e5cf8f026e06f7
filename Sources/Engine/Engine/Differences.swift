import Values

// Brings the earnings of one conversion to their targets and posts the differences: the one way in which
// money is ever earned, reversed or adjusted.

extension Memory {
    /// The earnings that stand aim at what is left of them. What a later decision took away stays away.
    func aimAtWhatIsLeft(of conversion: Ref<Conversion>, _ terms: SharedTerms, into outcome: inout Outcome) {
        outcome.rewards.empty()
        for earning in current(conversion, after: outcome)
        where earning.key.generation == 0 && earning.stands && !terms.standsApart(earning.key.rule)
            && !terms.beside.follows(earning.key.rule)
        {
            var reward = Reward(
                partner: earning.key.partner, rule: earning.key.rule, base: earning.base,
                pay: earning.pay, rounding: earning.rounding, holdUntil: earning.holdUntil)
            reward.refund = terms.rule(earning.key.rule)?.refund ?? .proportional
            reward.tiering = earning.tiering
            reward.frozen = earning.frozen
            reward.accrues = earning.isAccruing
            outcome.rewards.append(reward)
        }
    }

    /// Whether everything stands at its target already.
    func isMet(_ dossier: Dossier, _ outcome: Outcome, _ terms: SharedTerms) throws(Stop) -> Bool {
        let all = earnings[dossier.conversion]
        for earning in all where earning.isOrphan(of: outcome.rewards, terms) {
            if all.posted(earning.key) != 0 || all.accrued(earning.key) != .zero
                || earning.stands && earning.isFollowed(by: terms)
            {
                return false
            }
        }
        for (index, reward) in outcome.rewards.enumerated() {
            let (target, exact) = (outcome.targets[index], outcome.exacts[index])
            let key = reward.key(in: dossier)
            if target != all.posted(key) { return false }
            if reward.accrues, exact != all.accrued(key) { return false }
            let stands = all.contains { $0.key == key && $0.stands }
            if terms.followsCustomers, !stands, try reward.isWorthSomething(in: dossier) { return false }
        }
        return netsAreMet(dossier, outcome.netAims)
    }

    /// Brings everything to its target: the outcome's rewards to what was found for them, and to zero what is
    /// not among them any more.
    func post(
        _ dossier: Dossier, _ terms: SharedTerms, at instant: Instant, as kind: Entry.Kind,
        into outcome: inout Outcome
    ) throws(Stop) {
        let all = current(dossier.conversion, after: outcome)
        let start = outcome.postings.count
        for earning in all where earning.isOrphan(of: outcome.rewards, terms) {
            if earning.isAccruing {
                try accrue(earning.key, all, to: .zero, as: nil, dossier, terms, instant, &outcome)
            } else {
                try bring(earning.key, all, to: 0, as: nil, dossier, terms, instant, &outcome)
            }
        }
        for index in outcome.rewards.indices {
            if outcome.rewards[index].accrues {
                try accrue(
                    outcome.rewards[index], to: outcome.exacts[index], all, dossier, terms, instant, &outcome)
                continue
            }
            try bring(index, all, dossier, terms, instant, &outcome)
        }
        try bookOrder(dossier, all, terms, into: &outcome)
        try count(dossier, all, terms, at: instant, into: &outcome)
        try postNets(dossier, all, terms, at: instant, into: &outcome)
        outcome.enter(kind, at: instant, from: start)
        outcome.dossiers.append(dossier)
    }

    /// Brings what the outcome's reward of this place earns to what was found for it.
    func bring(
        _ index: Int, _ all: [Earning], _ dossier: Dossier, _ terms: SharedTerms, _ instant: Instant,
        _ outcome: inout Outcome
    ) throws(Stop) {
        let key = outcome.rewards[index].key(in: dossier)
        let target = outcome.targets[index]
        if all.contains(where: { $0.key.isKin(of: key) }) {
            return try bring(
                key, all, to: target, as: outcome.rewards[index], dossier, terms, instant, &outcome)
        }
        // What was refunded before it was earned has come to nothing, but counts as paid for.
        var isGone = false
        if target == 0, terms.followsCustomers {
            isGone = try outcome.rewards[index].isWorthSomething(in: dossier)
        }
        guard target != 0 || isGone || outcome.rewards[index].lost > .zero else { return }
        var earning = outcome.rewards[index].earning(in: dossier)
        if terms.beside.nature(of: key.rule).isBooked { earning.state = .booked }
        if target == 0 {
            outcome.keep(earning)
        } else {
            let workings = outcome.rewards[index].workings
            try move(earning, by: target, workings, dossier, terms, instant, &outcome)
        }
        if let cap = outcome.rewards[index].cap {
            try tell(cap, of: earning, dossier, terms, instant, &outcome)
        }
    }

    /// Says on a line of nothing what a cap took of an earning.
    func tell(
        _ cap: Cap, of known: Earning, _ dossier: Dossier, _ terms: SharedTerms, _ instant: Instant,
        _ outcome: inout Outcome
    ) throws(Stop) {
        let earning = outcome.earnings.last { $0.earning.key == known.key }?.earning ?? known
        let start = outcome.workings.count
        outcome.workings.append(.cap(cap))
        if earning.isAccruing {
            outcome.lines.append(
                Line(
                    earning: earning, kind: .cap, amount: .zero(earning.currency), at: instant,
                    refunded: Money(dossier.refunded, dossier.amount.currency), terms: dossier.terms,
                    isClawback: earning.state == .stated, ordinal: nextOrdinal(of: earning.key, outcome),
                    postedBefore: 0, workings: Run(start..<outcome.workings.count)))
            return
        }
        try move(
            earning, by: 0, Run(start..<outcome.workings.count), dossier, terms, instant, &outcome, as: .cap)
    }

    /// Brings an earning, over all its generations, to `target`.
    /// - Parameter reward: by which it is reckoned from now on; nil where nothing is due any more.
    private func bring(
        _ key: EarningKey, _ all: [Earning], to target: Int64, as reward: Reward?, _ dossier: Dossier,
        _ terms: SharedTerms, _ instant: Instant, _ outcome: inout Outcome
    ) throws(Stop) {
        var kin = all.filter { $0.key.isKin(of: key) }.sorted { $0.key.generation < $1.key.generation }
        let difference = target - (try total(kin.map(\.posted)))
        let lostBefore = kin.first?.lost ?? .zero
        if kin.contains(where: { !$0.isReckoned(by: reward) }) {
            for index in kin.indices {
                kin[index].stands = reward != nil
                if reward == nil { kin[index].frozen = nil }
                if let reward {
                    (kin[index].base, kin[index].pay) = (reward.base, reward.pay)
                    if kin[index].key.generation == 0 {
                        kin[index].tiering = reward.tiering
                        kin[index].frozen = reward.frozen
                    }
                }
                outcome.keep(kin[index])
            }
        }
        if difference != 0 {
            try spread(difference, over: kin, reward?.workings ?? .none, dossier, terms, instant, &outcome)
        }
        if let reward, let cap = reward.cap, let first = kin.first, reward.lost > lostBefore {
            try tell(cap, of: first, dossier, terms, instant, &outcome)
        }
    }

    /// To the newest generation, and what that cannot bear to the one before. More than what was stated, or
    /// from a later instant on, is a generation of its own: no statement of the time before has any of it.
    private func spread(
        _ difference: Int64, over kin: [Earning], _ workings: Run, _ dossier: Dossier, _ terms: SharedTerms,
        _ instant: Instant, _ outcome: inout Outcome
    ) throws(Stop) {
        guard let newest = kin.last else { return }
        let isLater = newest.state == .stated || newest.at < instant
        if difference > 0, isLater, newest.state != .booked {
            if newest.key.generation == .max { throw .refused(.overflow) }
            let next = EarningKey(
                conversion: newest.key.conversion, partner: newest.key.partner, rule: newest.key.rule,
                generation: newest.key.generation + 1)
            var fresh = Earning(
                key: next, at: max(newest.at, instant), base: newest.base, pay: newest.pay,
                rounding: newest.rounding, holdUntil: newest.holdUntil)
            fresh.isHeld = newest.isHeld
            return try move(fresh, by: difference, workings, dossier, terms, instant, &outcome)
        }
        var rest = difference
        for (index, earning) in kin.enumerated().reversed() where rest != 0 {
            let step = rest > 0 || index == 0 ? rest : max(rest, -earning.posted)
            guard step != 0 else { continue }
            try move(earning, by: step, workings, dossier, terms, instant, &outcome)
            rest -= step
        }
    }

    func move(
        _ before: Earning, by difference: Int64, _ workings: Run, _ dossier: Dossier, _ terms: SharedTerms,
        _ instant: Instant, _ outcome: inout Outcome, as kind: Line.Kind? = nil, nature known: Nature? = nil
    ) throws(Stop) {
        var earning = before
        let partner = earning.key.partner
        guard let member = try membership(partner) else {
            throw .refused(.notFound(kind: "partner", id: "of an earning"))
        }
        earning.posted += difference
        let currency = earning.currency
        let nature = known ?? terms.beside.nature(of: earning.key.rule)
        if !nature.isBooked {
            outcome.post(nature.expense(type: member.joining.type), difference, currency)
        }
        switch earning.state {
        case .pending: outcome.post(.pending(partner), -difference, currency)
        case .approved: outcome.post(.approved(partner), -difference, currency)
        case .stated: try claimBack(&earning, difference, at: instant, &outcome)
        case .booked where nature == .fund:
            try putBy(difference, for: earning, dossier, terms, instant, &outcome)
        case .booked: break
        }
        outcome.lines.append(
            Line(
                earning: earning, kind: kind ?? nature.kind(of: difference),
                amount: Money(difference, currency), at: instant,
                refunded: try refunded(of: earning.key.conversion, dossier, outcome), terms: dossier.terms,
                isClawback: earning.state == .stated, ordinal: nextOrdinal(of: earning.key, outcome),
                postedBefore: before.posted,
                workings: workings))
        outcome.keep(earning)
    }

    /// What of an earning's own sale was refunded so far: a true-up may be of another than is judged.
    private func refunded(
        of conversion: Ref<Conversion>, _ judged: Dossier, _ outcome: Outcome
    ) throws(Stop) -> Money {
        let file = conversion == judged.conversion ? judged : try dossier(conversion, after: outcome)
        return Money(file.refunded, file.amount.currency)
    }

    /// Lines of all generations of an earning are counted together.
    func nextOrdinal(of key: EarningKey, _ outcome: Outcome) -> Int32 {
        let known = earnings[key.conversion].reduce(Int32(0)) {
            $1.key.isKin(of: key) ? $0 + $1.lineCount : $0
        }
        let own = outcome.lines.indices.count { outcome.lines[$0].earning.key.isKin(of: key) }
        return known + Int32(own)
    }

    /// What was stated and is no longer due is owed back, in the statement's currency at the original rate.
    private func claimBack(
        _ earning: inout Earning, _ difference: Int64, at instant: Instant, _ outcome: inout Outcome
    ) throws(Stop) {
        guard var stated = earning.stated else { preconditionFailure("a stated earning knows its statement") }
        let partner = earning.key.partner
        let owed = try clawback(&stated, left: earning.posted, earning)
        earning.stated = stated
        if stated.currency == earning.currency {
            outcome.post(.clawback(partner), owed, stated.currency)
        } else {
            outcome.post(.exchange, -difference, earning.currency)
            outcome.post(.clawback(partner), owed, stated.currency)
            outcome.post(.exchange, -owed, stated.currency)
        }
        guard owed > 0 else { return }
        outcome.changes.append(
            .clawbacks(
                partner,
                try self.owed(partner, after: outcome).adding(owed, stated.currency, at: instant)))
    }

    /// What is owed back now, beyond what was before: cumulative, so that the whole comes to the whole.
    private func clawback(_ stated: inout Stated, left: Int64, _ earning: Earning) throws(Stop) -> Int64 {
        let total = try stated.worth(stated.amount - left, earning.rounding)
        let owed = total - stated.clawedBack
        stated.clawedBack = total
        return owed
    }
}

extension Reward {
    /// What it makes, before anything is posted for it.
    fileprivate func earning(in dossier: Dossier) -> Earning {
        var earning = Earning(
            key: key(in: dossier), at: dossier.at, base: base, pay: pay, rounding: rounding,
            holdUntil: holdUntil)
        earning.isHeld = dossier.isHeld
        earning.tiering = tiering
        earning.$frozen = $frozen
        return earning
    }
}

extension Earning {
    /// Whether others depend on whether it stands.
    fileprivate func isFollowed(by terms: SharedTerms) -> Bool {
        terms.followsCustomers || frozen?.capped != nil
    }

    fileprivate func isReckoned(by reward: Reward?) -> Bool {
        guard let reward else { return !stands }
        return stands && base == reward.base && pay == reward.pay
            && (key.generation > 0 || tiering == reward.tiering && frozen == reward.frozen)
    }

    /// Whether nothing is due for it any more.
    func isOrphan(of rewards: [Reward], _ terms: SharedTerms) -> Bool {
        key.generation == 0 && !terms.standsApart(key.rule)
            && !rewards.contains { $0.partner == key.partner && $0.rule == key.rule }
    }
}

extension [Earning] {
    /// What was posted for an earning over all its generations.
    fileprivate func posted(_ key: EarningKey) -> Int64 {
        reduce(0) { $1.key.isKin(of: key) ? $0 + $1.posted : $0 }
    }
}

extension [Clawback] {
    func adding(_ amount: Int64, _ currency: Currency, at instant: Instant) -> [Clawback] {
        let number = (map(\.number).max() ?? 0) + 1
        return self + [
            Clawback(number: number, at: instant, currency: currency, amount: amount, open: amount)
        ]
    }
}

extension Memory {
    /// What a partner owes, as changed by an outcome that is still being made.
    func owed(_ partner: Ref<Partner>, after outcome: Outcome) throws(Stop) -> [Clawback] {
        for change in outcome.changes.reversed() {
            if case .clawbacks(partner, let list) = change { return list }
        }
        return try owed(partner)
    }
}

/// Money in another currency: `factor` is the price of one major unit in major units; one rounding.
func converted(_ money: Money, to currency: Currency, by factor: Fraction, _ rounding: Rounding) throws(Stop)
    -> Money
{
    if money.currency == currency, factor == .one { return money }
    do {
        let scale = currency.exponent - money.currency.exponent
        let power = powerOfTen(abs(scale))
        let (part, whole) = scale >= 0 ? (power, Int64(1)) : (Int64(1), power)
        let minor = try money.times(factor, part: part, of: whole, rounding).minor
        return Money(minor, currency)
    } catch {
        throw .refused(error)
    }
}

// MARK: Refunds and rejections

extension Memory {
    /// Takes back what a refund leaves unearned. The refunded part is cumulative, gross over gross, and never
    /// more than the sale.
    func refund(
        _ conversion: Ref<Conversion>, _ asked: Int64?, at instant: Instant, _ terms: TermsHistory,
        into outcome: inout Outcome
    ) throws(Stop) {
        var dossier = try dossier(conversion)
        let left = dossier.amount.minor - dossier.refunded
        let taken = min(asked ?? left, left)
        if let asked, asked > taken {
            outcome.notices.append(.refundCapped(asked: asked, taken: taken, dossier.amount.currency))
        }
        dossier.refunded += taken
        try reverse(dossier, at: instant, terms, into: &outcome)
    }

    func reject(
        _ conversion: Ref<Conversion>, at instant: Instant, _ terms: TermsHistory, into outcome: inout Outcome
    ) throws(Stop) {
        var dossier = try dossier(conversion)
        dossier.isRejected = true
        try reverse(dossier, at: instant, terms, into: &outcome)
    }

    private func reverse(
        _ dossier: Dossier, at instant: Instant, _ terms: TermsHistory, into outcome: inout Outcome
    ) throws(Stop) {
        let version = try terms.version(of: dossier)
        aimAtWhatIsLeft(of: dossier.conversion, version, into: &outcome)
        aimAtWhatStands(of: dossier.conversion, into: &outcome.netAims)
        try findTargets(dossier, version, into: &outcome)
        try post(dossier, version, at: max(instant, dossier.at), as: .reversed, into: &outcome)
    }
}
