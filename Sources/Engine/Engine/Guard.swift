import Values

// The most that coupon, margin, commission and assist together may be of a sale's price. What was given
// already cannot be taken back, so assist is cut first, then commission, down to nothing and no further.

extension Memory {
    /// Cuts the outcome's targets to what the guard leaves; after caps. Levels above the seller are not held
    /// against it.
    func guardTargets(_ dossier: Dossier, _ terms: SharedTerms, into outcome: inout Outcome) throws(Stop) {
        guard let most = terms.terms.attribution.maxShare, !outcome.rewards.isEmpty else { return }
        for index in outcome.rewards.indices where outcome.rewards[index].frozen?.guarded != nil {
            outcome.rewards[index].freeze { $0.guarded = nil }
        }
        let sale = try guarded(dossier.conversion, outcome)
        let price = try total([sale.amount.minor, sale.discount, -sale.tax])
        guard price > 0, dossier.left > 0 || sale.amount.minor == 0, !dossier.isRejected else { return }
        let (left, whole) = sale.amount.minor == 0 ? (1, 1) : (dossier.left, sale.amount.minor)
        var room = try Room(most, of: price, given: sale.discount, left: left, whole)
        let currency = sale.amount.currency
        let day = terms.terms.zone.day(of: sale.at)
        var worth: [Int64] = []
        for (reward, target) in zip(outcome.rewards, outcome.targets) {
            worth.append(try compared(Money(target, reward.currency), in: currency, on: day) ?? 0)
        }
        let parts = outcome.rewards.map { terms.guardPart($0.rule) }
        for part in [GuardPart.margin, .commission, .assist] {
            let own = parts.indices.filter { parts[$0] == part && worth[$0] > 0 }
            let wanted = try total(own.map { worth[$0] })
            let granted = part == .margin ? wanted : min(wanted, room.left)
            room.take(granted)
            guard granted < wanted else { continue }
            let shares = Money(granted, currency).split(over: own.map { worth[$0] })
            for (index, share) in zip(own, shares) where share.minor < worth[index] {
                try cut(index, to: share.minor, of: worth[index], &outcome)
            }
        }
        if room.overrun > 0 {
            outcome.notices.append(.guardOverrun(Money(room.overrun, currency)))
        }
    }

    private func guarded(_ conversion: Ref<Conversion>, _ outcome: Outcome) throws(Stop) -> Sale {
        if let sale = outcome.sales.first(where: { $0.conversion == conversion }) { return sale }
        return try sale(conversion)
    }

    /// To so many parts of so many, rounded down.
    private func cut(_ index: Int, to part: Int64, of whole: Int64, _ outcome: inout Outcome) throws(Stop) {
        let before = outcome.targets[index]
        let after = Int64(Int128(before) * Int128(part) / Int128(whole))
        outcome.targets[index] = after
        let currency = outcome.rewards[index].currency
        outcome.rewards[index].freeze { $0.guarded = before - after }
        outcome.rewards[index].workings = outcome.telling(
            .guarded(Money(before, currency), Money(after, currency)), after: outcome.rewards[index])
    }
}

/// What of a sale's price the guard leaves for those who are paid.
private struct Room {
    /// Rounded down; below zero where more was given already.
    private var room: Int64

    init(_ most: Fraction, of price: Int64, given discount: Int64, left: Int64, _ whole: Int64) throws(Stop) {
        let parts = Exact(price).times(most).flatMap { $0.adding(Exact(-discount)) }
        guard let exact = parts, let share = Fraction(left, whole), let rest = exact.times(share) else {
            throw .refused(.overflow)
        }
        room = rest.whole
    }

    var left: Int64 { max(0, room) }
    var overrun: Int64 { max(0, -room) }

    mutating func take(_ amount: Int64) { room -= amount }
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
