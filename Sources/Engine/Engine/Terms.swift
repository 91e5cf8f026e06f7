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
    /// The ranks of partners, from the lowest.
    package var tiers: [StatusTier] = []
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
        self.plan(type: type, plan: plan)?.rules ?? []
    }

    /// `plan`, else that which the partner's type follows.
    func plan(type: Symbol, plan: Symbol?) -> Plan? {
        let name = plan ?? types.first { $0.name == type }?.plan
        return plans.first { $0.name == name }
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
    package enum Model: String, Hashable, Sendable, CaseIterable, BitwiseCopyable {
        case first, last
        /// Every distinct partner has the same share.
        case linear
        /// The first touch, those between and the last touch have `position`'s shares.
        case position
        /// A touch weighs 2^−⌊age ÷ `halfLife`⌋.
        case decay
    }

    /// Shares that sum to one.
    package struct Position: Hashable, Sendable, BitwiseCopyable {
        package let first: Fraction
        package let middle: Fraction
        package let last: Fraction

        package init(first: Fraction, middle: Fraction, last: Fraction) {
            self.first = first
            self.middle = middle
            self.last = last
        }
    }

    package var order = ClaimClass.allCases
    package var clickWindow = Span.days(30)
    package var model = Model.last
    /// Set when the model is `position`.
    package var position: Position?
    /// Set when the model is `decay`; above zero.
    package var halfLife: Span?
    package var leadWindow = Span.days(180)
    package var couponRequiresClick = false
    /// How long a customer stays bound after the conversion that bound it; nil: until something else ends it.
    package var bindExpires: Span?
    /// Whether a customer that is bound under this version keeps it: all its conversions are judged by it.
    package var keepsTerms = false
    /// The most that coupon, margin, commission and assist together may be of the reference price.
    package var maxShare: Fraction?
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

/// What an earning was reckoned by, frozen with it. What a rule may promise is wider: `Promise`.
package enum Pay: Hashable, Sendable, BitwiseCopyable {
    /// This share of the base.
    case percent(Fraction)
    /// This much before it is rounded.
    case amount(Exact, Currency)
}

package struct PayoutTerms: Sendable {
    package var schedule = Schedule.monthly
    package var netDays = 15
    package var thresholds: [Money] = []
    package var spread = Fraction.zero
    /// Whether the rate to the partner's currency is that of the conversion's day instead of the statement's.
    package var rateAtConversion = false
    /// The greatest share of a statement that goes to what the partner owes.
    package var offset = Fraction.one
    /// After which what a partner owes may be written off, by two people; nil: never by itself.
    package var writeOffAfter: Span?
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
    private var shared: [SharedTerms] = []

    package init() {}

    package mutating func publish(_ terms: Terms) {
        versions.append(terms)
        shared.append(SharedTerms(terms))
    }

    package var isEmpty: Bool { versions.isEmpty }
    package var latest: Terms? { versions.last }

    /// The version in force at `instant`: the last published one that began by then.
    package func inForce(at instant: Instant) -> Terms? { sharedInForce(at: instant)?.terms }

    func sharedInForce(at instant: Instant) -> SharedTerms? {
        shared.last { ($0.terms.effectiveAt ?? .earliest) <= instant }
    }

    /// Whether any version has budgets that are shared at their close.
    var shareBudgets: Bool { shared.contains(where: \.sharesBudgets) }

    /// Whether any version has bonuses.
    var haveBonuses: Bool { shared.contains(where: \.hasBonuses) }

    /// Whether any version has marketing funds.
    package var haveFunds: Bool { shared.contains(where: \.beside.hasFunds) }

    /// How far back any version looks at clicks.
    package var reach: Span? { versions.map(\.attribution.reach).max() }

    /// How far back clicks may have to be looked at for a conversion, by whatever version it is judged.
    package func reach(at instant: Instant) -> Span? {
        versions.contains(where: \.attribution.keepsTerms) ? reach : inForce(at: instant)?.attribution.reach
    }

    package func version(_ number: Int32) -> Terms? { shared(number)?.terms }

    func version(of dossier: Dossier) throws(Stop) -> SharedTerms {
        if let version = shared(dossier.terms) { return version }
        throw .refused(.notFound(kind: "terms version", id: String(dossier.terms)))
    }

    func shared(_ number: Int32) -> SharedTerms? { shared.first { $0.terms.version == number } }
}

/// Terms to be handed on for the price of a count.
final class SharedTerms: Sendable {
    let terms: Terms
    /// By number; nil where the entry is no rule.
    private let rules: [SharedRule?]
    private let plans: [(name: Symbol, rules: [SharedRule])]
    /// Whether any rule looks at what a customer did before.
    let followsCustomers: Bool
    /// The names that qualifications count.
    let goalNames: Set<Symbol>
    /// Whether anything is counted beyond one customer.
    let counts: Bool
    /// Whether ranks are reached by what is counted, and whether a rule or a margin asks for them.
    let hasRanks: Bool
    let asksRanks: Bool
    let hasCaps: Bool
    let sharesBudgets: Bool
    let hasBonuses: Bool
    /// The tables that count events by name.
    let countedEvents: [TierTable]
    /// Whether any rule is of net revenue.
    let hasNets: Bool
    private let apart: Set<UInt16>
    let beside: Beside

    init(_ terms: Terms) {
        self.terms = terms
        let all = terms.plans.flatMap(\.rules)
        var byNumber = [SharedRule?](repeating: nil, count: (all.map { Int($0.number) }.max() ?? -1) + 1)
        for rule in all { byNumber[Int(rule.number)] = SharedRule(rule) }
        rules = byNumber
        plans = terms.plans.map { ($0.name, $0.rules.compactMap { byNumber[Int($0.number)] }) }
        followsCustomers = all.contains { $0.renewal != nil || $0.qualification != nil }
        let tables = all.compactMap(\.tiers)
        counts = !tables.isEmpty
        hasRanks = terms.tiers.contains { !$0.goals.isEmpty }
        asksRanks = all.contains { rule in
            (rule.conditions + rule.boosts.flatMap(\.conditions)).contains {
                if case .tier = $0 { true } else { false }
            }
        }
        hasBonuses = terms.plans.contains { !$0.bonuses.isEmpty }
        sharesBudgets = all.contains { $0.caps.contains { $0.whenFull == .proRata } }
        hasCaps = all.contains { !$0.caps.isEmpty }
        var keys: Set<TallyKey> = []
        countedEvents = tables.filter { table in
            guard case .events(let name) = table.counted else { return false }
            return keys.insert(TallyKey(.events, name, start: table.period.sign, table.currency)).inserted
        }
        let nets = all.filter { $0.net != nil }.map(\.number)
        hasNets = !nets.isEmpty
        apart = Set(tables.filter(\.makesTrueUps).map(\.number))
            .union(nets).union(terms.plans.flatMap(\.bonuses).map(\.number))
        beside = Beside(terms.plans)
        goalNames = Set(all.flatMap { $0.qualification?.goals.map(\.name) ?? [] })
    }

    /// Whether an entry's earnings follow from more than their own conversion, such as true-ups.
    func standsApart(_ number: UInt16) -> Bool { apart.contains(number) }

    func rule(_ number: UInt16) -> SharedRule? { Int(number) < rules.count ? rules[Int(number)] : nil }

    /// Those that the partner is paid by.
    func rules(of member: Joining) -> [SharedRule] {
        guard let plan = member.plan ?? terms.types.first(where: { $0.name == member.type })?.plan,
            let index = plans.firstIndex(where: { $0.name == plan })
        else { return [] }
        return plans[index].rules
    }
}

/// A rule to be handed on for the price of a count.
@dynamicMemberLookup final class SharedRule: Sendable {
    private let rule: Rule
    /// Whether it pays a share or an amount and has nothing else to it, as most do.
    let isPlain: Bool

    init(_ rule: Rule) {
        self.rule = rule
        isPlain = rule.isPlain
    }

    subscript<Part>(dynamicMember part: KeyPath<Rule, Part>) -> Part { rule[keyPath: part] }
}
