import Values

// What periods of net revenue come to, one after the other: what is below zero is carried into those that
// follow, the oldest first, until it lapses.

/// What one period comes to.
package struct NetStanding: Hashable, Sendable, BitwiseCopyable {
    package let start: Int32
    package let revenue: Int64
    /// What earlier periods left: revenue, and commission. Zero or below.
    package let carried: Int64
    package let owed: Int64
    package let due: Int64
    package let currency: Currency
}

extension NetTally {
    /// Of the periods from `first` on, which alone count.
    func standings(from first: Int32 = .min, _ currency: Currency) throws(Stop) -> [NetStanding] {
        var carrying = Carrying()
        var standings: [NetStanding] = []
        for period in periods where period.start >= first {
            standings.append(try carrying.close(period, currency))
        }
        return standings
    }
}

private struct Carrying {
    private struct Remainder {
        /// Below zero.
        var amount: Int64
        let isCommission: Bool
        let lapses: Int32?
    }

    /// The oldest first.
    private var remainders: [Remainder] = []

    mutating func close(_ period: NetPeriod, _ currency: Currency) throws(Stop) -> NetStanding {
        remainders.removeAll { remainder in remainder.lapses.map { $0 <= period.start } ?? false }
        let revenue = try total(period.parts.map(\.sum))
        let carried = try sum(isCommission: false)
        let owed = try sum(isCommission: true)
        var due: Int64 = 0
        if let policy = period.policy { due = try close(period, revenue, policy) }
        return NetStanding(
            start: period.start, revenue: revenue, carried: carried, owed: owed, due: due, currency: currency)
    }

    private func sum(isCommission: Bool) throws(Stop) -> Int64 {
        try total(remainders.filter { $0.isCommission == isCommission }.map(\.amount))
    }

    private mutating func close(_ period: NetPeriod, _ revenue: Int64, _ policy: NetPolicy) throws(Stop)
        -> Int64
    {
        let left = take(revenue, isCommission: false)
        let commission = try period.commission(on: left, of: revenue, policy)
        if revenue < 0, policy.what == .base { leave(revenue, policy, isCommission: false) }
        if commission < 0, policy.what == .commission { leave(commission, policy, isCommission: true) }
        return take(max(0, commission), isCommission: true)
    }

    private mutating func leave(_ amount: Int64, _ policy: NetPolicy, isCommission: Bool) {
        remainders.append(Remainder(amount: amount, isCommission: isCommission, lapses: policy.lapses))
    }

    /// Makes good what is carried.
    /// - Returns: what is left of `amount`.
    private mutating func take(_ amount: Int64, isCommission: Bool) -> Int64 {
        var left = amount
        for index in remainders.indices where remainders[index].isCommission == isCommission && left > 0 {
            let part = min(left, -remainders[index].amount)
            remainders[index].amount += part
            left -= part
        }
        remainders.removeAll { $0.amount == 0 }
        return left
    }
}

extension NetPeriod {
    /// Each conversion's revenue at its own rate. What was carried in comes off at the mean.
    fileprivate func commission(on left: Int64, of revenue: Int64, _ policy: NetPolicy) throws(Stop) -> Int64
    {
        var value = Exact.zero
        for part in parts {
            guard let own = Exact(part.sum).times(try rate(of: part)), let sum = value.adding(own) else {
                throw .refused(.overflow)
            }
            value = sum
        }
        do {
            if revenue > 0 { return try value.rounded(policy.rounding, part: left, of: revenue) }
            return policy.what == .commission ? try value.rounded(policy.rounding) : 0
        } catch {
            throw .refused(error)
        }
    }
}
