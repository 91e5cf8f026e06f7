import Values

// Brings the periods of net revenue to what they come to. A rise is an earning of the conversion that makes
// it. A fall is given back by the conversion's own earnings, then by the period's, the latest first: so none
// is ever below zero.

extension Memory {
    /// Whether the aims are what stands already.
    func netsAreMet(_ dossier: Dossier, _ aims: [NetAim]) -> Bool {
        let standing = earnings[dossier.conversion].filter {
            $0.key.generation == 0 && $0.stands && $0.frozen?.net != nil
        }
        return standing.allSatisfy { earning in aims.contains { earning.isReckoned(by: $0) } }
            && aims.allSatisfy { aim in
                aim.base.minor == 0 || standing.contains { $0.isReckoned(by: aim) }
            }
    }

    /// - Parameter old: the conversion's earnings before the outcome.
    func postNets(
        _ dossier: Dossier, _ old: [Earning], _ terms: SharedTerms, at instant: Instant,
        into outcome: inout Outcome
    ) throws(Stop) {
        guard terms.hasNets else { return }
        let own = old.filter { $0.key.generation == 0 && $0.frozen?.net != nil }
        for earning in own where !outcome.netAims.contains(where: { earning.isOf($0) }) {
            try bring(earning, to: nil, dossier, terms, instant, &outcome)
        }
        for aim in outcome.netAims {
            let earning = own.first { $0.isOf(aim) }
            if earning == nil, aim.base.minor == 0 { continue }
            try bring(earning, to: aim, dossier, terms, instant, &outcome)
        }
    }

    /// Brings what a conversion adds to its period from what it added before to what it does now.
    private func bring(
        _ old: Earning?, to aim: NetAim?, _ dossier: Dossier, _ terms: SharedTerms, _ instant: Instant,
        _ outcome: inout Outcome
    ) throws(Stop) {
        guard let number = aim?.rule ?? old?.key.rule, let partner = aim?.partner ?? old?.key.partner,
            let rule = terms.rule(number), let net = rule.net
        else { return }
        let key = EarningKey(conversion: dossier.conversion, partner: partner, rule: number)
        let earning = old?.reckoned(by: aim) ?? aim.map { Earning(key, $0, dossier) }
        guard let earning else { return }
        let start = net.period.firstDay(of: terms.terms.zone.day(of: dossier.at))
        let policy = net.policy(rule, terms.terms, start)
        var then: NetPart?
        if let old, let before = dossiers[dossier.conversion] { then = try old.part(before, policy) }
        let now = try earning.part(dossier, policy)
        if old == nil ? now == nil : old != earning { outcome.keep(earning) }
        if then == now { return }
        let sale = try sale(dossier.conversion, after: outcome)
        let way = NetWay(
            key: key, rule: rule, start: start, dossier: dossier, terms: terms, instant: instant,
            workings: aim?.workings ?? [],
            old: earnings[dossier.conversion])
        let pool = NetKey(
            rule.lane, partner, net.pool, product: net.pool == .product ? sale.product : nil,
            identity: net.pool == .customer ? sale.identity : nil, earning.base.currency)
        let change = NetChange(then: then.map { [$0] } ?? [], now: now.map { [$0] } ?? [])
        var newcomer = old == nil ? earning : nil
        try note(pool, rule, terms, &outcome)
        if net.carryOver.highRoller != nil, net.pool != .customer, let identity = sale.identity {
            try bring(change, pool, of: identity, way, &newcomer, &outcome)
        } else {
            var tally = try netTally(pool, after: outcome)
            try tally.replace(change.then, by: change.now, at: start, latest: way.link)
            try reach(&tally, way, outcome)
            tally.note(way, change)
            try settle(&tally, isAlone: false, isOwn: true, pool, way, &newcomer, &outcome)
            outcome.keep(tally, pool)
        }
    }

