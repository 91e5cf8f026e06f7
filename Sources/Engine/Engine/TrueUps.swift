import Values

// A step of retroactive tiers that is reached or left changes what all lines of the period come to. The
// difference is a line of its own, at the latest conversion: the lines recomputed at the step, less what was
// posted for them.

extension Memory {
    func trueUp(
        _ tally: inout Tally, _ partner: Ref<Partner>, _ dossier: Dossier, _ terms: SharedTerms,
        at instant: Instant, _ outcome: inout Outcome
    ) throws(Stop) {
        for index in tally.ladders.indices where tally.ladders[index].terms == terms.terms.version {
            guard let rule = terms.rule(tally.ladders[index].rule), let table = rule.tiers,
                table.shape == .retroactive
            else { continue }
            let step = table.step(at: table.value(tally))
            let target = tally.ladders[index].targets[step]
            let difference = try tally.ladders[index].difference(to: target)
            tally.ladders[index].posted = target
            if difference == 0 { continue }
            let start = outcome.workings.count
            outcome.workings.append(.trueUp(Int32(step), of: Money(target, tally.ladders[index].currency)))
            let way = Way(
                rule: rule, number: table.number, partner: partner,
                base: .zero(tally.ladders[index].currency),
                hold: rule.hold ?? terms.terms.attribution.hold, dossier: dossier, terms: terms,
                instant: instant, workings: Run(start..<outcome.workings.count))
            try move(difference, of: &tally.ladders[index], way, &outcome)
        }
    }

    func move(
        _ difference: Int64, of ladder: inout Tally.Ladder, _ way: Way, _ outcome: inout Outcome
    ) throws(Stop) {
        if difference > 0 {
            try add(difference, to: &ladder, way, &outcome)
        } else if difference < 0 {
            try takeBack(difference, from: &ladder, way, &outcome)
        }
    }

    /// What all movements of one true-up, or of one bonus, have in common.
    struct Way {
        /// Whose caps it is under, if it is.
        let rule: SharedRule?
        /// Of the true-ups.
        let number: UInt16
        let partner: Ref<Partner>
        /// What their lines show as what they are of.
        let base: Money
        let hold: Span
        /// Of the conversion that is judged.
        let dossier: Dossier
        let terms: SharedTerms
        let instant: Instant
        let workings: Run
    }

    /// Each is an earning of its own, from the instant on at which the step was reached: so a statement of
    /// the time before has nothing of it.
    private func add(
        _ difference: Int64, to ladder: inout Tally.Ladder, _ way: Way, _ outcome: inout Outcome
    ) throws(Stop) {
        var earning = try fresh(ladder, try kin(ladder.latest, way, outcome), way, outcome)
        let cut = try grant(difference, to: &earning, ladder, way, &outcome)
        if earning.posted + cut.money.minor != 0 {
            try move(earning, by: cut.money.minor, way, &outcome)
        } else {
            outcome.keep(earning)
        }
        if let cap = cut.cap { try tell(cap, of: earning, way.dossier, way.terms, way.instant, &outcome) }
        ladder.paid = try total([ladder.paid, cut.money.minor])
        ladder.trueUp = try total([ladder.trueUp, cut.money.minor])
        if !ladder.trueUps.contains(ladder.latest) { ladder.trueUps.append(ladder.latest) }
    }

    /// What caps let pass of a true-up. They count it in the period of the conversion that it stands at.
    private func grant(
        _ asked: Int64, to earning: inout Earning, _ ladder: Tally.Ladder, _ way: Way,
        _ outcome: inout Outcome
    ) throws(Stop) -> (money: Money, cap: Cap?) {
        // What lines had to give back and get again is no new money.
        let again = min(asked, max(0, -ladder.trueUp))
        let ask = Money(asked - again, ladder.currency)
        guard ask.minor > 0, let line = try capped(earning, way, outcome) else {
            return (Money(asked, ladder.currency), nil)
        }
        let granted = try grant(ask, line, way.terms, outcome)
        var frozen = Frozen()
        frozen.capped = try count(granted.money, asked: ask, line, way.terms, into: &outcome)
        earning.frozen = frozen
        return (Money(try total([granted.money.minor, again]), ladder.currency), granted.cap)
    }

