import Values

/// What must be so for a rule or a boost to count.
package enum Condition: Hashable, Sendable {
    case customerIsNew(Bool)
    case country([Symbol])
    case product([Symbol])
    /// Holds for items, not for the conversion as a whole: the rule takes their amounts.
    case sku([Symbol])
    /// Likewise for items.
    case category([Symbol])
    case coupon([Symbol])
    /// `lane` 0 is sub1.
    case sub(lane: Int, [Symbol])
    case metadata(key: Symbol, [Symbol])
    /// The partner's tier at the event; the names are those of `Terms.tiers`.
    case tier([Symbol])
    case amount(Comparison, Money)
    case from(Instant)
    /// The end is excluded; a day in the file was turned into the start of the next.
    case until(Instant)

    /// Whether it asks for items, not for the conversion as a whole.
    package var isForItems: Bool {
        switch self {
        case .sku, .category: true
        default: false
        }
    }
}

package enum Comparison: String, Hashable, Sendable, CaseIterable, BitwiseCopyable {
    case less = "<"
    case atMost = "<="
    case atLeast = ">="
    case more = ">"

    func holds(_ a: Int64, _ b: Int64) -> Bool {
        switch self {
        case .less: a < b
        case .atMost: a <= b
        case .atLeast: a >= b
        case .more: a > b
        }
    }
}