    /// Where customers that lost too much stand alone.
    private func bring(
        _ change: NetChange, _ pool: NetKey, of identity: Ref<Identity>, _ way: NetWay,
        _ newcomer: inout Earning?, _ outcome: inout Outcome
    ) throws(Stop) {
        let alone = NetKey(
            pool.lane, pool.partner, pool.pool, product: pool.product, identity: identity, pool.currency)
        let before = try netTally(alone, after: outcome)
        var after = before
        try after.replace(change.then, by: change.now, at: way.start, latest: way.link)
        try reach(&after, way, outcome)
        after.note(way, change)
        if try after.quarantine() != nil { try note(alone, way.rule, way.terms, &outcome) }
        var tally = try netTally(pool, after: outcome)
        let (first, next) = (try before.quarantine() ?? .max, try after.quarantine() ?? .max)
        for period in after.periods {
            let index = before.index(of: period.start)
            let old = period.start < first ? index.map { before.periods[$0].parts } ?? [] : []
            let new = period.start < next ? period.parts : []
            if old == new { continue }
            try tally.replace(old, by: new, at: period.start, latest: period.latest)
        }
        try reach(&tally, way, outcome)
        let isAlone = way.start >= next
        if !isAlone { tally.note(way, change) }
        try settle(&tally, isAlone: false, isOwn: !isAlone, pool, way, &newcomer, &outcome)
        try settle(&after, isAlone: true, isOwn: isAlone, from: next, alone, way, &newcomer, &outcome)
        outcome.keep(tally, pool)
        outcome.keep(after, alone)
    }

    func netTally(_ key: NetKey, after outcome: Outcome) throws(Stop) -> NetTally {
        if let change = outcome.netTallies.last(where: { $0.key == key }) { return change.tally }
        if let known = nets[key] { return known }
        if isWhole { return NetTally() }
        throw .unknown([.net(key)])
    }
}

// MARK: Posting

extension Memory {
    /// Posts what each period's due differs from what was posted.
    /// - Parameters:
    ///   - isOwn: whether the conversion that is judged belongs here.
    ///   - first: periods before it come to nothing.
    func settle(
        _ tally: inout NetTally, isAlone: Bool, isOwn: Bool, from first: Int32 = .min, _ key: NetKey,
        _ way: NetWay, _ newcomer: inout Earning?, _ outcome: inout Outcome
    ) throws(Stop) {
        let standings = try tally.standings(from: first, key.currency)
        for index in tally.periods.indices {
            let start = tally.periods[index].start
            let standing = standings.first { $0.start == start }
            let granted = try grant(standing?.due ?? 0, &tally.periods[index], key, way, &outcome)
            let difference = try total([granted.amount, -tally.periods[index].posted])
            let isHere = isOwn && start == way.start
            let kind: Line.Kind = isHere ? (difference > 0 ? .commission : .reversal) : way.kind
            let told = NetTold(standing: standing, kind: kind, isOwn: isHere, cut: granted.cut)
            if difference > 0 {
                let bearer: Earning
                if isHere, let own = newcomer {
                    bearer = own
                    newcomer = nil
                } else {
                    bearer = try fresh(tally.periods[index].latest, way, outcome)
                }
                let below = tally.periods[index].top
                tally.periods[index].top = NetLink(bearer.key)
                try move(bearer.sharing(isAlone, above: below), by: difference, way, told, &outcome)
            } else if difference < 0 {
                try takeBack(difference, &tally.periods[index], isAlone, way, told, &outcome)
            }
            tally.periods[index].posted += difference
            // What adds nothing says so, and where its period stands.
            guard isHere, let own = newcomer else { continue }
            newcomer = nil
            let nothing = NetTold(standing: standing, kind: .carry, isOwn: true, cut: granted.cut)
            try move(own.sharing(isAlone, above: nil), by: 0, way, nothing, &outcome)
        }
    }

