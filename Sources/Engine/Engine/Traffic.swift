import Values

// Rules for clicks and impressions. These have no sequence and may come late; so they are counted when a
// statement is made: all before its boundary that a rule pays for, less what statements took up already.

/// So many clicks or impressions of a partner: those between two instants, from anywhere that `wanted` says
/// and nothing of `others` does. None of a robot, none without consent.
package struct TrafficQuery: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable { case click, impression }

    package let kind: Kind
    package let partner: Ref<Partner>
    /// By which they are paid.
    package let terms: Int32
    package let rule: UInt16
    package let from: Instant
    /// Excluded.
    package let until: Instant
    /// Countries and sub ids, which all must hold.
    package let wanted: [Condition]
    /// Those of rules that are paid before this one.
    package let others: [[Condition]]
}

extension TrafficQuery {
    /// Whether those of a country, with such sub ids, are among them.
    package func includes(country: Symbol?, _ sub: (Int) -> Symbol?) -> Bool {
        func holds(_ condition: Condition) -> Bool {
            switch condition {
            case .country(let allowed): country.map(allowed.contains) ?? false
            case .sub(let lane, let allowed): sub(lane).map(allowed.contains) ?? false
            default: false
            }
        }
        return wanted.allSatisfy(holds) && !others.contains { $0.allSatisfy(holds) }
    }

    package var asksForSubs: Bool {
        (wanted + others.joined()).contains { if case .sub = $0 { true } else { false } }
    }
}

extension TermsHistory {
    /// Whether any version pays for clicks or impressions.
    package var paysTraffic: Bool {
        versions.contains { $0.plans.contains { $0.rules.contains(where: \.isForTraffic) } }
    }

    /// What is to be counted for a partner before `boundary`, with what each of them pays.
    func traffic(of member: Membership, before boundary: Instant) -> [Stretch] {
        var found: [Stretch] = []
        for (index, version) in versions.enumerated() {
            let rules = version.rules(type: member.joining.type, plan: member.joining.plan)
                .filter(\.isForTraffic)
            if rules.isEmpty { continue }
            // A version is in force until one that was published later is.
            let next = versions[(index + 1)...].map { $0.effectiveAt ?? .earliest }.min() ?? .latest
            let start = max(version.effectiveAt ?? .earliest, member.joining.at)
            let end = min(next, boundary, member.leftAt ?? .latest)
            let dates = rules.flatMap { $0.conditions.compactMap(\.instant) }.filter {
                start < $0 && $0 < end
            }
            let cuts = ([start] + Set(dates).sorted() + [end])
            for (from, until) in zip(cuts, cuts.dropFirst()) where from < until {
                let live = rules.filter { $0.conditions.allSatisfy { $0.isOpen(at: from) } }
                for (place, rule) in live.enumerated() {
                    guard case .each(let price) = rule.pay else { continue }
                    let kind = price.per == .click ? TrafficQuery.Kind.click : .impression
                    let before = live[..<place].filter { !$0.isAlso && $0.events == rule.events }
                    for (from, until) in rule.stretches(
                        from, min(until, rule.isHeld(until: boundary)), version.zone)
                    {
                        let query = TrafficQuery(
                            kind: kind, partner: member.joining.partner, terms: version.version,
                            rule: rule.number, from: from, until: until, wanted: rule.placed,
                            others: rule.isAlso ? [] : before.map(\.placed))
                        found.append(Stretch(query: query, rule: rule, terms: version))
                    }
                }
            }
        }
        return found
    }
}

/// What one rule pays for traffic of a time in which nothing changes.
struct Stretch {
    let query: TrafficQuery
    let rule: Rule
    let terms: Terms
}

extension Rule {
    package var isForTraffic: Bool {
        guard case .each(let price) = pay else { return false }
        return price.per == .click || price.per == .thousandImpressions
    }

