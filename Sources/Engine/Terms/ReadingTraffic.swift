import Engine
import Values

// Clicks and impressions are counted, not recorded one after the other: what goes by a customer, by a refund
// or by the order in which sales are recorded has nothing to go by here.

extension Reader {
    mutating func checkTraffic(_ rule: Rule, _ section: Section) {
        func item(_ key: String) -> Item {
            section.members.first { $0.key == key }.map(section.item.below) ?? section.item
        }
        if rule.conditions.contains(where: \.isForRanks) {
            refuse(
                item("when"),
                "must not ask clicks or impressions for a tier: tiers go by the order in which sales are "
                    + "recorded, where these have no place; give partners of that tier a plan of their own")
        } else if rule.conditions.contains(where: { !$0.isForTraffic }) {
            refuse(
                section.item,
                "must not ask clicks or impressions for more than country, sub1 to sub10, from and until")
        }
        if rule.boosts.contains(where: { !$0.conditions.allSatisfy(\.isDate) }) {
            refuse(
                item("boosts"),
                "must go by from and until alone: clicks and impressions are counted; to pay more for some "
                    + "of them, write a rule with that `when` above this one")
        }
        if let table = rule.tiers {
            if table.counted != .count {
                refuse(
                    item("tiers"),
                    "must be by: count, of the rule's own clicks or impressions: they bring nothing")
            }
            if case .rolling = table.period {
                refuse(
                    item("tiers"),
                    "must have a period of the calendar, or lifetime: no click or impression is paid by "
                        + "itself"
                )
            }
        }
        for cap in rule.caps {
            if cap.scope == .customer {
                refuse(
                    item("caps"),
                    "must not be per customer: a click or an impression is nobody's yet; take partner")
            }
            if cap.whenFull == .proRata {
                refuse(
                    item("caps"),
                    "must not be pro-rata: clicks and impressions may come after a budget has closed; take "
                        + "first-come")
            }
            if cap.reopens {
                refuse(item("caps"), "must not reopen: a click or an impression is never refunded")
            }
        }
    }

    /// What statements round is no money before: a fund has nothing to put by.
    mutating func checkAccruals(_ reading: inout PlanReading) {
        let accruing = reading.rules.filter { $0.rule.rounds == .statement && !$0.rule.pay.isForTraffic }
        guard !accruing.isEmpty else { return }
        if reading.plan.fund?.measure == .commission {
            for rule in accruing {
                refuse(
                    rule.item.child("round") ?? rule.item,
                    "must not be statement beside an mdf of the commission, which is put by sale by sale; "
                        + "take `of: sale`")
            }
        }
        if let override = reading.plan.override, let item = reading.places["override"] {
            let text = override.levels.map(\.percentText).joined(separator: ", ")
            let own = number("override:statement", pay: text, at: item, in: &reading)
            reading.plan.override?.sumNumber = own
        }
    }
}
