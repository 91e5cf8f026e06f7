import Testing
import Values

@Suite("A zone")
struct ZoneTests {
    @Test(
        "knows the first instant of each day, also where the clock changes",
        arguments: [
            ("UTC", "2026-03-29", "2026-03-29T00:00:00Z"),
            // Berlin puts the clock forward at 02:00 and back at 03:00.
            ("Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00Z"),
            ("Europe/Berlin", "2026-03-30", "2026-03-29T22:00:00Z"),
            ("Europe/Berlin", "2026-10-25", "2026-10-24T22:00:00Z"),
            ("Europe/Berlin", "2026-10-26", "2026-10-25T23:00:00Z"),
            // Santiago and Beirut have no midnight on the day of the change: it begins at 01:00.
            ("America/Santiago", "2026-09-06", "2026-09-06T04:00:00Z"),
            ("America/Santiago", "2026-09-07", "2026-09-07T03:00:00Z"),
            ("Asia/Beirut", "2026-03-29", "2026-03-28T22:00:00Z"),
            ("Asia/Beirut", "2026-03-30", "2026-03-29T21:00:00Z"),
            // And Santiago has 23:00 twice in autumn, Havana midnight: the day begins at the first.
            ("America/Santiago", "2026-04-05", "2026-04-05T04:00:00Z"),
            ("America/Havana", "2026-11-01", "2026-11-01T04:00:00Z"),
            ("America/Havana", "2026-11-02", "2026-11-02T05:00:00Z"),
            ("America/Havana", "2026-03-08", "2026-03-08T05:00:00Z"),
            // Lord Howe changes by half an hour.
            ("Australia/Lord_Howe", "2026-04-05", "2026-04-04T13:00:00Z"),
            ("Australia/Lord_Howe", "2026-04-06", "2026-04-05T13:30:00Z"),
            ("Australia/Lord_Howe", "2026-10-04", "2026-10-03T13:30:00Z"),
            ("Australia/Lord_Howe", "2026-10-05", "2026-10-04T13:00:00Z"),
            ("Asia/Kathmandu", "2026-01-01", "2025-12-31T18:15:00Z"),
            ("Pacific/Kiritimati", "2026-01-01", "2025-12-31T10:00:00Z"),
            ("Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z"),
            ("Pacific/Pago_Pago", "2026-01-01", "2026-01-01T11:00:00Z"),
        ])
    func starts(_ name: String, _ text: String, _ start: String) {
        #expect(zone(name).start(of: day(text)) == instant(start))
    }

    @Test(
        "puts the instant before a day's first into the day before, for every day of years",
        arguments: [
            "UTC", "Europe/Berlin", "America/Santiago", "Asia/Beirut", "America/Havana",
            "Australia/Lord_Howe", "Africa/Cairo",
            "America/Sao_Paulo", "Asia/Amman", "America/Asuncion", "Atlantic/Azores", "Africa/Casablanca",
            "Asia/Tehran",
        ])
    func daysMeet(_ name: String) {
        let zone = zone(name)
        var today = day("2013-01-01")
        while today < day("2027-01-01") {
            let start = zone.start(of: today)
            let before = start.moved(by: Span(milliseconds: -1))
            if zone.day(of: start) != today || zone.day(of: before) != today.adding(days: -1) {
                Issue.record("\(name) begins \(today.text) at \(start.text)")
            }
            today = today.adding(days: 1)
        }
    }

    @Test(
        "is named by area and city, or UTC",
        arguments: [
            ("UTC", true), ("Europe/Berlin", true), ("EST", false), ("CET", false), ("", false),
            ("Mars/Olympus", false), ("+01:00", false),
        ])
    func names(_ name: String, _ isKnown: Bool) {
        #expect((Zone(name: name) != nil) == isKnown)
    }

    @Test("gives days beyond the calendar no trap")
    func extremes() {
        for name in ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"] {
            _ = zone(name).day(of: .earliest)
            _ = zone(name).day(of: .latest)
            _ = zone(name).start(of: day("0001-01-01"))
            _ = zone(name).start(of: day("9999-12-31"))
        }
        #expect(zone("UTC").start(of: day("9999-12-31")) == instant("9999-12-31"))
    }
}

@Suite("A schedule")
struct ScheduleTests {
    @Test(
        "closes its periods",
        arguments: [
            (.monthly, "2026-01-01", "2026-02-01"), (.monthly, "2026-01-31", "2026-02-01"),
            (.monthly, "2026-12-15", "2027-01-01"),
            (.monthly, "2024-02-29", "2024-03-01"), (.twiceMonthly, "2026-01-01", "2026-01-16"),
            (.twiceMonthly, "2026-01-15", "2026-01-16"), (.twiceMonthly, "2026-01-16", "2026-02-01"),
            (.twiceMonthly, "2026-12-31", "2027-01-01"), (.weekly, "2026-11-02", "2026-11-09"),
            (.weekly, "2026-11-08", "2026-11-09"), (.weekly, "2026-12-31", "2027-01-04"),
        ] as [(Schedule, String, String)])
    func boundaries(_ schedule: Schedule, _ text: String, _ boundary: String) {
        #expect(schedule.boundary(after: day(text)) == day(boundary))
    }

    @Test("has boundaries only where it should, one after the other", arguments: Schedule.allCases)
    func everyBoundary(_ schedule: Schedule) {
        var today = day("2023-12-20")
        while today < day("2029-01-01") {
            let next = schedule.boundary(after: today)
            let isRight =
                switch schedule {
                case .monthly: next.parts.day == 1 && next.number - today.number <= 31
                case .twiceMonthly: [1, 16].contains(next.parts.day) && next.number - today.number <= 16
                case .weekly: next.weekday == 1 && next.number - today.number <= 7
                }
            if next <= today || !isRight {
                Issue.record("\(schedule) goes from \(today.text) to \(next.text)")
            }
            let tomorrow = today.adding(days: 1)
            if tomorrow < next, schedule.boundary(after: tomorrow) != next {
                Issue.record("\(tomorrow.text) leaps")
            }
            today = tomorrow
        }
    }
}
