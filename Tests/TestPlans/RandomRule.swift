import Values

/// A random rule of a program file.
package struct RandomRule: Sendable {
    package enum Pay: Sendable {
        /// In hundredths of a percent.
        case share(Int64)
        case amount(Int64)
        case perLot(Int64)
    }

    package struct Tiers: Sendable {
        package var head: String
        /// Minor units or a count, and what is paid from there on.
        package var steps: [(start: String, pay: Pay)]
    }

    package struct Boost: Sendable {
        package var points: Int64?
        package var times: Int64 = 100
        package var when = ""
    }

    package var name: String
    package var events: [String]
    package var when: [String] = []
    package var base: String?
    /// In its place: net revenue, with its period and what is carried.
    package var net: String?
    package var pay: Pay
    package var renewal: Pay?
    package var limit: String?
    package var tiers: Tiers?
    package var boosts: [Boost] = []
    package var least: Int64?
    package var most: Int64?
    package var caps: [String] = []
    package var qualify: String?
    package var refund: String?
    package var isAlso = false
    package var roundsOnStatement = false

    package init(_ name: String, _ events: [String], _ pay: Pay) {
        self.name = name
        self.events = events
        self.pay = pay
    }
}

/// `12.34` for 1234.
package func hundredths(_ number: Int64) -> String { Money(number, .usd).amount }

extension RandomRule.Pay {
    package var yaml: String {
        switch self {
        case .share(let rate): "\(hundredths(rate))%"
        case .amount(let cents): hundredths(cents)
        case .perLot(let cents): "\(hundredths(cents)) per lot"
        }
    }

    package func raised(by number: Int64) -> RandomRule.Pay {
        switch self {
        case .share(let rate): .share(min(100_00, rate + number))
        case .amount(let cents): .amount(cents + number)
        case .perLot(let cents): .perLot(cents + number)
        }
    }
}

extension RandomRule {
    /// Whether nothing changes what its rate gives.
    package var hasNothingElse: Bool {
        boosts.isEmpty && least == nil && most == nil && refund == nil && renewal == nil && limit == nil
    }

    package var yaml: String {
        var keys = ["rule: \(name)", "on: [\(events.joined(separator: ", "))]"]
        if !when.isEmpty { keys.append("when: {\(when.joined(separator: ", "))}") }
        if let base { keys.append("base: {without: [\(base)]}") }
        if let net { keys.append(net) }
        keys.append("pay: \(pay.yaml)")
        let renewals = [renewal.map { "pay: \($0.yaml)" }, limit].compactMap(\.self)
        if !renewals.isEmpty { keys.append("then: {\(renewals.joined(separator: ", "))}") }
        if let tiers {
            let steps = tiers.steps.map { "[\($0.start), \($0.pay.yaml)]" }
            keys.append("tiers: {\(tiers.head), steps: [\(steps.joined(separator: ", "))]}")
        }
        if !boosts.isEmpty {
            keys.append("boosts: [\(boosts.map(\.yaml).joined(separator: ", "))]")
        }
        let bounds = [least.map { "min: \(hundredths($0))" }, most.map { "max: \(hundredths($0))" }]
            .compactMap(\.self)
        if !bounds.isEmpty { keys.append("per-conversion: {\(bounds.joined(separator: ", "))}") }
        if !caps.isEmpty { keys.append("caps: [\(caps.joined(separator: ", "))]") }
        if let qualify { keys.append("qualify: {\(qualify)}") }
        if let refund { keys.append("refund: \(refund)") }
        if roundsOnStatement { keys.append("round: statement") }
        if isAlso { keys.append("also: true") }
        return "{\(keys.joined(separator: ", "))}"
    }

    /// One of the numbers that it pays by, somewhat more.
    package mutating func raise(_ chance: inout Seeded) {
        let more = chance.cents(1...500)
        switch chance.number(0...4) {
        case 0 where renewal != nil: renewal = renewal?.raised(by: more)
        case 1 where !boosts.isEmpty:
            let index = chance.number(0...boosts.count - 1)
            if boosts[index].points != nil {
                boosts[index].points? += more
            } else {
                boosts[index].times += more
            }
        case 2 where tiers != nil:
            // All of them: what is paid below a step that is not reached any more must not matter.
            for index in tiers!.steps.indices {
                tiers!.steps[index].pay = tiers!.steps[index].pay.raised(by: more)
            }
            pay = pay.raised(by: more)
        case 3 where least != nil || most != nil:
            if let most { self.most = most + more }
            if let least { self.least = min(least + more, most ?? .max) }
        default: pay = pay.raised(by: more)
        }
    }
}

extension RandomRule.Boost {
    var yaml: String {
        let change = points.map { "points: \(hundredths($0))%" } ?? "times: \(hundredths(times))"
        return when.isEmpty ? "{\(change)}" : "{\(change), \(when)}"
    }
}
