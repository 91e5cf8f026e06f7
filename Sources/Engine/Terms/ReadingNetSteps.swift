import Engine
import Values

// A period of net revenue is reckoned as a whole, and anew whenever something of it comes: its steps and caps
// hold for all of it, not for what came first.

extension Reader {
    mutating func checkNetSteps(_ rule: Rule, _ section: Section) {
        func item(_ key: String) -> Item {
            section.members.first { $0.key == key }.map(section.item.below) ?? section.item
        }
        guard let net = rule.net else { return }
        if let table = rule.tiers {
            if table.period != net.period {
                refuse(
                    item("tiers"),
                    "must have the rule's own period, \(net.period.word): net revenue is reckoned by "
                        + "it as a whole"
                )
            }
            if table.shape != .retroactive, table.counted != .revenue || table.shape == .prospective {
                refuse(
                    item("tiers"),
                    "must be retroactive, or progressive by revenue: a period of net revenue is reckoned as "
                        + "a whole, whatever came first")
            }
            if table.slices == .top {
                refuse(
                    item("tiers"),
                    "must have no slices: net revenue is reckoned anew, whatever is refunded of it")
            }
            if table.counted == .revenue, let limit = net.carryOver.highRoller,
                limit.currency != table.currency
            {
                refuse(item("tiers"), "must be in \(limit.currency.code) like `high-roller`")
            }
        }
        for cap in rule.caps {
            if cap.scope == .customer, net.pool != .customer {
                refuse(
                    item("caps"),
                    "must not be per customer where customers are summed together; take `pool: customer`")
            }
            if cap.whenFull == .proRata {
                refuse(
                    item("caps"),
                    "must not be pro-rata: a period of net revenue stays open to what comes late; take "
                        + "first-come")
            }
            if cap.reopens {
                refuse(
                    item("caps"), "must not say reopen: what net revenue gives back is room again in any case"
                )
            }
            if cap.period.length < net.period.length {
                refuse(
                    item("caps"),
                    "must not have a period shorter than the rule's own, \(net.period.word), which is "
                        + "reckoned as a whole")
            }
        }
    }
}

extension Period {
    /// In days, or so.
    fileprivate var length: Int {
        switch self {
        case .day: 1
        case .week: 7
        case .month: 30
        case .quarter: 91
        case .lifetime, .rolling: .max
        }
    }
}
