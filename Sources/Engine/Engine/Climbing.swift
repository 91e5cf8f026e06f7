import Values

// Tiers of rules: the step at which a conversion is paid, what it adds to its period, and what a step that is
// reached changes for all that came before it in the period.

/// At which step an earning was reckoned, and what it adds to its period. It keeps its step.
package struct Tiering: Hashable, Sendable, BitwiseCopyable {
    /// In the table's currency; zero where it counts events.
    package let volume: Int64
    /// What the period had come to before it: in minor units of the table's currency, or a count.
    package let before: Int64
    package let step: Int32
    /// What the step promises; of a conversion that crosses steps the mean of its slices.
    package let promise: Promise
    package let quantity: Fraction
    package let points: Fraction
    package let times: Fraction
    /// Whether its money follows the steps: a renewal only counts.
    package var isStepped = true

    package init(
        volume: Int64, before: Int64, step: Int32, promise: Promise, quantity: Fraction, points: Fraction,
        times: Fraction, isStepped: Bool = true
    ) {
        self.volume = volume
        self.before = before
        self.step = step
        self.promise = promise
        self.quantity = quantity
        self.points = points
        self.times = times
        self.isStepped = isStepped
    }
}

extension TierTable {
    func key(_ lane: Symbol, _ partner: Ref<Partner>, at instant: Instant, _ zone: Zone) -> TallyKey {
        key(lane, partner, start: period.start(of: instant, in: zone))
    }

    fileprivate func key(_ lane: Symbol, _ partner: Ref<Partner>, start: Int32) -> TallyKey {
        if case .events(let name) = counted {
            return TallyKey(.events, name, partner: partner, start: start, currency)
        }
        return TallyKey(.steps, lane, partner: partner, start: start, currency)
    }

    /// The last step that begins by then; below the first, the first.
    func step(at value: Int64) -> Int { steps.lastIndex { $0.start <= value } ?? 0 }

    func value(_ tally: Tally) -> Int64 { counted == .revenue ? tally.sum : tally.count }

    /// What is promised for a slice that begins at `before` and adds `volume`.
    fileprivate func promise(for volume: Int64, before: Int64) throws(Stop) -> (Promise, step: Int) {
        let after = try total([before, volume])
        switch shape {
        case .prospective:
            let step = step(at: before)
            return (steps[step].pay, step)
        case .retroactive:
            let step = step(at: after)
            return (steps[step].pay, step)
        case .progressive:
            guard counted == .revenue else {
                let step = step(at: after)
                return (steps[step].pay, step)
            }
            return (try mean(of: volume, from: before), step(at: after))
        }
    }

    /// The share that the slices of `before` to `before + volume` come to.
    private func mean(of volume: Int64, from before: Int64) throws(Stop) -> Promise {
        let (first, last) = (step(at: before), step(at: try total([before, volume])))
        guard first < last, volume > 0 else { return steps[first].pay }
        var sum = Fraction.zero
        var start = before
        for index in first...last {
            let end = index < last ? steps[index + 1].start : before + volume
            guard case .percent(let rate) = steps[index].pay, let part = Fraction(end - start, volume),
                let own = part.times(rate), let next = sum.adding(own)
            else { throw .refused(.overflow) }
            sum = next
            start = end
        }
        return .percent(sum)
    }
}

extension Memory {
    /// At which step of its rule's table a conversion is paid. One that was paid under the rule before keeps
    /// its step.
    func climb(
        _ table: TierTable, _ rule: SharedRule, _ occasion: Occasion, _ formula: Formula,
        after outcome: Outcome
    ) throws(Stop) -> Tiering {
        let sale = occasion.sale
        let partner = occasion.member.partner
        let key = EarningKey(conversion: sale.conversion, partner: partner, rule: rule.number)
        if let known = earnings[key], known.stands, let tiering = known.tiering {
            var volume = tiering.volume
            if known.frozen?.portion?.share != occasion.portion?.share {
                volume = try self.volume(table, rule, occasion, formula)
            }
            return Tiering(
                volume: volume, before: tiering.before, step: tiering.step, promise: tiering.promise,
                quantity: formula.quantity, points: formula.points, times: formula.times)
        }
        let zone = occasion.terms.terms.zone
        let before = try brought(table, rule.lane, partner, by: sale.at, zone, after: outcome)
        let volume = try volume(table, rule, occasion, formula)
        let (promise, step) = try table.promise(for: volume, before: before)
        return Tiering(
            volume: volume, before: before, step: Int32(step), promise: promise, quantity: formula.quantity,
            points: formula.points, times: formula.times)
    }
}