    private func takeBack(
        _ difference: Int64, _ period: inout NetPeriod, _ isAlone: Bool, _ way: NetWay, _ told: NetTold,
        _ outcome: inout Outcome
    ) throws(Stop) {
        var rest = difference
        if told.isOwn {
            for earning in way.kin(outcome).reversed() where rest < 0 && earning.posted > 0 {
                guard earning.frozen?.net?.isAlone == isAlone else { continue }
                let step = max(rest, -earning.posted)
                try move(earning, by: step, way, told, &outcome)
                rest -= step
            }
        }
        while rest < 0 {
            guard let top = period.top, let earning = try earning(top, way, outcome) else {
                throw .refused(.notFound(kind: "earning", id: "that gives back"))
            }
            let step = max(rest, -earning.posted)
            if step < 0 { try move(earning, by: step, way, told, &outcome) }
            rest -= step
            if step == -earning.posted { period.top = earning.frozen?.net?.below }
        }
    }

    private func earning(_ link: NetLink, _ way: NetWay, _ outcome: Outcome) throws(Stop) -> Earning? {
        _ = try file(of: link.conversion, way, outcome)
        return outcome.latest(of: link.conversion, earnings[link.conversion]).first {
            $0.key == link.key(way.key.partner)
        }
    }

    /// A conversion's file, with its earnings.
    private func file(of conversion: Ref<Conversion>, _ way: NetWay, _ outcome: Outcome) throws(Stop)
        -> Dossier
    {
        if conversion == way.dossier.conversion { return way.dossier }
        return try dossier(conversion, after: outcome)
    }

    /// An earning beside those that a conversion has.
    private func fresh(_ link: NetLink, _ way: NetWay, _ outcome: Outcome) throws(Stop) -> Earning {
        let file = try file(of: link.conversion, way, outcome)
        let kin = outcome.latest(of: link.conversion, earnings[link.conversion])
            .filter { $0.key.isKin(of: link.key(way.key.partner)) }
        guard let first = kin.first(where: { $0.key.generation == 0 }),
            let last = kin.map(\.key.generation).max(), last < .max
        else { throw .refused(.notFound(kind: "earning", id: "of this period")) }
        let key = NetLink(
            conversion: link.conversion, rule: link.rule, generation: last + 1
        ).key(way.key.partner)
        let at = max(way.instant, file.at)
        let hold = first.holdUntil.milliseconds - first.at.milliseconds
        var earning = Earning(
            key: key, at: at, base: first.base, pay: first.pay, rounding: first.rounding,
            holdUntil: at.moved(by: Span(milliseconds: hold)))
        earning.isHeld = file.isHeld
        earning.frozen = first.frozen
        return earning
    }

    private func move(
        _ earning: Earning, by difference: Int64, _ way: NetWay, _ told: NetTold, _ outcome: inout Outcome
    ) throws(Stop) {
        let start = outcome.workings.count
        if told.isOwn { outcome.workings += way.workings }
        if let standing = told.standing { outcome.workings.append(.period(standing)) }
        if let cut = told.cut { outcome.workings.append(.cutVisits(cut.cap, lost: Exact(cut.lost))) }
        try move(
            earning, by: difference, Run(start..<outcome.workings.count), way.dossier, way.terms,
            max(way.instant, earning.at), &outcome, as: told.kind, nature: .rule)
    }
}

/// What all movements that one conversion causes have in common.
struct NetWay {
    let key: EarningKey
    let rule: SharedRule
    let start: Int32
    let dossier: Dossier
    let terms: SharedTerms
    let instant: Instant
    let workings: [Working]
    /// The conversion's earnings before the outcome.
    let old: [Earning]
    /// Of lines in other periods.
    var kind = Line.Kind.carry

    var link: NetLink { NetLink(key) }

    /// The conversion's own, the oldest generation first, as they are by now.
    func kin(_ outcome: Outcome) -> [Earning] {
        outcome.latest(of: key.conversion, old).filter { $0.key.isKin(of: key) }
            .sorted { $0.key.generation < $1.key.generation }
    }
}

