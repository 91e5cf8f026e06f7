import Foundation

/// A calendar day (proleptic Gregorian), counted from 1970-01-01.
package struct Day: Hashable, Comparable, Sendable, BitwiseCopyable {
    package let number: Int32

    package init(number: Int32) { self.number = number }

    /// The day, if there is one: 2025-02-29 is none.
    package init?(year: Int, month: Int, day: Int) {
        guard (1...9999).contains(year), (1...12).contains(month), day >= 1,
            day <= Day.length(of: month, in: year)
        else { return nil }
        self.init(number: Day.number(year, month, day))
    }

    package init?(text: String) {
        var reader = DigitReader(text)
        guard let day = reader.day(), reader.atEnd else { return nil }
        self = day
    }

    package static func < (a: Self, b: Self) -> Bool { a.number < b.number }

    /// `2026-11-03` (ISO 8601).
    package var text: String {
        let (year, month, day) = parts
        return String(unsafeUninitializedCapacity: 10) { out in
            out.put(year, 4, at: 0)
            out[4] = UInt8(ascii: "-")
            out.put(month, 2, at: 5)
            out[7] = UInt8(ascii: "-")
            out.put(day, 2, at: 8)
            return 10
        }
    }

    package func adding(days: Int) -> Day { Day(number: number &+ Int32(clamping: days)) }

    /// 1 is Monday, 7 is Sunday.
    package var weekday: Int { ((Int(number) + 3) % 7 + 7) % 7 + 1 }

    /// Year, month and day; the days-to-civil algorithm with eras of 400 years.
    package var parts: (year: Int, month: Int, day: Int) {
        let shifted = Int(number) + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let ofEra = shifted - era * 146_097
        let yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthIndex = (5 * ofYear + 2) / 153
        let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, ofYear - (153 * monthIndex + 2) / 5 + 1)
    }

    /// So many calendar months on: the same day of the month, or its last where it has fewer.
    package func adding(months: Int) -> Day {
        let (year, month, day) = parts
        let count = year * 12 + month - 1 + months
        let (newYear, newMonth) = (count / 12, count % 12 + 1)
        return Day(year: newYear, month: newMonth, day: min(day, Day.length(of: newMonth, in: newYear)))
            ?? Day(number: months < 0 ? Day.first.number : Day.last.number)
    }

    private static let first = Day(number: number(1, 1, 1))
    private static let last = Day(number: number(9999, 12, 31))

    private static func number(_ year: Int, _ month: Int, _ day: Int) -> Int32 {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let ofYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let ofEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + ofYear
        return Int32(era * 146_097 + ofEra - 719_468)
    }

    private static func length(of month: Int, in year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

/// A named time zone (IANA), which turns instants into local days and back, daylight saving included.
package struct Zone: Hashable, Sendable {
    package let name: String
    private let zone: TimeZone
    private let isUTC: Bool

    package static let utc = Zone(name: "UTC")!

    package init?(name: String) {
        // Abbreviations such as EST say nothing about daylight saving; only UTC is taken beside Area/City.
        guard name == "UTC" || name.contains("/"), let zone = TimeZone(identifier: name) else { return nil }
        self.name = name
        self.zone = zone
        isUTC = name == "UTC"
    }

    package func day(of instant: Instant) -> Day {
        let local = instant.milliseconds + offset(at: instant)
        return Day(number: Int32(clamping: floorDivide(local, 86_400_000)))
    }

    /// The first instant of `day` here. Where midnight does not exist (a clock put forward at 00:00) it is
    /// the first instant that does; where it exists twice, the earlier.
    package func start(of day: Day) -> Instant {
        let midnight = Int64(day.number) * 86_400_000
        let candidates = [midnight - 86_400_000, midnight + 86_400_000].compactMap(
            Instant.init(milliseconds:)
        )
        .map { midnight - offset(at: $0) }
        let valid = candidates.compactMap(Instant.init(milliseconds:)).filter { self.day(of: $0) == day }
        guard let earliest = valid.min() else {
            return Instant(milliseconds: midnight) ?? (midnight < 0 ? .earliest : .latest)
        }
        // An hour-wide gap at midnight leaves a candidate that is already past the day's first instant.
        let before = earliest.moved(by: Span(milliseconds: -1))
        guard self.day(of: before) == day else { return earliest }
        return firstInstant(of: day, before: earliest)
    }

    private func firstInstant(of day: Day, before late: Instant) -> Instant {
        var low = late.milliseconds - 7_200_000
        var high = late.milliseconds
        while low + 1 < high {
            let middle = (low + high) / 2
            if let instant = Instant(milliseconds: middle), self.day(of: instant) == day {
                high = middle
            } else {
                low = middle
            }
        }
        return Instant(milliseconds: high) ?? late
    }

    /// How many milliseconds the clocks here are ahead of UTC.
    package func offset(at instant: Instant) -> Int64 {
        if isUTC { return 0 }
        let date = Date(timeIntervalSince1970: Double(instant.milliseconds) / 1000)
        return Int64(zone.secondsFromGMT(for: date)) * 1000
    }
}

/// Division that rounds toward minus infinity, for counting days before 1970.
package func floorDivide(_ a: Int64, _ b: Int64) -> Int64 {
    let quotient = a / b
    return a % b < 0 ? quotient - 1 : quotient
}

/// How often statements close, and where the boundaries of its periods lie.
package enum Schedule: String, Hashable, Sendable, CaseIterable {
    case weekly
    case twiceMonthly = "twice-monthly"
    case monthly

    /// The first day of a period after `day`: the day a statement of the period before is dated.
    package func boundary(after day: Day) -> Day {
        let (year, month, dayOfMonth) = day.parts
        switch self {
        case .weekly: return day.adding(days: 8 - day.weekday)
        case .twiceMonthly where dayOfMonth < 16: return day.adding(days: 16 - dayOfMonth)
        case .twiceMonthly, .monthly:
            return Day(year: month == 12 ? year + 1 : year, month: month == 12 ? 1 : month + 1, day: 1)
                ?? day.adding(days: 31)
        }
    }
}
