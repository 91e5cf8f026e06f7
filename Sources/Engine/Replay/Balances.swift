import Values

/// The balance of every account, from its postings; debits are positive.
package struct Balances: Hashable, Sendable {
    private var sums: [String: [Currency: Int64]] = [:]

    package init() {}

    package mutating func add(_ entry: EntryRecord) throws(Refusal) {
        for posting in entry.postings { try add(posting.amount, to: posting.account) }
    }

    package mutating func add(_ money: Money, to account: String) throws(Refusal) {
        let (sum, overflow) = sums[account, default: [:]][money.currency, default: 0]
            .addingReportingOverflow(money.minor)
        guard !overflow else { throw .overflow }
        sums[account, default: [:]][money.currency] = sum
    }

    package subscript(_ account: String, _ currency: Currency) -> Int64 { sums[account]?[currency] ?? 0 }

    /// Every account and currency that was ever posted to, by path.
    package var all: [(account: String, amount: Money)] {
        sums.flatMap { account, byCurrency in byCurrency.map { (account, Money($0.value, $0.key)) } }
            .sorted { $0.0 != $1.0 ? $0.0.precedes($1.0) : $0.1.currency < $1.1.currency }
    }

    /// The currencies in which a partner has an account.
    package func currencies(of partner: String) -> [Currency] {
        var found: Set<Currency> = []
        for state in AccountPath.State.allCases {
            found.formUnion((sums[AccountPath.partner(partner, state)] ?? [:]).keys)
        }
        found.formUnion((sums[AccountPath.clawback(partner)] ?? [:]).keys)
        return found.sorted()
    }

    /// What a partner has and owes, as `report partners` and `simulate` print it.
    package func standing(of partner: String, in currency: Currency, paid: Int64) -> Standing {
        func owed(_ state: AccountPath.State) -> Money {
            Money(0 &- self[AccountPath.partner(partner, state), currency], currency)
        }
        return Standing(
            partner: partner, pending: owed(.pending), approved: owed(.approved), payable: owed(.payable),
            held: .zero(currency), paid: Money(paid, currency),
            clawback: Money(self[AccountPath.clawback(partner), currency], currency))
    }
}

/// A partner's balance in one currency.
package struct Standing: Hashable, Sendable {
    package let partner: String
    package let pending: Money
    package let approved: Money
    package let payable: Money
    package let held: Money
    package let paid: Money
    package let clawback: Money

    package init(
        partner: String, pending: Money, approved: Money, payable: Money, held: Money, paid: Money,
        clawback: Money
    ) {
        self.partner = partner
        self.pending = pending
        self.approved = approved
        self.payable = payable
        self.held = held
        self.paid = paid
        self.clawback = clawback
    }

    package var json: JSON {
        .record([
            "partner": .string(partner), "currency": .string(pending.currency.code),
            "pending": .string(pending.amount), "approved": .string(approved.amount),
            "payable": .string(payable.amount), "held": .string(held.amount), "paid": .string(paid.amount),
            "clawback": .string(clawback.amount),
        ])
    }
}
