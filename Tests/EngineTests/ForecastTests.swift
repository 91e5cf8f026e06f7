import Engine
import Facts
import Foundation
import Replay
import Terms
import TestPlans
import Testing
import Values

private let ada = [partner("ada"), click("k", at: "2026-01-01", of: "ada")]

/// Clicks count for a year, so that dates may lie far apart.
private let long = "click: {window: 365d}"

@Suite("The money clock")
struct ForecastTests {
    @Test(
        "counts the hold, the statement after it in the program's zone, and the net days",
        arguments: [
            ("UTC", "monthly", "2026-01-02", "0d", 0, "2026-02-01"),
            ("UTC", "monthly", "2026-01-31T23:59:59.999Z", "0d", 0, "2026-02-01"),
            ("UTC", "monthly", "2026-02-01", "0d", 0, "2026-03-01"),
            ("UTC", "monthly", "2026-01-02", "30d", 0, "2026-02-01"),
            ("UTC", "monthly", "2026-01-02T00:00:00.001Z", "30d", 0, "2026-03-01"),
            // Kiritimati is 14 hours ahead: the month ends at 10:00 UTC of the day before.
            ("Pacific/Kiritimati", "monthly", "2026-01-31T09:59:59.999Z", "0d", 15, "2026-02-16"),
            ("Pacific/Kiritimati", "monthly", "2026-01-31T10:00:00.000Z", "0d", 15, "2026-03-16"),
            // St John's is 3 h 30 min behind, in summer 2 h 30 min.
            ("America/St_Johns", "monthly", "2026-02-01T03:29:59.999Z", "0d", 15, "2026-02-16"),
            ("America/St_Johns", "monthly", "2026-02-01T03:30:00.000Z", "0d", 15, "2026-03-16"),
            ("America/St_Johns", "monthly", "2026-05-01T02:29:59.999Z", "0d", 15, "2026-05-16"),
            ("America/St_Johns", "monthly", "2026-05-01T02:30:00.000Z", "0d", 15, "2026-06-16"),
            // A hold is so many times 24 hours, also over the night that has 23.
            ("Europe/Berlin", "weekly", "2026-03-28T22:00:00.000Z", "1d", 0, "2026-03-30"),
            ("Europe/Berlin", "weekly", "2026-03-28T22:00:00.001Z", "1d", 0, "2026-04-06"),
            // Santiago has no midnight on 6 September: the day begins at 04:00 UTC, at 01:00 there.
            ("America/Santiago", "weekly", "2026-09-06T03:59:59.999Z", "1d", 0, "2026-09-14"),
            ("America/Santiago", "weekly", "2026-09-06T03:00:00.000Z", "1d", 0, "2026-09-07"),
            // A leap year has the 29th of February, others have not.
            ("UTC", "monthly", "2028-02-29T23:59:59.999Z", "0d", 0, "2028-03-01"),
            ("UTC", "monthly", "2028-01-31", "0d", 28, "2028-02-29"),
            ("UTC", "monthly", "2027-01-31", "0d", 28, "2027-03-01"),
            ("UTC", "monthly", "2028-01-30", "30d", 30, "2028-03-31"),
            ("UTC", "twice-monthly", "2028-02-15T23:59:59.999Z", "0d", 13, "2028-02-29"),
        ])
    func days(
        _ zone: String, _ schedule: String, _ at: String, _ hold: String, _ netDays: Int, _ paid: String
    ) throws {
        let program = program(
            timezone: zone, hold: hold, netDays: netDays, payouts: "schedule: \(schedule)")
        let before = instant(at).moved(by: Span.seconds(-60)).text
        var story = Story(program, [partner("ada"), click("k", at: before, of: "ada"), sale("s", at: at)])
        let clock = try #require(try story.clocks(asOf: instant(at)).values.first)
        #expect(clock.day == day(paid))
        guard case .due(let due) = clock else { return }
        let boundary = program.zone.start(of: due.statement)
        story.settle(boundary.moved(by: Span(milliseconds: -1)).text)
        #expect(story.statements() == [])
        #expect(try story.paid("s") == [paid])
        story.settle(boundary.text)
        #expect(story.records.flatMap(\.statements).map(\.payDay) == [day(paid)])
        #expect(try story.paid("s") == [paid])
    }

