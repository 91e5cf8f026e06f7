import Facts
import Replay
import Terms
import TestPlans
import Testing
import Values

/// What must hold of any plan, whatever happens under it. A failure names its seed and shows the plan.
/// `TALLYSTICK_TORTURE=1` tries ten times as many.
@Suite("Any plan")
struct PlanTests {
    private static let blocks = 0..<(isTorture ? 400 : 40)
    private static let seedsOfBlock = 20

    private func each(of block: Int, _ body: (Int, inout Seeded) throws -> Void) rethrows {
        for seed in block * Self.seedsOfBlock..<(block + 1) * Self.seedsOfBlock {
            var chance = Seeded(seed)
            try body(seed, &chance)
        }
    }

    private func story(_ plan: RandomPlan, _ lines: [String]...) -> Story {
        Story(reading(plan.yaml), lines.flatMap { $0 }.facts(), isExplained: false)
    }

    @Test("that is refunded whole leaves nothing, whatever the parts", arguments: blocks)
    func refundedWhole(_ block: Int) {
        each(of: block) { seed, chance in
            let plan = RandomPlan(.all, &chance).withoutNever
            let deals = RandomDeals(refunds: 0, &chance)
            var refunds: [String] = []
            for (number, amount) in deals.amounts.enumerated() {
                let weights = (0..<chance.number(1...4)).map { _ in chance.cents(1...9) }
                for (part, money) in Money(amount, .usd).split(over: weights).enumerated() {
                    // The last may ask for the rest, or for more than that.
                    let isLast = part == weights.count - 1
                    let cents = isLast ? chance.pick([nil, money.minor + 7, money.minor]) : money.minor
                    if cents == 0 { continue }
                    let at = RandomDeals.time(&chance)
                    refunds.append(RandomDeals.refund("b\(number)-\(part)", of: "c\(number)", at, cents))
                }
            }
            var story = story(plan, deals.evidence)
            for fact in (deals.conversions + refunds).facts().shuffled(using: &chance) {
                story.tell([fact])
                if chance.once(in: 10) { story.settle("2026-02-01") }
            }
            #expect(story.refusals == [], "seed \(seed)\n\(plan.yaml)")
            for partner in ["ada", "bo", "cy"] {
                let left = story.earned(partner).values.filter { $0 != 0 }
                #expect(left.isEmpty, "seed \(seed): \(partner) keeps \(left)\n\(plan.yaml)")
            }
            let expenses = story.balances.all.filter {
                $0.account.hasPrefix("Expenses:") && $0.amount.minor != 0
            }
            #expect(expenses.isEmpty && story.faultBelowZero == nil, "seed \(seed)\n\(plan.yaml)")
        }
    }

    @Test("comes to the same by one refund as by its parts", arguments: blocks)
    func parts(_ block: Int) {
        each(of: block) { seed, chance in
            let plan = RandomPlan(.orderless, &chance)
            let deals = RandomDeals(refunds: 0, &chance)
            var (whole, parts): ([String], [String]) = ([], [])
            for (number, amount) in deals.amounts.enumerated() where amount > 1 {
                let taken = Money(chance.cents(1...amount), .usd)
                whole.append(RandomDeals.refund("w\(number)", of: "c\(number)", "2026-04-20", taken.minor))
                let weights = (0..<chance.number(2...4)).map { _ in chance.cents(1...9) }
                for (part, money) in taken.split(over: weights).enumerated() where money.minor > 0 {
                    let at = "2026-04-2\(part)"
                    parts.append(
                        RandomDeals.refund("p\(number)-\(part)", of: "c\(number)", at, money.minor))
                }
            }
            let once = story(plan, deals.evidence, deals.conversions, whole)
            let often = story(plan, deals.evidence, deals.conversions, parts)
            #expect(once.ending == often.ending, "seed \(seed)\n\(plan.yaml)")
        }
    }

    @Test("keeps all of it where refunds take nothing", arguments: blocks.prefix(10))
    func never(_ block: Int) {
        each(of: block) { seed, chance in
            var plan = RandomPlan(.plain, &chance)
            for index in plan.rules.indices { plan.rules[index].refund = "never" }
            let deals = RandomDeals(&chance)
            let before = story(plan, deals.evidence, deals.conversions)
            let after = story(plan, deals.evidence, deals.conversions, deals.refunds)
            #expect(before.lines() == after.lines(), "seed \(seed)\n\(plan.yaml)")
        }
    }

