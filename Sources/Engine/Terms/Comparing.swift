import Engine
import Values

/// One condition as a set of what it lets through, so that two can be compared.
enum Reach {
    /// What is asked for, and the answers that are let through.
    case choice(Subject, Set<Symbol>)
    case newCustomer(Bool)
    case amount(ClosedRange<Int64>, Currency)
    case time(Range<Instant>)

    enum Subject: Hashable {
        case country, product, sku, category, coupon, tier
        case sub(Int)
        case metadata(Symbol)
    }

    init(_ condition: Condition) {
        switch condition {
        case .customerIsNew(let isNew): self = .newCustomer(isNew)
        case .country(let words): self = .choice(.country, Set(words))
        case .product(let words): self = .choice(.product, Set(words))
        case .sku(let words): self = .choice(.sku, Set(words))
        case .category(let words): self = .choice(.category, Set(words))
        case .coupon(let words): self = .choice(.coupon, Set(words))
        case .tier(let words): self = .choice(.tier, Set(words))
        case .sub(let lane, let words): self = .choice(.sub(lane), Set(words))
        case .metadata(let key, let words): self = .choice(.metadata(key), Set(words))
        case .amount(let comparison, let money):
            self = .amount(comparison.range(money.minor), money.currency)
        case .from(let instant): self = .time(instant..<Instant.latest)
        case .until(let instant): self = .time(Instant.earliest..<instant)
        }
    }

    /// Whether all that this lets through is let through by `other`.
    func implies(_ other: Reach) -> Bool {
        switch (self, other) {
        case (.choice(let a, let few), .choice(let b, let many)): a == b && few.isSubset(of: many)
        case (.newCustomer(let a), .newCustomer(let b)): a == b
        case (.amount(let a, let x), .amount(let b, let y)):
            x == y && b.contains(a.lowerBound) && b.contains(a.upperBound)
        case (.time(let a), .time(let b)): a.lowerBound >= b.lowerBound && a.upperBound <= b.upperBound
        default: false
        }
    }

    /// Whether nothing can pass both. A conversion has one country, one amount and so on; of metadata each
    /// key may stand there once.
    func excludes(_ other: Reach) -> Bool {
        switch (self, other) {
        case (.choice(let a, let some), .choice(let b, let others)): a == b && some.isDisjoint(with: others)
        case (.newCustomer(let a), .newCustomer(let b)): a != b
        case (.amount(let a, let x), .amount(let b, let y)): x != y || !a.overlaps(b)
        case (.time(let a), .time(let b)): a.lowerBound >= b.upperBound || b.lowerBound >= a.upperBound
        default: false
        }
    }
}

extension Comparison {
    /// The amounts that pass, in minor units.
    fileprivate func range(_ limit: Int64) -> ClosedRange<Int64> {
        switch self {
        case .less: -1...max(-1, limit - 1)
        case .atMost: -1...limit
        case .atLeast: limit...Int64.max
        case .more: (limit + 1)...Int64.max
        }
    }
}

/// What a rule or a boost lets through: all of its conditions.
struct Reaches {
    let all: [Reach]

    init(_ conditions: [Condition]) { all = conditions.map(Reach.init) }

    var isEmpty: Bool {
        all.indices.contains { index in all[..<index].contains { $0.excludes(all[index]) } }
    }

    func implies(_ other: Reaches) -> Bool {
        other.all.allSatisfy { wanted in all.contains { $0.implies(wanted) } }
    }

    func excludes(_ other: Reaches) -> Bool {
        all.contains { one in other.all.contains { $0.excludes(one) } }
    }
}

extension [Condition] {
    /// How much work a comparison is: conditions and the words in them.
    var weight: Int {
        reduce(0) { sum, condition in
            switch condition {
            case .country(let words), .product(let words), .sku(let words), .category(let words),
                .coupon(let words), .tier(let words), .sub(_, let words), .metadata(_, let words):
                sum + 1 + words.count
            case .customerIsNew, .amount, .from, .until: sum + 1
            }
        }
    }
}