    @Test("says who waits for a person, and for whom the release is known")
    func held() throws {
        var story = Story(
            program(attribution: long),
            ada + [sale("s", at: "2026-01-02"), note("hold", of: "s", at: "2026-01-04")])
        story.settle("2026-01-10")
        #expect(try story.paid("s") == ["held"])
        story.tell([note("release", of: "s", at: "2026-02-10")])
        #expect(try story.paid("s") == ["2026-03-01"])
        story.settle("2026-03-01")
        #expect(story.statements() == ["2026-03-01: 20.00 USD"])
    }

    @Test("says what is missing to the threshold: with a cent less it waits, with that it is paid")
    func threshold() throws {
        for (amount, wait) in [("62.45", "below_threshold 0.01 USD"), ("62.50", "2026-03-01")] {
            var story = Story(
                program(attribution: long, payouts: "threshold: {USD: 32.50}"),
                ada + [sale("s", at: "2026-01-02")])
            story.settle("2026-02-01")
            #expect(try story.paid("s") == ["below_threshold 12.50 USD"])
            story.tell([sale("t", at: "2026-02-02", amount)])
            #expect(try story.paid("s") == [wait] && story.paid("t") == [wait])
            story.settle("2026-03-01")
            #expect(story.statements().isEmpty == wait.hasPrefix("below"))
        }
    }

    @Test("says which of two sales waits for the other to have been held long enough")
    func together() throws {
        let rules = [
            "{rule: a, on: sale, pay: 20%}", "{rule: b, on: renewal, pay: 20%, hold: 60d}",
        ]
        let story = Story(
            program(rules: rules, payouts: "threshold: {USD: 30.00}"),
            ada + [
                sale("s", at: "2026-01-02"),
                sale("t", at: "2026-01-03", "50.00", "USD", [("event", "renewal")]),
            ])
        #expect(try story.paid("s") == ["2026-04-01"] && story.paid("t") == ["2026-04-01"])
    }

    @Test("waits for a rate that is missing, and takes it that those that are published go on")
    func exchange() throws {
        var story = Story(
            program(),
            [partner("ada", [("currency", "EUR")]), click("k", at: "2026-01-01", of: "ada")]
                + [rate("2026-01-02", "USD", "1.16"), sale("s", at: "2026-01-09")])
        #expect(try story.paid("s") == ["2026-02-01"])
        story.settle("2026-01-10")
        #expect(try story.paid("s") == ["waiting_for_rate"])
        story.settle("2026-01-20")
        story.tell([rate("2026-01-25", "USD", "1.17")])
        #expect(try story.paid("s") == ["2026-02-01"])
        story.settle("2026-02-01")
        #expect(story.statements() == ["2026-02-01: 17.09 EUR"])
    }

    @Test("hangs on the threshold at the rate of today")
    func exchangeBelowThreshold() throws {
        var story = Story(
            program(payouts: "threshold: {EUR: 17.00}"),
            [partner("ada", [("currency", "EUR")]), click("k", at: "2026-01-01", of: "ada")]
                + [rate("2026-01-02", "USD", "1.18"), sale("s", at: "2026-01-03")])
        story.settle("2026-01-05")
        #expect(try story.paid("s") == ["below_threshold 0.05 EUR"])
        story.tell([rate("2026-01-05", "USD", "1.17")])
        #expect(try story.paid("s") == ["2026-02-01"])
    }

