import Values

/// What a rule with net revenue sees in one conversion.
struct NetAim: Sendable {
    let partner: Ref<Partner>
    let rule: UInt16
    /// Before refunds; may be below zero.
    let base: Money
    let rate: Fraction
    /// The base in the currency of the limit for high rollers.
    let compared: Int64
    let rounding: Rounding
    let holdUntil: Instant
    var workings: [Working] = []
}

extension Memory {
    /// Nil where the conversion has none of what the rule counts.
    func netAim(_ rule: SharedRule, _ net: NetRevenue, _ occasion: Occasion) throws(Stop) -> NetAim? {
        let (sale, terms) = (occasion.sale, occasion.terms.terms)
        guard case .percent(let share) = rule.pay else { return nil }
        var counted = Components(sale, details)
        guard let base = try counted.left(of: net, terms.rounding) else { return nil }
        let boosts = try boosts(of: rule, occasion)
        guard let rate = share.adding(boosts.points).flatMap({ $0.times(boosts.times) }) else {
            throw .refused(.overflow)
        }
        var other: Int64?
        if let limit = net.carryOver.highRoller {
            other = try compared(base, in: limit.currency, on: terms.zone.day(of: sale.at))
        }
        return NetAim(
            partner: occasion.member.partner, rule: rule.number, base: base, rate: rate,
            compared: other ?? 0, rounding: terms.rounding, holdUntil: occasion.holdUntil(rule),
            workings: [.promise(rule.pay)] + counted.workings + boosts.workings)
    }

    /// The aims of the earnings that stand: what a refund does not change.
    func aimAtWhatStands(of conversion: Ref<Conversion>, into aims: inout [NetAim]) {
        for earning in earnings[conversion] where earning.key.generation == 0 && earning.stands {
            guard let share = earning.frozen?.net, case .percent(let rate) = earning.pay else { continue }
            aims.append(
                NetAim(
                    partner: earning.key.partner, rule: earning.key.rule, base: earning.base, rate: rate,
                    compared: share.compared, rounding: earning.rounding, holdUntil: earning.holdUntil))
        }
    }
}

/// A conversion's components, and what was done with them.
private struct Components {
    private let all: ArraySlice<Component>
    private let currency: Currency
    private(set) var workings: [Working] = []

    init(_ sale: Sale, _ details: Details) {
        all = details.components(of: sale)
        currency = sale.amount.currency
    }

    private func amount(_ name: Symbol) -> Int64 { all.first { $0.name == name }?.amount ?? 0 }

    /// What is left of the first when the others are taken off, each of them money.
    mutating func left(of net: NetRevenue, _ rounding: Rounding) throws(Stop) -> Money? {
        guard all.contains(where: { net.names.contains($0.name) }) else { return nil }
        var rest = amount(net.component)
        workings.append(.component(net.component, Money(rest, currency)))
        for deduction in net.less {
            let (name, part) = try part(deduction, of: rest, rounding)
            let (next, overflow) = rest.subtractingReportingOverflow(part)
            guard !overflow else { throw .refused(.overflow) }
            rest = next
            workings.append(.deduction(name, Money(part, currency)))
        }
        workings.append(.net(Money(rest, currency)))
        return Money(rest, currency)
    }

    private func part(_ deduction: NetRevenue.Deduction, of rest: Int64, _ rounding: Rounding) throws(Stop)
        -> (Symbol, Int64)
    {
        switch deduction {
        case .component(let name): return (name, amount(name))
        case .percent(let share, let measure, let name):
            var whole = rest
            if case .component(let other) = measure { whole = amount(other) }
            do {
                return (name, try Money(max(0, whole), currency).times(share, rounding).minor)
            } catch {
                throw .refused(error)
            }
        }
    }
}

extension NetRevenue {
    /// The components that it is made of.
    fileprivate var names: [Symbol] {
        [component]
            + less.compactMap { deduction in
                switch deduction {
                case .component(let name), .percent(_, of: .component(let name), _): name
                case .percent(_, of: .rest, _): nil
                }
            }
    }
}
