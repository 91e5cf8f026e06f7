import Values

// Ranks of partners: what is counted for them over all of a partner's conversions, and which one it has.
// Ranks go by sequence, as tallies do: what comes late lifts those who come after it.

/// A rank given by hand: until another is given the partner has at least this one.
package struct RankMark: Hashable, Sendable, BitwiseCopyable {
    package let at: Instant
    package let mark: Ref<Mark>
    package let tier: Symbol

    package init(_ mark: Ref<Mark>, at: Instant, tier: Symbol) {
        self.mark = mark
        self.at = at
        self.tier = tier
    }
}

extension StatusTier.Goal {
    func key(_ partner: Ref<Partner>, start: Int32) -> TallyKey {
        TallyKey(.rank, lane, partner: partner, start: start, currency)
    }

    fileprivate func value(_ tally: Tally) -> Int64 { counted == .revenue ? tally.sum : tally.count }

    fileprivate func isReached(by tally: Tally) -> Bool { value(tally) >= least }
}

extension Period {
    /// The period in which a conversion counts for ranks. Of those that roll it is the conversion's day: they
    /// are so many whole days in the program's zone, of which the last is today.
    fileprivate func counts(_ instant: Instant, _ zone: Zone) -> Int32 {
        if case .rolling = self { return Period.day.start(of: instant, in: zone) }
        return start(of: instant, in: zone)
    }

    fileprivate func start(_ day: Day) -> Int32 { day.number * 8 + sign }

    /// - Precondition: it is a calendar's.
    fileprivate func firstDay(_ start: Int32) -> Day { Day(number: (start - sign) / 8) }

    /// The period before one.
    fileprivate func start(before start: Int32) -> Int32 {
        let day = firstDay(start)
        return switch self {
        case .day: self.start(day.adding(days: -1))
        case .week: self.start(day.adding(days: -7))
        case .month: self.start(day.adding(months: -1))
        case .quarter: self.start(day.adding(months: -3))
        case .lifetime, .rolling: TallyKey.lifetime
        }
    }
}

// MARK: Which rank a partner has

extension Memory {
    /// The rank of a partner at an instant, by what is recorded so far: the highest that it has reached or
    /// was given. Nil where it has none.
    package func rank(of partner: Ref<Partner>, at instant: Instant, _ terms: Terms) throws(Stop) -> Symbol? {
        try rank(of: partner, at: instant, terms, after: Outcome())
    }

    func rank(
        of partner: Ref<Partner>, at instant: Instant, _ terms: Terms, after outcome: Outcome
    ) throws(Stop) -> Symbol? {
        guard !terms.tiers.isEmpty else { return nil }
        let given = try rankMarks(partner).last { $0.at <= instant }?.tier
        for (index, tier) in terms.tiers.enumerated().reversed() {
            if tier.name == given || tier.goals.isEmpty && index == 0 { return tier.name }
            if try holds(tier, partner, at: instant, terms.zone, after: outcome) { return tier.name }
        }
        return nil
    }

    func rankMarks(_ partner: Ref<Partner>) throws(Stop) -> [RankMark] {
        if let known = ranks[partner] { return known }
        if isWhole { return [] }
        throw .unknown([.ranks(partner)])
    }

    /// A tier is had from the moment on at which its goals are reached, through the next period, and for its
    /// grace after that.
    private func holds(
        _ tier: StatusTier, _ partner: Ref<Partner>, at instant: Instant, _ zone: Zone, after outcome: Outcome
    ) throws(Stop) -> Bool {
        guard !tier.goals.isEmpty else { return false }
        if case .rolling(let span) = tier.period {
            return try holds(tier, span, partner, at: instant, zone, after: outcome)
        }
        var start = tier.period.start(of: instant, in: zone)
        if try isReached(tier, partner, start, after: outcome) { return true }
        if start == TallyKey.lifetime { return false }
        var isKept = true
        while isKept {
            let next = start
            start = tier.period.start(before: start)
            if try isReached(tier, partner, start, after: outcome) { return true }
            // One that was reached in the period before this one is kept until this one's grace is over.
            isKept = instant < zone.start(of: tier.period.firstDay(next)).moved(by: tier.grace)
        }
        return false
    }

    /// Whether the goals were reached over the days of `span` up to today, or up to a day of the grace.
    private func holds(
        _ tier: StatusTier, _ span: Span, _ partner: Ref<Partner>, at instant: Instant, _ zone: Zone,
        after outcome: Outcome
    ) throws(Stop) -> Bool {
        let today = zone.day(of: instant).number
        let days = Int32(span.milliseconds / Span.days(1).milliseconds)
        let last = zone.day(of: instant.moved(by: -tier.grace)).number
        let first = last - days + 1
        let keys = tier.goals.flatMap { goal in
            (first...today).map { goal.key(partner, start: Period.day.start(Day(number: $0))) }
        }
        var tallies = try tallies(keys, after: outcome)[...]
        var sums: [[Int64]] = []
        for goal in tier.goals {
            // Of each day what all days up to it come to.
            var all: [Int64] = [0]
            for tally in tallies.prefix(Int(today - first) + 1) {
                all.append(try total([all[all.count - 1], goal.value(tally)]))
            }
            tallies = tallies.dropFirst(Int(today - first) + 1)
            sums.append(all)
        }
        return (0...Int(today - last)).contains { back in
            let end = Int(today - first) + 1 - back
            return zip(tier.goals, sums).allSatisfy { $1[end] - $1[end - Int(days)] >= $0.least }
        }
    }

