import Values

// Bonuses: an amount that is paid once, when a partner has brought so much. What is taken back of that takes
// the bonus back.

extension Memory {
    /// Counts what an outcome changed for bonuses, and pays or takes back what was reached or lost by it.
    func payBonuses(at instant: Instant, _ terms: TermsHistory, into outcome: inout Outcome) throws(Stop) {
        guard terms.haveBonuses, !outcome.dossiers.isEmpty else { return }
        var isDone: Set<Ref<Conversion>> = []
        let start = outcome.postings.count
        for conversion in outcome.dossiers.map(\.conversion) where isDone.insert(conversion).inserted {
            let file = try dossier(conversion, after: outcome)
            try count(file, at: instant, terms, into: &outcome)
        }
        outcome.enter(.earned, at: instant, from: start)
    }

    private func count(
        _ file: Dossier, at instant: Instant, _ terms: TermsHistory, into outcome: inout Outcome
    ) throws(Stop) {
        let version = try terms.version(of: file)
        let before = dossiers[file.conversion]
        let had = before.map { sharers(of: $0.conversion) } ?? []
        let has = sharers(of: file, after: outcome)
        let partners = (had + has).map(\.partner)
        guard version.hasBonuses, !partners.isEmpty else { return }
        let sale = try sale(file.conversion, after: outcome)
        for (index, partner) in partners.enumerated() where !partners[..<index].contains(partner) {
            guard let member = try membership(partner)?.joining else { continue }
            let plan = version.terms.plan(type: member.type, plan: member.plan)
            for bonus in plan?.bonuses ?? [] where bonus.events.isEmpty || bonus.events.contains(sale.event) {
                let now = try worth(file, sale, of: has, for: partner, bonus, version)
                let then = try worth(before, sale, of: had, for: partner, bonus, version)
                if now == then { continue }
                let step = Step(partner: partner, file: file, version: version, instant: instant)
                try count(now - then, for: bonus, step, terms, into: &outcome)
            }
        }
    }

    /// What a conversion counts for a partner's bonus, as far as it stands: a sharer has its part of the
    /// revenue, and each counts the event.
    private func worth(
        _ file: Dossier?, _ sale: Sale, of sharers: [Sharer], for partner: Ref<Partner>, _ bonus: Bonus,
        _ version: SharedTerms
    ) throws(Stop) -> Int64 {
        guard let file, file.isWorthCounting, let place = sharers.firstIndex(where: { $0.partner == partner })
        else { return 0 }
        guard case .revenue(let least) = bonus.goal else { return 1 }
        if file.amount.minor == 0 { return 0 }
        let base = try Base().of(sale)
        let left = try file.share(of: base)
        let day = version.terms.zone.day(of: file.at)
        let whole = try compared(left, in: least.currency, on: day) ?? 0
        return try Portion.all(sharers)[place].part(of: whole, least.currency)
    }

    /// A conversion that a partner gains or loses.
    private struct Step {
        let partner: Ref<Partner>
        let file: Dossier
        let version: SharedTerms
        let instant: Instant
    }

    private func count(
        _ change: Int64, for bonus: Bonus, _ step: Step, _ terms: TermsHistory, into outcome: inout Outcome
    ) throws(Stop) {
        let key = bonus.key(step.partner, at: step.file.at, step.version.terms.zone)
        var tally = try tally(key, after: outcome)
        let value: Int64
        switch bonus.goal {
        case .count:
            tally.count = max(0, try total([tally.count, change]))
            value = tally.count
        case .revenue:
            tally.sum = max(0, try total([tally.sum, change]))
            value = tally.sum
        }
        let isReached = value >= bonus.goal.least
        // Whoever has reached it has, whatever a later version of the terms would pay.
        if tally.ladders.isEmpty, isReached {
            var ladder = Tally.Ladder(
                rule: bonus.number, terms: step.version.terms.version, currency: bonus.pay.currency, steps: 2,
                latest: step.file.conversion)
            ladder.targets[1] = bonus.pay.minor
            tally.ladders = [ladder]
        }
        if !tally.ladders.isEmpty {
            if change > 0 { tally.ladders[0].latest = step.file.conversion }
            guard let promised = tally.ladders[0].targets.last else {
                throw .refused(.notFound(kind: "bonus", id: "of this tally"))
            }
            let target = isReached ? promised : 0
            try move(&tally.ladders[0], to: target, value, bonus, step, terms, &outcome)
        }
        outcome.tallies.append(TallyChange(key: key, tally: tally))
    }

    private func move(
        _ ladder: inout Tally.Ladder, to target: Int64, _ value: Int64, _ bonus: Bonus, _ step: Step,
        _ terms: TermsHistory, _ outcome: inout Outcome
    ) throws(Stop) {
        let difference = try total([target, -ladder.posted])
        guard difference != 0, let version = terms.shared(ladder.terms) else { return }
        ladder.posted = target
        let start = outcome.workings.count
        outcome.workings.append(.reached(bonus.goal, value))
        let way = Way(
            rule: nil, number: ladder.rule, partner: step.partner,
            base: Money(ladder.targets.last ?? 0, ladder.currency),
            hold: bonus.hold ?? version.terms.attribution.hold, dossier: step.file.under(ladder.terms),
            terms: version, instant: max(step.instant, step.file.at),
            workings: Run(start..<outcome.workings.count))
        try move(difference, of: &ladder, way, &outcome)
    }
}

extension Bonus {
    func key(_ partner: Ref<Partner>, at instant: Instant, _ zone: Zone) -> TallyKey {
        let currency = if case .revenue(let least) = goal { least.currency } else { pay.currency }
        return TallyKey(
            .bonus, lane, partner: partner, start: period.start(of: instant, in: zone), currency)
    }
}

extension Bonus.Goal {
    /// Inclusive.
    var least: Int64 {
        switch self {
        case .count(let count): count
        case .revenue(let money): money.minor
        }
    }
}

extension Dossier {
    /// What is left of something that refunds of the conversion shrink.
    fileprivate func share(of whole: Money) throws(Stop) -> Money {
        do {
            return try whole.times(.one, part: left, of: amount.minor, .halfEven)
        } catch {
            throw .refused(error)
        }
    }

    /// The same under another version of the terms.
    fileprivate func under(_ terms: Int32) -> Dossier {
        var file = self
        file.terms = terms
        return file
    }
}