extension Memory {
    /// What a table's period has come to by an instant.
    private func brought(
        _ table: TierTable, _ lane: Symbol, _ partner: Ref<Partner>, by instant: Instant, _ zone: Zone,
        after outcome: Outcome
    ) throws(Stop) -> Int64 {
        guard let days = table.period.days(until: instant, in: zone) else {
            return table.value(try tally(table.key(lane, partner, at: instant, zone), after: outcome))
        }
        let keys = days.map { table.key(lane, partner, start: $0 * 8 + TallyKey.rollingDay) }
        return try total(try tallies(keys, after: outcome).map(table.value))
    }

    /// What a conversion adds to its period. Sharers have their parts of the base, and each counts the event.
    private func volume(
        _ table: TierTable, _ rule: SharedRule, _ occasion: Occasion, _ formula: Formula
    ) throws(Stop) -> Int64 {
        let sale = occasion.sale
        switch table.counted {
        case .revenue:
            let base = rule.pay.isShare ? formula.base : try rule.base.of(sale)
            let day = occasion.terms.terms.zone.day(of: sale.at)
            let whole = try compared(base, in: table.currency, on: day) ?? 0
            return occasion.portion?.part(of: whole, table.currency) ?? whole
        case .count: return 1
        case .events(let name): return name == sale.event ? 1 : 0
        }
    }
}

// MARK: What a conversion adds

extension Memory {
    /// Counts what changed of a conversion, and posts what a step that was reached or left changes for
    /// others.
    /// - Parameter old: its earnings before the outcome.
    func count(
        _ dossier: Dossier, _ old: [Earning], _ terms: SharedTerms, at instant: Instant,
        into outcome: inout Outcome
    ) throws(Stop) {
        try countForRanks(dossier, terms, &outcome)
        guard terms.counts else { return }
        try countEvents(dossier, terms, at: instant, &outcome)
        let isStepped = old.contains { $0.tiering != nil } || outcome.rewards.contains { $0.tiering != nil }
        guard isStepped else { return }
        let current = outcome.latest(of: dossier.conversion, old)
        for earning in current where earning.key.generation == 0 {
            guard let rule = terms.rule(earning.key.rule), let table = rule.tiers, earning.tiering != nil
            else { continue }
            let before = old.first { $0.key == earning.key }
            try count(earning, before, rule, table, dossier, terms, at: instant, &outcome)
        }
    }

