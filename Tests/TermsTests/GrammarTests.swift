import Engine
import Facts
import Foundation
import Terms
import Testing
import Values

@Suite("Of the whole grammar")
struct GrammarTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")

    @Test("the full example is right, and without a warning")
    func example() throws {
        let yaml = try String(
            contentsOf: Self.root.appending(path: "examples/everything.yaml"), encoding: .utf8)
        let file = try ProgramFile.read(yaml, refusing: [])
        #expect(file.warnings.map { $0.text() } == [])
        #expect(file.planNames.count == 4)
    }

    @Test("models share among several touches")
    func models() throws {
        func attribution(_ model: String) throws -> Attribution {
            try compiled(small + "attribution: {click: {model: \(model)}}\n").terms.attribution
        }
        #expect(try attribution("linear").model == .linear)
        let position = try attribution("position 40/20/40")
        #expect(position.model == .position && position.position?.middle == Fraction(1, 5))
        #expect(position.position?.first == Fraction(2, 5) && position.position?.last == Fraction(2, 5))
        #expect(
            try attribution("position 33.3/33.4/33.3").position?.middle == Fraction(167, 500))
        let decay = try attribution("decay 7d")
        #expect(decay.model == .decay && decay.halfLife == .days(7))
        #expect(try attribution("decay 12h").halfLife == .seconds(12 * 3600))
    }

    @Test("windows, binds and the guard have their place")
    func attribution() throws {
        let terms = try compiled(
            small
                + "attribution: {lead: {window: 90d}, customer: {expires: 365d}, guard: {max-share: 40%}}\n"
        ).terms
        #expect(terms.attribution.leadWindow == .days(90) && terms.attribution.bindExpires == .days(365))
        #expect(terms.attribution.maxShare == Fraction(2, 5))
        let plain = try compiled(small).terms.attribution
        #expect(plain.leadWindow == .days(180) && plain.bindExpires == nil && plain.maxShare == nil)
        #expect(try compiled(small + "payouts: {rate: {fixed: conversion}}\n").terms.payouts.rateAtConversion)
        let clawback = "payouts: {clawback: {write-off-after: 180d}}\n"
        #expect(try compiled(small + clawback).terms.payouts.writeOffAfter == .days(180))
    }

    @Test("tiers of partners ask for what was brought")
    func statusTiers() throws {
        let (terms, names) = try compiled(
            small + """
                tiers:
                  - {name: silver}
                  - {name: gold, when: {revenue: ">= 50000.00", period: quarter}, grace: 60d}
                  - {name: ruby, when: {count: ">=20", deposit: ">= 5", period: rolling 90d}}
                  - {name: star, when: {revenue: ">= 1000000 JPY"}}

                """)
        #expect(terms.tiers.map { names.text($0.name) } == ["silver", "gold", "ruby", "star"])
        #expect(terms.tiers.map(\.goals.count) == [0, 1, 2, 1])
        let goal = terms.tiers[1].goals[0]
        #expect(goal.counted == .revenue && goal.least == 50_000_00 && goal.currency == .usd)
        #expect(names.text(goal.lane) == "gold revenue quarter")
        #expect(terms.tiers[1].period == .quarter && terms.tiers[1].grace == .days(60))
        #expect(terms.tiers[2].goals[0].counted == .count && terms.tiers[2].goals[0].least == 20)
        guard case .events(let event) = terms.tiers[2].goals[1].counted else {
            Issue.record("no event is counted")
            return
        }
        #expect(names.text(event) == "deposit" && terms.tiers[2].period == .rolling(.days(90)))
        #expect(terms.tiers[3].goals[0].currency == .jpy && terms.tiers[3].period == .lifetime)
    }

    @Test(
        "prices may be finer than a cent, and say what they are for",
        arguments: [
            ("0.035 USD per click", "click", Fraction(7, 200)!, "0.035 USD per click"),
            ("0.035 per click", "click", Fraction(7, 200)!, "0.035 USD per click"),
            ("1.75 USD per 1000 impressions", "impression", Fraction(7, 4)!, "1.75 USD per 1000 impressions"),
            ("7.50 USD per lot", "trade", Fraction(15, 2)!, "7.50 USD per lot"),
            ("0.000000001 JPY per byte", "traffic", Fraction(1, 1_000_000_000)!, "0.000000001 JPY per byte"),
        ])
    func prices(_ pay: String, _ event: String, _ exact: Fraction, _ text: String) throws {
        let yaml = small.replacing("on: sale", with: "on: \(event)").replacing(
            "pay: 20%", with: "pay: \(pay)")
        let (terms, names) = try compiled(yaml)
        let rule = try #require(terms.rule(0))
        guard case .each(let price) = rule.pay else {
            Issue.record("\(rule.pay) is no price")
            return
        }
        #expect(price.exact == exact && price.currency.code == (pay.contains("JPY") ? "JPY" : "USD"))
        switch price.per {
        case .click: #expect(event == "click" && rule.rounds == .statement)
        case .thousandImpressions: #expect(event == "impression" && rule.rounds == .statement)
        case .unit(let unit): #expect(pay.hasSuffix(names.text(unit)) && rule.rounds == .line)
        }
        #expect(try ProgramFile.read(yaml, refusing: []).payText(0) == text)
    }

    @Test("conditions ask for items, tiers and ranges of amounts")
    func conditions() throws {
        let (rule, names) = try compiledRule(
            "when: {sku: [A-1, B], category: toys, tier: [silver, gold], amount: [\">= 10.00\", \"< 50\"]}")
        let texts = rule.conditions.map { condition in
            switch condition {
            case .sku(let words): "sku \(words.map { names.text($0) })"
            case .category(let words): "category \(words.map { names.text($0) })"
            case .tier(let words): "tier \(words.map { names.text($0) })"
            case .amount(let sign, let money): "\(sign.rawValue) \(money)"
            default: "another"
            }
        }
        #expect(
            texts == [
                #"sku ["A-1", "B"]"#, #"category ["toys"]"#, #"tier ["silver", "gold"]"#, ">= 10.00 USD",
                "< 50.00 USD",
            ])
    }

    @Test(
        "renewals pay otherwise, for so many months or payments",
        arguments: [
            ("{pay: 10%, lasts: 12 months}", Fraction(1, 10)!, Renewal.Limit.months(12)),
            ("{pay: 10%, payments: 6}", Fraction(1, 10)!, .payments(6)),
            ("{pay: 15%}", Fraction(3, 20)!, nil),
            ("{lasts: 1 month}", Fraction(1, 5)!, .months(1)),
        ])
    func renewals(_ text: String, _ share: Fraction, _ limit: Renewal.Limit?) throws {
        let renewal = try #require(try compiledRule("then: \(text)").rule.renewal)
        #expect(renewal == Renewal(pay: .percent(share), limit: limit))
    }

    @Test("a rule's tiers begin at the bottom, where the file's first step does not, with its pay")
    func tierTables() throws {
        let table = try #require(
            try compiledRule(
                "tiers: {by: revenue, shape: progressive, period: month, steps: [[0, 20%], [10000.00, 22%]]}"
            ).rule.tiers)
        #expect(table.counted == .revenue && table.shape == .progressive && table.period == .month)
        #expect(table.slices == .own && table.currency == .usd)
        #expect(table.steps.map(\.start) == [0, 10_000_00])
        #expect(table.steps.map(\.pay) == [.percent(Fraction(1, 5)!), .percent(Fraction(11, 50)!)])
        let late = try #require(
            try compiledRule(
                "tiers: {by: revenue, shape: progressive, slices: top, steps: [[5000 EUR, 22%]]}"
            ).rule.tiers)
        #expect(late.slices == .top && late.period == .month && late.currency == .eur)
        #expect(late.steps.map(\.start) == [0, 5_000_00] && late.steps[0].pay == .percent(Fraction(1, 5)!))
    }

    @Test("a rule's tiers count events, too, and pay amounts by them")
    func countTiers() throws {
        let yaml = ruled(
            "tiers: {by: count, shape: retroactive, period: lifetime, steps: [[1, 40.00], [11, 50.00]]}"
        ).replacing("pay: 20%", with: "pay: 40.00")
        let table = try #require(try compiled(yaml).terms.rule(0)?.tiers)
        #expect(table.counted == .count && table.shape == .retroactive && table.period == .lifetime)
        #expect(
            table.steps == [
                .init(start: 1, pay: .flat(Money(40_00, .usd))),
                .init(start: 11, pay: .flat(Money(50_00, .usd))),
            ])
        let (rule, names) = try compiledRule(
            "tiers: {by: deposit, shape: prospective, period: rolling 30d, steps: [[10, 25%]]}")
        guard case .events(let event)? = rule.tiers?.counted else {
            Issue.record("no event is counted")
            return
        }
        #expect(names.text(event) == "deposit" && rule.tiers?.steps.map(\.start) == [1, 10])
        #expect(rule.tiers?.period == .rolling(.days(30)))
    }

    @Test("boosts add points or multiply, while their conditions hold")
    func boosts() throws {
        let (rule, names) = try compiledRule(
            "boosts: [{points: 2%, until: 2026-12-31}, {times: 1.25, when: {tier: gold}}]")
        #expect(rule.boosts.map(\.change) == [.points(Fraction(1, 50)!), .times(Fraction(5, 4)!)])
        #expect(rule.boosts[0].conditions == [.until(Instant(text: "2027-01-01")!)])
        guard case .tier(let tiers)? = rule.boosts[1].conditions.first else {
            Issue.record("the tier is not asked for")
            return
        }
        #expect(tiers.map { names.text($0) } == ["gold"])
    }

    @Test("bounds, caps, refunds and rounding limit what is paid")
    func limits() throws {
        let rule = try compiledRule(
            "per-conversion: {min: 5.00, max: 100.00}",
            "caps:",
            "  - {per: customer, amount: 200.00}",
            "  - {per: partner, period: month, amount: 5000.00, reopen: true}",
            "  - {per: program, period: quarter, amount: 90000 EUR, when-full: pro-rata}",
            "refund: {full-from: 50%}", "round: statement"
        ).rule
        #expect(rule.bounds == Bounds(min: Money(5_00, .usd), max: Money(100_00, .usd)))
        #expect(
            rule.caps == [
                Cap(
                    scope: .customer, amount: Money(200_00, .usd), period: .lifetime, whenFull: .firstCome,
                    reopens: false),
                Cap(
                    scope: .partner, amount: Money(5_000_00, .usd), period: .month, whenFull: .firstCome,
                    reopens: true),
                Cap(
                    scope: .program, amount: Money(90_000_00, .eur), period: .quarter, whenFull: .proRata,
                    reopens: false),
            ])
        #expect(rule.refund == .full(from: Fraction(1, 2)!) && rule.rounds == .statement)
        #expect(try compiledRule("refund: never").rule.refund == .never)
        #expect(
            try compiledRule("per-conversion: {max: 9}").rule.bounds
                == Bounds(min: nil, max: Money(9_00, .usd)))
    }

    @Test("what qualifies a customer is named by events")
    func qualification() throws {
        let yaml = ruled("qualify: {first-deposit: 20.00, total: {wager: 100.00}, within: 30d}").replacing(
            "pay: 20%", with: "pay: 120.00")
        let (terms, names) = try compiled(yaml)
        let qualification = try #require(terms.rule(0)?.qualification)
        #expect(qualification.within == .days(30))
        #expect(qualification.goals.map(\.kind) == [.first, .total])
        #expect(qualification.goals.map { names.text($0.name) } == ["deposit", "wager"])
        #expect(qualification.goals.map(\.least) == [Money(20_00, .usd), Money(100_00, .usd)])
    }

    @Test("net revenue has its deductions in order, its pool and what it carries")
    func netRevenue() throws {
        let (rule, names) = try compiledRule(
            "base: {from: ggr, less: [{component: bonuses}, {percent: 12%, of: ggr, name: admin}, "
                + "{percent: 5%, of: rest, name: jackpot}]}",
            "carry-over: {what: base, pool: product, expires: 3 months, high-roller: -10000.00}",
            "period: quarter")
        let net = try #require(rule.net)
        #expect(names.text(net.component) == "ggr" && net.period == .quarter && net.pool == .product)
        let texts = net.less.map { deduction in
            switch deduction {
            case .component(let name): names.text(name)
            case .percent(let share, .component(let of), let name):
                "\(names.text(name)): \(share.percentText) of \(names.text(of))"
            case .percent(let share, .rest, let name): "\(names.text(name)): \(share.percentText) of the rest"
            }
        }
        #expect(texts == ["bonuses", "admin: 12% of ggr", "jackpot: 5% of the rest"])
        #expect(
            net.carryOver
                == .init(what: .base, expiresMonths: 3, highRoller: Money(-10_000_00, .usd)))
        let plain = try #require(try compiledRule("base: {from: ggr}").rule.net)
        #expect(plain.less.isEmpty && plain.period == .month && plain.pool == .all)
        #expect(plain.carryOver == .init(what: .none, expiresMonths: nil, highRoller: nil))
    }

    @Test("what stands beside rules has numbers and names like theirs")
    func beside() throws {
        let yaml =
            tiered(small) + """
                    - override: {levels: [5%, 2%], of: commission, ceiling: 30%, cut: pro-rata}
                    - mdf: {accrue: 3%, of: sale, reimburse: 50%, expires: 6 months}
                    - assist: 5%
                    - margin: {base: 18%, tier: {silver: 20%, gold: 22%}, registered: 10%, combine: compound}
                    - bonus: {name: first-ten, when: {count: 10, of: [sale, renewal]}, pay: 100.00, hold: 0d}
                    - bonus: {name: big, when: {revenue: 10000.00, period: month}, pay: 50 EUR}
                    - {rule: last, on: lead, pay: 1.00}

                """
        let (terms, names) = try compiled(yaml)
        let plan = try #require(terms.plans.first)
        #expect(plan.override?.levels == [Fraction(1, 20)!, Fraction(1, 50)!])
        #expect(plan.override?.measure == .commission && plan.override?.cut == .proRata)
        #expect(plan.override?.ceiling == Fraction(3, 10) && plan.override?.number == 1)
        let fund = try #require(plan.fund)
        #expect(fund.accrue == Fraction(3, 100) && fund.measure == .sale && fund.reimburse == Fraction(1, 2))
        #expect(fund.expiresMonths == 6 && fund.number == 2)
        #expect(plan.assist?.share == Fraction(1, 20) && plan.assist?.number == 3)
        let margin = try #require(plan.margin)
        #expect(margin.base == Fraction(9, 50) && margin.registered == Fraction(1, 10))
        #expect(margin.tiers.map { names.text($0.tier) } == ["silver", "gold"])
        #expect(margin.tiers.map(\.share) == [Fraction(1, 5)!, Fraction(11, 50)!])
        #expect(margin.combination == .compound && margin.number == 4)
        #expect(plan.bonuses.map(\.number) == [5, 6])
        #expect(plan.bonuses.map(\.goal) == [.count(10), .revenue(Money(10_000_00, .usd))])
        #expect(plan.bonuses[0].events.map { names.text($0) } == ["sale", "renewal"])
        #expect(plan.bonuses[0].hold == .days(0) && plan.bonuses[0].period == .lifetime)
        #expect(plan.bonuses[1].pay == Money(50_00, .eur) && plan.bonuses[1].period == .month)
        #expect(plan.rules.map(\.number) == [0, 7])
        let file = try ProgramFile.read(yaml, refusing: [])
        #expect(
            (0..<9).map { file.ruleName($0) } == [
                "sale", "override", "mdf", "assist", "margin", "first-ten", "big", "last", "rule-8",
            ])
        #expect(
            (0..<9).map { file.payText($0) } == [
                "20%", "5%, 2%", "3%", "5%", "18%", "100.00 USD", "50.00 EUR", "1.00 USD", "",
            ])
    }

    @Test("words of one spelling are one word, of two spellings two")
    func words() throws {
        let (rule, names) = try compiledRule("when: {product: [caf\u{E9}, x], sub1: [x]}")
        guard case .product(let products) = rule.conditions[0], case .sub(_, let subs) = rule.conditions[1]
        else {
            Issue.record("conditions in another order")
            return
        }
        #expect(products[1] == subs[0] && names.text(products[0]).utf8.count == 5)
    }
}
