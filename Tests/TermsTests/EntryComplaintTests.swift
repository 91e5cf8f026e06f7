import Terms
import Testing

@Suite("A complaint about what does not go together")
struct EntryComplaintTests {
    @Test(
        "names the price that is wrong",
        arguments: [
            (
                "sale",
                "0.0000000001 per lot",
                """
                9:12: plans.standard[0].pay must be a price such as 0.035 USD per click in plain \
                digits, at most 1000000 with 9 decimals, not `0.0000000001`
                """
            ),
            (
                "sale",
                "1e400 per lot",
                """
                9:12: plans.standard[0].pay must be a price such as 0.035 USD per click in plain \
                digits, at most 1000000 with 9 decimals, not `1e400`
                """
            ),
            (
                "sale",
                "-1 per lot",
                """
                9:12: plans.standard[0].pay must be a price such as 0.035 USD per click in plain \
                digits, at most 1000000 with 9 decimals, not `-1`
                """
            ),
            (
                "sale",
                "1000001 per lot",
                """
                9:12: plans.standard[0].pay must be a price such as 0.035 USD per click in plain \
                digits, at most 1000000 with 9 decimals, not `1000001`
                """
            ),
            (
                "sale",
                "5 USB per lot",
                """
                9:12: plans.standard[0].pay must be a price such as 0.035 USD per click; `USB` is no \
                currency of ISO 4217
                """
            ),
            (
                "sale",
                "5 per big lot",
                """
                9:12: plans.standard[0].pay must be a price per click, per 1000 impressions or per a \
                unit of one word such as lot, not per `big lot`
                """
            ),
            (
                "impression",
                "5 per impression",
                "9:12: plans.standard[0].pay must be a price per 1000 impressions, not per `impression`"
            ),
            (
                "click",
                "5 per clicks",
                "9:12: plans.standard[0].pay must be a price per click, not per clicks"
            ),
            (
                "click",
                "0.05",
                """
                8:11: plans.standard[0].on `click` needs a price such as 0.035 USD per click, in a rule \
                of its own
                """
            ),
            (
                "click",
                "20%",
                """
                8:11: plans.standard[0].on `click` needs a price such as 0.035 USD per click, in a rule \
                of its own
                """
            ),
            (
                "sale",
                "0.05 per click",
                "8:11: plans.standard[0].on must be click alone: that is what the price is for"
            ),
            (
                "[click, sale]",
                "0.05 per click",
                "8:11: plans.standard[0].on must be click alone: that is what the price is for"
            ),
            (
                "sale",
                "5 per 1000 impressions",
                "8:11: plans.standard[0].on must be impression alone: that is what the price is for"
            ),
            (
                "impression",
                "7.50 per lot",
                """
                8:11: plans.standard[0].on `impression` needs a price such as 1.75 USD per 1000 \
                impressions, in a rule of its own
                """
            ),
        ])
    func price(_ event: String, _ pay: String, _ sentence: String) {
        let yaml = small.replacing("on: sale", with: "on: \(event)").replacing(
            "pay: 20%", with: "pay: \(pay)")
        #expect(toldOfAll(yaml) == [sentence])
    }

    @Test(
        "says that clicks have no amount",
        arguments: [
            (
                "refund: never",
                """
                10:15: plans.standard[0].refund has no place in a rule for clicks or impressions, which \
                have no amount
                """
            ),
            (
                "base: {without: []}",
                """
                10:13: plans.standard[0].base has no place in a rule for clicks or impressions, which \
                have no amount
                """
            ),
            (
                "per-conversion: {min: 1}",
                """
                10:23: plans.standard[0].per-conversion has no place in a rule for clicks or \
                impressions, which have no amount
                """
            ),
            (
                "when: {customer: new}",
                """
                7:7: plans.standard[0] must not ask clicks or impressions for more than country, sub1 \
                to sub10, from and until
                """
            ),
            (
                "tiers: {by: revenue, shape: retroactive, steps: [[100.00, 0.02 per click]]}",
                """
                10:14: plans.standard[0].tiers must be by: count, of the rule's own clicks or \
                impressions: they bring nothing
                """
            ),
            (
                "caps: [{per: customer, amount: 5.00}]",
                """
                10:13: plans.standard[0].caps must not be per customer: a click or an impression is \
                nobody's yet; take partner
                """
            ),
            (
                "caps: [{per: program, period: month, amount: 5.00, when-full: pro-rata}]",
                """
                10:13: plans.standard[0].caps must not be pro-rata: clicks and impressions may come \
                after a budget has closed; take first-come
                """
            ),
            (
                "caps: [{per: partner, amount: 5.00, reopen: true}]",
                """
                10:13: plans.standard[0].caps must not reopen: a click or an impression is never refunded
                """
            ),
            (
                "boosts: [{times: 2, when: {country: DE}}]",
                """
                10:15: plans.standard[0].boosts must go by from and until alone: clicks and impressions \
                are counted; to pay more for some of them, write a rule with that `when` above this one
                """
            ),
            (
                "round: line",
                """
                10:14: plans.standard[0].round must be statement for clicks and impressions, which have \
                no lines of their own
                """
            ),
        ])
    func traffic(_ line: String, _ sentence: String) {
        let yaml = ruled(line).replacing("on: sale", with: "on: click").replacing(
            "pay: 20%", with: "pay: 0.01 per click")
        #expect(toldOfAll(yaml) == [sentence])
    }

