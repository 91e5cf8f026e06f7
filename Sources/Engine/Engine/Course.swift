import Values

/// What a customer's conversions so far mean for what the next one pays: since when rules pay for it, and how
/// far it has come towards what they ask for. Reckoned along its history, in the order of time.
package struct Course: Hashable, Sendable {
    /// The first event that a rule paid a partner for, and how many there were.
    package struct Anchor: Hashable, Sendable {
        package let lane: Symbol
        package let partner: Ref<Partner>
        package let at: Instant
        package var payments: Int32

        package init(lane: Symbol, partner: Ref<Partner>, at: Instant, payments: Int32) {
            self.lane = lane
            self.partner = partner
            self.at = at
            self.payments = payments
        }
    }

    /// What came under one name: events of it, or components.
    package struct Sum: Hashable, Sendable {
        package let name: Symbol
        package let currency: Currency
        package let first: Int64
        package var total: Int64

        package init(name: Symbol, currency: Currency, first: Int64, total: Int64) {
            self.name = name
            self.currency = currency
            self.first = first
            self.total = total
        }
    }

    /// A rule that pays once for each customer, and the conversion for which it has.
    package struct Reached: Hashable, Sendable {
        package let lane: Symbol
        package let conversion: Ref<Conversion>

        package init(lane: Symbol, conversion: Ref<Conversion>) {
            self.lane = lane
            self.conversion = conversion
        }
    }

    package var beganAt: Instant?
    package var anchors: [Anchor] = []
    package var sums: [Sum] = []
    package var reached: [Reached] = []

    package init() {}

    var isEmpty: Bool { beganAt == nil && anchors.isEmpty && sums.isEmpty && reached.isEmpty }
}

// MARK: Passing a conversion

extension Course {
    /// Takes what the sale itself brings; before its rewards are reckoned.
    mutating func enter(_ sale: Sale, _ terms: SharedTerms, _ details: Details) throws(Stop) {
        guard terms.followsCustomers else { return }
        beganAt = beganAt ?? sale.at
        if terms.goalNames.contains(sale.event) { try add(sale.amount.minor, sale.event, of: sale) }
        for component in details.components(of: sale) where terms.goalNames.contains(component.name) {
            try add(component.amount, component.name, of: sale)
        }
    }

    private mutating func add(_ amount: Int64, _ name: Symbol, of sale: Sale) throws(Stop) {
        let currency = sale.amount.currency
        if let index = sums.firstIndex(where: { $0.name == name && $0.currency == currency }) {
            sums[index].total = try total([sums[index].total, amount])
        } else {
            sums.append(Sum(name: name, currency: currency, first: amount, total: amount))
        }
    }

    /// Takes what was paid for the sale, under rules that look at the customer's others.
    mutating func leave(_ sale: Sale, _ keys: [EarningKey], _ terms: SharedTerms) {
        guard terms.followsCustomers else { return }
        for key in keys {
            guard let rule = terms.rule(key.rule) else { continue }
            if rule.renewal != nil {
                if let index = anchors.firstIndex(where: { $0.lane == rule.lane && $0.partner == key.partner }
                ) {
                    anchors[index].payments += 1
                } else {
                    anchors.append(
                        Anchor(lane: rule.lane, partner: key.partner, at: sale.at, payments: 1))
                }
            }
            if rule.qualification != nil, !reached.contains(where: { $0.lane == rule.lane }) {
                reached.append(Reached(lane: rule.lane, conversion: sale.conversion))
            }
        }
    }
}

// MARK: What rules ask

extension Course {
    func anchor(_ lane: Symbol, _ partner: Ref<Partner>) -> Anchor? {
        anchors.first { $0.lane == lane && $0.partner == partner }
    }

    /// Whether the sale, which has entered, completes what the rule asks for.
    func completes(_ qualification: Qualification, _ lane: Symbol, with sale: Sale) -> Bool {
        if reached.contains(where: { $0.lane == lane && $0.conversion != sale.conversion }) { return false }
        if let within = qualification.within, let beganAt, sale.at >= beganAt.moved(by: within) {
            return false
        }
        return qualification.goals.allSatisfy { goal in
            guard let sum = sums.first(where: { $0.name == goal.name && $0.currency == goal.least.currency })
            else { return false }
            return (goal.kind == .first ? sum.first : sum.total) >= goal.least.minor
        }
    }
}
