import Terms
import Values

/// Whether the engine pays by it already: what it learns joins the random programs by itself.
package func isPaid(_ provision: Provision) -> Bool { !Provision.notYetPaid.contains(provision) }

/// A random program over the grammar that is paid by: one plan of a few rules.
package struct RandomPlan: Sendable {
    /// What may be in it.
    package struct Parts: OptionSet, Sendable {
        package let rawValue: Int

        package init(rawValue: Int) { self.rawValue = rawValue }

        package static let amounts = Parts(rawValue: 1)
        package static let units = Parts(rawValue: 2)
        package static let items = Parts(rawValue: 4)
        package static let boosts = Parts(rawValue: 8)
        package static let bounds = Parts(rawValue: 16)
        /// Conditions on the amount and on who is new.
        package static let conditions = Parts(rawValue: 32)
        package static let renewals = Parts(rawValue: 64)
        package static let qualifications = Parts(rawValue: 128)
        package static let tiers = Parts(rawValue: 256)
        package static let caps = Parts(rawValue: 512)
        /// Refunds that take nothing, or all from a share on.
        package static let policies = Parts(rawValue: 1024)
        /// Shares of the partners above the seller.
        package static let levels = Parts(rawValue: 2048)
        /// Margins of who sells, and assists.
        package static let resale = Parts(rawValue: 4096)

        package static let plain: Parts = [.amounts, .units, .items, .boosts, .bounds, .conditions]
        /// All that comes to the same in every order of arrival.
        package static let orderless = plain.union([
            .renewals, .qualifications, .policies, .levels, .resale, .net, .funds,
        ])
        /// Rules that are rounded on the statement.
        package static let accruals = Parts(rawValue: 1 << 14)
        package static let net = Parts(rawValue: 1 << 15)
        /// The most that all together may be of the price.
        package static let guards = Parts(rawValue: 1 << 16)
        package static let bonuses = Parts(rawValue: 1 << 17)
        /// Ranks of partners, for which rules ask.
        package static let ranks = Parts(rawValue: 1 << 18)
        package static let funds = Parts(rawValue: 1 << 19)
        package static let all = orderless.union([.tiers, .caps, .accruals, .guards, .bonuses, .ranks])
    }

    package var rules: [RandomRule] = []
    /// Entries beside the rules.
    package var beside: [String] = []
    package var rounding: String
    package var zone: String
    package var hold: String
    /// Which of several clicks win, and how long a customer stays bound.
    private var attribution = ""
    private var ranks = ""
    private let parts: Parts

    package init(_ parts: Parts = .all, _ chance: inout Seeded) {
        self.parts = parts
        rounding = chance.pick(["half-even", "half-up"])
        zone = chance.pick([
            "UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Kiritimati", "America/Santiago",
        ])
        hold = chance.pick(["0d", "10d", "30d"])
        let models = [("linear", Provision.linear), ("position 40/20/40", .position), ("decay 7d", .decay)]
        attribution = ", click: {window: 365d}"
        if chance.once(in: 2),
            let model = chance.pick(models.filter { isPaid($0.1) }.map(Optional.some) + [nil])
        {
            attribution = ", click: {window: 365d, model: \(model.0)}"
        }
        if isPaid(.bindExpiry), chance.once(in: 3) { attribution += ", customer: {expires: 30d}" }
        addRanksAndGuard(chance)
        for number in 0..<chance.number(1...4) { rules.append(rule("r\(number)", &chance)) }
        if parts.contains(.qualifications), isPaid(.qualifications), chance.once(in: 3) {
            var rule = RandomRule("player", ["deposit", "wager"], .amount(chance.cents(1...50_00)))
            rule.qualify =
                "first-deposit: \(hundredths(chance.cents(1...80_00))), "
                + "total: {wager: \(hundredths(chance.cents(1...80_00)))}, "
                + "within: \(chance.pick(["10d", "60d"]))"
            rules.append(rule)
        }
        let hasNet = parts.contains(.net) && isPaid(.netRevenue) && chance.once(in: 3)
        if hasNet { rules.append(net(&chance)) }
        rules.append(RandomRule("rest", ["sale", "renewal", "trade"], share(&chance)))
        if parts.contains(.levels), isPaid(.overrides), !hasNet || isPaid(.netBeside), chance.once(in: 2) {
            addLevels(&chance)
        }
        addBonuses(chance)
        // Beside the others, which stay as they were.
        var aside = chance
        if parts.contains(.funds), isPaid(.funds), !hasNet || isPaid(.netBeside), aside.once(in: 3) {
            addFund(&aside)
        }
        guard parts.contains(.resale), isPaid(.margins), isPaid(.assists) else { return }
        if chance.once(in: 3) {
            let (base, more) = (chance.cents(0...50_00), chance.cents(0...50_00))
            beside.append(
                "margin: {base: \(hundredths(base))%, registered: \(hundredths(more))%, "
                    + "combine: \(chance.pick(["add", "compound"]))}")
        }
        if !hasNet || isPaid(.netBeside), chance.once(in: 3) {
            beside.append("assist: \(hundredths(chance.cents(1...20_00)))%")
        }
    }

    package var yaml: String {
        """
        program: acme
        currency: USD
        timezone: \(zone)
        rounding: \(rounding)
        attribution: {hold: \(hold)\(attribution)}
        partners: {affiliate: {plan: standard}}
        \(ranks)plans:
          standard:
        \((rules.map(\.yaml) + beside).map { "    - \($0)\n" }.joined())
        """
    }

    /// By a chance of its own, so that what is drawn after it stays as it was.
    private mutating func addRanksAndGuard(_ chance: Seeded) {
        var aside = chance
        if parts.contains(.ranks), isPaid(.statusTiers), aside.once(in: 3) {
            let goal = aside.pick([
                "count: \">= 2\"", "revenue: \">= \(hundredths(aside.cents(1...300_00)))\"",
            ])
            let period = aside.pick(["day", "week", "month", "quarter", "lifetime", "rolling 30d"])
            let grace = aside.once(in: 2) && !period.hasPrefix("life") ? ", grace: 9d" : ""
            ranks = "tiers: [{name: low}, {name: high, when: {\(goal), period: \(period)}\(grace)}]\n"
        }
        if parts.contains(.guards), isPaid(.guardShare), aside.once(in: 3) {
            attribution += ", guard: {max-share: \(hundredths(aside.cents(1_00...60_00)))%}"
        }
    }

    private mutating func addBonuses(_ chance: Seeded) {
        var aside = chance
        guard parts.contains(.bonuses), isPaid(.bonuses), aside.once(in: 3) else { return }
        for number in 0..<aside.number(1...2) {
            let goal = aside.pick([
                "count: \(aside.number(1...4))", "revenue: \(hundredths(aside.cents(1...500_00)))",
            ])
            let of = aside.pick(["", ", of: sale", ", of: [sale, renewal]"])
            let period = aside.pick(["", ", period: day", ", period: month", ", period: quarter"])
            let pay = hundredths(aside.cents(1...50_00))
            beside.append("bonus: {name: b\(number), when: {\(goal)\(of)\(period)}, pay: \(pay)}")
        }
    }

    private mutating func addLevels(_ chance: inout Seeded) {
        let levels = (0..<chance.number(1...3)).map { _ in "\(hundredths(chance.cents(1...20_00)))%" }
        let measure = chance.pick(["sale", "commission"])
        var text = "levels: [\(levels.joined(separator: ", "))], of: \(measure)"
        if chance.once(in: 2) {
            text += ", ceiling: \(hundredths(chance.cents(1_00...60_00)))%"
            text += ", cut: \(chance.pick(["deepest-first", "pro-rata"]))"
        }
        beside.append("override: {\(text)}")
    }

    private mutating func addFund(_ chance: inout Seeded) {
        var measure = chance.pick(["sale", "commission"])
        if rules.contains(where: \.roundsOnStatement) { measure = "sale" }
        var text = "accrue: \(hundredths(chance.cents(1...20_00)))%, of: \(measure)"
        text += ", reimburse: \(hundredths(chance.cents(1_00...100_00)))%"
        if chance.once(in: 2) { text += ", expires: \(chance.pick(["1 month", "2 months"]))" }
        beside.append("mdf: {\(text)}")
    }

    private func share(_ chance: inout Seeded) -> RandomRule.Pay { .share(chance.cents(1_00...40_00)) }

    private func pay(_ chance: inout Seeded) -> RandomRule.Pay {
        if parts.contains(.units), chance.once(in: 6) { return .perLot(chance.cents(1...20_00)) }
        if parts.contains(.amounts), chance.once(in: 5) { return .amount(chance.cents(1...50_00)) }
        return share(&chance)
    }

    private func rule(_ name: String, _ chance: inout Seeded) -> RandomRule {
        let pay = pay(&chance)
        let events = chance.pick([["sale"], ["sale", "renewal"], ["sale", "renewal", "trade"]])
        var rule = RandomRule(name, events, pay)
        var isShare = false
        if case .perLot = pay { rule.events = ["trade"] }
        if case .share = pay { isShare = true }
        rule.when = conditions(&chance)
        rule.isAlso = chance.once(in: 4)
        if chance.once(in: 3) {
            rule.base = chance.pick([
                "", "tax", "tax, shipping", "tax, shipping, fees", "discount",
                "tax, shipping, discount, fees",
            ])
        }
        if parts.contains(.boosts), chance.once(in: 3) {
            rule.boosts = (0..<chance.number(1...3)).map { _ in boost(isShare, &chance) }
        }
        if parts.contains(.bounds), chance.once(in: 4) { bound(&rule, &chance) }
        if parts.contains(.policies), chance.once(in: 4) {
            rule.refund = chance.pick(["never", "{full-from: 50%}", "{full-from: 100%}", "{full-from: 0.5%}"])
        }
        if parts.contains(.renewals), isPaid(.renewals), chance.once(in: 4) { renew(&rule, &chance) }
        if parts.contains(.tiers), isPaid(.tierTables), chance.once(in: 2) { tier(&rule, &chance) }
        let isTop = rule.tiers?.head.contains("slices: top") ?? false
        if parts.contains(.caps), isPaid(.caps), chance.once(in: 2), !isTop {
            rule.caps = caps(rule, &chance)
        }
        // Beside the others, which stay as they were.
        var aside = chance
        if parts.contains(.accruals), isPaid(.statementRounding), aside.once(in: 3) {
            let isRetroactive = rule.tiers?.head.contains("retroactive") ?? false
            rule.roundsOnStatement = !isTop && (!isRetroactive || isPaid(.retroactiveAccruals))
        }
        return rule
    }

    private func net(_ chance: inout Seeded) -> RandomRule {
        var rule = RandomRule("net", ["activity"], share(&chance))
        let less = chance.pick(["", ", less: [{percent: 12.5%, of: ggr, name: admin}, {component: bonuses}]"])
        let pool = chance.pick(["all", "product", "customer"])
        let what = chance.pick(["none", "base"])
        var carry = "what: \(what), pool: \(pool)"
        if what == "base", chance.once(in: 3) { carry += ", expires: 1 month" }
        if pool != "customer", chance.once(in: 2) {
            carry += ", high-roller: -\(hundredths(chance.cents(1_00...200_00)))"
        }
        let period = chance.pick(["day", "week", "month", "quarter"])
        rule.net = "base: {from: ggr\(less)}, period: \(period), carry-over: {\(carry)}"
        // Beside the others, which stay as they were.
        var aside = chance
        if aside.once(in: 2) { rule.tiers = netTiers(period, &aside) }
        if parts.contains(.caps), aside.once(in: 3) {
            let scopes = pool == "customer" ? ["customer", "partner", "program"] : ["partner", "program"]
            rule.caps = scopes.filter { _ in aside.once(in: 2) }.map { scope in
                let period = aside.pick([period, "lifetime"])
                return "{per: \(scope), period: \(period), amount: \(hundredths(aside.cents(1...60_00)))}"
            }
        }
        return rule
    }

    private func netTiers(_ period: String, _ chance: inout Seeded) -> RandomRule.Tiers {
        let by = chance.pick(["revenue", "count", "sale"])
        let shape = by == "revenue" ? chance.pick(["progressive", "retroactive"]) : "retroactive"
        var start: Int64 = 0
        let steps = (0..<chance.number(1...3)).map { _ in
            start += by == "revenue" ? chance.cents(1...500_00) : chance.cents(1...3)
            return (by == "revenue" ? hundredths(start) : String(start), share(&chance))
        }
        return RandomRule.Tiers(head: "by: \(by), shape: \(shape), period: \(period)", steps: steps)
    }

    private func conditions(_ chance: inout Seeded) -> [String] {
        var all = ["country: [DE, AT]", "product: pro", "metadata: {channel: web}", "from: 2026-02-01"]
        if parts.contains(.conditions) {
            all += ["amount: \">= 50.00\"", "customer: new", "customer: returning", "until: 2026-03-15"]
        }
        if !ranks.isEmpty { all += ["tier: high", "tier: low"] }
        if parts.contains(.items) { all += ["category: toys", "sku: [A, B]", "category: [toys, books]"] }
        return chance.once(in: 2) ? [chance.pick(all)] : []
    }

    private func boost(_ isShare: Bool, _ chance: inout Seeded) -> RandomRule.Boost {
        var boost = RandomRule.Boost()
        if isShare, chance.once(in: 2) {
            boost.points = chance.cents(1...5_00)
        } else {
            boost.times = chance.cents(1...300)
        }
        boost.when = chance.pick(["", "until: 2026-02-28", "from: 2026-02-01", "when: {country: DE}"])
        return boost
    }

    private func bound(_ rule: inout RandomRule, _ chance: inout Seeded) {
        let least = chance.cents(1...20_00)
        if chance.once(in: 2) { rule.least = least }
        if rule.least == nil || chance.once(in: 2) { rule.most = least + chance.cents(0...100_00) }
    }

    private func renew(_ rule: inout RandomRule, _ chance: inout Seeded) {
        if chance.once(in: 2) {
            switch rule.pay {
            case .share: rule.renewal = share(&chance)
            case .amount: rule.renewal = .amount(chance.cents(1...50_00))
            case .perLot: rule.renewal = .perLot(chance.cents(1...20_00))
            }
        }
        if rule.renewal == nil || chance.once(in: 2) {
            rule.limit = chance.pick(["lasts: 1 month", "lasts: 2 months", "payments: 1", "payments: 3"])
        }
    }

    private func tier(_ rule: inout RandomRule, _ chance: inout Seeded) {
        var isShare = false
        switch rule.pay {
        case .share: isShare = true
        case .amount: break
        // Prices have steps, too; amounts and shares are enough.
        case .perLot: return
        }
        let shape = chance.pick(["progressive", "retroactive", "prospective"])
        let isByRevenue = chance.once(in: 2) && (isShare || shape != "progressive")
        var periods = ["day", "week", "month", "quarter", "lifetime"]
        if isPaid(.rollingTiers), shape != "retroactive" { periods += ["rolling 1d", "rolling 30d"] }
        let period = chance.pick(periods)
        var head = "by: \(isByRevenue ? "revenue" : "count"), shape: \(shape), period: \(period)"
        // Beside the others, which stay as they were.
        var aside = chance
        let isTop =
            shape == "progressive" && isByRevenue && !period.hasPrefix("rolling") && rule.hasNothingElse
            && isPaid(.topSlices) && aside.once(in: 2)
        if isTop { head += ", slices: top" }
        var start: Int64 = 0
        let steps = (0..<chance.number(1...3)).map { _ in
            start += isByRevenue ? chance.cents(1...500_00) : chance.cents(1...3)
            let pay = isShare ? share(&chance) : RandomRule.Pay.amount(chance.cents(1...50_00))
            return (isByRevenue ? hundredths(start) : String(start), pay)
        }
        rule.tiers = RandomRule.Tiers(head: head, steps: steps)
    }

    private func caps(_ rule: RandomRule, _ chance: inout Seeded) -> [String] {
        let isRetroactive = rule.tiers?.head.contains("retroactive") ?? false
        let scopes = ["customer", "partner", "program"].filter { scope in
            chance.once(in: 2) && !(isRetroactive && scope == "customer")
        }
        return scopes.map { scope in
            let period = chance.pick(["day", "week", "month", "quarter", "lifetime"])
            var more = chance.once(in: 3) ? ", reopen: true" : ""
            if scope == "program", period != "lifetime", isPaid(.proRataCaps), chance.once(in: 3) {
                more += ", when-full: pro-rata"
            }
            return "{per: \(scope), period: \(period), amount: \(hundredths(chance.cents(1...60_00)))\(more)}"
        }
    }
}
