import Engine
import Values

extension Simulation {
    /// When each line that stands on no statement yet is paid, by the line's id. Nothing is paid here, so
    /// each clock ends with its statement.
    package func clocks(asOf now: Instant) throws(Stop) -> [String: MoneyClock] {
        var clocks: [String: MoneyClock] = [:]
        for earning in book.memory.earnings.all where earning.state == .booked {
            for line in book.memory.earnings.lines(of: earning.key) {
                guard let id = book.lineIDs[.init(earning: earning.key, ordinal: line.ordinal)] else {
                    continue
                }
                clocks[id] = .waits(Wait(.notOwed))
            }
        }
        for (partner, _) in book.memory.partners.pairs {
            let forecast = try Forecast(
                of: partner, settledUntil: settledUntil, now: now, book.terms,
                book.memory)
            for (line, clock) in forecast.lines {
                guard let id = book.lineIDs[.init(earning: line.earning, ordinal: line.ordinal)] else {
                    continue
                }
                clocks[id] = clock
            }
        }
        return clocks
    }
}

extension StatementRecord {
    package var due: MoneyClock.Due {
        MoneyClock.Due(day: payDay, statement: date, amount: amount, isIssued: true)
    }
}

extension MoneyClock {
    /// `pay_date`, then `waits_for` and what is `missing`, as lines are printed and listed.
    package var members: [JSON.Member] {
        var members: [JSON.Member] = [
            .init("pay_date", day.map { .string($0.text) } ?? .null),
            .init("waits_for", wait.map { .string($0.reason.rawValue) } ?? .null),
        ]
        if let missing = wait?.missing {
            members.append(.init("missing", .string(missing.amount)))
            members.append(.init("missing_currency", .string(missing.currency.code)))
        }
        return members
    }
}
