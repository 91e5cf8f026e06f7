import Engine
import Values

// MARK: The program's tiers

extension Reader {
    /// More is a mistake, not a ladder.
    static let tiersMax = 50
    static let stepsMax = 100

    mutating func statusTiers(_ item: Item?) -> [StatusTier] {
        guard let item else { return [] }
        guard case .list(let trees) = item.tree.content, !trees.isEmpty else {
            refuse(item, "must be a list of tiers from the lowest, each such as {name: silver}")
            return []
        }
        guard trees.count <= Self.tiersMax else {
            refuse(item, "must not be more than \(Self.tiersMax) tiers")
            return []
        }
        var tiers: [StatusTier] = []
        for (index, tree) in trees.enumerated() {
            let entry = item.at(index, tree)
            guard let tier = statusTier(entry) else { continue }
            warnOfLowGoals(tier, after: tiers.last, at: entry)
            tiers.append(tier)
        }
        return tiers
    }

    private mutating func statusTier(_ item: Item) -> StatusTier? {
        guard var section = section(item) else { return nil }
        let nameItem = required("name", in: &section)
        let name = slug(nameItem)
        if let name, let nameItem, tierNames.contains(name) {
            refuse(nameItem, "must be unique; \(shown(name)) is taken")
        }
        let when = section.take("when")
        let (goals, period) = goals(when, of: name)
        let grace = section.take("grace")
        if let grace, when == nil {
            refuse(grace, "has no place without `when`: there is nothing to fall below")
        }
        let span = days(grace, from: 0) ?? .days(0)
        close(section)
        guard let name else { return nil }
        tierNames.append(name)
        return StatusTier(name: words(name), goals: goals, period: period, grace: span)
    }

    /// `{revenue: ">= 50000.00 USD", deposit: ">= 20", period: quarter}`: any key but the period is something
    /// that is counted.
    private mutating func goals(_ item: Item?, of tier: String?) -> ([StatusTier.Goal], Period) {
        guard let item, var section = section(item) else { return ([], .lifetime) }
        let period = period(section.take("period"), rolling: true) ?? .lifetime
        var goals: [StatusTier.Goal] = []
        for member in section.members where member.key != "period" {
            guard let entry = section.take(member.key), let text = text(entry, max: 200) else { continue }
            guard text.hasPrefix(">=") else {
                let example = member.key == "revenue" ? "\">= 50000.00 USD\"" : "\">= 20\""
                refuse(entry, "must be the least that is needed, such as \(example), not \(shown(text))")
                continue
            }
            let least = String(text.dropFirst(2).drop { $0 == " " })
            if member.key == "revenue" {
                if let money = money(least, of: entry) {
                    let goal = StatusTier.Goal(
                        counted: .revenue, least: money.minor, currency: money.currency)
                    goals.append(named(goal, member.key, of: tier, in: period))
                }
            } else if let count = digits(least), count >= 1 {
                let counted = member.key == "count" ? .count : TierTable.Counted.events(words(member.key))
                let goal = StatusTier.Goal(
                    counted: counted, least: Int64(count), currency: currency ?? .eur)
                goals.append(named(goal, member.key, of: tier, in: period))
            } else {
                refuse(entry, "must be a whole number from 1 such as \">= 20\", not \(shown(text))")
            }
        }
        if section.members.count == 1, section.members[0].key == "period" {
            refuse(item, "must say what is needed, such as revenue: \">= 50000.00 USD\"")
        }
        return (goals, period)
    }

    /// Under other periods other things are counted.
    private mutating func named(
        _ goal: StatusTier.Goal, _ what: String, of tier: String?, in period: Period
    ) -> StatusTier.Goal {
        let span =
            switch period {
            case .day: "day"
            case .week: "week"
            case .month: "month"
            case .quarter: "quarter"
            case .lifetime: "lifetime"
            case .rolling: "rolling"
            }
        var goal = goal
        goal.lane = words("\(tier ?? "") \(what) \(span)")
        return goal
    }

    private mutating func warnOfLowGoals(_ tier: StatusTier, after lower: StatusTier?, at item: Item) {
        guard let lower, !tier.goals.isEmpty, !lower.goals.isEmpty, tier.period == lower.period else {
            return
        }
        let asksNoMore = tier.goals.allSatisfy { goal in
            lower.goals.contains {
                $0.counted == goal.counted && $0.currency == goal.currency && $0.least >= goal.least
            }
        }
        guard asksNoMore else { return }
        complaints.warning(
            item.tree.spot, item.path,
            "asks for no more than \(shown(words.text(lower.name))) below it, so that nobody is ever in that "
                + "tier; tiers go from the lowest to the highest")
    }
}

// MARK: A rule's tiers