    @Test("says what a debt takes, what was taken back, and that nothing is left")
    func debts() throws {
        var story = Story(program(attribution: long), ada + [sale("s", at: "2026-01-02")])
        story.settle("2026-02-01")
        story.tell([
            refund("r", of: "s", at: "2026-02-05", "75.00"), sale("t", at: "2026-02-06", "25.00"),
            sale("u", at: "2026-02-07", "10.00"), refund("q", of: "u", at: "2026-02-08"),
        ])
        #expect(try story.paid("s") == ["2026-02-01", "owed_back"])
        // The debt of 15.00 takes all of the 5.00.
        #expect(try story.paid("t") == ["offset"])
        #expect(try story.paid("u") == ["reversed", "reversed"])
        story.tell([sale("v", at: "2026-02-09", "75.00")])
        #expect(try story.paid("t") == ["2026-03-01"] && story.paid("v") == ["2026-03-01"])
        story.settle("2026-03-01")
        #expect(story.statements().last == "2026-03-01: 5.00 USD after 15.00")
    }

    @Test("tells a debt from a threshold by what would be paid without it")
    func debtBelowThreshold() throws {
        var story = Story(
            program(attribution: long, payouts: "threshold: {USD: 10.00}"),
            ada + [sale("s", at: "2026-01-02")])
        story.settle("2026-02-01")
        story.tell([refund("r", of: "s", at: "2026-02-05"), sale("t", at: "2026-02-06", "49.95")])
        #expect(try story.paid("t") == ["below_threshold 20.01 USD"])
        story.tell([sale("u", at: "2026-02-07", "0.05")])
        #expect(try story.paid("t") == ["offset 20.00 USD"])
    }

    @Test("looks eleven years ahead, as far as the longest hold")
    func far() throws {
        let rules = ["{rule: a, on: sale, pay: 20%, hold: 3650d}"]
        var story = Story(
            program(attribution: long, rules: rules), ada + [sale("s", at: "2026-01-31")])
        let first = try story.paid("s")
        #expect(first == ["2036-02-01"])
        story.tell([click("l", at: "2027-03-01", of: "ada"), sale("t", at: "2027-03-02")])
        story.settle("2026-02-01")
        #expect(try story.paid("s") == ["2036-02-01"] && story.paid("t") == ["too_far"])
    }

    @Test(
        "of a statement goes by its payout",
        arguments: [
            (Rail.sepa, nil, "2026-02-16", "2026-02-16"), (.sepa, nil, "2026-02-17", "no_batch"),
            (nil, nil, "2026-02-01", "no_payout_method"), (.ach, nil, "2026-02-01", "rail_does_not_carry"),
            (.ach, .returned, "2026-02-01", "rail_does_not_carry"),
            (.sepa, .open, "2026-02-16", "batch_not_approved"),
            (.sepa, .released, "2026-02-16", "bank_not_answered"),
            (.sepa, .unknown, "2026-02-20", "bank_not_answered"),
            (.sepa, .rejected, "2026-02-20", "came_back"), (.sepa, .returned, "2026-02-20", "came_back"),
            (nil, .paid, "2026-02-20", "2026-02-16"),
        ] as [(Rail?, PayoutItem.State?, String, String)])
    func payouts(_ rail: Rail?, _ item: PayoutItem.State?, _ today: String, _ wanted: String) {
        let due = MoneyClock.Due(
            day: day("2026-02-16"), statement: day("2026-02-01"), amount: Money(100, .eur), isIssued: true)
        let clock = MoneyClock(due, by: rail, item: item, today: day(today))
        #expect(clock.day?.text ?? clock.wait?.reason.rawValue == wanted)
        if item == .paid { #expect(clock == .paid(day("2026-02-16"))) }
        guard item == nil, rail == .sepa else { return }
        let foreseen = MoneyClock.Due(
            day: due.day, statement: due.statement, amount: due.amount, isIssued: false)
        let late = MoneyClock(foreseen, by: rail, item: nil, today: day("2026-02-17"))
        #expect(late.wait?.reason == .notSettled)
    }

    @Test("has every reason in docs/money-clock.md, in the order in which they are told")
    func documented() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        let text = try String(contentsOf: root.appending(path: "docs/money-clock.md"), encoding: .utf8)
        let words = text.matches(of: /\n\| `([a-z_]+)` \|/).map { String($0.1) }.dropFirst()
        #expect(Array(words) == Wait.Reason.allCases.map(\.rawValue))
    }
}

