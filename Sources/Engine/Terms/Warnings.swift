import Engine
import Values

extension Reader {
    /// Above these a plan's rules are not compared with each other: a warning is not worth a wait.
    static let comparedRulesMax = 200
    static let comparedWeightMax = 5_000

    /// What is allowed and yet hardly meant.
    mutating func warn(of reading: PlanReading) {
        warnOfSilence(reading.rules)
        for rule in reading.rules {
            warnOfBoosts(rule)
            warnOfLimits(rule)
            warnOfSteps(rule)
        }
        warnOfShares(reading)
        warnOfOverride(reading)
    }

    private mutating func warn(_ item: Item, _ message: String) {
        complaints.warning(item.tree.spot, item.path, message)
    }
}

// MARK: Rules that never pay

extension Reader {
    private mutating func warnOfSilence(_ rules: [ReadRule]) {
        let isSmall =
            rules.count <= Self.comparedRulesMax
            && rules.reduce(0) { $0 + $1.rule.conditions.weight } <= Self.comparedWeightMax
        var covered: [Symbol: String] = [:]
        var above: [(rule: ReadRule, reach: Reaches)] = []
        for read in rules {
            let dates = read.rule.conditions.filter(\.isDate)
            if Reaches(dates).isEmpty {
                warn(read.item, "can never match: its `from` is not before its `until`")
                continue
            }
            let reach = Reaches(isSmall ? read.rule.conditions : dates)
            if reach.isEmpty {
                warn(read.item, "can never match: its amounts exclude each other")
                continue
            }
            guard !read.rule.isAlso else { continue }
            if !warnOfCover(read, covered), isSmall { warnOfNeighbours(read, reach, above) }
            if read.rule.conditions.isEmpty {
                for event in read.rule.events where covered[event] == nil { covered[event] = read.name }
            }
            if isSmall { above.append((read, reach)) }
        }
    }

    private mutating func warnOfCover(_ read: ReadRule, _ covered: [Symbol: String]) -> Bool {
        let takers = read.rule.events.compactMap { covered[$0] }
        guard !takers.isEmpty, takers.count == read.rule.events.count else { return false }
        let names = joined(takers.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }.map(shown))
        warn(
            read.item,
            "can never match: \(names) above takes all its events without a condition; put this first, "
                + "or add `also: true`")
        return true
    }

    private mutating func warnOfNeighbours(
        _ read: ReadRule, _ reach: Reaches, _ above: [(rule: ReadRule, reach: Reaches)]
    ) {
        let events = Set(read.rule.events)
        let isTaken = above.first { other in
            events.isSubset(of: other.rule.rule.events) && reach.implies(other.reach)
        }
        if let isTaken {
            return warn(
                read.item,
                "can never match: \(shown(isTaken.rule.name)) above takes all that it would; put this first, "
                    + "or add `also: true`")
        }
        guard !read.rule.conditions.contains(where: \.isForItems) else { return }
        let rival = above.first { other in
            !events.isDisjoint(with: other.rule.rule.events) && other.rule.rule.pay != read.rule.pay
                && !other.rule.rule.conditions.contains(where: \.isForItems)
                && !other.reach.implies(reach) && !reach.implies(other.reach)
                && !reach.excludes(other.reach)
        }
        guard let rival else { return }
        warn(
            read.item,
            "overlaps \(shown(rival.rule.name)) above: what matches both is paid by that one; if this is not "
                + "meant, let them exclude each other")
    }

    /// A boost whose time is never the rule's, or that excludes itself.
    private mutating func warnOfBoosts(_ read: ReadRule) {
        let own = Reaches(read.rule.conditions.filter { $0.isDate || $0.weight <= 100 })
        for (index, boost) in read.rule.boosts.enumerated() {
            let reach = Reaches(boost.conditions.filter { $0.isDate || $0.weight <= 100 })
            guard reach.isEmpty || reach.excludes(own) else { continue }
            warn(
                read.item.child("boosts")?.child(index) ?? read.item,
                "never applies: its conditions exclude each other, or the rule's")
        }
    }
}

// MARK: Limits that bite always

extension Reader {
    private mutating func warnOfLimits(_ read: ReadRule) {
        let rule = read.rule
        let promises =
            [rule.pay] + [rule.renewal?.pay].compactMap(\.self) + (rule.tiers?.steps ?? []).map(\.pay)
        let least = promises.compactMap(\.flat).min { $0.minor < $1.minor }
        if let most = rule.bounds?.max, let least, least.currency == most.currency, least.minor > most.minor {
            warn(
                read.item.child("per-conversion") ?? read.item,
                "has a max of \(most) below what the rule pays, \(least): it is always cut")
        }
        for (index, cap) in rule.caps.enumerated() {
            let item = read.item.child("caps")?.child(index) ?? read.item
            if let least, least.currency == cap.amount.currency, cap.amount.minor < least.minor {
                warn(item, "is below what the rule pays, \(least): it is never paid in full")
            } else if let min = rule.bounds?.min, min.currency == cap.amount.currency,
                cap.amount.minor < min.minor
            {
                warn(item, "is below the `min` of each conversion, \(min): it is never paid in full")
            }
        }
    }

    /// Steps that begin when a cap per partner is full already.
    private mutating func warnOfSteps(_ read: ReadRule) {
        let rule = read.rule
        guard let table = rule.tiers, rule.bounds?.max == nil, rule.renewal == nil, rule.boosts.isEmpty,
            let earned = table.earnedBefore, let list = read.item.child("tiers")?.child("steps"),
            case .list(let trees) = list.tree.content
        else { return }
        let caps = rule.caps.filter {
            $0.scope == .partner
                && $0.amount.currency == (table.steps[0].pay.flat?.currency ?? table.currency)
                && ($0.period == table.period || $0.period == .lifetime)
        }
        guard let cap = caps.min(by: { $0.amount.minor < $1.amount.minor }) else { return }
        // The reader may have put a step below the file's own.
        let offset = table.steps.count - trees.count
        for index in table.steps.indices.dropFirst() where earned[index] >= Int128(cap.amount.minor) {
            guard let item = list.child(index - offset) else { continue }
            warn(
                item,
                "is never reached by what is paid: the cap of \(cap.amount) per partner is full before it")
        }
    }
}