    private func count(
        _ earning: Earning, _ before: Earning?, _ rule: SharedRule, _ table: TierTable, _ dossier: Dossier,
        _ terms: SharedTerms, at instant: Instant, _ outcome: inout Outcome
    ) throws(Stop) {
        let key = table.key(rule.lane, earning.key.partner, at: dossier.at, terms.terms.zone)
        var tally = try tally(key, after: outcome)
        let start = table.value(tally)
        let was = before.flatMap { old in dossiers[dossier.conversion].map { (earning: old, file: $0) } }
        if key.kind == .steps {
            let now = try earning.contribution(dossier)
            let then = try was?.0.contribution(was?.1) ?? Contribution()
            tally.sum = max(0, try total([tally.sum, now.volume, -then.volume]))
            tally.count = max(0, try total([tally.count, now.count, -then.count]))
        }
        if table.slices == .top {
            let index = tally.ladder(rule, terms.terms.version, earning.currency, dossier.conversion)
            try tally.ladders[index].take(try posted(for: earning, outcome), at: dossier)
            try countSlices(
                of: earning, was: was, before: start, rule, table, in: &tally.ladders[index], dossier, terms,
                at: instant, &outcome)
        }
        if table.shape == .retroactive {
            let index = tally.ladder(rule, terms.terms.version, earning.currency, dossier.conversion)
            for step in table.steps.indices {
                let promise = table.steps[step].pay
                let now = try earning.target(at: promise, rule, dossier)
                let then = try was?.0.target(at: promise, rule, was?.1) ?? 0
                tally.ladders[index].targets[step] = try total([
                    tally.ladders[index].targets[step], now, -then,
                ])
            }
            let lost = try total([earning.lost, -(before?.lost ?? 0)])
            tally.ladders[index].posted = try total([tally.ladders[index].posted, lost])
            try tally.ladders[index].take(try posted(for: earning, outcome), at: dossier)
            try trueUp(&tally, earning.key.partner, dossier, terms, at: instant, &outcome)
        }
        outcome.tallies.append(TallyChange(key: key, tally: tally))
    }

    /// What an outcome posted for an earning so far.
    private func posted(for earning: Earning, _ outcome: Outcome) throws(Stop) -> Int64 {
        try total(outcome.lines.filter { $0.earning.key.isKin(of: earning.key) }.map(\.amount.minor))
    }

    /// What lines that were cut got after all is paid for their steps, too.
    func countRegranted(
        _ dossier: Dossier, _ terms: SharedTerms, from first: Int, at instant: Instant,
        into outcome: inout Outcome
    ) throws(Stop) {
        for line in outcome.lines[first...] where line.kind == .commission {
            let key = line.earning.key
            guard let rule = terms.rule(key.rule), let table = rule.tiers, table.shape == .retroactive else {
                continue
            }
            let tallyKey = table.key(rule.lane, key.partner, at: dossier.at, terms.terms.zone)
            var tally = try tally(tallyKey, after: outcome)
            let index = tally.ladder(rule, terms.terms.version, line.amount.currency, dossier.conversion)
            tally.ladders[index].paid = try total([tally.ladders[index].paid, line.amount.minor])
            try trueUp(&tally, key.partner, dossier, terms, at: instant, &outcome)
            outcome.tallies.append(TallyChange(key: tallyKey, tally: tally))
        }
    }

    /// What a shared budget took from a line or a true-up is no longer paid for their steps.
    func countCut(
        _ earning: Earning, by difference: Int64, _ rule: SharedRule, _ dossier: Dossier,
        _ terms: SharedTerms,
        into outcome: inout Outcome
    ) throws(Stop) {
        guard let table = rule.tiers, table.shape == .retroactive else { return }
        let isTrueUp = earning.key.rule == table.number
        guard isTrueUp || earning.key.rule == rule.number else { return }
        let key = table.key(rule.lane, earning.key.partner, at: dossier.at, terms.terms.zone)
        var tally = try tally(key, after: outcome)
        let index = tally.ladder(rule, terms.terms.version, earning.currency, dossier.conversion)
        tally.ladders[index].paid = try total([tally.ladders[index].paid, difference])
        if isTrueUp {
            tally.ladders[index].trueUp = try total([tally.ladders[index].trueUp, difference])
        }
        outcome.tallies.append(TallyChange(key: key, tally: tally))
    }

    /// Events that some table counts by name, whether a rule pays for them or not.
    private func countEvents(
        _ dossier: Dossier, _ terms: SharedTerms, at instant: Instant, _ outcome: inout Outcome
    ) throws(Stop) {
        guard !terms.countedEvents.isEmpty else { return }
        let wasCounted = dossiers[dossier.conversion]?.isWorthCounting ?? false
        let then = wasCounted ? sharers(of: dossier.conversion).map(\.partner) : []
        let now = dossier.isWorthCounting ? sharers(of: dossier, after: outcome).map(\.partner) : []
        if then == now { return }
        let event = try sale(dossier.conversion, after: outcome).event
        for table in terms.countedEvents where table.counted == .events(event) {
            let left = then.filter { !now.contains($0) }.map { ($0, Int64(-1)) }
            let joined = now.filter { !then.contains($0) }.map { ($0, Int64(1)) }
            for (partner, step) in left + joined {
                let key = table.key(event, partner, at: dossier.at, terms.terms.zone)
                var tally = try tally(key, after: outcome)
                tally.count = max(0, tally.count + step)
                try trueUp(&tally, partner, dossier, terms, at: instant, &outcome)
                outcome.tallies.append(TallyChange(key: key, tally: tally))
            }
        }
    }
}

