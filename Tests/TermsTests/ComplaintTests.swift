import Terms
import Testing

@Suite("A complaint about a program file")
struct ComplaintTests {
    @Test("reads as compilers write it, all of them at once and by place")
    func text() {
        let yaml = small.replacing("USD", with: "usd").replacing("pay: 20%", with: "pay: 1e3")
        #expect(
            complaints(about: yaml).map { $0.text(in: "p.yaml") }
                == [
                    "p.yaml:2:11: error: currency must be a currency of ISO 4217, such as EUR, not `usd` "
                        + "(did you mean `USD`?)",
                    "p.yaml:9:12: error: plans.standard[0].pay must be an amount such as 50.00 in plain "
                        + "digits, not `1e3`",
                ])
    }

    @Test("is not one of thousands")
    func bounded() {
        let yaml = small + (0..<5000).map { "k\($0): x\n" }.joined()
        #expect(complaints(about: yaml).count == 100)
    }

    @Test("names what is missing")
    func missing() {
        #expect(
            told("name: Acme\n") == [
                "1:1: program is required", "1:1: currency is required", "1:1: partners is required",
                "1:1: plans is required",
            ])
        #expect(
            told(
                small.replacing("{plan: standard}", with: "{approval: review}").replacing(
                    "rule: sale", with: "also: true"))
                == [
                    "4:14: partners.affiliate.plan is required", "7:7: plans.standard[0].rule is required",
                ])
        #expect(
            told(small + "payouts: {from: {sepa: {bic: BYLADEM1001}}}\n") == [
                "10:24: payouts.from.sepa.name is required", "10:24: payouts.from.sepa.iban is required",
            ])
    }

    @Test(
        "about the program stands where the mistake is",
        arguments: [
            ("program: Acme", "1:10: program must be 1 to 40 of a to z, 0 to 9 and hyphens, not `Acme`"),
            ("program: -a", "1:10: program must be 1 to 40 of a to z, 0 to 9 and hyphens, not `-a`"),
            ("program:", "1:9: program has no value"),
            ("program: ~", "1:10: program has no value"),
            ("program: ''", "1:10: program must not be empty"),
            ("program: [a]", "1:10: program must be one value"),
            ("program: a\nname: ' a'", "2:7: name must not begin or end with a blank"),
            (
                "program: a\ncolour: red",
                """
                2:1: colour is not a key here; there are: program, name, currency, timezone, destinations, \
                attribution, partners, tiers, plans, payouts, rounding
                """
            ),
            (
                "program: a\nroundin: half-up",
                """
                2:1: roundin is not a key here (did you mean `rounding`?); there are: program, name, \
                currency, \
                timezone, destinations, attribution, partners, tiers, plans, payouts, rounding
                """
            ),
            (
                "program: a\ntimezone: CET",
                """
                2:11: timezone must be a time zone of the IANA list, such as Europe/Berlin or UTC, not `CET`
                """
            ),
            (
                "program: a\ntimezone: Europe/Atlantis",
                """
                2:11: timezone must be a time zone of the IANA list, such as Europe/Berlin or UTC, \
                not `Europe/Atlantis`
                """
            ),
            ("program: a\nrounding: down", "2:11: rounding must be one of half-even, half-up, not `down`"),
            ("program: a\ndestinations: acme.test", "2:15: destinations must be a list such as [a, b]"),
            (
                "program: a\ndestinations: [a.test, b.test, A.test]",
                "2:32: destinations[2] stands in this list already"
            ),
            (
                "program: a\ndestinations: [https://a.test]",
                """
                2:16: destinations[0] must be a host such as acme.test or "*.acme.test", without scheme, \
                port and \
                path, not `https://a.test`
                """
            ),
            (
                "program: a\ndestinations: [\"a.test:80\"]",
                """
                2:16: destinations[0] must be a host such as acme.test or "*.acme.test", without scheme, \
                port and \
                path, not `a.test:80`
                """
            ),
            (
                "program: a\ndestinations: [a.test/x]",
                """
                2:16: destinations[0] must be a host such as acme.test or "*.acme.test", without scheme, \
                port and \
                path, not `a.test/x`
                """
            ),
            (
                "program: a\ndestinations: [\"*.test\"]",
                """
                2:16: destinations[0] must be a host such as acme.test or "*.acme.test", without scheme, \
                port and \
                path, not `*.test`
                """
            ),
        ])
    func program(_ lines: String, _ sentence: String) {
        #expect(told(small.replacing("program: acme", with: lines)) == [sentence])
    }

    @Test(
        "about attribution and partners stands where the mistake is",
        arguments: [
            ("attribution: {order: []}", "10:22: attribution.order must not be empty"),
            ("attribution: {order: click}", "10:22: attribution.order must be a list such as [a, b]"),
            (
                "attribution: {order: [click, click]}",
                "10:30: attribution.order[1] stands in this list already"
            ),
            (
                "attribution: {order: [clicks]}",
                """
                10:23: attribution.order[0] must be one of override, registration, customer, lead, coupon, \
                click, \
                not `clicks` (did you mean `click`?)
                """
            ),
            (
                "attribution: {click: {window: 0d}}",
                """
                10:31: attribution.click.window must be days or hours from 1h to 3650d, such as 30d or \
                12h, not `0d`
                """
            ),
            (
                "attribution: {lead: {window: 3651d}}",
                """
                10:30: attribution.lead.window must be days or hours from 1h to 3650d, such as 30d or 12h, \
                not `3651d`
                """
            ),
            (
                "attribution: {click: {window: 30}}",
                """
                10:31: attribution.click.window must be days or hours from 1h to 3650d, such as 30d or \
                12h, not `30`
                """
            ),
            (
                "payouts: {rate: {fixed: conversion}}",
                "10:25: payouts.rate.fixed `conversion` is not in this version"
            ),
            (
                "attribution: {coupon: {requires-click: yes}}",
                """
                10:40: attribution.coupon.requires-click must be true or false, not `yes`
                """
            ),
            (
                "attribution: {hold: 12h}",
                "10:21: attribution.hold must be days from 0d to 3650d, such as 30d, not `12h`"
            ),
            (
                "attribution: {hodl: 12d}",
                """
                10:15: attribution.hodl is not a key here (did you mean `hold`?); there are: order, click, \
                lead, coupon, customer, guard, hold
                """
            ),
            (
                "attribution: {guard: {max-share: 40%}}",
                "10:22: attribution.guard is not in this version"
            ),
            ("attribution: {}", "10:14: attribution must not be empty"),
        ])
    func attribution(_ line: String, _ sentence: String) {
        #expect(told(small + line + "\n") == [sentence])
    }

    @Test(
        "about partners and plans stands where the mistake is",
        arguments: [
            (
                "affiliates: {plan: standard}",
                """
                4:3: partners.affiliates is no type of partner; there are: affiliate, referral, reseller, \
                technology
                """
            ),
            ("affiliate: standard", "4:14: partners.affiliate must be keys with values"),
            (
                "affiliate: {plan: standrad}",
                """
                4:21: partners.affiliate.plan names no plan of this file (did you mean `standard`?); \
                there are: standard
                """
            ),
            (
                "affiliate: {plan: standard, approval: manual}",
                """
                4:41: partners.affiliate.approval must be one of automatic, review, two-people, not `manual`
                """
            ),
            (
                "<<: {plan: standard}",
                """
                4:3: partners.<< is no type of partner; there are: affiliate, referral, reseller, technology
                """
            ),
        ])
    func partners(_ line: String, _ sentence: String) {
        #expect(told(small.replacing("affiliate: {plan: standard}", with: line)).first == sentence)
    }

    @Test("about a plan stands where the mistake is")
    func plans() {
        let head = "program: a\ncurrency: USD\npartners: {affiliate: {plan: b}}\n"
        #expect(
            told(head + "plans: {b: []}\n") == [
                "4:12: plans.b must be a list of rules, each beginning with `- rule: …`"
            ])
        #expect(
            told(head + "plans: {b: [{rule: x, on: s, pay: 1%}], C: [{rule: x, on: s, pay: 1%}]}\n").first
                == "4:41: plans.C must be 1 to 40 of a to z, 0 to 9 and hyphens, not `C`")
        #expect(told(head + "plans: [b]\n") == ["4:8: plans must be keys with values"])
        #expect(told(head + "plans: {b: [x]}\n") == ["4:13: plans.b[0] must be keys with values"])
    }
}
