import Terms
import Testing

@Suite("A complaint about the whole grammar")
struct GrammarComplaintTests {
    @Test(
        "about attribution, tiers and payouts stands where the mistake is",
        arguments: [
            (
                "attribution: {click: {model: liner}}",
                """
                10:30: attribution.click.model must be last, first, linear, position 40/20/40 or decay \
                7d, not `liner` (did you mean `linear`?)
                """
            ),
            (
                "attribution: {click: {model: position 40/20/41}}",
                """
                10:30: attribution.click.model must name three shares that make up 100, for the first \
                touch, those between and the last, such as position 40/20/40, not `position 40/20/41`
                """
            ),
            (
                "attribution: {click: {model: position 50/50}}",
                """
                10:30: attribution.click.model must name three shares that make up 100, for the first \
                touch, those between and the last, such as position 40/20/40, not `position 50/50`
                """
            ),
            (
                "attribution: {click: {model: decay 0d}}",
                """
                10:30: attribution.click.model must name after how long a touch weighs half, from 1h to \
                3650d, such as decay 7d, not `decay 0d`
                """
            ),
            (
                "attribution: {guard: {max-share: 0%}}",
                "10:34: attribution.guard.max-share must be above 0%"
            ),
            (
                "attribution: {guard: {max-share: 101%}}",
                """
                10:34: attribution.guard.max-share must be a share from 0% to 100%, such as 2.5%, not `101%`
                """
            ),
            ("attribution: {guard: {share: 4%}}", "10:22: attribution.guard.max-share is required"),
            (
                "attribution: {customer: {expires: never}}",
                """
                10:35: attribution.customer.expires must be days from 1d to 3650d, such as 30d, not `never`
                """
            ),
            (
                "tiers: {gold: 1}",
                "10:8: tiers must be a list of tiers from the lowest, each such as {name: silver}"
            ),
            ("tiers: [{name: a}, {name: a}]", "10:27: tiers[1].name must be unique; `a` is taken"),
            (
                "tiers: [{name: a, when: {revenue: 5}}]",
                """
                10:35: tiers[0].when.revenue must be the least that is needed, such as ">= 50000.00 \
                USD", not `5`
                """
            ),
            (
                "tiers: [{name: a, when: {count: \"> 5\"}}]",
                "10:33: tiers[0].when.count must be the least that is needed, such as \">= 20\", not `> 5`"
            ),
            (
                "tiers: [{name: a, when: {count: \">= -5\"}}]",
                "10:33: tiers[0].when.count must be a whole number from 1 such as \">= 20\", not `>= -5`"
            ),
            (
                "tiers: [{name: a, when: {revenue: \">= -5\"}}]",
                "10:35: tiers[0].when.revenue must not be negative"
            ),
            (
                "tiers: [{name: a, when: {period: month}}]",
                "10:25: tiers[0].when must say what is needed, such as revenue: \">= 50000.00 USD\""
            ),
            (
                "tiers: [{name: a, when: {count: \">= 5\", period: rolling}}]",
                """
                10:49: tiers[0].when.period must be one of day, week, month, quarter, lifetime or \
                rolling 30d (1d to 3650d), not `rolling`
                """
            ),
            (
                "tiers: [{name: a, grace: 5d}]",
                "10:26: tiers[0].grace has no place without `when`: there is nothing to fall below"
            ),
            (
                "payouts: {rate: {fixed: approval}}",
                "10:25: payouts.rate.fixed must be one of statement, conversion, not `approval`"
            ),
        ])
    func program(_ line: String, _ sentence: String) {
        #expect(toldOfAll(small + line + "\n").first == sentence)
    }