    private func isReached(
        _ tier: StatusTier, _ partner: Ref<Partner>, _ start: Int32, after outcome: Outcome
    ) throws(Stop) -> Bool {
        let tallies = try tallies(tier.goals.map { $0.key(partner, start: start) }, after: outcome)
        return zip(tier.goals, tallies).allSatisfy { $0.isReached(by: $1) }
    }

    /// Gives a partner a rank from an instant on, whichever comes first of what is given.
    func give(_ new: RankMark, to partner: Ref<Partner>, into outcome: inout Outcome) throws(Stop) {
        guard try membership(partner) != nil else {
            throw .refused(.notFound(kind: "partner", id: "of this tier"))
        }
        var marks = try rankMarks(partner)
        var index = marks.count
        while index > 0, try precedes(new, marks[index - 1]) { index -= 1 }
        marks.insert(new, at: index)
        outcome.changes.append(.ranks(partner, marks))
    }

    private func precedes(_ a: RankMark, _ b: RankMark) throws(Stop) -> Bool {
        a.at != b.at ? a.at < b.at : try isFirst(Tie(a.mark, b.mark))
    }
}

// MARK: As rules look at it

extension Memory {
    /// The rank by which a conversion pays its partner: that of the event, which it keeps when it is decided
    /// again.
    func rank(for occasion: Occasion, after outcome: Outcome) throws(Stop) -> Int32? {
        guard occasion.terms.asksRanks else { return nil }
        return try rank(
            of: occasion.member.partner, for: occasion.sale, occasion.terms, after: outcome)
    }

    func rank(
        of partner: Ref<Partner>, for sale: Sale, _ terms: SharedTerms, after outcome: Outcome
    ) throws(Stop) -> Int32 {
        let kept = earnings[sale.conversion].first {
            $0.key.partner == partner && $0.frozen?.rank != nil
        }
        if let rank = kept?.frozen?.rank { return rank }
        let tiers = terms.terms.tiers
        let rank = try rank(of: partner, at: sale.at, terms.terms, after: outcome)
        return Int32(tiers.firstIndex { $0.name == rank } ?? -1)
    }
}

// MARK: What is counted

extension Memory {
    /// Counts a conversion for its partners' ranks, or what changed of it.
    func countForRanks(_ dossier: Dossier, _ terms: SharedTerms, _ outcome: inout Outcome) throws(Stop) {
        guard terms.hasRanks else { return }
        var then: [Brought] = []
        if let old = dossiers[dossier.conversion] {
            then = try brought(old, sharers(of: old.conversion), terms, outcome)
        }
        let now = try brought(dossier, sharers(of: dossier, after: outcome), terms, outcome)
        if then == now { return }
        for (part, sign) in then.map({ ($0, Int64(-1)) }) + now.map({ ($0, 1) }) {
            var tally = try tally(part.key, after: outcome)
            tally.sum = max(0, try total([tally.sum, sign * part.revenue]))
            tally.count = max(0, tally.count + sign)
            outcome.tallies.removeAll { $0.key == part.key }
            outcome.tallies.append(TallyChange(key: part.key, tally: tally))
        }
    }

    /// What a conversion brings to one goal of one partner.
    private struct Brought: Hashable {
        let key: TallyKey
        let revenue: Int64
    }

    /// A sharer has its part of the revenue; each counts the event.
    private func brought(
        _ dossier: Dossier, _ sharers: [Sharer], _ terms: SharedTerms, _ outcome: Outcome
    ) throws(Stop) -> [Brought] {
        guard dossier.isWorthCounting, !sharers.isEmpty else { return [] }
        let sale = try sale(dossier.conversion, after: outcome)
        let zone = terms.terms.zone
        let portions = try Portion.all(sharers)
        var all: [Brought] = []
        for tier in terms.terms.tiers {
            let start = tier.period.counts(sale.at, zone)
            for goal in tier.goals {
                var revenue: Int64 = 0
                switch goal.counted {
                case .events(let name) where name != sale.event: continue
                case .revenue:
                    let left = try left(of: try Base().of(sale), dossier)
                    revenue = try compared(left, in: goal.currency, on: zone.day(of: sale.at)) ?? 0
                case .events, .count: break
                }
                for (sharer, portion) in zip(sharers, portions) {
                    let own = portion.share == .one ? revenue : portion.part(of: revenue, goal.currency)
                    all.append(Brought(key: goal.key(sharer.partner, start: start), revenue: own))
                }
            }
        }
        return all
    }

    private func left(of base: Money, _ dossier: Dossier) throws(Stop) -> Money {
        guard dossier.amount.minor > 0 else { return base }
        do {
            return try base.times(.one, part: dossier.left, of: dossier.amount.minor, .halfEven)
        } catch {
            throw .refused(error)
        }
    }
}