private struct NetChange {
    let then: [NetPart]
    let now: [NetPart]
}

/// What a movement's line tells.
private struct NetTold {
    let standing: NetStanding?
    let kind: Line.Kind
    /// Whether it is of the conversion's own period.
    let isOwn: Bool
    var cut: NetCut?
}

extension NetTally {
    /// The latest conversion that brings revenue bears what rises later.
    fileprivate mutating func note(_ way: NetWay, _ change: NetChange) {
        guard let index = index(of: way.start), let now = change.now.first, now.sum > 0 else { return }
        periods[index].latest = way.link
    }
}

extension NetLink {
    fileprivate init(_ key: EarningKey) {
        self.init(conversion: key.conversion, rule: key.rule, generation: key.generation)
    }

    fileprivate func key(_ partner: Ref<Partner>) -> EarningKey {
        EarningKey(conversion: conversion, partner: partner, rule: rule, generation: generation)
    }
}

extension NetRevenue {
    fileprivate func policy(_ rule: SharedRule, _ terms: Terms, _ start: Int32) -> NetPolicy {
        let lapses = carryOver.expiresMonths.map { period.end(of: start).adding(months: Int($0)).number }
        return NetPolicy(
            terms: terms.version, what: carryOver.what, rounding: terms.rounding, lapses: lapses,
            limit: carryOver.highRoller?.minor, steps: NetSteps(rule.tiers))
    }
}

extension Frozen {
    fileprivate init(_ net: NetShare) {
        self.init()
        self.net = net
    }
}

extension Earning {
    fileprivate init(_ key: EarningKey, _ aim: NetAim, _ dossier: Dossier) {
        self.init(
            key: key, at: dossier.at, base: aim.base, pay: .percent(aim.rate), rounding: aim.rounding,
            holdUntil: aim.holdUntil)
        isHeld = dossier.isHeld
        frozen = Frozen(NetShare(compared: aim.compared, boosts: aim.boosts))
    }

    fileprivate func sharing(_ isAlone: Bool, above below: NetLink?) -> Earning {
        var earning = self
        earning.frozen = Frozen(
            NetShare(compared: compared, boosts: boosts, isAlone: isAlone, below: below))
        return earning
    }

    fileprivate var compared: Int64 { frozen?.net?.compared ?? 0 }
    fileprivate var boosts: NetBoosts { frozen?.net?.boosts ?? .none }

    fileprivate func isOf(_ aim: NetAim) -> Bool { key.partner == aim.partner && key.rule == aim.rule }

    fileprivate func isReckoned(by aim: NetAim) -> Bool {
        isOf(aim) && base == aim.base && pay == .percent(aim.rate) && compared == aim.compared
            && boosts == aim.boosts
    }

    fileprivate func reckoned(by aim: NetAim?) -> Earning {
        var earning = self
        earning.stands = aim != nil
        if let aim {
            (earning.base, earning.pay) = (aim.base, .percent(aim.rate))
            earning.frozen?.net?.compared = aim.compared
            earning.frozen?.net?.boosts = aim.boosts
        }
        return earning
    }

    /// What it adds to its period; nil where nothing is left of its conversion.
    fileprivate func part(_ dossier: Dossier, _ policy: NetPolicy) throws(Stop) -> NetPart? {
        guard stands, dossier.isWorthCounting, case .percent(let rate) = pay else { return nil }
        let whole = max(1, dossier.amount.minor)
        let left = dossier.amount.minor > 0 ? dossier.left : 1
        do {
            return NetPart(
                policy: policy, rate: rate, boosts: boosts,
                sum: try Exact(base.minor).rounded(rounding, part: left, of: whole),
                compared: try Exact(compared).rounded(rounding, part: left, of: whole))
        } catch {
            throw .refused(error)
        }
    }
}