extension TierTable {
    /// The least that a partner has earned when each step begins, in minor units rounded down; nil for
    /// prices, which say nothing of amounts.
    fileprivate var earnedBefore: [Int128]? {
        guard let first = steps.first else { return nil }
        if counted == .revenue {
            guard first.pay.isShare else { return nil }
        } else {
            guard counted == .count, first.pay.flat != nil else { return nil }
        }
        /// What `count` units of a step pay.
        func part(_ pay: Promise, _ count: Int64) -> Int128 {
            if let flat = pay.flat { return Int128(flat.minor) * Int128(count) }
            guard let share = pay.share else { return 0 }
            return Int128(count) * Int128(share.numerator) / Int128(share.denominator)
        }
        if shape == .progressive {
            var sum: Int128 = 0
            return steps.indices.map { index in
                if index > 0 {
                    sum += part(steps[index - 1].pay, steps[index].start - steps[index - 1].start)
                }
                return sum
            }
        }
        // One event may leap over steps, so only the lowest promise below is sure.
        return steps.indices.map { index in
            steps[..<index].map { part($0.pay, steps[index].start - first.start) }.min() ?? 0
        }
    }
}

// MARK: Shares that may be too much

extension Reader {
    private mutating func warnOfShares(_ reading: PlanReading) {
        let assist = reading.plan.assist?.share ?? .zero
        for read in reading.rules {
            guard let highest = read.rule.highestShare else { continue }
            if highest > .one {
                warn(read.item, "can pay up to \(highest.percentText) of its base")
            } else if let maxShare, highest > maxShare {
                warn(
                    read.item,
                    "can pay up to \(highest.percentText), more than the guard's \(maxShare.percentText): "
                        + "it will be cut")
            } else if let maxShare, !read.rule.isAlso, reading.rules.count <= Self.comparedRulesMax {
                let beside = reading.rules.filter {
                    $0.rule.isAlso && !Set($0.rule.events).isDisjoint(with: read.rule.events)
                }
                let sum = beside.compactMap(\.rule.highestShare).reduce(highest.adding(assist)) {
                    $0?.adding($1)
                }
                guard let sum, sum > maxShare else { continue }
                warn(
                    read.item,
                    "can pay up to \(sum.percentText) with what stands beside it, more than the guard's "
                        + "\(maxShare.percentText): it will be cut")
            }
        }
        guard let margin = reading.plan.margin, let maxShare else { return }
        let base = margin.tiers.map(\.share).reduce(margin.base) { max($0, $1) }
        let highest: Fraction? =
            switch margin.combination {
            case .add: base.adding(margin.registered)
            case .compound:
                base.complement.flatMap { rest in
                    margin.registered.complement.flatMap { rest.times($0) }?.complement
                }
            }
        if let highest, highest > maxShare, let item = reading.places["margin"] {
            warn(
                item,
                "can come to \(highest.percentText), more than the guard's \(maxShare.percentText): a margin "
                    + "is not cut, the overrun is flagged")
        }
    }

    private mutating func warnOfOverride(_ reading: PlanReading) {
        guard let override = reading.plan.override, let ceiling = override.ceiling, override.measure == .sale,
            let item = reading.places["override"]
        else { return }
        let sum = override.levels.dropFirst().reduce(override.levels.first) { $0?.adding($1) }
        if let sum, sum > ceiling {
            warn(
                item,
                "has levels of \(sum.percentText) together, more than its ceiling of "
                    + "\(ceiling.percentText): they are always cut")
        }
        let seller = reading.rules.filter { !$0.rule.isAlso }.compactMap(\.rule.pay.share).min()
        if let seller, seller >= ceiling, override.cut == .deepestFirst {
            warn(
                item,
                "is never paid: the rules pay \(seller.percentText) and more, which is the whole ceiling of "
                    + "\(ceiling.percentText)")
        }
    }
}

extension Rule {
    /// The highest share of the base that it can come to, with its boosts; nil where it pays no share.
    fileprivate var highestShare: Fraction? {
        let promises = [pay] + [renewal?.pay].compactMap(\.self) + (tiers?.steps ?? []).map(\.pay)
        guard let highest = promises.compactMap(\.share).max() else { return nil }
        let reaches = boosts.map { Reaches($0.conditions) }
        // For each boost all that can hold with it; at least none.
        let groups = boosts.indices.map { index in
            boosts.indices.filter { $0 == index || !reaches[$0].excludes(reaches[index]) }.map { boosts[$0] }
        }
        return groups.reduce(highest) { most, group in
            guard let boosted = highest.boosted(by: group), let most else { return nil }
            return max(most, boosted)
        }
    }
}

extension Fraction {
    /// All points first, then the factors that raise it.
    fileprivate func boosted(by boosts: [Boost]) -> Fraction? {
        var share: Fraction? = self
        for boost in boosts { if case .points(let points) = boost.change { share = share?.adding(points) } }
        for boost in boosts {
            if case .times(let factor) = boost.change, factor > .one { share = share?.times(factor) }
        }
        return share
    }
}

extension Condition {
    var isDate: Bool {
        switch self {
        case .from, .until: true
        default: false
        }
    }

    fileprivate var weight: Int { [self].weight }
}