extension Dossier {
    /// A conversion without an amount stands or is rejected; another counts while something of it is left.
    var isWorthCounting: Bool { amount.minor == 0 ? !isRejected : left > 0 }
}

struct Contribution {
    var volume: Int64 = 0
    var count: Int64 = 0
}

extension Earning {
    fileprivate func contribution(_ dossier: Dossier?) throws(Stop) -> Contribution {
        guard let dossier, let tiering, stands, dossier.isWorthCounting else { return Contribution() }
        guard dossier.amount.minor > 0 else { return Contribution(volume: tiering.volume, count: 1) }
        do {
            let volume = try Exact(tiering.volume)
                .rounded(.halfEven, part: dossier.left, of: dossier.amount.minor)
            return Contribution(volume: volume, count: 1)
        } catch {
            throw .refused(error)
        }
    }

    /// What its lines would come to, did its step promise this.
    fileprivate func target(at promise: Promise, _ rule: SharedRule, _ dossier: Dossier?) throws(Stop)
        -> Int64
    {
        guard let dossier, let tiering, stands else { return 0 }
        var pay = pay
        if tiering.isStepped {
            let formula = Formula(
                base: base, quantity: tiering.quantity, points: tiering.points, times: tiering.times,
                bounds: rule.bounds)
            pay = try formula.due(promise).pay
        }
        var reward = Reward(
            partner: key.partner, rule: key.rule, base: base, pay: pay, rounding: rounding,
            holdUntil: holdUntil)
        reward.refund = rule.refund
        reward.frozen = frozen
        let due = try reward.target(in: dossier)
        guard let cut = frozen?.guarded else { return due }
        // What the guard has cut is not due at another step either.
        reward.pay = self.pay
        return min(due, cut.left(of: try reward.target(in: dossier)))
    }
}

extension Tally {
    fileprivate mutating func ladder(
        _ rule: SharedRule, _ terms: Int32, _ currency: Currency, _ conversion: Ref<Conversion>
    ) -> Int {
        let known = ladders.firstIndex {
            $0.rule == rule.number && $0.terms == terms && $0.currency == currency
        }
        if let known { return known }
        ladders.append(
            Ladder(
                rule: rule.number, terms: terms, currency: currency, steps: rule.tiers?.steps.count ?? 0,
                latest: conversion))
        return ladders.count - 1
    }
}

extension Tally.Ladder {
    /// Takes up what was posted for a conversion that joined.
    fileprivate mutating func take(_ amount: Int64, at file: Dossier) throws(Stop) {
        posted = try total([posted, amount])
        paid = try total([paid, amount])
        latest = file.conversion
    }
}

extension Memory {
    /// A conversion's earnings as they stand after an outcome that is still being made.
    func current(_ conversion: Ref<Conversion>, after outcome: Outcome) -> [Earning] {
        let known = earnings[conversion]
        return outcome.earnings.isEmpty ? known : outcome.latest(of: conversion, known)
    }
}

extension Outcome {
    /// The earnings of a conversion as they are after it.
    func latest(of conversion: Ref<Conversion>, _ old: [Earning]) -> [Earning] {
        var all = old
        for change in earnings where change.earning.key.conversion == conversion {
            if let index = all.firstIndex(where: { $0.key == change.earning.key }) {
                all[index] = change.earning
            } else {
                all.append(change.earning)
            }
        }
        return all
    }
}
