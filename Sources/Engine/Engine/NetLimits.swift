import Values

// Caps of net revenue, and steps that go by events: what a period comes to beside its own revenue.

/// What a cap took of a period.
struct NetCut {
    let cap: Cap
    let lost: Int64
}

extension Memory {
    /// What caps leave of what a period is due. They hold against what it comes to: what falls is room again.
    func grant(
        _ due: Int64, _ period: inout NetPeriod, _ key: NetKey, _ way: NetWay, _ outcome: inout Outcome
    ) throws(Stop) -> (amount: Int64, cut: NetCut?) {
        defer { period.asked = due }
        if way.rule.caps.isEmpty { return (due, nil) }
        // What was asked for and is asked for no more or less has what it has.
        if due == period.asked { return (period.posted, nil) }
        let zone = way.terms.terms.zone
        let line = CappedLine(
            key: way.key, rule: way.rule, identity: key.identity,
            at: zone.start(of: Day(number: period.start)), counted: period.counted, canWait: false,
            givesBack: true)
        let ask = Amount(Exact(due), key.currency)
        let granted = try grant(ask, line, way.terms, outcome)
        period.counted = try count(granted.amount, asked: ask, line, way.terms, into: &outcome).counted
        let left = granted.amount.exact.whole
        return (left, granted.cap.map { NetCut(cap: $0, lost: due - left) })
    }

    // MARK: Steps by events

    /// Notes in the tally how many events its period stands at.
    func reach(_ tally: inout NetTally, _ way: NetWay, _ outcome: Outcome) throws(Stop) {
        guard let table = way.rule.tiers, case .events(let event) = table.counted,
            let index = tally.index(of: way.start)
        else { return }
        let key = table.key(event, way.key.partner, at: way.dossier.at, way.terms.terms.zone)
        tally.periods[index].reached = try self.tally(key, after: outcome).count
    }

    /// Notes where a rule has tallies whose steps go by events.
    func note(_ key: NetKey, _ rule: SharedRule, _ terms: SharedTerms, _ outcome: inout Outcome) throws(Stop)
    {
        guard let table = rule.tiers, case .events = table.counted else { return }
        let root = key.root(terms.terms.currency)
        var tally = try netTally(root, after: outcome)
        let pool = NetPool(product: key.product, identity: key.identity, key.currency)
        if tally.pools.contains(pool) { return }
        tally.pools.append(pool)
        outcome.keep(tally, root)
    }

    /// Brings the periods that stand at a step by how many events there are to where they stand now.
    func climbNets(
        by event: Symbol, of partner: Ref<Partner>, _ dossier: Dossier, _ terms: SharedTerms,
        at instant: Instant, into outcome: inout Outcome
    ) throws(Stop) {
        for rule in terms.netRules {
            guard let net = rule.net, let table = rule.tiers, table.counted == .events(event) else {
                continue
            }
            let zone = terms.terms.zone
            let root = NetKey(
                rule.lane, partner, net.pool, product: nil, identity: nil, terms.terms.currency)
            let count = try tally(table.key(event, partner, at: dossier.at, zone), after: outcome).count
            let start = net.period.firstDay(of: zone.day(of: dossier.at))
            let way = NetWay(
                key: EarningKey(conversion: dossier.conversion, partner: partner, rule: rule.number),
                rule: rule, start: start, dossier: dossier, terms: terms, instant: instant, workings: [],
                old: [], kind: .trueUp)
            for pool in try netTally(root, after: outcome).pools {
                let key = NetKey(
                    rule.lane, partner, net.pool, product: pool.product, identity: pool.identity,
                    pool.currency)
                var tally = try netTally(key, after: outcome)
                guard let index = tally.index(of: start), tally.periods[index].reached != count else {
                    continue
                }
                tally.periods[index].reached = count
                let isAlone = pool.identity != nil && net.pool != .customer
                let first = isAlone ? try tally.quarantine() ?? .max : .min
                var nobody: Earning?
                try settle(
                    &tally, isAlone: isAlone, isOwn: false, from: first, key, way, &nobody, &outcome)
                outcome.keep(tally, key)
            }
        }
    }
}

extension NetKey {
    /// That of a rule and a partner which knows all others.
    fileprivate func root(_ currency: Currency) -> NetKey {
        NetKey(lane, partner, pool, product: nil, identity: nil, currency)
    }
}

extension Outcome {
    mutating func keep(_ tally: NetTally, _ key: NetKey) {
        netTallies.removeAll { $0.key == key }
        netTallies.append(NetTallyChange(key: key, tally: tally))
    }
}