    @Test("comes to the same bytes when its facts are replayed in the recorded sequence", arguments: blocks)
    func replay(_ block: Int) throws {
        try each(of: block) { seed, chance in
            let plan = RandomPlan(.all, &chance)
            let deals = RandomDeals(&chance)
            let evidence = deals.evidence.facts()
            var story = Story(reading(plan.yaml), evidence)
            var closes = ["2026-02-01", "2026-03-01", "2026-03-20", "2026-05-01"][...]
            for fact in (deals.conversions + deals.refunds).facts().shuffled(using: &chance) {
                story.tell([fact])
                if chance.once(in: 4), let date = closes.popFirst() { story.settle(date) }
            }
            var again = Story(reading(plan.yaml), evidence.filter { $0.kind == .click })
            for fact in story.records.map(\.fact) {
                // As a store gives it back.
                let kept = try FactReader(.store).stored(
                    fact.kind, id: fact.id, at: fact.at, receivedAt: fact.receivedAt, body: fact.body)
                again.tell([kept])
            }
            #expect(again.bytes == story.bytes, "seed \(seed)\n\(plan.yaml)")
            #expect(story.refusals == [], "seed \(seed)\n\(plan.yaml)")
            #expect(again.refusals == [] && again.simulation.parked.isEmpty)
            #expect(story.sealed.count > 0 || story.lines().allSatisfy { $0 == "0.00 USD" })
        }
    }

    @Test("without tiers and caps comes to the same balances in every order of arrival", arguments: blocks)
    func arrival(_ block: Int) {
        each(of: block) { seed, chance in
            let plan = RandomPlan(.orderless, &chance)
            let deals = RandomDeals(&chance)
            let timely = story(plan, deals.evidence, deals.conversions, deals.refunds)
            for _ in 0..<2 {
                var story = story(plan, deals.evidence)
                for fact in (deals.conversions + deals.refunds).facts().shuffled(using: &chance) {
                    story.tell([fact])
                }
                #expect(story.ending == timely.ending, "seed \(seed)\n\(plan.yaml)")
            }
        }
    }

    /// Of two refunds of one sale the first to come decides what the second finds, and a statement between
    /// their days sees that; so each sale has one here. What was taken back may be owed in one order and never
    /// stated in another (decision 10); what the partner has in the end is the same.
    @Test("and, settled late, to the same money for everyone, where no two refunds meet", arguments: blocks)
    func lateSettlement(_ block: Int) {
        each(of: block) { seed, chance in
            let plan = RandomPlan(.orderless, &chance)
            let deals = RandomDeals(refunds: 0, &chance)
            let refunds = deals.amounts.indices.filter { _ in chance.once(in: 2) }.map { number in
                let cents = chance.once(in: 2) ? nil : chance.cents(1...deals.amounts[number])
                return RandomDeals.refund("b\(number)", of: "c\(number)", RandomDeals.time(&chance), cents)
            }
            var timely = story(plan, deals.evidence, deals.conversions, refunds)
            var late = story(plan, deals.evidence)
            for fact in (deals.conversions + refunds).facts().shuffled(using: &chance) { late.tell([fact]) }
            timely.settle("2026-06-01")
            late.settle("2026-06-01")
            #expect(late.worth == timely.worth, "seed \(seed)\n\(plan.yaml)")
            #expect(late.faultBelowZero == nil, "seed \(seed)\n\(plan.yaml)")
        }
    }

    @Test("without caps never pays less for a line when a rate is raised", arguments: blocks)
    func raised(_ block: Int) {
        each(of: block) { seed, chance in
            let plan = RandomPlan(.all.subtracting([.caps, .levels, .guards]), &chance)
            let deals = RandomDeals(&chance)
            var more = plan
            more.rules[chance.number(0...plan.rules.count - 1)].raise(&chance)
            let before = story(plan, deals.evidence, deals.conversions, deals.refunds).sums(plan)
            let after = story(more, deals.evidence, deals.conversions, deals.refunds).sums(plan)
            for (line, sum) in before where sum > after[line] ?? 0 {
                Issue.record(
                    """
                    seed \(seed): \(line) has \(after[line] ?? 0) instead of \(sum)
                    \(plan.yaml)\(more.yaml)
                    """)
            }
        }
    }

