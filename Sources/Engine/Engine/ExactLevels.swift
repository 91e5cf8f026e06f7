import Values

// What the partners above a seller have of what is rounded on the statement: it accrues, too, and is rounded
// on theirs.

/// What one level has of one accrual of a seller's.
struct ExactPart {
    let partner: Ref<Partner>
    /// The seller's parent is 0.
    let level: Int
    let override: Override
    let seller: Reward
    /// What its share is of, before refunds.
    let of: Exact
    /// Before refunds: what it would have, and what the ceiling leaves of that.
    let asked: Exact
    let whole: Exact
    /// Of what is left of the sale.
    let left: Exact
    let currency: Currency

    func isKin(of other: ExactPart) -> Bool {
        partner == other.partner && override.number == other.override.number
    }
}

extension Memory {
    /// What the levels above one of the outcome's rewards have; a ceiling that all share cuts it, too.
    func addExact(
        _ override: Override, _ index: Int, among above: [Ref<Partner>?], _ dossier: Dossier,
        _ outcome: inout Outcome
    ) throws(Stop) -> [ExactPart] {
        let reward = outcome.rewards[index]
        let whole = try ExactLevels(
            override, reward, try reward.exact(in: dossier.whole), dossier.whole, above)
        let left = try ExactLevels(override, reward, outcome.exacts[index], dossier, above)
        if left.line != outcome.exacts[index] {
            outcome.exacts[index] = left.line
            outcome.rewards[index].workings = outcome.telling(
                .exactCeiling(from: whole.asked, whole.line), after: reward)
        }
        var parts: [ExactPart] = []
        for (level, partner) in above.enumerated() {
            guard let partner else { continue }
            let currency = override.measure == .commission ? reward.currency : reward.sale.currency
            parts.append(
                ExactPart(
                    partner: partner, level: level, override: override, seller: reward, of: whole.measure,
                    asked: whole.asks[level], whole: whole.given[level], left: left.given[level],
                    currency: currency))
        }
        return parts
    }

    /// One reward for each partner: of several accruals it has the sum.
    func add(
        _ parts: [ExactPart], _ dossier: Dossier, _ terms: SharedTerms, _ outcome: inout Outcome
    ) throws(Stop) {
        var rest = parts
        while let first = rest.first {
            let own = rest.filter { $0.isKin(of: first) }
            rest.removeAll { $0.isKin(of: first) }
            guard let number = first.override.sumNumber else { continue }
            let day = terms.terms.zone.day(of: dossier.at)
            var (whole, left) = (Exact.zero, Exact.zero)
            let start = outcome.workings.count
            for part in own {
                let asWhole = Amount(part.whole, part.currency)
                let asLeft = Amount(part.left, part.currency)
                whole = try total([whole, try compared(asWhole, in: first.currency, on: day) ?? .zero])
                left = try total([left, try compared(asLeft, in: first.currency, on: day) ?? .zero])
                outcome.workings.append(.exactLevel(Int32(part.level + 1), of: part.of))
                outcome.workings.append(.exactShare(part.override.levels[part.level], part.asked))
                if part.whole != part.asked {
                    outcome.workings.append(.exactCeiling(from: part.asked, part.whole))
                }
            }
            var reward = Reward(
                partner: first.partner, rule: number, base: Money(whole.whole, first.currency),
                pay: .amount(whole, first.currency), rounding: first.seller.rounding,
                holdUntil: own.map(\.seller.holdUntil).max() ?? first.seller.holdUntil)
            reward.refund = first.seller.refund
            reward.under = first.seller.rule
            reward.accrues = true
            reward.workings = Run(start..<outcome.workings.count)
            outcome.rewards.append(reward)
            outcome.targets.append(0)
            outcome.exacts.append(left)
        }
    }
}

/// The levels above one accrual: what they ask for, and what the ceiling leaves them.
private struct ExactLevels {
    /// What the shares are of.
    let measure: Exact
    /// The seller's accrual before and after the cut.
    let asked: Exact
    private(set) var line: Exact
    let asks: [Exact]
    private(set) var given: [Exact]

    init(
        _ override: Override, _ reward: Reward, _ line: Exact, _ dossier: Dossier, _ above: [Ref<Partner>?]
    ) throws(Stop) {
        let (part, whole) = reward.refund.left(of: dossier)
        let sale = dossier.isRejected ? 0 : reward.sale.minor
        guard let share = Fraction(part, whole), let left = Exact(sale).times(share)?.onGrid else {
            throw .refused(.overflow)
        }
        (asked, self.line) = (line, line)
        measure = override.measure == .commission ? line : left
        var asks: [Exact] = []
        for level in override.levels {
            guard let ask = measure.times(level)?.onGrid else { throw .refused(.overflow) }
            asks.append(ask)
        }
        self.asks = asks
        // Above what comes to nothing there is nothing, or it would hang in the air.
        given = asks.indices.map { level in
            line != .zero && level < above.count && above[level] != nil ? asks[level] : .zero
        }
        guard let ceiling = override.ceiling, reward.sale.currency == reward.currency else { return }
        guard let room = left.times(ceiling)?.onGrid else { throw .refused(.overflow) }
        try cut(to: room, override.cut)
    }

    private mutating func cut(to room: Exact, _ cut: Override.Cut) throws(Stop) {
        let all = try total([line] + given)
        guard line > .zero, all > room else { return }
        switch cut {
        case .deepestFirst:
            var rest = max(.zero, try total([room, line.negated]))
            for level in given.indices {
                given[level] = min(given[level], rest)
                rest = try total([rest, given[level].negated])
            }
        case .proRata:
            for level in given.indices {
                guard let part = given[level].times(room, of: all) else { throw .refused(.overflow) }
                given[level] = part
            }
            line = try total([room] + given.map(\.negated))
        }
    }
}