    /// Nil where there are no caps.
    private func capped(_ earning: Earning, _ way: Way, _ outcome: Outcome) throws(Stop) -> CappedLine? {
        guard let rule = way.rule, !rule.caps.isEmpty else { return nil }
        return CappedLine(
            key: earning.key, rule: rule, identity: nil,
            at: try file(of: earning.key.conversion, way, outcome).at,
            counted: earning.frozen?.capped?.counted ?? [],
            isOpen: earning.frozen?.capped?.closesAt != nil, canWait: false)
    }

    /// From the true-ups of the period, the latest first. What they cannot bear, lines made at the higher
    /// step must give back: it is owed, so that no account goes below zero.
    private func takeBack(
        _ difference: Int64, from ladder: inout Tally.Ladder, _ way: Way, _ outcome: inout Outcome
    ) throws(Stop) {
        var rest = difference
        ladder.paid = try total([ladder.paid, difference])
        ladder.trueUp = try total([ladder.trueUp, difference])
        for conversion in ladder.trueUps.reversed() where rest < 0 {
            let kin = try kin(conversion, way, outcome)
            for earning in kin.reversed() where rest < 0 && earning.posted > 0 {
                let step = max(rest, -earning.posted)
                var less = earning
                if let line = try capped(earning, way, outcome) {
                    let left = Money(earning.posted + step, earning.currency)
                    less.frozen?.capped = try count(left, asked: left, line, way.terms, into: &outcome)
                }
                try move(less, by: step, way, &outcome)
                rest -= step
            }
        }
        guard rest < 0 else { return }
        let kin = try kin(ladder.latest, way, outcome)
        var owed = try fresh(ladder, kin, way, outcome)
        owed.state = .stated
        owed.stated = Stated(
            amount: 0, currency: ladder.currency, factor: .one, converted: 0, clawedBack: 0)
        try move(owed, by: rest, way, &outcome)
    }

    /// The true-up earnings at a conversion, the oldest generation first, as they are by now.
    private func kin(_ conversion: Ref<Conversion>, _ way: Way, _ outcome: Outcome) throws(Stop) -> [Earning]
    {
        _ = try file(of: conversion, way, outcome)
        return outcome.latest(of: conversion, earnings[conversion])
            .filter { $0.key.rule == way.number && $0.key.partner == way.partner }
            .sorted { $0.key.generation < $1.key.generation }
    }

    /// With its earnings, also where this very outcome made it.
    private func file(of conversion: Ref<Conversion>, _ way: Way, _ outcome: Outcome) throws(Stop) -> Dossier
    {
        if conversion == way.dossier.conversion { return way.dossier }
        return try dossier(conversion, after: outcome)
    }

    private func fresh(
        _ ladder: Tally.Ladder, _ kin: [Earning], _ way: Way, _ outcome: Outcome
    ) throws(Stop) -> Earning {
        let file = try file(of: ladder.latest, way, outcome)
        let last = kin.last?.key.generation
        if last == .max { throw .refused(.overflow) }
        let key = EarningKey(
            conversion: ladder.latest, partner: way.partner, rule: way.number,
            generation: last.map { $0 + 1 } ?? 0)
        let at = max(way.instant, file.at)
        var earning = Earning(
            key: key, at: at, base: way.base, pay: .amount(Exact(way.base.minor), ladder.currency),
            rounding: way.terms.terms.rounding,
            holdUntil: at.moved(by: way.hold))
        earning.isHeld = file.isHeld
        return earning
    }

    private func move(
        _ earning: Earning, by difference: Int64, _ way: Way, _ outcome: inout Outcome
    ) throws(Stop) {
        try move(earning, by: difference, way.workings, way.dossier, way.terms, way.instant, &outcome)
    }
}

extension Tally.Ladder {
    /// What is to be posted so that its lines come to `target`. What a cap cut once is not asked for again.
    fileprivate func difference(to target: Int64) throws(Stop) -> Int64 {
        let unpaid = try total([target, -paid])
        return unpaid < 0 ? unpaid : max(0, min(unpaid, try total([target, -posted])))
    }
}
