import Values

// Refunds that come off the top of a progressive period. What sales brought lies in slices, each at its step,
// one on another. A refund takes the topmost, whichever sales they came with; the sale's own line gives back
// what it was paid, and the difference is a true-up. So all lines together are what the steps give for what
// is left.

extension TierTable {
    /// Whether steps that are reached or left by others change what its lines come to.
    var makesTrueUps: Bool { shape == .retroactive || slices == .top }

    /// How a base lies on the steps that the period climbs from `before` by `volume`.
    fileprivate func slices(of base: Int64, from before: Int64, by volume: Int64) throws(Stop)
        -> [Tally.Slice]
    {
        let first = step(at: before)
        let last = max(first, step(at: try total([before, volume])))
        var slices: [Tally.Slice] = []
        var done: Int64 = 0
        for index in first...last {
            guard case .percent(let rate) = steps[index].pay else { continue }
            var end = base
            if index < last {
                end = try part(of: base, steps[index + 1].start - before, of: volume)
            }
            slices.append(Tally.Slice(volume: end - done, rate: rate))
            done = end
        }
        return slices
    }
}

extension Memory {
    /// Puts what an earning brings onto its period's slices, or takes it off the top, and posts what that is
    /// more or less than its own line.
    /// - Parameters:
    ///   - was: it, before the outcome, with its conversion's file.
    ///   - before: what the period had come to.
    func countSlices(
        of earning: Earning, was: (earning: Earning, file: Dossier)?, before: Int64, _ rule: SharedRule,
        _ table: TierTable, in ladder: inout Tally.Ladder, _ dossier: Dossier, _ terms: SharedTerms,
        at instant: Instant, _ outcome: inout Outcome
    ) throws(Stop) {
        let now = try earning.slice(of: dossier, table)
        let then = try was.map { old throws(Stop) in try old.earning.slice(of: old.file, table) } ?? Sliced()
        let change = try total([now.base, -then.base])
        if change > 0 {
            let volume = try total([now.volume, -then.volume])
            for slice in try table.slices(of: change, from: before, by: volume) { try ladder.put(slice) }
        } else {
            ladder.takeOff(-change)
        }
        guard let own = ladder.own.adding(now.worth).flatMap({ $0.adding(then.worth.negated) }),
            let worth = ladder.worth, let due = worth.adding(own.negated)
        else { throw .refused(.overflow) }
        ladder.own = own
        let difference = try total([try rounded(due, terms.terms.rounding), -ladder.trueUp])
        if difference == 0 { return }
        ladder.posted = try total([ladder.posted, difference])
        let start = outcome.workings.count
        outcome.workings.append(.slices(worth, own: own))
        let way = Way(
            rule: rule, number: table.number, partner: earning.key.partner, base: .zero(ladder.currency),
            hold: rule.hold ?? terms.terms.attribution.hold, dossier: dossier, terms: terms,
            instant: instant, workings: Run(start..<outcome.workings.count))
        try move(difference, of: &ladder, way, &outcome)
    }
}

/// What an earning brings to the slices of its period.
private struct Sliced {
    /// In its own currency.
    var base: Int64 = 0
    /// In the table's.
    var volume: Int64 = 0
    /// What its own line gives for that.
    var worth = Exact.zero
}

extension Earning {
    /// - Parameter file: nil where it was not there.
    fileprivate func slice(of file: Dossier, _ table: TierTable) throws(Stop) -> Sliced {
        guard let tiering, stands, file.isWorthCounting, file.amount.minor > 0,
            case .percent(let rate) = tiering.promise
        else { return Sliced() }
        var sliced = Sliced()
        sliced.volume = try part(of: tiering.volume, file.left, of: file.amount.minor)
        sliced.base = sliced.volume
        if currency != table.currency {
            var own = base.minor
            if let portion = frozen?.portion {
                own = try part(of: own, portion.share.numerator, of: portion.share.denominator)
            }
            sliced.base = try part(of: own, file.left, of: file.amount.minor)
        }
        guard let worth = Exact(sliced.base).times(rate)?.onGrid else { throw .refused(.overflow) }
        sliced.worth = worth
        // What is left of a line that spans steps is hardly whole; rounded twice it could miss a cent.
        if file.refunded > 0, !table.steps.contains(where: { $0.pay == tiering.promise }) {
            sliced.worth = Exact(try rounded(worth, rounding))
        }
        return sliced
    }
}

extension Tally {
    /// So much of a base at one rate.
    package struct Slice: Hashable, Sendable, BitwiseCopyable {
        package var volume: Int64
        package let rate: Fraction

        package init(volume: Int64, rate: Fraction) {
            self.volume = volume
            self.rate = rate
        }
    }
}

extension Tally.Ladder {
    fileprivate mutating func put(_ slice: Tally.Slice) throws(Stop) {
        guard slice.volume > 0 else { return }
        guard let top = slices.last, top.rate == slice.rate else { return slices.append(slice) }
        slices[slices.count - 1].volume = try total([top.volume, slice.volume])
    }

    fileprivate mutating func takeOff(_ volume: Int64) {
        var rest = volume
        while rest > 0, let top = slices.last {
            if top.volume <= rest {
                slices.removeLast()
            } else {
                slices[slices.count - 1].volume -= rest
            }
            rest -= min(rest, top.volume)
        }
    }

    /// What its slices give; nil where that does not fit.
    fileprivate var worth: Exact? {
        slices.reduce(Exact?.some(.zero)) { sum, slice in
            Exact(slice.volume).times(slice.rate).flatMap { sum?.adding($0) }
        }
    }
}

private func part(of whole: Int64, _ part: Int64, of parts: Int64) throws(Stop) -> Int64 {
    do {
        return try Exact(whole).rounded(.halfEven, part: part, of: parts)
    } catch {
        throw .refused(error)
    }
}

private func rounded(_ exact: Exact, _ rounding: Rounding) throws(Stop) -> Int64 {
    do {
        return try exact.rounded(rounding)
    } catch {
        throw .refused(error)
    }
}
