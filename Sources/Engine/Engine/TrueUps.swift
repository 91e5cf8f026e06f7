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
            let difference = try total([target, -tally.ladders[index].posted])
            if difference == 0 { continue }
            let start = outcome.workings.count
            outcome.workings.append(.trueUp(Int32(step), of: Money(target, tally.ladders[index].currency)))
            let way = Way(
                number: table.number, partner: partner, rounding: terms.terms.rounding,
                hold: rule.hold ?? terms.terms.attribution.hold, dossier: dossier, instant: instant,
                workings: Run(start..<outcome.workings.count), terms: terms)
            if difference > 0 {
                try add(difference, to: &tally.ladders[index], way, &outcome)
            } else {
                try takeBack(difference, from: &tally.ladders[index], way, &outcome)
            }
            tally.ladders[index].posted = target
        }
    }

    /// What all movements of one true-up have in common.
    private struct Way {
        let number: UInt16
        let partner: Ref<Partner>
        let rounding: Rounding
        let hold: Span
        /// Of the conversion that is judged.
        let dossier: Dossier
        let instant: Instant
        let workings: Run
        let terms: SharedTerms
    }

    /// Each is an earning of its own, from the instant on at which the step was reached: so a statement of
    /// the time before has nothing of it.
    private func add(
        _ difference: Int64, to ladder: inout Tally.Ladder, _ way: Way, _ outcome: inout Outcome
    ) throws(Stop) {
        let kin = try kin(ladder.latest, way, outcome)
        try move(try fresh(ladder, kin, way, outcome), by: difference, kin, way, &outcome)
        if !ladder.trueUps.contains(ladder.latest) { ladder.trueUps.append(ladder.latest) }
    }

    /// From the true-ups of the period, the latest first. What they cannot bear, lines made at the higher
    /// step must give back: it is owed, so that no account goes below zero.
    private func takeBack(
        _ difference: Int64, from ladder: inout Tally.Ladder, _ way: Way, _ outcome: inout Outcome
    ) throws(Stop) {
        var rest = difference
        for conversion in ladder.trueUps.reversed() where rest < 0 {
            let kin = try kin(conversion, way, outcome)
            for earning in kin.reversed() where rest < 0 && earning.posted > 0 {
                let step = max(rest, -earning.posted)
                try move(earning, by: step, kin, way, &outcome)
                rest -= step
            }
        }
        guard rest < 0 else { return }
        let kin = try kin(ladder.latest, way, outcome)
        var owed = try fresh(ladder, kin, way, outcome)
        owed.state = .stated
        owed.stated = Stated(
            amount: 0, currency: ladder.currency, factor: .one, converted: 0, clawedBack: 0)
        try move(owed, by: rest, kin, way, &outcome)
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
        if let made = outcome.dossiers.last(where: { $0.conversion == conversion }) { return made }
        return try dossier(conversion)
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
            key: key, at: at, base: .zero(ladder.currency), pay: .amount(.zero, ladder.currency),
            rounding: way.rounding, holdUntil: at.moved(by: way.hold))
        earning.isHeld = file.isHeld
        return earning
    }

    private func move(
        _ earning: Earning, by difference: Int64, _ kin: [Earning], _ way: Way, _ outcome: inout Outcome
    ) throws(Stop) {
        let known = kin.reduce(Int32(0)) { $0 + $1.lineCount }
        let now = outcome.lines.count { $0.earning.key.isKin(of: earning.key) }
        try move(
            earning, by: difference, ordinal: known + Int32(now), way.workings, way.dossier, way.terms,
            way.instant, &outcome)
    }
}
