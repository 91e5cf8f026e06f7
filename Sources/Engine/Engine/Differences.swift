import Values

/// Brings the earnings of one conversion to their targets and posts the differences: the one way in which
/// money is ever earned, reversed or adjusted.
struct PostingDifferences {
    private var dossier: Dossier
    private let at: Instant
    private let memory: Memory
    private var rewards: [Reward] = []

    init(_ dossier: Dossier, at: Instant, _ memory: Memory) {
        self.dossier = dossier
        self.at = at
        self.memory = memory
    }

    mutating func aim(_ reward: Reward) { rewards.append(reward) }

    /// The earnings that stand aim at what is left of them. What a later decision took away stays away: a
    /// refund never gives.
    mutating func aimAtWhatIsLeft() throws(Stop) {
        for key in dossier.earnings where key.generation == 0 {
            guard try posted(key) != 0 else { continue }
            let earning = try memory.earning(key)
            rewards.append(
                Reward(
                    partner: key.partner, rule: key.rule, base: earning.base, pay: earning.pay,
                    rounding: earning.rounding, holdUntil: earning.holdUntil))
        }
    }

    /// Whether everything stands at its target already.
    func isMet() throws(Stop) -> Bool {
        for key in orphans where try posted(key) != 0 { return false }
        for reward in rewards where try target(reward) != posted(key(reward)) { return false }
        return true
    }

    mutating func finish(
        as kind: Entry.Kind, typeOf type: (Ref<Partner>) throws(Stop) -> Symbol, into outcome: inout Outcome
    ) throws(Stop) {
        var postings: [Posting] = []
        for key in orphans { try bring(key, to: 0, type(key.partner), &postings, &outcome) }
        for reward in rewards {
            try bring(reward, to: try target(reward), type(reward.partner), &postings, &outcome)
        }
        if !postings.isEmpty {
            outcome.entries.append(Entry(kind: kind, effectiveAt: at, postings: postings))
        }
        outcome.changes.append(.dossier(dossier))
    }

    /// Earnings that nothing is due for any more.
    private var orphans: [EarningKey] {
        dossier.earnings.filter { key in key.generation == 0 && !rewards.contains { $0.matches(key) } }
    }

    private func target(_ reward: Reward) throws(Stop) -> Int64 {
        if dossier.isRejected { return 0 }
        return try Reward.target(
            reward.base, reward.pay, reward.rounding, left: dossier.left, of: dossier.amount.minor)
    }

    private func key(_ reward: Reward) -> EarningKey {
        EarningKey(conversion: dossier.conversion, partner: reward.partner, rule: reward.rule)
    }

    /// What was posted for an earning over all its generations.
    private func posted(_ key: EarningKey) throws(Stop) -> Int64 {
        var sum: Int64 = 0
        for other in dossier.earnings where other.isKin(of: key) { sum += try memory.earning(other).posted }
        return sum
    }

    private mutating func bring(
        _ reward: Reward, to target: Int64, _ type: Symbol, _ postings: inout [Posting],
        _ outcome: inout Outcome
    ) throws(Stop) {
        let key = key(reward)
        if dossier.earnings.contains(where: { $0.isKin(of: key) }) {
            return try bring(key, to: target, type, &postings, &outcome)
        }
        guard target != 0 else { return }
        var earning = Earning(
            key: key, at: dossier.place.at, base: reward.base, pay: reward.pay, rounding: reward.rounding,
            holdUntil: reward.holdUntil)
        earning.isHeld = dossier.isHeld
        dossier.earnings.append(key)
        try move(earning, by: target, ordinal: 0, type, &postings, &outcome)
    }

    /// Brings an earning, over all its generations, to `target`.
    private mutating func bring(
        _ key: EarningKey, to target: Int64, _ type: Symbol, _ postings: inout [Posting],
        _ outcome: inout Outcome
    ) throws(Stop) {
        var kin: [Earning] = []
        for other in dossier.earnings where other.isKin(of: key) { kin.append(try memory.earning(other)) }
        kin.sort { $0.key.generation < $1.key.generation }
        guard let newest = kin.last else { return }
        let posted = try total(kin.map(\.posted))
        let lines = Int32(kin.reduce(0) { $0 + $1.lines.count })
        let difference = target - posted
        if difference == 0 { return }
        if difference > 0, newest.state == .stated {
            let next = EarningKey(
                conversion: key.conversion, partner: key.partner, rule: key.rule,
                generation: newest.key.generation + 1)
            var fresh = Earning(
                key: next, at: newest.at, base: newest.base, pay: newest.pay, rounding: newest.rounding,
                holdUntil: newest.holdUntil)
            fresh.isHeld = newest.isHeld
            dossier.earnings.append(next)
            return try move(fresh, by: difference, ordinal: lines, type, &postings, &outcome)
        }
        try take(difference, from: kin, lines, type, &postings, &outcome)
    }

