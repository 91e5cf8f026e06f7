import Values

// Steps of net revenue. A period is reckoned as a whole, so it stands at one step for all of its revenue,
// or at the mean of its slices; what comes later in it moves all of it.

/// What a version's steps are.
package struct NetSteps: Hashable, Sendable {
    package enum Measure: String, Hashable, Sendable, CaseIterable, BitwiseCopyable {
        /// What is summed together.
        case revenue
        /// Conversions that brought it.
        case count
        /// Events that the partner brought, whether the rule pays for them or not.
        case events
    }

    package struct Step: Hashable, Sendable, BitwiseCopyable {
        package let start: Int64
        package let rate: Fraction

        package init(start: Int64, rate: Fraction) {
            self.start = start
            self.rate = rate
        }
    }

    package let measure: Measure
    /// Whether each slice stands at its own step.
    package let isSliced: Bool
    /// Rising; the first holds for all that is below, too.
    package let steps: [Step]

    package init(measure: Measure, isSliced: Bool, steps: [Step]) {
        self.measure = measure
        self.isSliced = isSliced
        self.steps = steps
    }
}

/// What is added to the rate of a step: the points first, then the factor.
package struct NetBoosts: Hashable, Sendable, BitwiseCopyable {
    package let points: Fraction
    package let times: Fraction

    package static let none = NetBoosts(points: .zero, times: .one)

    package init(points: Fraction, times: Fraction) {
        self.points = points
        self.times = times
    }
}

extension NetSteps {
    init?(_ table: TierTable?) {
        guard let table else { return nil }
        let measure: Measure =
            switch table.counted {
            case .revenue: .revenue
            case .count: .count
            case .events: .events
            }
        let steps = table.steps.compactMap { step -> Step? in
            guard case .percent(let rate) = step.pay else { return nil }
            return Step(start: step.start, rate: rate)
        }
        self.init(measure: measure, isSliced: table.shape == .progressive, steps: steps)
    }

    /// What a period pays that has come to so much.
    fileprivate func rate(at value: Int64) throws(Stop) -> Fraction {
        let last = steps.lastIndex { $0.start <= value } ?? 0
        guard isSliced, last > 0 else { return steps[last].rate }
        var mean = Fraction.zero
        for index in 0...last {
            let end = index < last ? steps[index + 1].start : value
            let start = index == 0 ? 0 : steps[index].start
            guard let part = Fraction(end - start, value)?.times(steps[index].rate),
                let sum = mean.adding(part)
            else { throw .refused(.overflow) }
            mean = sum
        }
        return mean
    }
}

extension NetPeriod {
    /// What one of its parts is paid at.
    func rate(of part: NetPart) throws(Stop) -> Fraction {
        guard let steps = part.policy.steps, !steps.steps.isEmpty else { return part.rate }
        let value: Int64 =
            switch steps.measure {
            case .revenue: try total(parts.map(\.compared))
            case .count: try total(parts.map(\.count))
            case .events: reached
            }
        let rate = try steps.rate(at: value)
        guard let all = rate.adding(part.boosts.points)?.times(part.boosts.times) else {
            throw .refused(.overflow)
        }
        return all
    }
}
