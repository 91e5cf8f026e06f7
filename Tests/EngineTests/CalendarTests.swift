import Facts
import Replay
import Terms
import TestPlans
import Testing
import Values

/// The edges of days and months in the program's zone.
@Suite("A month")
struct CalendarTests {
    /// Zones with the first days of months, and the moments at which they begin.
    private static let starts = [
        ("Pacific/Kiritimati", "2026-02-01", "2026-01-31T10:00:00Z"),
        ("Pacific/Kiritimati", "2027-01-01", "2026-12-31T10:00:00Z"),
        ("Pacific/Kiritimati", "2028-03-01", "2028-02-29T10:00:00Z"),
        ("America/St_Johns", "2026-02-01", "2026-02-01T03:30:00Z"),
        ("America/St_Johns", "2026-07-01", "2026-07-01T02:30:00Z"),
        ("America/St_Johns", "2026-11-01", "2026-11-01T02:30:00Z"),
        ("America/St_Johns", "2028-03-01", "2028-03-01T03:30:00Z"),
        ("Europe/Berlin", "2026-04-01", "2026-03-31T22:00:00Z"),
        ("UTC", "2028-03-01", "2028-03-01T00:00:00Z"),
    ]

    private func before(_ moment: String) -> String {
        instant(moment).moved(by: Span(milliseconds: -1)).text
    }

    @Test("ends at midnight in the program's zone, to the millisecond", arguments: starts)
    func statements(_ zone: String, _ date: String, _ start: String) {
        let clicked = click("k", at: instant(start).moved(by: .days(-9)).text, of: "ada")
        var story = Story(
            program(timezone: zone),
            [partner("ada"), clicked, sale("last", at: before(start)), sale("first", at: start, "200.00")])
        story.settle(before(start))
        #expect(story.statements() == [])
        story.settle(start)
        #expect(story.statements() == ["\(date): 20.00 USD"])
        let next = day(date).adding(months: 1)
        story.settle(EngineTests.zone(zone).start(of: next).text)
        #expect(story.statements() == ["\(date): 20.00 USD", "\(next.text): 40.00 USD"])
    }