    @Test(
        "about conditions, renewals and boosts stands where the mistake is",
        arguments: [
            (
                "when: {tier: golden}",
                "10:20: plans.standard[0].when.tier names no tier of this file; it has no `tiers`"
            ),
            ("when: {sku: []}", "10:19: plans.standard[0].when.sku must not be empty"),
            (
                "when: {category: {a: b}}",
                "10:24: plans.standard[0].when.category must be one value or a list"
            ),
            (
                "when: {amount: [\">= 5\", 9]}",
                """
                10:31: plans.standard[0].when.amount[1] must be a comparison such as ">= 50.00 USD" \
                with >=, >, <= or <, not `9`
                """
            ),
            (
                "then: {pay: -10%}",
                """
                10:19: plans.standard[0].then.pay must be a share up to 100% such as 20%, an amount \
                such as 50.00 USD, or a price such as 7.50 USD per lot, not `-10%`
                """
            ),
            (
                "then: {lasts: 1 year}",
                """
                10:21: plans.standard[0].then.lasts must be 1 to 120 months, such as 12 months, not `1 \
                year`
                """
            ),
            (
                "then: {lasts: 0 months}",
                """
                10:21: plans.standard[0].then.lasts must be 1 to 120 months, such as 12 months, not `0 \
                months`
                """
            ),
            (
                "then: {payments: 0}",
                "10:24: plans.standard[0].then.payments must be a whole number from 1 to 100000, not `0`"
            ),
            (
                "then: {lasts: 2 months, payments: 2}",
                """
                10:41: plans.standard[0].then.payments has no place beside `lasts`: the limit is one or \
                the other
                """
            ),
            (
                "then: {rate: 2%}",
                """
                10:13: plans.standard[0].then must say what renewals pay, such as pay: 10%, or for how \
                long, such as lasts: 12 months
                """
            ),
            (
                "boosts: {points: 2%}",
                """
                10:15: plans.standard[0].boosts must be a list such as [{points: 2%, until: \
                2026-12-31}]
                """
            ),
            (
                "boosts: [{until: 2026-12-31}]",
                "10:16: plans.standard[0].boosts[0] must say what it adds: points: 2%, or times: 1.25"
            ),
            (
                "boosts: [{points: 2%, times: 2}]",
                "10:25: plans.standard[0].boosts[0].points has no place beside `times`; write two boosts"
            ),
            (
                "boosts: [{times: 0}]",
                """
                10:24: plans.standard[0].boosts[0].times must be a factor above 0, up to 100, such as \
                1.25, not `0`
                """
            ),
            (
                "boosts: [{times: 125%}]",
                """
                10:24: plans.standard[0].boosts[0].times must be a factor above 0, up to 100, such as \
                1.25, not `125%`
                """
            ),
        ])
    func rule(_ line: String, _ sentence: String) {
        #expect(toldOfAll(ruled(line)).first == sentence)
    }

    @Test(
        "about limits stands where the mistake is",
        arguments: [
            (
                "per-conversion: {least: 5}",
                """
                10:23: plans.standard[0].per-conversion must have a min, a max or both, such as {min: \
                5.00, max: 100.00}
                """
            ),
            ("per-conversion: {min: 0}", "10:29: plans.standard[0].per-conversion.min must be above zero"),
            (
                "per-conversion: {min: 5.00, max: 4.99}",
                "10:40: plans.standard[0].per-conversion.max must not be below `min`, which is 5.00 USD"
            ),
            (
                "per-conversion: {min: 5.00, max: 40 EUR}",
                "10:40: plans.standard[0].per-conversion.max must be in USD like `min`"
            ),
            ("caps: [{amount: 5}]", "10:14: plans.standard[0].caps[0].per is required"),
            ("caps: [{per: customer}]", "10:14: plans.standard[0].caps[0].amount is required"),
            (
                "caps: [{per: customer, amount: 0}]",
                "10:38: plans.standard[0].caps[0].amount must be above zero"
            ),
            (
                "caps: [{per: clients, amount: 5}]",
                """
                10:20: plans.standard[0].caps[0].per must be one of customer, partner, program, not \
                `clients`
                """
            ),
            (
                "caps: [{per: program, amount: 5, when-full: pro-rata}]",
                """
                10:51: plans.standard[0].caps[0].when-full pro-rata needs a `period` such as month: \
                lines are cut when it closes
                """
            ),
            (
                "caps: [{per: partner, amount: 5, period: month, when-full: pro-rata}]",
                "10:66: plans.standard[0].caps[0].when-full pro-rata is for `per: program` only"
            ),
            (
                "caps: [{per: partner, amount: 5, period: rolling 30d}]",
                """
                10:48: plans.standard[0].caps[0].period must be one of day, week, month, quarter, \
                lifetime, not `rolling 30d`
                """
            ),
            (
                "caps: [{per: partner, amount: 50}, {per: partner, amount: 60}]",
                """
                10:42: plans.standard[0].caps[1] must not repeat a cap of the same reach and period: \
                the lower one decides
                """
            ),
            (
                "refund: nevr",
                """
                10:15: plans.standard[0].refund must be proportional, never or {full-from: 50%}, not \
                `nevr` (did you mean `never`?)
                """
            ),
            ("refund: {full-from: 0%}", "10:27: plans.standard[0].refund.full-from must be above 0%"),
            ("round: month", "10:14: plans.standard[0].round must be one of line, statement, not `month`"),
            (
                "qualify: {within: 30d}",
                """
                10:16: plans.standard[0].qualify must say what is needed, such as first-deposit: 20.00 \
                or total: {wager: 100.00}
                """
            ),
            (
                "qualify: {first-: 20.00}",
                "10:25: plans.standard[0].qualify.first- must name an event, such as first-deposit"
            ),
            (
                "qualify: {total: {wager: 0}}",
                "10:32: plans.standard[0].qualify.total.wager must be above zero"
            ),
            (
                "qualify: {first-deposit: 5}",
                """
                7:7: plans.standard[0] must pay an amount such as 120.00: `qualify` pays once for each \
                customer
                """
            ),
        ])
    func limit(_ line: String, _ sentence: String) {
        #expect(toldOfAll(ruled(line)).first == sentence)
    }

