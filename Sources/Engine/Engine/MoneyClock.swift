import Values

/// When a line's money is paid: the day, or the one reason why no day can be said.
package enum MoneyClock: Hashable, Sendable {
    /// With the day on which its statement was due.
    case paid(Day)
    case due(Due)
    case waits(Wait)

    /// A day that can be said.
    package struct Due: Hashable, Sendable {
        package let day: Day
        /// The date of the statement that takes it up.
        package let statement: Day
        /// What that statement comes to.
        package let amount: Money
        package let isIssued: Bool

        package init(day: Day, statement: Day, amount: Money, isIssued: Bool) {
            self.day = day
            self.statement = statement
            self.amount = amount
            self.isIssued = isIssued
        }
    }
}

/// The one thing that stands between a line and its day.
package struct Wait: Hashable, Sendable {
    package let reason: Reason
    /// What is missing to a statement that pays, where that is known.
    package let missing: Money?

    package init(_ reason: Reason, missing: Money? = nil) {
        self.reason = reason
        self.missing = missing
    }

    /// The closed list, the first that is so is the one that is told; docs/money-clock.md says what to do.
    package enum Reason: String, Hashable, Sendable, CaseIterable {
        /// It stands in the books alone: nobody is paid it.
        case notOwed = "not_owed"
        /// The line only says what a cap took.
        case capped
        /// Refunded or rejected: nothing of the earning is left.
        case reversed
        /// Taken back after its earning was stated: the partner owes it.
        case owedBack = "owed_back"
        /// A person holds it.
        case held
        /// A sum does not fit, so that its partner cannot be settled.
        case cannotSettle = "cannot_settle"
        case waitingForRate = "waiting_for_rate"
        case belowThreshold = "below_threshold"
        /// What the partner owes takes so much of it that nothing, or less than the threshold, is left.
        case offset
        /// More than eleven years ahead.
        case tooFar = "too_far"
        case noPayoutMethod = "no_payout_method"
        case railDoesNotCarry = "rail_does_not_carry"
        /// Its day is past, and its statement not issued.
        case notSettled = "not_settled"
        /// The bank rejected or returned it; it waits for another batch.
        case cameBack = "came_back"
        /// Its day is past, and no batch was opened.
        case noBatch = "no_batch"
        case batchNotApproved = "batch_not_approved"
        case bankNotAnswered = "bank_not_answered"
    }
}

extension MoneyClock {
    /// Of what stands on a statement, issued or foreseen, as far as the statement goes.
    package init(_ due: Due) {
        self = due.amount.minor > 0 ? .due(due) : .waits(Wait(.offset))
    }

    /// The same with its payout.
    /// - Parameter item: the item of a batch that carries the statement, or the last that did and came back.
    package init(_ due: Due, by rail: Rail?, item: PayoutItem.State?, today: Day) {
        self.init(due)
        guard case .due = self else { return }
        switch item {
        case .paid: self = .paid(due.day)
        case .open: self = .waits(Wait(.batchNotApproved))
        case .released, .unknown: self = .waits(Wait(.bankNotAnswered))
        case .rejected, .returned, nil:
            if let reason = due.reason(by: rail, cameBack: item != nil, today: today) {
                self = .waits(Wait(reason))
            }
        }
    }
}

extension MoneyClock.Due {
    /// Why it is in no batch that could pay it on its day.
    fileprivate func reason(by rail: Rail?, cameBack: Bool, today: Day) -> Wait.Reason? {
        guard let rail else { return .noPayoutMethod }
        guard rail.carries(amount.currency) else { return .railDoesNotCarry }
        if cameBack { return .cameBack }
        guard day < today else { return nil }
        return isIssued ? .noBatch : .notSettled
    }
}

extension MoneyClock {
    /// The day, where one can be said.
    package var day: Day? {
        switch self {
        case .paid(let day): day
        case .due(let due): due.day
        case .waits: nil
        }
    }

    package var wait: Wait? {
        if case .waits(let wait) = self { wait } else { nil }
    }
}