    /// Spring takes an hour, autumn gives one; in Santiago midnight itself is missing.
    @Test(
        "has days of 23, 24 and 25 hours, each of which conditions take whole",
        arguments: [
            ("America/St_Johns", "2026-03-08", "2026-03-08T03:30:00Z", "2026-03-09T02:30:00Z"),
            ("America/St_Johns", "2026-11-01", "2026-11-01T02:30:00Z", "2026-11-02T03:30:00Z"),
            ("Europe/Berlin", "2026-10-25", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"),
            ("America/Santiago", "2026-09-06", "2026-09-06T04:00:00Z", "2026-09-07T03:00:00Z"),
            ("Pacific/Kiritimati", "2028-02-29", "2028-02-28T10:00:00Z", "2028-02-29T10:00:00Z"),
            ("America/St_Johns", "2028-02-29", "2028-02-29T03:30:00Z", "2028-03-01T03:30:00Z"),
        ])
    func days(_ zone: String, _ date: String, _ start: String, _ end: String) {
        let rules = [
            "{rule: day, on: sale, when: {from: \(date), until: \(date)}, pay: 50%}",
            "{rule: rest, on: sale, pay: 10%, boosts: [{points: 1%, until: \(date)}]}",
        ]
        let moments = [before(start), start, before(end), end]
        let story = Story(
            program(timezone: zone, rules: rules),
            [partner("ada"), click("k", at: instant(start).moved(by: .days(-9)).text, of: "ada")]
                + moments.enumerated().map { sale("s\($0)", at: $1) })
        #expect(story.lines() == ["11.00 USD", "50.00 USD", "50.00 USD", "10.00 USD"])
    }

    @Test(
        "does not change how long a hold is: so many times 24 hours",
        arguments: ["Europe/Berlin", "America/St_Johns", "Pacific/Kiritimati"])
    func holds(_ zone: String) {
        var story = Story(
            program(timezone: zone, hold: "30d"),
            [partner("ada"), click("k", at: "2026-03-01", of: "ada"), sale("s", at: "2026-03-05T12:00:00Z")])
        let end = "2026-04-04T12:00:00.000Z"
        #expect(story.records.flatMap(\.lines).first?.json["hold_until"]?.text == end)
        story.settle(before(end))
        #expect(story.standing() == "pending 20.00")
        story.settle(end)
        #expect(story.standing() == "approved 20.00")
    }

    @Test("has its last day where the one it is counted from is not in it")
    func added() {
        let sums = [
            ("2026-01-31", 1, "2026-02-28"), ("2028-01-31", 1, "2028-02-29"), ("2026-01-31", 2, "2026-03-31"),
            ("2026-01-31", 3, "2026-04-30"), ("2026-10-31", 1, "2026-11-30"), ("2026-12-31", 2, "2027-02-28"),
            ("2028-02-29", 12, "2029-02-28"), ("2028-02-29", 48, "2032-02-29"),
            ("2026-01-31", 12, "2027-01-31"),
        ]
        for (start, months, end) in sums { #expect(day(start).adding(months: months).text == end) }
    }

    /// The first invoice, how long renewals are paid, the last moment that is and the first that is not.
    @Test(
        "of renewals ends with the day before the same day of the month, in the program's zone",
        arguments: [
            ("UTC", "2026-01-31T10:00:00Z", 1, "2026-02-28T00:00:00Z"),
            ("UTC", "2028-01-31T10:00:00Z", 1, "2028-02-29T00:00:00Z"),
            ("UTC", "2028-02-29T10:00:00Z", 12, "2029-02-28T00:00:00Z"),
            // The last day of January there is the first of February here, and the other way about.
            ("America/St_Johns", "2026-02-01T02:00:00Z", 1, "2026-02-28T03:30:00Z"),
            ("Pacific/Kiritimati", "2026-01-30T11:00:00Z", 1, "2026-02-27T10:00:00Z"),
            ("Pacific/Kiritimati", "2026-01-31T11:00:00Z", 1, "2026-02-28T10:00:00Z"),
            ("Europe/Berlin", "2026-02-28T23:30:00Z", 1, "2026-03-31T22:00:00Z"),
        ])
    func renewals(_ zone: String, _ first: String, _ months: Int, _ end: String) {
        guard isPaid(.renewals) else { return }
        let rule = "{rule: r, on: sale, pay: 30%, then: {pay: 10%, lasts: \(months) months}}"
        let moments = [first, before(end), end]
        let story = Story(
            program(timezone: zone, rules: [rule]),
            [partner("ada"), click("k", at: instant(first).moved(by: .days(-1)).text, of: "ada")]
                + moments.enumerated().map {
                    sale("s\($0)", at: $1, "100.00", "USD", [("customer", "kim")])
                })
        #expect(story.lines() == ["30.00 USD", "10.00 USD"])
    }

    /// 1,000.00 before the end of a period and 1,000.00 after it are never counted together.
    @Test(
        "begins its count anew at midnight in the program's zone",
        arguments: starts.map { ($0.0, $0.2, "month") } + [
            ("America/St_Johns", "2026-03-02T03:30:00Z", "week"),
            ("Pacific/Kiritimati", "2026-03-01T10:00:00Z", "week"),
            ("America/St_Johns", "2026-03-09T02:30:00Z", "day"),
            ("Pacific/Kiritimati", "2026-03-31T10:00:00Z", "quarter"),
            ("America/St_Johns", "2026-04-01T02:30:00Z", "quarter"),
        ])
    func tallies(_ zone: String, _ start: String, _ period: String) {
        let clicked = click("k", at: instant(start).moved(by: .days(-9)).text, of: "ada")
        func earned(_ rule: String, _ moments: [String]) -> Int64 {
            let sales = moments.enumerated().map { sale("s\($0)", at: $1, "1000.00") }
            return Story(program(timezone: zone, rules: [rule]), [partner("ada"), clicked] + sales)
                .total("ada", in: .usd).minor
        }
        let later = instant(start).moved(by: Span(milliseconds: 1)).text
        if isPaid(.tierTables) {
            let rule =
                "{rule: r, on: sale, pay: 10%, tiers: {by: revenue, shape: progressive, "
                + "period: \(period), steps: [[1000.01, 20%]]}}"
            #expect(earned(rule, [before(start), start]) == 200_00)
            #expect(earned(rule, [start, later]) == 299_99 + 1)
        }
        if isPaid(.caps) {
            let rule =
                "{rule: r, on: sale, pay: 10%, caps: [{per: partner, period: \(period), amount: 100.00}]}"
            #expect(earned(rule, [before(start), start]) == 200_00)
            #expect(earned(rule, [start, later]) == 100_00)
        }
    }

    /// Two sales make the bonus, and a loss is made good by a gain, where one period has both.
    @Test(
        "counts towards a bonus, and sums net revenue, from midnight on in the program's zone",
        arguments: starts.map { ($0.0, $0.2, "month") } + [
            ("America/St_Johns", "2026-03-02T03:30:00Z", "week"),
            ("America/St_Johns", "2026-03-09T02:30:00Z", "day"),
            ("America/Santiago", "2026-09-06T04:00:00Z", "day"),
            ("Pacific/Kiritimati", "2026-03-31T10:00:00Z", "quarter"),
        ])
    func periods(_ zone: String, _ start: String, _ period: String) {
        let clicked = click("k", at: instant(start).moved(by: .days(-9)).text, of: "ada")
        let later = instant(start).moved(by: Span(milliseconds: 1)).text
        let net =
            "{rule: net, on: activity, base: {from: ggr}, period: \(period), pay: 10%, "
            + "carry-over: {what: none}}"
        let bonus = "bonus: {name: two, when: {count: 2, of: sale, period: \(period)}, pay: 5.00}"
        func earned(_ moments: [String]) -> (sales: Int64, net: Int64) {
            let sales = moments.enumerated().map { sale("s\($0)", at: $1, "10.00") }
            let events = zip(moments, ["-100.00", "150.00"]).map { moment, ggr in
                sale(
                    "a\(moment)", at: moment, "0.00", "USD",
                    [("event", "activity"), ("components", ["ggr": .string(ggr)])])
            }
            func total(_ rules: [String], _ facts: [FactRecord]) -> Int64 {
                Story(program(timezone: zone, rules: rules), [partner("ada"), clicked] + facts)
                    .total("ada", in: .usd).minor
            }
            return (total(["{rule: r, on: sale, pay: 1.00}", bonus], sales), total([net], events))
        }
        #expect(earned([before(start), start]) == (2_00, 15_00))
        #expect(earned([start, later]) == (7_00, 5_00))
    }
}
