import Terms
import Testing

@Suite("A complaint about a rule or payouts")
struct RuleComplaintTests {
    private static let keys = """
        rule, on, when, base, pay, then, tiers, boosts, per-conversion, caps, qualify, carry-over, period, \
        refund, hold, also, round
        """

    @Test(
        "stands where the mistake is",
        arguments: [
            (
                "hold: -1d",
                "10:13: plans.standard[0].hold must be days from 0d to 3650d, such as 30d, not `-1d`"
            ),
            ("also: 1", "10:13: plans.standard[0].also must be true or false, not `1`"),
            (
                "holds: 1d",
                "10:7: plans.standard[0].holds is not a key here (did you mean `hold`?); there are: \(keys)"
            ),
            ("tiers: {by: revenue}", "10:14: plans.standard[0].tiers is not in this version"),
            ("then: {pay: 10%}", "10:13: plans.standard[0].then is not in this version"),
            ("boosts: []", "10:15: plans.standard[0].boosts is not in this version"),
            (
                "per-conversion: {}",
                "10:23: plans.standard[0].per-conversion is not in this version"
            ),
            ("caps: []", "10:13: plans.standard[0].caps is not in this version"),
            ("carry-over: {}", "10:19: plans.standard[0].carry-over is not in this version"),
            ("qualify: {}", "10:16: plans.standard[0].qualify is not in this version"),
            (
                "refund: never",
                "10:15: plans.standard[0].refund `never` is not in this version"
            ),
            (
                "<<: {}",
                """
                10:7: plans.standard[0].<< is not a key here: merge keys have no place; write the values out
                """
            ),
            ("base: {}", "10:13: plans.standard[0].base must not be empty"),
            (
                "base: {from: ggr, without: []}",
                "10:20: plans.standard[0].base.from is not in this version"
            ),
            (
                "base: {without: [vat]}",
                """
                10:24: plans.standard[0].base.without[0] must be one of tax, shipping, discount, fees, not \
                `vat`
                """
            ),
            (
                "base: {without: [tax, tax]}",
                "10:29: plans.standard[0].base.without[1] stands in this list already"
            ),
            (
                "when: {tier: gold}",
                "10:20: plans.standard[0].when.tier is not in this version"
            ),
            ("when: {country: []}", "10:23: plans.standard[0].when.country must not be empty"),
            (
                "when: {country: [DE, Austria]}",
                """
                10:28: plans.standard[0].when.country[1] must be a country of two letters (ISO 3166-1), \
                such as DE, \
                not `Austria`
                """
            ),
            (
                "when: {customer: old}",
                """
                10:24: plans.standard[0].when.customer must be one of new, returning, not `old`
                """
            ),
            ("when: {coupon: {a: b}}", "10:22: plans.standard[0].when.coupon must be one value or a list"),
            (
                "when: {amount: 50.00}",
                """
                10:22: plans.standard[0].when.amount must be a comparison such as ">= 50.00 USD" with >=, \
                >, <= or <, \
                not `50.00`
                """
            ),
            (
                "when: {amount: \">= .5\"}",
                """
                10:22: plans.standard[0].when.amount must be an amount such as 50.00 in plain digits, not \
                ` .5`
                """
            ),
            ("when: {amount: \"< -5\"}", "10:22: plans.standard[0].when.amount must not be negative"),
            (
                "when: {from: 2026-02-29}",
                """
                10:20: plans.standard[0].when.from must be a day such as 2026-12-31 or an instant such as \
                2026-12-31T18:00:00Z, not `2026-02-29`
                """
            ),
            (
                "when: {until: 2026-12-31T18:00}",
                """
                10:21: plans.standard[0].when.until must be a day such as 2026-12-31 or an instant such as \
                2026-12-31T18:00:00Z, not `2026-12-31T18:00`
                """
            ),
            ("when: {metadata: [a]}", "10:24: plans.standard[0].when.metadata must be keys with values"),
            ("when: {metadata: {a: }}", "10:28: plans.standard[0].when.metadata.a has no value"),
        ])
    func inARule(_ line: String, _ sentence: String) {
        #expect(told(ruled(line)) == [sentence])
    }

    private static let kinds =
        "up to 100% such as 20%, an amount such as 50.00 USD, or a price such as 7.50 USD per lot"