    @Test(
        "says what net revenue needs and cannot have",
        arguments: [
            (
                "base: {less: [{component: a}]}",
                """
                10:20: plans.standard[0].base.less needs `from`: the component that it is taken from, \
                such as ggr
                """
            ),
            (
                "base: {from: ggr, without: []}",
                """
                10:34: plans.standard[0].base.without has no place beside `from`, which names what is \
                counted
                """
            ),
            (
                "base: {from: ggr, less: []}",
                """
                10:31: plans.standard[0].base.less must be a list such as [{component: bonuses}, \
                {percent: 12%, of: ggr, name: admin}]
                """
            ),
            (
                "base: {from: ggr, less: [{of: a}]}",
                """
                10:32: plans.standard[0].base.less[0] must be {component: bonuses} or {percent: 12%, \
                of: ggr, name: admin}
                """
            ),
            (
                "base: {from: ggr, less: [{percent: 5%, of: ggr}]}",
                "10:32: plans.standard[0].base.less[0].name is required"
            ),
            (
                "base: {from: ggr, less: [{component: a, percent: 5%}]}",
                "10:47: plans.standard[0].base.less[0].percent is not a key here; there are: component"
            ),
            (
                "base: {from: ggr, less: [{component: a}, {component: a}]}",
                """
                10:60: plans.standard[0].base.less[1].component must be unique among the deductions; \
                `a` is taken
                """
            ),
            (
                "base: {from: ggr, less: [{percent: 0%, of: ggr, name: a}]}",
                "10:42: plans.standard[0].base.less[0].percent must be above 0%"
            ),
            (
                "carry-over: {what: base}",
                """
                10:19: plans.standard[0].carry-over needs `base: {from: …}`: only net revenue is \
                counted by period and carried over
                """
            ),
            (
                "period: month",
                """
                10:15: plans.standard[0].period needs `base: {from: …}`: only net revenue is counted by \
                period and carried over
                """
            ),
        ])
    func net(_ line: String, _ sentence: String) {
        #expect(toldOfAll(ruled(line)) == [sentence])
    }

    @Test(
        "says what net revenue carries",
        arguments: [
            (
                "period: lifetime",
                """
                11:15: plans.standard[0].period must be one of day, week, month, quarter, not \
                `lifetime`
                """
            ),
            ("carry-over: {pool: all}", "11:19: plans.standard[0].carry-over.what is required"),
            (
                "carry-over: {what: some}",
                """
                11:26: plans.standard[0].carry-over.what must be one of none, base, commission, not \
                `some`
                """
            ),
            (
                "carry-over: {what: base, pool: brand}",
                """
                11:38: plans.standard[0].carry-over.pool must be one of all, product, customer, not \
                `brand`
                """
            ),
            (
                "carry-over: {what: none, expires: 3 months}",
                """
                11:41: plans.standard[0].carry-over.expires has no place beside `what: none`: nothing \
                is carried that could expire
                """
            ),
            (
                "carry-over: {what: base, high-roller: 5}",
                """
                11:45: plans.standard[0].carry-over.high-roller must be below zero, such as -10000.00, \
                not `5`
                """
            ),
            (
                "carry-over: {what: base, high-roller: -0}",
                """
                11:45: plans.standard[0].carry-over.high-roller must be below zero, such as -10000.00, \
                not `-0`
                """
            ),
            (
                "carry-over: {what: base, pool: customer, high-roller: -5}",
                """
                11:61: plans.standard[0].carry-over.high-roller has no place beside `pool: customer`: \
                each customer stands alone already
                """
            ),
            (
                "then: {pay: 1%}",
                """
                11:13: plans.standard[0].then has no place beside `base: {from: …}`, which is paid by \
                period, not by event
                """
            ),
            (
                "per-conversion: {max: 1}",
                """
                11:23: plans.standard[0].per-conversion has no place beside `base: {from: …}`, which is \
                paid by period, not by event
                """
            ),
            (
                "when: {sku: a}",
                "7:7: plans.standard[0] must not ask for sku or category: net revenue has no items"
            ),
        ])
    func carried(_ line: String, _ sentence: String) {
        #expect(toldOfAll(ruled("base: {from: ggr}", line)) == [sentence])
    }

