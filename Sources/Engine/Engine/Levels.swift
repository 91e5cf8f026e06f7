import Values

// What the partners above a seller have of its sales. It follows from the seller's lines, so it is found anew
// whenever they are: a refund of the sale is one of each level, too.

extension Memory {
    /// Adds what the levels above the sellers have, after what their rules come to.
    func addLevels(_ dossier: Dossier, _ terms: SharedTerms, into outcome: inout Outcome) throws(Stop) {
        guard terms.beside.hasOverrides else { return }
        var parts: [LevelPart] = []
        var exact: [ExactPart] = []
        for index in outcome.rewards.indices {
            let reward = outcome.rewards[index]
            guard let override = terms.beside.override(beside: reward.rule) else { continue }
            let above = try above(reward.partner, most: override.levels.count, at: dossier.at)
            if reward.accrues {
                exact += try addExact(override, index, among: above, dossier, &outcome)
                continue
            }
            let whole = try Levels(
                override, reward, line: try reward.target(in: dossier.whole), dossier.whole
            )
            .among(above)
            let left = try Levels(override, reward, line: outcome.targets[index], dossier).among(above)
            if left.line != outcome.targets[index] {
                outcome.targets[index] = left.line
                outcome.rewards[index].workings = outcome.telling(
                    .ceiling(from: Money(whole.asked, reward.currency), Money(whole.line, reward.currency)),
                    after: reward)
            }
            for (level, partner) in above.enumerated() {
                guard let partner else { continue }
                parts.append(
                    LevelPart(
                        partner: partner, level: level, override: override, seller: reward,
                        of: whole.measure, asked: whole.asks[level], whole: whole.given[level],
                        left: left.given[level]))
            }
        }
        try add(parts, dossier, terms, &outcome)
        try add(exact, dossier, terms, &outcome)
    }

    /// The partners above one, the nearest first; nil for one that was not active: its level has nothing, and
    /// those above it keep theirs.
    private func above(_ partner: Ref<Partner>, most: Int, at instant: Instant) throws(Stop)
        -> [Ref<Partner>?]
    {
        var found: [Ref<Partner>?] = []
        var next = try membership(partner)?.joining.parent
        while found.count < most, let parent = next, let member = try membership(parent) {
            found.append(member.isActive(at: instant) ? parent : nil)
            next = member.joining.parent
        }
        return found
    }

    /// One reward for each partner: of several lines it has the sum.
    private func add(
        _ parts: [LevelPart], _ dossier: Dossier, _ terms: SharedTerms, _ outcome: inout Outcome
    ) throws(Stop) {
        var rest = parts
        while let first = rest.first {
            let own = rest.filter { $0.isKin(of: first) }
            rest.removeAll { $0.isKin(of: first) }
            let currency = first.whole.currency
            let day = terms.terms.zone.day(of: dossier.at)
            var (whole, left): (Int64, Int64) = (0, 0)
            let start = outcome.workings.count
            for part in own {
                // A second line may be in a currency of its own: there is one reward, so it is brought to
                // that.
                whole = try total([whole, try compared(part.whole, in: currency, on: day) ?? 0])
                left = try total([left, try compared(part.left, in: currency, on: day) ?? 0])
                outcome.workings.append(.level(Int32(part.level + 1), of: part.of))
                outcome.workings.append(.share(part.share, part.asked))
                if part.whole != part.asked {
                    outcome.workings.append(.ceiling(from: part.asked, part.whole))
                }
            }
            let isShare = own.count == 1 && first.whole == first.asked
            let sum = Money(whole, currency)
            var reward = Reward(
                partner: first.partner, rule: first.override.number, base: isShare ? first.of : sum,
                pay: isShare ? .percent(first.share) : .amount(Exact(whole), currency),
                rounding: first.seller.rounding,
                holdUntil: own.map(\.seller.holdUntil).max() ?? first.seller.holdUntil)
            reward.refund = first.seller.refund
            reward.under = first.seller.rule
            reward.workings = Run(start..<outcome.workings.count)
            outcome.rewards.append(reward)
            outcome.targets.append(left)
            outcome.exacts.append(.zero)
        }
    }
}