    @Test(
        "about a rule's tiers stands where the mistake is",
        arguments: [
            ("{shape: progressive, steps: [[0, 1%]]}", "10:14: plans.standard[0].tiers.by is required"),
            ("{by: count, steps: [[1, 1%]]}", "10:14: plans.standard[0].tiers.shape is required"),
            ("{by: count, shape: prospective}", "10:14: plans.standard[0].tiers.steps is required"),
            (
                "{by: count, shape: whole, steps: [[1, 1%]]}",
                """
                10:33: plans.standard[0].tiers.shape must be one of progressive, retroactive, \
                prospective, not `whole`
                """
            ),
            (
                "{by: count, shape: retroactive, steps: []}",
                """
                10:53: plans.standard[0].tiers.steps must be a list of steps such as [[0, 20%], \
                [10000.00, 22%]]
                """
            ),
            (
                "{by: count, shape: retroactive, steps: [[1, 1%, 2]]}",
                """
                10:54: plans.standard[0].tiers.steps[0] must be a start and what is paid from there on, \
                such as [10000.00, 22%]
                """
            ),
            (
                "{by: count, shape: retroactive, steps: [[0, 1%]]}",
                """
                10:55: plans.standard[0].tiers.steps[0][0] must be a whole number from 1 to 999999999, \
                not `0`
                """
            ),
            (
                "{by: revenue, shape: retroactive, steps: [[-5, 1%]]}",
                "10:57: plans.standard[0].tiers.steps[0][0] must not be negative"
            ),
            (
                "{by: revenue, shape: retroactive, steps: [[5, 1%], [5, 2%]]}",
                "10:65: plans.standard[0].tiers.steps[1] must begin above the step before it"
            ),
            (
                "{by: count, shape: progressive, steps: [[50, 9%], [5, 7%], [100, 8%]]}",
                "10:64: plans.standard[0].tiers.steps[1] must begin above the step before it"
            ),
            (
                "{by: revenue, shape: retroactive, steps: [[5, 1%], [6 EUR, 2%]]}",
                "10:66: plans.standard[0].tiers.steps[1][0] must be in USD like the steps before it"
            ),
            (
                "{by: revenue, shape: retroactive, steps: [[5, 10.00]]}",
                """
                10:60: plans.standard[0].tiers.steps[0][1] must be of the kind of the rule's `pay`: all \
                of them shares, or amounts in one currency, or prices for one unit
                """
            ),
            (
                "{by: count, shape: retroactive, slices: top, steps: [[5, 1%]]}",
                """
                10:54: plans.standard[0].tiers.slices is for `shape: progressive` only; retroactive \
                tiers have no slices
                """
            ),
            (
                "{by: count, shape: progressive, slices: top, steps: [[5, 1%]]}",
                """
                10:54: plans.standard[0].tiers.slices needs `by: revenue`: a refund of part of an event \
                is no part of a count
                """
            ),
            (
                "{by: revenue, shape: progressive, slices: top, period: rolling 7d, steps: [[5, 1%]]}",
                """
                10:56: plans.standard[0].tiers.slices must be own where the period rolls: its days leave \
                it from the bottom
                """
            ),
            (
                "{by: count, shape: retroactive, period: year, steps: [[5, 1%]]}",
                """
                10:54: plans.standard[0].tiers.period must be one of day, week, month, quarter, \
                lifetime or rolling 30d (1d to 3650d), not `year`
                """
            ),
            (
                "{by: count, shape: retroactive, period: rolling 30d, steps: [[5, 1%]]}",
                """
                10:54: plans.standard[0].tiers.period must not roll beside `shape: retroactive`: each day \
                that is over would change what all others were paid; take a calendar's period, or \
                `shape: progressive` or `prospective`
                """
            ),
        ])
    func tiers(_ table: String, _ sentence: String) {
        #expect(toldOfAll(ruled("tiers: \(table)")).first == sentence)
    }

    @Test(
        "what comes off the top of a period stands beside nothing that changes a single line",
        arguments: [
            "then: {pay: 5%}", "boosts: [{points: 2%}]", "per-conversion: {min: 5.00}",
            "caps: [{per: partner, amount: 5.00}]", "refund: never", "round: statement",
        ])
    func topSlices(_ beside: String) {
        let table = "tiers: {by: revenue, shape: progressive, slices: top, steps: [[5, 25%]]}"
        let sentence =
            "has no place beside `slices: top`, which pays what the steps give for all that is left of a "
            + "period, not for each sale"
        #expect(toldOfAll(ruled(table, beside)).allSatisfy { $0.hasSuffix(sentence) })
        #expect(toldOfAll(ruled(table, beside)).count == 1)
        #expect(toldOfAll(ruled(table, "refund: proportional", "round: line")) == [])
    }

    @Test("no amount is paid for a slice of revenue")
    func slices() {
        let yaml = ruled("tiers: {by: revenue, shape: progressive, steps: [[5, 10.00]]}").replacing(
            "pay: 20%", with: "pay: 5.00")
        #expect(
            toldOfAll(yaml) == [
                """
                10:55: plans.standard[0].tiers.steps must be shares such as 20%: an amount cannot be \
                paid for a slice of revenue; count events, or take `shape: retroactive` or \
                `prospective`
                """
            ])
    }
}
