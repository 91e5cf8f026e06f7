import Values

/// What a kind of partner is paid by: rules, and what a plan has at most one of.
package struct Plan: Sendable {
    package let name: Symbol
    /// In file order: the first that matches pays, and every `isAlso` beside it.
    package var rules: [Rule]
    package var margin: Margin?
    package var override: Override?
    package var fund: FundTerms?
    package var assist: AssistTerms?
    package var bonuses: [Bonus] = []

    package init(name: Symbol, rules: [Rule]) {
        self.name = name
        self.rules = rules
    }
}

/// What is paid, when, on what.
package struct Rule: Sendable {
    /// Its number among all entries of all plans of this version, in file order.
    package var number: UInt16
    /// What stays the same from version to version: its plan's name and its own.
    package var lane = Symbol(0)
    package var events: [Symbol]
    /// All must hold.
    package var conditions: [Condition] = []
    package var base = Base()
    /// Set when the base is net revenue over a period instead of the event's own amount; `base` is not used
    /// then.
    package var net: NetRevenue?
    package var pay: Promise
    /// What this customer's events pay after the first that was paid; nil when all pay alike, for ever.
    package var renewal: Renewal?
    /// Their step's promise takes the place of `pay`, not of the renewal's.
    package var tiers: TierTable?
    package var boosts: [Boost] = []
    package var bounds: Bounds?
    package var caps: [Cap] = []
    package var qualification: Qualification?
    package var refund = RefundPolicy.proportional
    package var hold: Span?
    /// Pays beside the first that matches, instead of taking part in the search.
    package var isAlso = false
    package var rounds = RoundingPlace.line
    /// The number of what statements round of it, when they do.
    package var sumNumber: UInt16 = 0

    package init(number: UInt16, events: [Symbol], pay: Promise) {
        self.number = number
        self.events = events
        self.pay = pay
    }

    var isPlain: Bool {
        if case .each = pay { return false }
        return net == nil && renewal == nil && tiers == nil && boosts.isEmpty && bounds == nil && caps.isEmpty
            && qualification == nil && refund == .proportional && rounds == .line && !takesItems
    }

    /// Whether it takes the amounts of items instead of the conversion's.
    var takesItems: Bool { conditions.contains(where: \.isForItems) }
}

/// What a rule, a step or a renewal promises.
package enum Promise: Hashable, Sendable, BitwiseCopyable {
    /// This share of the base.
    case percent(Fraction)
    /// This amount for each event.
    case flat(Money)
    /// This price for each unit, click or thousand impressions.
    case each(Price)

    package var isShare: Bool { if case .percent = self { true } else { false } }
}

/// A price that may be finer than the currency's minor unit, such as 0.035 USD per click.
package struct Price: Hashable, Sendable, BitwiseCopyable {
    package enum Per: Hashable, Sendable, BitwiseCopyable {
        /// The conversion's `unit`; its `quantity` may have decimals.
        case unit(Symbol)
        case click
        case thousandImpressions
    }

    /// In major units of the currency: 7/200 for 0.035. Zero to `majorMax`, with at most `placesMax` places.
    package let exact: Fraction
    package let currency: Currency
    package let per: Per

    package static let majorMax: Int64 = 1_000_000
    package static let placesMax = 9

    package init(exact: Fraction, currency: Currency, per: Per) {
        self.exact = exact
        self.currency = currency
        self.per = per
    }
}

/// Where the exact amount becomes whole minor units.
package enum RoundingPlace: String, Hashable, Sendable, CaseIterable, BitwiseCopyable {
    /// On each line.
    case line
    /// Once, on one line for the rule, the partner and the statement.
    case statement
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

/// What a customer's events pay after this rule's first paid event of it for this partner, the anchor.
package struct Renewal: Hashable, Sendable, BitwiseCopyable {
    package enum Limit: Hashable, Sendable, BitwiseCopyable {
        /// Calendar months from the anchor in the program's zone, the day clamped, the end excluded.
        case months(Int32)
        /// Paid events, the first included. Events of zero do not count, refunded ones do.
        case payments(Int32)
    }

    package let pay: Promise
    /// Nil: for ever.
    package let limit: Limit?

    package init(pay: Promise, limit: Limit?) {
        self.pay = pay
        self.limit = limit
    }
}

/// What is added to a rate while its conditions hold: all points first, then the factors.
package struct Boost: Sendable {
    package enum Change: Hashable, Sendable, BitwiseCopyable {
        /// Added to the share: 1/50 for two points. Only where the rule pays shares.
        case points(Fraction)
        /// Multiplies the share, the amount or the price; above zero, at most 100.
        case times(Fraction)
    }

    package let change: Change
    /// All must hold; `from` and `until` of the boost are among them.
    package var conditions: [Condition]

    package init(change: Change, conditions: [Condition]) {
        self.change = change
        self.conditions = conditions
    }
}

/// The least and the most that one line pays, before refunds; refunds shrink what they bound.
package struct Bounds: Hashable, Sendable, BitwiseCopyable {
    /// At least one is set; both are in one currency, `min` not above `max`.
    package let min: Money?
    package let max: Money?

    package init(min: Money?, max: Money?) {
        self.min = min
        self.max = max
    }
}

/// What a refund takes back. Refunds of one conversion count together, gross over gross.
package enum RefundPolicy: Hashable, Sendable, BitwiseCopyable {
    /// The refunded share of the line.
    case proportional
    /// All, once this share of the amount is refunded (inclusive); nothing before.
    case full(from: Fraction)
    /// Nothing.
    case never
}

/// What a customer must have done before the rule pays, which it does once for each customer, by the event
/// that completes it. Limits are inclusive.
package struct Qualification: Sendable {
    package struct Goal: Hashable, Sendable, BitwiseCopyable {
        package enum Kind: Hashable, Sendable, BitwiseCopyable {
            /// The amount of the customer's first event of this name.
            case first
            /// The sum of its events of this name, or of the components of this name.
            case total
        }

        package let kind: Kind
        package let name: Symbol
        package let least: Money

        package init(kind: Kind, name: Symbol, least: Money) {
            self.kind = kind
            self.name = name
            self.least = least
        }
    }

    /// Not empty; all must be reached.
    package var goals: [Goal]
    /// From the customer's first conversion of any kind, half-open; nil: whenever.
    package let within: Span?

    package init(goals: [Goal], within: Span?) {
        self.goals = goals
        self.within = within
    }
}

/// A reward that is paid once, when a partner has brought so much.
package struct Bonus: Sendable {
    package enum Goal: Hashable, Sendable, BitwiseCopyable {
        /// So many events.
        case count(Int64)
        /// So much in their bases (amounts without tax and shipping, after discount).
        case revenue(Money)
    }

    package var number: UInt16
    /// What stays the same from version to version: its plan's name and its own.
    package var lane = Symbol(0)
    package var goal: Goal
    /// The events that count; empty: all.
    package var events: [Symbol]
    /// It can be reached once in each; `lifetime`: once for ever.
    package var period: Period
    package var pay: Money
    package var hold: Span?

    package init(number: UInt16, goal: Goal, events: [Symbol], period: Period, pay: Money, hold: Span?) {
        self.number = number
        self.goal = goal
        self.events = events
        self.period = period
        self.pay = pay
        self.hold = hold
    }
}