/// What one level has of one line of a seller's.
private struct LevelPart {
    let partner: Ref<Partner>
    /// The seller's parent is 0.
    let level: Int
    let override: Override
    let seller: Reward
    /// What its share is of, before refunds.
    let of: Money
    /// Before refunds: what it would have, and what the ceiling leaves of that.
    let asked: Money
    let whole: Money
    /// Of what is left of the sale.
    let left: Money

    var share: Fraction { override.levels[level] }

    func isKin(of other: LevelPart) -> Bool {
        partner == other.partner && override.number == other.override.number
    }
}

/// The levels above one line of a seller's: what they ask for, and what the ceiling leaves them.
private struct Levels {
    private let override: Override
    private let reward: Reward
    /// What the shares are of.
    let measure: Money
    /// The seller's line before and after the cut.
    let asked: Int64
    private(set) var line: Int64
    private(set) var asks: [Money] = []
    private(set) var given: [Money] = []
    private let room: Int64?

    init(_ override: Override, _ reward: Reward, line: Int64, _ dossier: Dossier) throws(Stop) {
        self.override = override
        self.reward = reward
        self.line = line
        asked = line
        let (part, whole) = reward.refund.left(of: dossier)
        let base = reward.sale
        do {
            let left = dossier.isRejected ? Money.zero(base.currency) : base
            measure =
                override.measure == .commission
                ? Money(line, reward.currency)
                : try left.times(.one, part: part, of: whole, reward.rounding)
            // A line in another currency than the sale's is not measured by it.
            if let ceiling = override.ceiling, base.currency == reward.currency {
                room = try left.times(ceiling, part: part, of: whole, .down).minor
            } else {
                room = nil
            }
            for share in override.levels {
                let ask =
                    override.measure == .commission
                    ? try Money(line, reward.currency).times(share, reward.rounding)
                    : try left.times(share, part: part, of: whole, reward.rounding)
                asks.append(ask)
            }
        } catch {
            throw .refused(error)
        }
    }

    /// With the levels that somebody stands on.
    func among(_ above: [Ref<Partner>?]) throws(Stop) -> Levels {
        var levels = self
        let asked = asks.indices.map { $0 < above.count && above[$0] != nil ? asks[$0].minor : 0 }
        levels.given = asked.map { Money($0, asks[0].currency) }
        // Above a line that comes to nothing there is nothing, or it would hang in the air.
        if line == 0 { levels.given = asked.map { _ in .zero(asks[0].currency) } }
        guard let room, line > 0, try total([line] + asked) > room else { return levels }
        switch override.cut {
        case .deepestFirst:
            var rest = max(0, room - line)
            for (level, ask) in asked.enumerated() {
                let part = min(ask, rest)
                levels.given[level] = Money(part, asks[level].currency)
                rest -= part
            }
        case .proRata:
            let parts = Money(room, asks[0].currency).split(over: [line] + asked)
            levels.line = parts[0].minor
            levels.given = parts.dropFirst().map { levels.line == 0 ? .zero($0.currency) : $0 }
        }
        return levels
    }
}

extension Reward {
    /// What the sale brought under the rule, whatever the rule pays for it.
    var sale: Money { frozen?.sale ?? base }

    var currency: Currency {
        switch pay {
        case .percent: base.currency
        case .amount(_, let currency): currency
        }
    }

    /// Keeps what the sale brought, where others have their shares of it and the base does not say it.
    mutating func keep(sale: Money, _ terms: SharedTerms) {
        guard sale != base, terms.beside.measures(rule) else { return }
        frozen = frozen ?? Frozen()
        frozen?.sale = sale
    }
}

extension Dossier {
    /// As if nothing of it had been taken back.
    var whole: Dossier {
        var whole = self
        whole.refunded = 0
        whole.isRejected = false
        return whole
    }
}

extension Outcome {
    /// The workings of a reward with one more step.
    mutating func telling(_ step: Working, after reward: Reward) -> Run {
        let known = Array(workings[reward.workings])
        let start = workings.count
        workings += known + [step]
        return Run(start..<workings.count)
    }
}
