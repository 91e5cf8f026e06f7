import Terms
import Testing

@Suite("What is not paid by yet")
struct ProvisionTests {
    private static let examples: [(Provision, String)] = [
        (.linear, small + "attribution: {click: {model: linear}}\n"),
        (.position, small + "attribution: {click: {model: position 40/20/40}}\n"),
        (.decay, small + "attribution: {click: {model: decay 7d}}\n"),
        (.guardShare, small + "attribution: {guard: {max-share: 40%}}\n"),
        (.bindExpiry, small + "attribution: {customer: {expires: 365d}}\n"),
        (.statusTiers, small + "tiers: [{name: silver}]\n"),
        (.tierCondition, tiered(ruled("when: {tier: gold}"))),
        (.clicks, beside("{rule: c, on: click, pay: 0.035 per click}")),
        (.impressions, beside("{rule: i, on: impression, pay: 1.75 per 1000 impressions}")),
        (.units, beside("{rule: u, on: trade, pay: 7.50 per lot}")),
        (.items, ruled("when: {sku: A}")),
        (.items, ruled("when: {category: A}")),
        (.renewals, ruled("then: {pay: 10%}")),
        (.tierTables, ruled("tiers: {by: revenue, shape: progressive, steps: [[100.00, 22%]]}")),
        (
            .topSlices,
            ruled("tiers: {by: revenue, shape: progressive, slices: top, steps: [[100.00, 22%]]}")
        ),
        (
            .rollingTiers,
            ruled("tiers: {by: revenue, shape: progressive, period: rolling 30d, steps: [[100.00, 22%]]}")
        ),
        (
            .proRataCaps,
            ruled("caps: [{per: program, period: month, amount: 200.00, when-full: pro-rata}]")
        ),
        (.boosts, ruled("boosts: [{points: 2%}]")),
        (.bounds, ruled("per-conversion: {min: 5.00}")),
        (.caps, ruled("caps: [{per: customer, amount: 200.00}]")),
        (.qualifications, beside("{rule: q, on: deposit, pay: 5.00, qualify: {first-deposit: 20.00}}")),
        (.refundPolicies, ruled("refund: never")),
        (.refundPolicies, ruled("refund: {full-from: 50%}")),
        (.statementRounding, ruled("round: statement")),
        (
            .retroactiveAccruals,
            ruled("round: statement", "tiers: {by: revenue, shape: retroactive, steps: [[100.00, 22%]]}")
        ),
        (.netRevenue, ruled("base: {from: ggr}")),
        (.netBeside, ruled("base: {from: ggr}") + "    - override: {levels: [5%]}\n"),
        (.overrides, beside("override: {levels: [5%]}")),
        (.funds, beside("mdf: {accrue: 3%}")),
        (.assists, beside("assist: 5%")),
        (.margins, beside("margin: {base: 18%}")),
        (.bonuses, beside("bonus: {name: ten, when: {count: 10}, pay: 100.00}")),
        (.rateAtConversion, small + "payouts: {rate: {fixed: conversion}}\n"),
    ]

    @Test("is refused by name, and read when it is paid by", arguments: examples)
    func refused(_ provision: Provision, _ yaml: String) {
        let refused = complaints(about: yaml, refusing: [provision]).map(\.message)
        #expect(!refused.isEmpty && refused.allSatisfy { $0.hasSuffix("is not in this version") })
        #expect(toldOfAll(yaml) == [])
    }

    @Test("is all of it tried here")
    func all() {
        #expect(Set(Self.examples.map(\.0)) == Set(Provision.allCases))
    }

    @Test("is told once for each place, whatever is inside")
    func once() {
        #expect(
            told(ruled("carry-over: {what: nothing}", "base: {from: ggr, less: x}", "period: year"))
                == [
                    "10:19: plans.standard[0].carry-over is not in this version",
                    "11:20: plans.standard[0].base.from is not in this version",
                    "12:15: plans.standard[0].period is not in this version",
                ])
    }
}