    @Test(
        "stands where what is beside rules is wrong",
        arguments: [
            ("override: {of: sale}", "10:17: plans.standard[1].override.levels is required"),
            (
                "override: {levels: 5%}",
                """
                10:26: plans.standard[1].override.levels must be a list of shares such as [5%, 2%], the \
                parent's first
                """
            ),
            (
                "override: {levels: [1%, 1%, 1%, 1%, 1%, 1%, 1%, 1%, 1%, 1%, 1%]}",
                "10:26: plans.standard[1].override.levels must not be more than 10 levels"
            ),
            (
                "override: {levels: [5%, 101%]}",
                """
                10:31: plans.standard[1].override.levels[1] must be a share from 0% to 100%, such as \
                2.5%, not `101%`
                """
            ),
            (
                "override: {levels: [5%], of: gross}",
                "10:36: plans.standard[1].override.of must be one of sale, commission, not `gross`"
            ),
            (
                "override: {levels: [5%], cut: pro-rata}",
                "10:37: plans.standard[1].override.cut needs `ceiling`: without one nothing is cut"
            ),
            (
                "override: {levels: [5%]}\n      hold: 3d",
                "11:7: plans.standard[1].hold is not a key here; there are: override"
            ),
            ("mdf: {reimburse: 50%}", "10:12: plans.standard[1].mdf.accrue is required"),
            ("mdf: {accrue: 0%}", "10:21: plans.standard[1].mdf.accrue must be above 0%"),
            (
                "mdf: {accrue: 3%, expires: 3}",
                """
                10:34: plans.standard[1].mdf.expires must be 1 to 120 months, such as 12 months, not \
                `3`
                """
            ),
            (
                "assist: 5.00",
                """
                10:15: plans.standard[1].assist must be a share from 0% to 100%, such as 2.5%, not \
                `5.00`
                """
            ),
            ("margin: {registered: 10%}", "10:15: plans.standard[1].margin.base is required"),
            (
                "margin: {base: 95%, registered: 10%}",
                """
                10:39: plans.standard[1].margin.registered must not make up more than 100% with the \
                margin of 95%; or take `combine: compound`
                """
            ),
            (
                "margin: {base: 5%, tier: {gold: 6%}}",
                "10:33: plans.standard[1].margin.tier.gold names no tier of this file; it has no `tiers`"
            ),
            (
                "margin: {base: 5%, combine: mul}",
                "10:35: plans.standard[1].margin.combine must be one of add, compound, not `mul`"
            ),
            ("bonus: {when: {count: 10}, pay: 5}", "10:14: plans.standard[1].bonus.name is required"),
            ("bonus: {name: a, pay: 5}", "10:14: plans.standard[1].bonus.when is required"),
            (
                "bonus: {name: a, when: {of: sale}, pay: 5}",
                """
                10:30: plans.standard[1].bonus.when must say what is needed, such as count: 10 or \
                revenue: 10000.00
                """
            ),
            (
                "bonus: {name: a, when: {count: 0}, pay: 5}",
                """
                10:38: plans.standard[1].bonus.when.count must be a whole number from 1 to 999999999, \
                not `0`
                """
            ),
            (
                "bonus: {name: a, when: {count: 1, revenue: 2}, pay: 5}",
                """
                10:50: plans.standard[1].bonus.when.revenue has no place beside `count`; write two \
                bonuses
                """
            ),
            (
                "bonus: {name: a, when: {count: 1}, pay: 5%}",
                """
                10:47: plans.standard[1].bonus.pay must be an amount such as 50.00 in plain digits, not \
                `5%`
                """
            ),
            (
                "bonus: {name: sale, when: {count: 1}, pay: 5}",
                "10:21: plans.standard[1].bonus.name must be unique in its plan; `sale` is taken"
            ),
        ])
    func entry(_ entry: String, _ sentence: String) {
        #expect(toldOfAll(beside(entry)).first == sentence)
    }

    @Test("says that a plan has one of a kind")
    func once() {
        let yaml = small + "    - assist: 5%\n    - assist: 4%\n"
        #expect(
            toldOfAll(yaml) == [
                "11:15: plans.standard[2].assist must be unique in its plan; `assist` is taken"
            ])
    }
}
