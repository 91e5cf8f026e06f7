import Values

/// One version of a program's terms, compiled: what the engine reads of the program file.
package struct Terms: Sendable {
    package var version: Int32
    /// Nil for the first version, which is in force from the beginning of time.
    package var effectiveAt: Instant?
    package var currency: Currency
    package var zone: Zone
    package var rounding: Rounding = .halfEven
    package var attribution = Attribution()
    package var plans: [Plan] = []
    package var types: [PartnerType] = []
    package var payouts = PayoutTerms()

    package init(version: Int32, effectiveAt: Instant?, currency: Currency, zone: Zone) {
        self.version = version
        self.effectiveAt = effectiveAt
        self.currency = currency
        self.zone = zone
    }

    /// The rules of `plan`, else those that the partner's type follows.
    package func rules(type: Symbol, plan: Symbol?) -> [Rule] {
        let name = plan ?? types.first { $0.name == type }?.plan
        return plans.first { $0.name == name }?.rules ?? []
    }

    package func rule(_ number: UInt16) -> Rule? {
        for plan in plans { for rule in plan.rules where rule.number == number { return rule } }
        return nil
    }
}

/// The six kinds of evidence, in the default order of `attribution.order`.
package enum ClaimClass: String, Hashable, Sendable, CaseIterable, BitwiseCopyable {
    case override, registration, customer, lead, coupon, click
}

package struct Attribution: Sendable {
    package enum Model: String, Hashable, Sendable, CaseIterable, BitwiseCopyable { case first, last }

    package var order = ClaimClass.allCases
    package var clickWindow = Span.days(30)
    package var model = Model.last
    package var couponRequiresClick = false
    package var hold = Span.days(30)

    package init() {}

    /// How far back clicks are looked at: a week beyond the window, so that a near miss can be explained.
    package var reach: Span { Span(milliseconds: clickWindow.milliseconds + Span.days(7).milliseconds) }

    /// The most clicks of one visitor that are weighed for one conversion, newest first.
    package static let touchesMax = 50
}

package struct PartnerType: Sendable {
    package let name: Symbol
    package let plan: Symbol

    package init(name: Symbol, plan: Symbol) {
        self.name = name
        self.plan = plan
    }
}

package struct Plan: Sendable {
    package let name: Symbol
    package let rules: [Rule]

    package init(name: Symbol, rules: [Rule]) {
        self.name = name
        self.rules = rules
    }
}

/// What is paid, when, on what.
package struct Rule: Sendable {
    /// Its number among all rules of this version, in file order.
    package var number: UInt16
    package var events: [Symbol]
    package var conditions: [Condition] = []
    package var base = Base()
    package var pay: Pay
    package var hold: Span?
    /// Pays beside the first that matches, instead of taking part in the search.
    package var isAlso = false

    package init(number: UInt16, events: [Symbol], pay: Pay) {
        self.number = number
        self.events = events
        self.pay = pay
    }
}

package enum Pay: Hashable, Sendable, BitwiseCopyable {
    case percent(Fraction)
    case flat(Money)
}

/// Which parts of the amount the base leaves out.
package struct Base: Hashable, Sendable, BitwiseCopyable {
    package var withoutTax = true
    package var withoutShipping = true
    package var withoutFees = false
    /// Leaving the discount out of the list adds it back: commission on the price before it.
    package var withoutDiscount = true

    package init() {}
}

package enum Condition: Sendable {
    case customerIsNew(Bool)
    case country([Symbol])
    case product([Symbol])
    case coupon([Symbol])
    /// `lane` 0 is sub1.
    case sub(lane: Int, [Symbol])
    case metadata(key: Symbol, [Symbol])
    case amount(Comparison, Money)
    case from(Instant)
    /// The end is excluded; a day in the file was turned into the start of the next.
    case until(Instant)
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

package struct PayoutTerms: Sendable {
    package var schedule = Schedule.monthly
    package var netDays = 15
    package var thresholds: [Money] = []
    package var spread = Fraction.zero
    /// The greatest share of a statement that goes to what the partner owes.
    package var offset = Fraction.one
    package var people = 1
    package var above: Money?
    package var peopleAbove = 1

    package init() {}

    package func threshold(_ currency: Currency) -> Int64 {
        thresholds.first { $0.currency == currency }?.minor ?? 0
    }
}

/// All versions that were published, by the time from which they are in force.
package struct TermsHistory: Sendable {
    package private(set) var versions: [Terms] = []

    package init() {}

    package mutating func publish(_ terms: Terms) { versions.append(terms) }

    package var isEmpty: Bool { versions.isEmpty }
    package var latest: Terms? { versions.last }

    /// The version in force at `instant`: the last published one that began by then.
    package func inForce(at instant: Instant) -> Terms? {
        versions.last { ($0.effectiveAt ?? .earliest) <= instant }
    }

    /// How far back any version looks at clicks.
    package var reach: Span? { versions.map(\.attribution.reach).max() }

    package func version(_ number: Int32) -> Terms? { versions.first { $0.version == number } }
}