@Suite("The money clock of any history")
struct ForecastPropertyTests {
    @Test("promises what settling then does, and nothing else", arguments: 0..<200)
    func promises(_ seed: Int) throws {
        let history = History(seed)
        let zone = history.program.zone
        var chance = Seeded(seed + 5)
        let now = day("2026-01-20").adding(days: Int.random(in: 0...90, using: &chance))
        let end = day("2027-06-01")
        // What is dated ahead is known in every second history; nothing is settled yet in every third.
        let known = history.all.filter {
            $0.at < zone.start(of: now) || (seed % 2 == 0 && $0.kind != .rate)
        }
        var story = Story(history.program, known)
        if seed % 3 > 0 { story.settle(zone.start(of: now).text) }
        let clocks = try story.clocks(asOf: zone.start(of: now))
        let rates = goingOn(known, after: now, to: end)

        var date = now
        while date < end {
            date = min(Schedule.weekly.boundary(after: date), Schedule.twiceMonthly.boundary(after: date))
            let midnight = zone.start(of: date)
            story.tell(rates.filter { $0.at <= midnight })
            story.settle(midnight.text)
            guard date.parts.day == 1 else { continue }
            // Time alone changes nothing, but that what comes to nothing may be listed.
            for (id, clock) in try story.clocks(asOf: midnight)
            where clocks[id]?.wait?.reason != .reversed {
                #expect(clock.day == clocks[id]?.day, "\(id)")
                #expect(clock.wait?.reason == clocks[id]?.wait?.reason, "\(id)")
            }
        }
        check(clocks, against: story)
    }

    /// Rates of the days to come, where they are published these days: those of today.
    private func goingOn(_ known: [FactRecord], after today: Day, to end: Day) -> [FactRecord] {
        let quotes = known.compactMap { fact -> RateContent? in
            if case .rate(let content) = fact.content { content } else { nil }
        }.sorted { $0.day < $1.day }
        return ["USD", "GBP"].flatMap { code -> [FactRecord] in
            let own = quotes.filter { $0.currency.code == code }
            guard own.contains(where: { today.adding(days: -7) <= $0.day && $0.day <= today }) else {
                return []
            }
            return stride(from: 1, to: Int(end.number - today.number), by: 7).compactMap { days in
                let day = today.adding(days: days)
                guard let last = own.last(where: { $0.day <= day }), last.day < day else { return nil }
                return rate(day.text, code, last.rate.decimalText!)
            }
        }
    }

    private func check(_ clocks: [String: MoneyClock], against story: Story) {
        let lines = Dictionary(
            uniqueKeysWithValues: story.records.flatMap(\.lines).map { ($0.id, $0) })
        let statements = Dictionary(
            uniqueKeysWithValues: story.records.flatMap(\.statements).flatMap { statement in
                statement.lines.map { ($0, statement) }
            })
        for (id, clock) in clocks {
            let statement = statements[id]
            switch clock {
            case .due(let due):
                #expect(statement?.payDay == due.day && statement?.date == due.statement, "\(id)")
                #expect(statement?.amount == due.amount)
            case .waits(let wait) where wait.reason == .reversed:
                // It may be listed where its whole earning comes to nothing.
                let kin = lines.values.filter {
                    $0.conversion == lines[id]?.conversion && $0.rule == lines[id]?.rule
                        && $0.partner == lines[id]?.partner && $0.generation == lines[id]?.generation
                }
                #expect(kin.reduce(0) { $0 + $1.amount.minor } == 0)
            case .waits(let wait) where wait.reason == .offset:
                #expect(statement.map(\.amount.minor) ?? 0 == 0, "\(id)")
            case .waits: #expect(statement == nil, "\(id) \(clock)")
            case .paid: Issue.record("nothing is paid here")
            }
        }
    }
}