    @Test("moves by at most half a cent per line when an order is split by lines", arguments: blocks)
    func splitOrder(_ block: Int) {
        each(of: block) { seed, chance in
            let plan = RandomPlan([.boosts], &chance)
            let count = chance.number(2...8)
            let weights = (0..<count).map { _ in chance.cents(1...9) }
            let cents = chance.cents(10_00...5_000_00)
            let rest: [(String, JSON)] = [
                ("event", .string(chance.pick(["sale", "renewal"]))), ("visitor", "v"), ("currency", "USD"),
                ("country", .string(chance.pick(["DE", "FR"]))), ("product", "pro"),
                ("metadata", ["channel": "web"]),
            ]
            let parts: [(String, Int64)] = [
                ("amount", cents), ("tax", cents / 6), ("shipping", cents / 10), ("discount", cents / 7),
                ("fees", cents / 30),
            ]
            let at = RandomDeals.time(&chance)
            let whole = RandomDeals.line(
                "conversion", "whole", at, rest + parts.map { ($0.0, .string(hundredths($0.1))) })
            let lines = (0..<count).map { line in
                RandomDeals.line(
                    "conversion", "line-\(line)", at,
                    rest + parts.map { ($0, .string(Money($1, .usd).split(over: weights)[line].amount)) })
            }
            let evidence = RandomDeals(count: 0, refunds: 0, &chance).evidence
            let once = story(plan, evidence, [whole]).sums(byRule: true)
            let often = story(plan, evidence, lines).sums(byRule: true)
            for rule in Set(once.keys).union(often.keys) {
                let moved = (once[rule] ?? 0) - (often[rule] ?? 0)
                // Half a cent for each line, and for the one that they were split from.
                #expect(2 * moved.magnitude <= count + 1, "seed \(seed): \(rule)\n\(plan.yaml)")
            }
        }
    }

    @Test("moves by at most half a cent per line when items are told apart that pay alike", arguments: blocks)
    func splitItems(_ block: Int) {
        each(of: block) { seed, chance in
            let rate = hundredths(chance.cents(1...40_00))
            let (cents, count) = (chance.cents(1...5_000_00), chance.number(1...6))
            let weights = (0..<count + 1).map { _ in chance.cents(0...9) + 1 }
            // The last part stands on no item.
            let items = Money(cents, .usd).split(over: weights).dropLast().enumerated().map { number, money in
                JSON.record(["sku": .string("s\(number)"), "amount": .string(money.amount)])
            }
            let sold = RandomDeals.line(
                "conversion", "s", "2026-01-05",
                [
                    ("event", "sale"), ("visitor", "v"), ("currency", "USD"),
                    ("amount", .string(hundredths(cents))), ("items", .array(items)),
                ])
            let evidence = RandomDeals(count: 0, refunds: 0, &chance).evidence
            let rest = "{rule: rest, on: sale, pay: \(rate)%}"
            let apart = (0..<count).map {
                "{rule: r\($0), on: sale, when: {sku: s\($0)}, pay: \(rate)%}"
            }
            let facts = (evidence + [sold]).facts()
            let once = Story(program(rules: [rest]), facts).total("ada", in: .usd)
            let often = Story(program(rules: apart + [rest]), facts).total("ada", in: .usd)
            #expect(2 * (once.minor - often.minor).magnitude <= count + 2, "seed \(seed)")
        }
    }
}

extension RandomPlan {
    /// Refunds take back everywhere.
    var withoutNever: RandomPlan {
        var plan = self
        for index in plan.rules.indices where plan.rules[index].refund == "never" {
            plan.rules[index].refund = nil
        }
        return plan
    }
}

extension Story {
    /// What each partner has, less what it owes, by currency; and what it all cost.
    fileprivate var worth: [String: Int64] {
        balances.all.reduce(into: [:]) { sums, balance in
            let words = balance.account.split(separator: ":")
            let whose = words.first { $0.hasPrefix("P-") }.map(String.init) ?? balance.account
            sums["\(whose) \(balance.amount.currency.code)", default: 0] += balance.amount.minor
        }.filter { $0.value != 0 }
    }

    /// What each rule came to, in minor units: by partner and conversion; over all conversions where that is
    /// asked for, and where it posts what others change elsewhere: tiers and net revenue.
    fileprivate func sums(_ plan: RandomPlan? = nil, byRule: Bool = false) -> [String: Int64] {
        let tiered = Set(plan?.rules.filter { $0.tiers != nil || $0.net != nil }.map(\.name) ?? [])
        return records.flatMap(\.lines).reduce(into: [:]) { sums, line in
            // True-ups stand under a name of their own, such as `r0:true-up`.
            let rule = String(line.rule.prefix { $0 != ":" })
            let isWide = byRule || tiered.contains(rule)
            sums["\(line.partner) \(rule)\(isWide ? "" : " \(line.conversion)")", default: 0] +=
                line.amount.minor
        }
    }
}
