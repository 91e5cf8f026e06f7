import Values

/// From what kind of entry of a plan an earning comes.
package enum Nature: Sendable, BitwiseCopyable {
    case rule, trueUp, override, assist, margin, fund, bonus
}

/// What stands beside the rules of each plan, by the numbers of its rules and by its own.
struct Beside: Sendable {
    private var natures: [UInt16: Nature] = [:]
    private var overrides: [UInt16: Override] = [:]
    /// By the numbers of the rules beside them, and by their own.
    private var fundsBeside: [UInt16: FundTerms] = [:]
    private var funds: [UInt16: FundTerms] = [:]

    /// Whether any plan has margins, assists, and funds.
    let hasMargins: Bool
    let hasAssists: Bool
    let hasFunds: Bool
    let hasFundsOfCommission: Bool

    init(_ plans: [Plan]) {
        hasMargins = plans.contains { $0.margin != nil }
        hasAssists = plans.contains { $0.assist != nil }
        hasFunds = plans.contains { $0.fund != nil }
        hasFundsOfCommission = plans.contains { $0.fund?.measure == .commission }
        for plan in plans {
            for rule in plan.rules {
                if let table = rule.tiers, table.makesTrueUps { natures[table.number] = .trueUp }
                overrides[rule.number] = plan.override
                fundsBeside[rule.number] = plan.fund
            }
            for bonus in plan.bonuses { natures[bonus.number] = .bonus }
            if let own = plan.override { natures[own.number] = .override }
            if let own = plan.assist { natures[own.number] = .assist }
            if let own = plan.margin { natures[own.number] = .margin }
            if let own = plan.fund {
                natures[own.number] = .fund
                funds[own.number] = own
            }
        }
    }

    func nature(of number: UInt16) -> Nature { natures.isEmpty ? .rule : natures[number] ?? .rule }

    var hasOverrides: Bool { !overrides.isEmpty }

    /// Of the plan that the rule belongs to.
    func override(beside rule: UInt16) -> Override? { overrides[rule] }

    func fund(number: UInt16) -> FundTerms? { funds[number] }

    /// Of the plan that the rule belongs to.
    func fund(beside rule: UInt16) -> FundTerms? { fundsBeside[rule] }

    /// Whether what the rule was reckoned on must be known later, too.
    func measures(_ rule: UInt16) -> Bool { overrides[rule] != nil || fundsBeside[rule]?.measure == .sale }

    /// Whether an entry's rewards follow from those of rules, and so are never aimed at by themselves.
    func follows(_ number: UInt16) -> Bool {
        nature(of: number) == .override || funds[number]?.measure == .commission
    }
}

extension Nature {
    /// What is taken back is a reversal, but of a true-up.
    func kind(of difference: Int64) -> Line.Kind {
        switch self {
        case .trueUp: .trueUp
        case _ where difference < 0: .reversal
        case .override: .override
        case .margin: .margin
        case .fund: .fund
        case .bonus: .bonus
        default: .commission
        }
    }

    /// Whether its earnings stand in the books alone.
    var isBooked: Bool { self == .margin || self == .fund }

    /// Where its cost is booked.
    func expense(type: Symbol) -> Account {
        switch self {
        case .override: .override
        case .assist: .assist
        case .bonus: .bonus
        default: .commission(type: type)
        }
    }
}