    /// Posts a difference to the newest generation, and what that cannot bear to the one before.
    private func take(
        _ difference: Int64, from kin: [Earning], _ lines: Int32, _ type: Symbol, _ postings: inout [Posting],
        _ outcome: inout Outcome
    ) throws(Stop) {
        var rest = difference
        var ordinal = lines
        for (index, earning) in kin.enumerated().reversed() where rest != 0 {
            let step = rest > 0 || index == 0 ? rest : max(rest, -earning.posted)
            guard step != 0 else { continue }
            try move(earning, by: step, ordinal: ordinal, type, &postings, &outcome)
            ordinal += 1
            rest -= step
        }
    }

    private func move(
        _ earning: Earning, by difference: Int64, ordinal: Int32, _ type: Symbol, _ postings: inout [Posting],
        _ outcome: inout Outcome
    ) throws(Stop) {
        var earning = earning
        let before = earning.posted
        let partner = earning.key.partner
        earning.posted += difference
        earning.lines.append(LineBrief(ordinal: ordinal, at: at, amount: difference))
        let currency = earning.currency
        postings.append(Posting(account: .commission(type: type), minor: difference, currency: currency))
        switch earning.state {
        case .pending:
            postings.append(Posting(account: .pending(partner), minor: -difference, currency: currency))
        case .approved:
            postings.append(Posting(account: .approved(partner), minor: -difference, currency: currency))
        case .stated: try claimBack(&earning, difference, &postings, &outcome)
        }
        outcome.lines.append(
            Line(
                earning: earning, kind: difference < 0 ? .reversal : .commission,
                amount: Money(difference, currency), at: at,
                refunded: Money(dossier.refunded, dossier.amount.currency), terms: dossier.terms,
                isClawback: earning.state == .stated, ordinal: ordinal, postedBefore: before))
        outcome.changes.append(.earning(earning))
    }

    /// What was stated and is no longer due is owed back, in the statement's currency at the original rate.
    private func claimBack(
        _ earning: inout Earning, _ difference: Int64, _ postings: inout [Posting], _ outcome: inout Outcome
    ) throws(Stop) {
        guard var stated = earning.stated else { preconditionFailure("a stated earning knows its statement") }
        let partner = earning.key.partner
        let owed = try clawback(&stated, left: earning.posted, earning)
        earning.stated = stated
        if stated.currency == earning.currency {
            postings.append(Posting(account: .clawback(partner), minor: owed, currency: stated.currency))
        } else {
            postings.append(Posting(account: .exchange, minor: -difference, currency: earning.currency))
            postings.append(Posting(account: .clawback(partner), minor: owed, currency: stated.currency))
            postings.append(Posting(account: .exchange, minor: -owed, currency: stated.currency))
        }
        guard owed > 0 else { return }
        outcome.changes.append(
            .clawbacks(
                partner, try memory.owed(partner, after: outcome).adding(owed, stated.currency, at: at)))
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
    fileprivate func matches(_ key: EarningKey) -> Bool { partner == key.partner && rule == key.rule }
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

/// Takes back what a refund leaves unearned. The refunded part is cumulative, gross over gross, and never
/// more than the sale.
func refund(
    _ conversion: Ref<Conversion>, _ asked: Int64?, at instant: Instant, _ memory: Memory
) throws(Stop) -> Outcome {
    var outcome = Outcome()
    var dossier = try memory.dossier(conversion)
    let left = dossier.amount.minor - dossier.refunded
    let taken = min(asked ?? left, left)
    if let asked, asked > taken {
        outcome.notices.append(.refundCapped(asked: asked, taken: taken, dossier.amount.currency))
    }
    dossier.refunded += taken
    try post(dossier, at: max(instant, dossier.place.at), memory, into: &outcome)
    return outcome
}

func reject(
    _ conversion: Ref<Conversion>, at instant: Instant, _ memory: Memory
) throws(Stop) -> Outcome {
    var outcome = Outcome()
    var dossier = try memory.dossier(conversion)
    dossier.isRejected = true
    try post(dossier, at: max(instant, dossier.place.at), memory, into: &outcome)
    return outcome
}

private func post(_ dossier: Dossier, at instant: Instant, _ memory: Memory, into outcome: inout Outcome)
    throws(Stop)
{
    var posting = PostingDifferences(dossier, at: instant, memory)
    try posting.aimAtWhatIsLeft()
    try posting.finish(
        as: .reversed,
        typeOf: { (partner) throws(Stop) in
            guard let member = try memory.membership(partner) else {
                throw .refused(.notFound(kind: "partner", id: "of an earning"))
            }
            return member.joining.type
        }, into: &outcome)
}