extension Reader {
    mutating func tierTable(_ item: Item?, instead pay: Promise?) -> TierTable? {
        guard let item, var section = section(item) else { return nil }
        let counted = counted(required("by", in: &section))
        let shape = word(required("shape", in: &section), of: TierTable.Shape.allCases)
        let periodItem = section.take("period")
        let period = period(periodItem, rolling: true) ?? .month
        if case .rolling = period, let periodItem { _ = offers("rolling", of: periodItem, by: .rollingTiers) }
        let slicesItem = section.take("slices")
        let slices = word(slicesItem, of: TierTable.Slices.allCases) ?? .own
        if slices == .top, let slicesItem { _ = offers("top", of: slicesItem, by: .topSlices) }
        if let slicesItem, let shape, shape != .progressive {
            refuse(slicesItem, "is for `shape: progressive` only; \(shape.rawValue) tiers have no slices")
        }
        if slices == .top, let slicesItem { topSlices(slicesItem, counted, period) }
        let stepsItem = required("steps", in: &section)
        close(section)
        guard let counted, let stepsItem, let (steps, unit) = steps(stepsItem, counted, instead: pay) else {
            return nil
        }
        if let shape, let first = steps.first, shape == .progressive, counted == .revenue, !first.pay.isShare
        {
            refuse(
                stepsItem,
                "must be shares such as 20%: an amount cannot be paid for a slice of revenue; count "
                    + "events, or take `shape: retroactive` or `prospective`")
        }
        guard let shape else { return nil }
        if case .rolling = period, shape == .retroactive, let periodItem {
            refuse(
                periodItem,
                "must not roll beside `shape: retroactive`: each day that is over would change what all "
                    + "others were paid; take a calendar's period, or `shape: progressive` or `prospective`")
        }
        return TierTable(
            counted: counted, shape: shape, period: period, currency: unit, slices: slices, steps: steps)
    }

    private mutating func topSlices(_ item: Item, _ counted: TierTable.Counted?, _ period: Period) {
        if let counted, counted != .revenue {
            refuse(item, "needs `by: revenue`: a refund of part of an event is no part of a count")
        }
        if case .rolling = period {
            refuse(item, "must be own where the period rolls: its days leave it from the bottom")
        }
    }

    private mutating func counted(_ item: Item?) -> TierTable.Counted? {
        guard let text = text(item, max: 64), let item else { return nil }
        switch text {
        case "revenue": return .revenue
        case "count": return .count
        default:
            let hint = suggestion(text, ["revenue", "count"])
            if !hint.isEmpty {
                complaints.warning(
                    item.tree.spot, item.path, "counts events of the name \(shown(text))\(hint)")
            }
            return .events(words(text))
        }
    }

    /// Rising steps that begin at the bottom: where the file's first begins higher, `pay` holds below it.
    private mutating func steps(_ item: Item, _ counted: TierTable.Counted, instead pay: Promise?)
        -> ([TierTable.Step], Currency)?
    {
        guard case .list(let trees) = item.tree.content, !trees.isEmpty else {
            refuse(item, "must be a list of steps such as [[0, 20%], [10000.00, 22%]]")
            return nil
        }
        guard trees.count <= Self.stepsMax else {
            refuse(item, "must not be more than \(Self.stepsMax) steps")
            return nil
        }
        var steps: [TierTable.Step] = []
        var unit: Currency?
        var isWhole = true
        for (index, tree) in trees.enumerated() {
            let entry = item.at(index, tree)
            guard let step = step(entry, counted, &unit, like: pay ?? steps.first?.pay) else {
                isWhole = false
                continue
            }
            if let last = steps.last, step.start <= last.start {
                refuse(entry, "must begin above the step before it")
                isWhole = false
                continue
            }
            if let last = steps.last, step.pay == last.pay {
                complaints.warning(
                    entry.tree.spot, entry.path, "changes nothing: it pays what the step before it pays")
            }
            steps.append(step)
        }
        let bottom: Int64 = counted == .revenue ? 0 : 1
        if let pay, let first = steps.first, first.start > bottom {
            steps.insert(TierTable.Step(start: bottom, pay: pay), at: 0)
        }
        guard isWhole, let unit = unit ?? currency else { return nil }
        return (steps, unit)
    }

    private mutating func step(
        _ item: Item, _ counted: TierTable.Counted, _ unit: inout Currency?, like pay: Promise?
    ) -> TierTable.Step? {
        guard case .list(let pair) = item.tree.content, pair.count == 2 else {
            refuse(item, "must be a start and what is paid from there on, such as [10000.00, 22%]")
            return nil
        }
        let (startItem, payItem) = (item.at(0, pair[0]), item.at(1, pair[1]))
        var start: Int64?
        if counted == .revenue {
            if let money = money(startItem) {
                start = money.minor
                if let unit, unit != money.currency {
                    refuse(startItem, "must be in \(unit.code) like the steps before it")
                    return nil
                }
                unit = money.currency
            }
        } else {
            start = whole(startItem, 1...999_999_999).map { Int64($0) }
        }
        guard let written = promise(payItem), let start else { return nil }
        if let pay, !pay.isAlike(written.promise) {
            refuse(
                payItem,
                "must be of the kind of the rule's `pay`: all of them shares, or amounts in one currency, or "
                    + "prices for one unit")
            return nil
        }
        return TierTable.Step(start: start, pay: written.promise)
    }
}
