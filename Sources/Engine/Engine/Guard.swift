import Values

// The most that coupon, margin, commission and assist together may be of a sale's price. What was given
// already cannot be taken back, so assist is cut first, then commission, down to nothing and no further.

extension Memory {
    /// Cuts the outcome's targets to what the guard leaves; after caps. Levels above the seller are not held
    /// against it. After refunds a line keeps what was left of it in proportion.
    func guardTargets(_ dossier: Dossier, _ terms: SharedTerms, into outcome: inout Outcome) throws(Stop) {
        guard let most = terms.terms.attribution.maxShare, !outcome.rewards.isEmpty else { return }
        let known = current(dossier.conversion, after: outcome)
        let kept = outcome.rewards.map { reward in
            known.first { $0.stands && $0.key == reward.key(in: dossier) }
        }
        let isWhole = dossier.refunded == 0 && !dossier.isRejected
        var cuts = kept.map { isWhole ? nil : $0?.frozen?.guarded }
        if isWhole || kept.contains(nil) {
            var wholes = outcome.targets
            for (index, reward) in outcome.rewards.enumerated() {
                if reward.accrues {
                    let exact = isWhole ? outcome.exacts[index] : try reward.exact(in: dossier.whole)
                    wholes[index] = try exact.settled(.halfUp)
                } else if !isWhole {
                    wholes[index] = try reward.target(in: dossier.whole)
                }
            }
            let fresh = try self.cuts(wholes, to: most, dossier, terms, &outcome)
            for index in cuts.indices where isWhole || kept[index] == nil { cuts[index] = fresh[index] }
        }
        for index in cuts.indices {
            if cuts[index] == nil, outcome.rewards[index].frozen?.guarded == nil { continue }
            outcome.rewards[index].freeze { $0.guarded = cuts[index] }
            guard let cut = cuts[index] else { continue }
            let currency = outcome.rewards[index].currency
            if outcome.rewards[index].accrues {
                let exact = outcome.exacts[index]
                guard let left = exact.times(Exact(cut.part), of: Exact(cut.whole)) else {
                    throw .refused(.overflow)
                }
                outcome.exacts[index] = left
                outcome.rewards[index].workings = outcome.telling(
                    .exactCeiling(from: exact, left), after: outcome.rewards[index])
                continue
            }
            let before = outcome.targets[index]
            outcome.targets[index] = cut.left(of: before)
            outcome.rewards[index].workings = outcome.telling(
                .guarded(Money(before, currency), Money(outcome.targets[index], currency)),
                after: outcome.rewards[index])
        }
    }

    /// What the guard leaves of each of the outcome's rewards before refunds; nil where that is all.
    private func cuts(
        _ wholes: [Int64], to most: Fraction, _ dossier: Dossier, _ terms: SharedTerms,
        _ outcome: inout Outcome
    ) throws(Stop) -> [Guarded?] {
        var cuts = [Guarded?](repeating: nil, count: wholes.count)
        let sale = try sale(dossier.conversion, after: outcome)
        let price = try total([sale.amount.minor, sale.discount, -sale.tax])
        guard price > 0 else { return cuts }
        // Rounded down; below zero where more was given already.
        guard var room = Exact(price).times(most)?.adding(Exact(-sale.discount))?.whole else {
            throw .refused(.overflow)
        }
        let currency = sale.amount.currency
        let day = terms.terms.zone.day(of: sale.at)
        var worth: [Int64] = []
        for (reward, whole) in zip(outcome.rewards, wholes) {
            worth.append(try compared(Money(whole, reward.currency), in: currency, on: day) ?? 0)
        }
        let parts = outcome.rewards.map { terms.guardPart($0.rule) }
        for part in [GuardPart.margin, .commission, .assist] {
            let own = parts.indices.filter { parts[$0] == part && worth[$0] > 0 }
            let wanted = try total(own.map { worth[$0] })
            let granted = part == .margin ? wanted : min(wanted, max(0, room))
            room = try total([room, -granted])
            guard granted < wanted else { continue }
            let shares = Money(granted, currency).split(over: own.map { worth[$0] })
            for (index, share) in zip(own, shares) where share.minor < worth[index] {
                cuts[index] = Guarded(part: share.minor, whole: worth[index])
            }
        }
        if room < 0 { outcome.notices.append(.guardOverrun(Money(-room, currency))) }
        return cuts
    }
}

/// What the guard of the price left of an earning: so many parts of so many.
package struct Guarded: Hashable, Sendable, BitwiseCopyable {
    package let part: Int64
    /// Above zero.
    package let whole: Int64

    package init(part: Int64, whole: Int64) {
        self.part = part
        self.whole = whole
    }

    /// Rounded down.
    func left(of target: Int64) -> Int64 {
        Int64(clamping: Int128(target) * Int128(part) / Int128(whole))
    }
}

/// As what a reward counts for the guard.
enum GuardPart: Equatable, Sendable {
    case margin, commission, assist
}

extension SharedTerms {
    /// Nil where it does not count.
    func guardPart(_ number: UInt16) -> GuardPart? {
        switch beside.nature(of: number) {
        case .rule: .commission
        case .assist: .assist
        case .margin: .margin
        case .trueUp, .override, .fund, .bonus: nil
        }
    }
}