    /// Until when traffic has left its hold by a statement's boundary. It has the rule's own alone.
    fileprivate func isHeld(until boundary: Instant) -> Instant {
        hold.map { boundary.moved(by: Span(milliseconds: -$0.milliseconds)) } ?? boundary
    }

    /// Cuts a time where a boost begins or ends, or a period of its tiers or caps.
    fileprivate func stretches(_ from: Instant, _ until: Instant, _ zone: Zone) -> [(Instant, Instant)] {
        guard from < until else { return [] }
        var cuts = Set(
            boosts.flatMap { $0.conditions.compactMap(\.instant) }.filter { from < $0 && $0 < until })
        for period in Set(caps.map(\.period) + [tiers?.period].compactMap(\.self)) {
            var end = period.end(of: from, in: zone)
            while end < until {
                cuts.insert(end)
                end = period.end(of: end, in: zone)
            }
        }
        let all = [from] + cuts.sorted() + [until]
        return Array(zip(all, all.dropFirst()))
    }

    /// Its conditions but for dates.
    fileprivate var placed: [Condition] { conditions.filter { $0.instant == nil } }
}

extension Condition {
    fileprivate var instant: Instant? {
        switch self {
        case .from(let instant), .until(let instant): instant
        default: nil
        }
    }

    func isOpen(at instant: Instant) -> Bool {
        switch self {
        case .from(let start): start <= instant
        case .until(let end): instant < end
        default: true
        }
    }
}

extension Price {
    /// Of so many clicks or impressions, in minor units.
    func of(_ count: Int64) throws(Stop) -> Exact {
        guard let share = Fraction(count, per == .thousandImpressions ? 1000 : 1),
            let exact = minor?.times(share)?.onGrid
        else { throw .refused(.overflow) }
        return exact
    }
}

extension Memory {
    package func isPayable(_ click: Ref<Click>) -> Bool {
        touches[click].flags.isDisjoint(with: [.bot, .deniedConsent])
    }

    package func isIncluded(_ click: Ref<Click>, in query: TrafficQuery) -> Bool {
        query.includes(country: touches.country(click)) { touches.sub($0, of: click) }
    }
}

// MARK: On statements

extension Settling {
    /// When the partner's traffic may have begun; nil where nothing pays for any. Nobody waits for what it
    /// will come to.
    var trafficBegins: Instant? {
        isTrial ? nil : history.traffic(of: membership, before: asOf).map(\.query.from).min()
    }

    /// Whether nothing of the partner's traffic is later than a boundary.
    func isQuiet(after boundary: Instant) throws(Stop) -> Bool {
        guard trafficBegins != nil else { return true }
        return try visits(before: boundary).map(\.worth) == visits(before: asOf).map(\.worth)
    }

    /// What there is for each rule and currency, by the latest version that pays for any.
    func visits(before boundary: Instant) throws(Stop) -> [Visits] {
        guard !isTrial else { return [] }
        var counted: [(stretch: Stretch, count: Int64)] = []
        var wanted: [Wanted] = []
        for stretch in history.traffic(of: membership, before: boundary) {
            if let count = memory.traffic[stretch.query] {
                if count > 0 { counted.append((stretch, count)) }
            } else {
                wanted.append(.traffic(stretch.query))
            }
        }
        if !wanted.isEmpty { throw .unknown(wanted) }
        var found: [Visits] = []
        for (stretch, count) in counted {
            guard case .each(let price) = stretch.rule.pay else { continue }
            let known = found.firstIndex {
                $0.rule.lane == stretch.rule.lane && $0.key.currency == price.currency
            }
            let key = TallyKey(
                .traffic, stretch.rule.lane, partner: partner, start: TallyKey.lifetime, price.currency)
            var visits = known.map { found.remove(at: $0) } ?? Visits(key: key, stretch)
            (visits.rule, visits.terms) = (stretch.rule, stretch.terms)
            visits.parts.append(Visits.Part(stretch: stretch, count: count))
            found.append(visits)
        }
        for index in found.indices { try found[index].pay() }
        return found
    }
}