    @Test(
        "about pay stands where the mistake is",
        arguments: [
            ("1e3", "must be an amount such as 50.00 in plain digits, not `1e3`"),
            (".5", "must be an amount such as 50.00 in plain digits, not `.5`"),
            ("NaN", "must be an amount such as 50.00 in plain digits, not `NaN`"),
            ("0x10", "must be an amount such as 50.00 in plain digits, not `0x10`"),
            ("1_000", "must be an amount such as 50.00 in plain digits, not `1_000`"),
            ("-5.00", "must not be negative"),
            ("50.001", "has too many decimals: USD has at most 2 decimals"),
            ("50.5 JPY", "has too many decimals: JPY has no decimals"),
            ("9000000000000.01", "is too large an amount"),
            ("50.00 USB", "must be an amount such as 50.00 USD; `USB` is no currency of ISO 4217"),
            ("101%", "must be a share \(kinds), not `101%`"),
            ("-1%", "must be a share \(kinds), not `-1%`"),
            ("20 %", "must be a share \(kinds), not `20 %`"),
            (
                "7.50 USD per lot",
                "`per lot` is not in this version"
            ),
            ("[20%]", "must be one value"),
        ])
    func pay(_ pay: String, _ message: String) {
        #expect(
            told(small.replacing("pay: 20%", with: "pay: \(pay)")) == [
                "9:12: plans.standard[0].pay \(message)"
            ])
    }

    @Test(
        "about events stands where the mistake is",
        arguments: [
            ("[]", "8:11: plans.standard[0].on must not be empty"),
            ("[sale, sale]", "8:18: plans.standard[0].on[1] stands in this list already"),
            ("[[sale]]", "8:12: plans.standard[0].on[0] must be one value"),
            (
                "click",
                """
                8:11: plans.standard[0].on `click` is not in this version
                """
            ),
        ])
    func events(_ events: String, _ sentence: String) {
        #expect(told(small.replacing("on: sale", with: "on: \(events)")) == [sentence])
    }

    @Test("says that a rule's name is taken, though another plan may have it")
    func names() throws {
        let twice = small + "    - {rule: sale, on: lead, pay: 1.00}\n"
        #expect(told(twice) == ["10:14: plans.standard[1].rule must be unique in its plan; `sale` is taken"])
        let other = small + "  other:\n    - {rule: sale, on: sale, pay: 1.00}\n"
        #expect(try ProgramFile.read(other).planNames == ["standard", "other"])
    }

    @Test(
        "about payouts stands where the mistake is",
        arguments: [
            (
                "schedule: semimonthly",
                """
                10:21: payouts.schedule must be one of weekly, twice-monthly, monthly, not `semimonthly`
                """
            ),
            ("net-days: 366", "10:21: payouts.net-days must be a whole number from 0 to 365, not `366`"),
            ("net-days: 015", "10:21: payouts.net-days must be a whole number from 0 to 365, not `015`"),
            ("threshold: 50.00", "10:22: payouts.threshold must be keys with values"),
            (
                "threshold: {EURO: 50.00}",
                """
                10:23: payouts.threshold.EURO must be a currency of ISO 4217, such as EUR, not `EURO`
                """
            ),
            (
                "threshold: {EUR: 50.00 EUR}",
                "10:28: payouts.threshold.EUR must be an amount such as 50.00, not `50.00 EUR`"
            ),
            (
                "threshold: {JPY: 5000.0}",
                "10:28: payouts.threshold.JPY has too many decimals: JPY has no decimals"
            ),
            ("rate: {source: bank}", "10:26: payouts.rate.source must be one of ecb, manual, not `bank`"),
            (
                "rate: {fixed: conversion}",
                """
                10:25: payouts.rate.fixed `conversion` is not in this version
                """
            ),
            (
                "rate: {spread: 50.1%}",
                "10:26: payouts.rate.spread must be a share from 0% to 50%, such as 2.5%, not `50.1%`"
            ),
            (
                "clawback: {offset: 1}",
                "10:30: payouts.clawback.offset must be a share from 0% to 100%, such as 2.5%, not `1`"
            ),
            (
                "clawback: {write-off-after: 0d}",
                """
                10:39: payouts.clawback.write-off-after must be days from 1d to 3650d, such as 30d, not `0d`
                """
            ),
            (
                "approval: {people: 0}",
                "10:30: payouts.approval.people must be a whole number from 1 to 5, not `0`"
            ),
            (
                "approval: {above: 1.00}",
                "10:29: payouts.approval.above needs `then`: how many people approve above it"
            ),
            (
                "approval: {then: 2}",
                "10:28: payouts.approval.then needs `above`: the amount from which it counts"
            ),
            (
                "approval: {people: 3, above: 1.00, then: 2}",
                """
                10:52: payouts.approval.then must not be less than `people`, which is 3
                """
            ),
            ("from: {ach: {name: x}}", "10:17: payouts.from.sepa is required"),
            (
                "from: {sepa: {name: A, iban: DE03120300000000202051}}",
                """
                10:40: payouts.from.sepa.iban is not an IBAN: its check digits do not fit
                """
            ),
            (
                "from: {sepa: {name: A, iban: DE02120300000000202051, bic: BYLA}}",
                """
                10:69: payouts.from.sepa.bic is not a BIC (ISO 9362), such as BYLADEM1001
                """
            ),
        ])
    func payouts(_ line: String, _ sentence: String) {
        #expect(told(small + "payouts: {\(line)}\n").first == sentence)
    }

    @Test("warns of a rule that can never match, and of a plan that nobody has")
    func warns() throws {
        let yaml =
            small.replacing("on: sale", with: "on: [sale, renewal]") + """
                    - {rule: late, on: [renewal, sale], when: {country: NO}, pay: 1%}
                    - {rule: other, on: [renewal, lead], pay: 1%}
                    - {rule: beside, on: sale, pay: 1%, also: true}
                    - {rule: past, on: trial, when: {from: 2026-02-01, until: 2026-01-31}, pay: 1%}
                    - {rule: a-day, on: trial, when: {from: 2026-02-01, until: 2026-02-01}, pay: 1%}
                  spare:
                    - {rule: sale, on: sale, pay: 1%}

                """
        #expect(try ProgramFile.read(yaml).warnings.map(\.isWarning) == [true, true, true])
        #expect(
            told(yaml) == [
                """
                10:7: plans.standard[1] can never match: `sale` above takes all its events without a \
                condition; put \
                this first, or add `also: true`
                """,
                "13:7: plans.standard[4] can never match: its `from` is not before its `until`",
                "15:3: plans.spare is used by no type of partner; only partners that name it themselves "
                    + "have it",
            ])
    }
}
