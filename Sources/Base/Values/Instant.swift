import Foundation

/// A moment: whole milliseconds since 1970-01-01T00:00:00Z. Never a wall-clock time.
///
/// Years 0001 to 9999 only, so that every instant has an RFC 3339 form and sums of instants and windows fit.
package struct Instant: Hashable, Comparable, Sendable, BitwiseCopyable {
    package let milliseconds: Int64

    package static let earliest = Instant(unchecked: -62_135_596_800_000)
    package static let latest = Instant(unchecked: 253_402_300_799_999)

    package init?(milliseconds: Int64) {
        guard (Self.earliest.milliseconds...Self.latest.milliseconds).contains(milliseconds) else {
            return nil
        }
        self.milliseconds = milliseconds
    }

    private init(unchecked milliseconds: Int64) { self.milliseconds = milliseconds }

    package static func < (a: Self, b: Self) -> Bool { a.milliseconds < b.milliseconds }

    /// This instant moved by `span`, kept within the years that can be written.
    package func moved(by span: Span) -> Instant {
        let (sum, overflow) = milliseconds.addingReportingOverflow(span.milliseconds)
        if overflow { return span.milliseconds < 0 ? .earliest : .latest }
        return Instant(unchecked: min(max(sum, Self.earliest.milliseconds), Self.latest.milliseconds))
    }

    package func since(_ earlier: Instant) -> Span { Span(milliseconds: milliseconds - earlier.milliseconds) }

    /// The wall clock, read in this one place; everything else is handed a `Clock`.
    static var wallClock: Instant {
        Instant(unchecked: Int64(Date().timeIntervalSince1970 * 1000))
    }
}

/// A length of time in milliseconds, such as a window or a hold: a day is 86,400 s whatever the zone does.
package struct Span: Hashable, Comparable, Sendable, BitwiseCopyable {
    package let milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// - Precondition: fewer than a million days; the program file allows 36,500.
    package static func days(_ count: Int) -> Span {
        precondition(abs(count) < 1_000_000, "a span of days is bounded by its reader")
        return Span(milliseconds: Int64(count) * 86_400_000)
    }
    package static func seconds(_ count: Int) -> Span { Span(milliseconds: Int64(count) * 1000) }

    package static func < (a: Self, b: Self) -> Bool { a.milliseconds < b.milliseconds }
    package static prefix func - (span: Self) -> Self { Span(milliseconds: -span.milliseconds) }
}

// MARK: RFC 3339

extension Instant {
    /// `2026-11-03T10:12:00.000Z`, always UTC, always with milliseconds (RFC 3339 §5.6).
    package var text: String {
        var days = milliseconds / 86_400_000
        var rest = milliseconds % 86_400_000
        if rest < 0 {
            days -= 1
            rest += 86_400_000
        }
        let (year, month, day) = Day(number: Int32(days)).parts
        return String(unsafeUninitializedCapacity: 24) { out in
            out.put(year, 4, at: 0)
            out[4] = UInt8(ascii: "-")
            out.put(month, 2, at: 5)
            out[7] = UInt8(ascii: "-")
            out.put(day, 2, at: 8)
            out[10] = UInt8(ascii: "T")
            out.put(Int(rest / 3_600_000), 2, at: 11)
            out[13] = UInt8(ascii: ":")
            out.put(Int(rest / 60_000 % 60), 2, at: 14)
            out[16] = UInt8(ascii: ":")
            out.put(Int(rest / 1000 % 60), 2, at: 17)
            out[19] = UInt8(ascii: ".")
            out.put(Int(rest % 1000), 3, at: 20)
            out[23] = UInt8(ascii: "Z")
            return 24
        }
    }

    /// Reads RFC 3339 with `Z` or a numeric offset, or a bare date (its midnight in UTC).
    /// Digits beyond the millisecond are refused: instants are whole milliseconds everywhere.
    package init?(text: String) {
        var reader = DigitReader(text)
        guard let day = reader.day() else { return nil }
        var value = Int64(day.number) * 86_400_000
        if !reader.atEnd {
            guard let time = reader.timeOfDay(), let offset = reader.offset() else { return nil }
            value += time - offset
        }
        guard reader.atEnd else { return nil }
        self.init(milliseconds: value)
    }
}

extension UnsafeMutableBufferPointer<UInt8> {
    /// Writes `value` as exactly `width` decimal digits.
    func put(_ value: Int, _ width: Int, at start: Int) {
        var rest = value
        for index in stride(from: start + width - 1, through: start, by: -1) {
            self[index] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
    }
}

/// Reads fixed-width digits; every step answers nil instead of trapping.
struct DigitReader {
    private let bytes: [UInt8]
    private var index = 0

    /// A text of more than 64 bytes is not read at all; cut, it could pass for one that ends there.
    init(_ text: String) { bytes = text.utf8.count > 64 ? [] : Array(text.utf8) }

    var atEnd: Bool { index == bytes.count }

    mutating func take(_ byte: UInt8) -> Bool {
        guard index < bytes.count, bytes[index] == byte else { return false }
        index += 1
        return true
    }

    mutating func digits(_ width: Int) -> Int? {
        guard index + width <= bytes.count else { return nil }
        var value = 0
        for byte in bytes[index..<index + width] {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            value = value * 10 + Int(byte - UInt8(ascii: "0"))
        }
        index += width
        return value
    }

    mutating func day() -> Day? {
        guard let year = digits(4), take(UInt8(ascii: "-")), let month = digits(2), take(UInt8(ascii: "-")),
            let day = digits(2)
        else { return nil }
        return Day(year: year, month: month, day: day)
    }

    mutating func timeOfDay() -> Int64? {
        guard take(UInt8(ascii: "T")) || take(UInt8(ascii: "t")) || take(UInt8(ascii: " ")),
            let hour = digits(2), hour < 24, take(UInt8(ascii: ":")), let minute = digits(2), minute < 60,
            take(UInt8(ascii: ":")), let second = digits(2), second < 60
        else { return nil }
        var thousandths = 0
        if take(UInt8(ascii: ".")) {
            var scale = 100
            var seen = 0
            while let digit = digits(1) {
                guard seen < 3 || digit == 0 else { return nil }
                thousandths += digit * scale
                scale /= 10
                seen += 1
            }
            guard seen > 0 else { return nil }
        }
        return Int64((hour * 60 + minute) * 60 + second) * 1000 + Int64(thousandths)
    }

    mutating func offset() -> Int64? {
        if take(UInt8(ascii: "Z")) || take(UInt8(ascii: "z")) { return 0 }
        let negative = take(UInt8(ascii: "-"))
        guard negative || take(UInt8(ascii: "+")), let hours = digits(2), hours < 24, take(UInt8(ascii: ":")),
            let minutes = digits(2), minutes < 60
        else { return nil }
        return Int64((hours * 60 + minutes) * 60_000) * (negative ? -1 : 1)
    }
}
