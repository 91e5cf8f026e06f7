import Foundation
import Testing
import Values

@Suite("An instant")
struct InstantTests {
    @Test(
        "is read from RFC 3339 and written in UTC with milliseconds",
        arguments: [
            ("2026-11-03T10:12:00Z", "2026-11-03T10:12:00.000Z"),
            ("2026-11-03t10:12:00z", "2026-11-03T10:12:00.000Z"),
            ("2026-11-03T10:12:00.5Z", "2026-11-03T10:12:00.500Z"),
            ("2026-11-03T10:12:00.123000Z", "2026-11-03T10:12:00.123Z"),
            ("2026-11-03T10:12:00+05:30", "2026-11-03T04:42:00.000Z"),
            ("2026-11-03T23:00:00-03:00", "2026-11-04T02:00:00.000Z"),
            ("2026-11-03T10:12:00-00:00", "2026-11-03T10:12:00.000Z"),
            ("2026-11-03", "2026-11-03T00:00:00.000Z"),
            ("2024-02-29T23:59:59.999Z", "2024-02-29T23:59:59.999Z"),
            ("1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"),
            ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"),
            ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
            ("2000-02-29", "2000-02-29T00:00:00.000Z"),
        ])
    func reads(_ text: String, _ written: String) throws {
        #expect(try #require(Instant(text: text)).text == written)
    }

    @Test(
        "is not read from",
        arguments: [
            "", "2026", "2026-11", "2026-13-01", "2026-00-10", "2026-02-29", "1900-02-29", "2026-04-31",
            "2026-11-03T",
            "2026-11-03T10:12Z", "2026-11-03T10:12:00", "2026-11-03T24:00:00Z", "2026-11-03T10:60:00Z",
            "2026-11-03T10:12:60Z",
            "2026-11-03T10:12:00.Z", "2026-11-03T10:12:00.0001Z", "2026-11-03T10:12:00.1234567Z",
            "2026-11-03T10:12:00+5:30",
            "2026-11-03T10:12:00+24:00", "2026-11-03T10:12:00+0530", "2026-11-03T10:12:00ZZ", "2026-11-03Z",
            " 2026-11-03",
            "2026-11-03 ", "26-11-03", "+2026-11-03", "1767268800", "0000-01-01", "10000-01-01",
            "0001-01-01T00:00:00+01:00",
            "9999-12-31T23:59:59-01:00", "２０２６-11-03",
        ])
    func refuses(_ text: String) {
        #expect(Instant(text: text) == nil)
    }

    @Test("is not read from a text that begins with one and goes on, however far")
    func refusesTails() {
        for zeros in 0..<80 {
            let text = "2026-11-03T10:12:00.0" + String(repeating: "0", count: zeros) + "Z"
            #expect(Instant(text: text + "x") == nil)
            #expect(Instant(text: text + "\u{301}") == nil)
        }
    }

    @Test("agrees with the calendar of Foundation, and survives being written and read", arguments: 0..<40)
    func roundTrips(_ seed: Int) throws {
        var chance = Seeded(UInt64(seed))
        var calendar = Calendar(identifier: .iso8601)
        calendar.timeZone = .gmt
        for _ in 0..<50 {
            let milliseconds = Int64.random(
                in: Instant.earliest.milliseconds...Instant.latest.milliseconds, using: &chance)
            let instant = try #require(Instant(milliseconds: milliseconds))
            #expect(Instant(text: instant.text) == instant)
            // Foundation's calendar is Julian before 1582.
            guard instant > Values.Instant(text: "1583-01-01")! else { continue }
            let date = Date(timeIntervalSince1970: TimeInterval(floorDivide(milliseconds, 1000)))
            let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute, .second], from: date)
            let day = Zone.utc.day(of: instant).parts
            #expect(day.year == parts.year && day.month == parts.month && day.day == parts.day)
            #expect(
                instant.text.dropFirst(11).prefix(2)
                    == (parts.hour! < 10 ? "0\(parts.hour!)" : "\(parts.hour!)"))
        }
    }

    @Test("sorts as its text does")
    func order() {
        let texts = [
            "0001-01-01", "1969-12-31T23:59:59.999Z", "1970-01-01", "2026-11-03T10:12:00.001Z", "9999-12-31",
        ]
        #expect(texts.map(instant).sorted() == texts.map(instant))
    }

    @Test("stays within the years that can be written when it is moved")
    func moves() {
        #expect(instant("2026-01-31").moved(by: .days(30)) == instant("2026-03-02"))
        #expect(instant("2026-03-02").moved(by: -Span.days(30)) == instant("2026-01-31"))
        #expect(Instant.latest.moved(by: .days(1)) == .latest)
        #expect(Instant.earliest.moved(by: -Span.days(1)) == .earliest)
        #expect(Instant.latest.moved(by: Span(milliseconds: .max)) == .latest)
        #expect(Instant.earliest.moved(by: Span(milliseconds: -.max)) == .earliest)
        #expect(instant("2026-01-02").since(instant("2026-01-01")) == .days(1))
        #expect(Instant(milliseconds: Instant.latest.milliseconds + 1) == nil)
    }
}

@Suite("A day")
struct DayTests {
    @Test(
        "is read and written as ISO 8601",
        arguments: ["0001-01-01", "1970-01-01", "2024-02-29", "2026-11-03", "9999-12-31"])
    func roundTrips(_ text: String) throws {
        #expect(try #require(Day(text: text)).text == text)
    }

    @Test(
        "is not read from",
        arguments: [
            "", "2025-02-29", "2026-1-1", "2026-11-31", "2026-11-03T00:00:00Z", "0000-01-01", "20261103",
        ])
    func refuses(_ text: String) {
        #expect(Day(text: text) == nil)
    }

    @Test("follows the day before, for four centuries, and the weekdays go round")
    func everyDay() {
        var before = day("1899-12-31")
        #expect(before.weekday == 7)
        for _ in 0..<146_097 {
            let next = before.adding(days: 1)
            let (a, b) = (before.parts, next.parts)
            let follows =
                (b.year == a.year && b.month == a.month && b.day == a.day + 1)
                || (b.day == 1
                    && (b.month == a.month + 1 || (a.month == 12 && b.month == 1 && b.year == a.year + 1)))
            if !follows || next.weekday != before.weekday % 7 + 1
                || Day(year: b.year, month: b.month, day: b.day) != next
            {
                Issue.record("\(before.text) is followed by \(next.text)")
                return
            }
            before = next
        }
        #expect(before == day("2299-12-31"))
    }
}
