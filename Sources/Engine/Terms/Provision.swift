/// Something of the grammar that an engine may or may not be able to pay by.
package enum Provision: String, Hashable, Sendable, CaseIterable {
    // Attribution
    case linear, position, decay, guardShare, bindExpiry
    // Who is in which tier
    case statusTiers, tierCondition
    // Rules
    case clicks, impressions, units, items, renewals, tierTables, topSlices, rollingTiers, boosts, bounds
    case caps, proRataCaps, qualifications
    case refundPolicies, statementRounding, netRevenue
    /// Overrides, funds and assists beside a rule with net revenue.
    case netBeside
    /// Retroactive tiers of what is rounded on the statement, but for clicks and impressions.
    case retroactiveAccruals
    // Beside rules
    case overrides, funds, assists, margins, bonuses
    // Payouts
    case rateAtConversion
}

extension Provision {
    /// What the engine does not pay by yet, and so is refused by name: "is not in this version". Whoever
    /// teaches the engine one of them deletes its line here; it is read already.
    package static let notYetPaid: Set<Provision> = [
        .netBeside,
        .retroactiveAccruals,
    ]
}

extension Reader {
    /// The value of a key of this provision; nil, with a complaint, while it is not paid by.
    mutating func offered(_ item: Item?, by provision: Provision) -> Item? {
        guard let item, refused.contains(provision) else { return item }
        refuse(item, "is not in this version")
        return nil
    }

    /// Whether `text`, a word or a value of this provision, may stand here; complains where it may not.
    mutating func offers(_ text: String, of item: Item, by provision: Provision) -> Bool {
        guard refused.contains(provision) else { return true }
        refuse(item, "\(shown(text)) is not in this version")
        return false
    }
}
