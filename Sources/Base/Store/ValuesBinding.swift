import Values

extension ID: SQLBindable { package var sqlValue: SQLValue { .text(text) } }
extension Instant: SQLBindable { package var sqlValue: SQLValue { .integer(milliseconds) } }
extension Currency: SQLBindable { package var sqlValue: SQLValue { .text(code) } }
extension Day: SQLBindable { package var sqlValue: SQLValue { .integer(Int64(number)) } }

/// What we wrote is what we read: a value that does not fit was not written by us.
extension Row {
    package func id<Thing>(_ name: String) -> ID<Thing> { ID(text(name)) }
    package func id<Thing>(ifAny name: String) -> ID<Thing>? { text(ifAny: name).map { ID($0) } }

    package func instant(_ name: String) -> Instant { Self.instant(integer(name), name) }
    package func instant(ifAny name: String) -> Instant? {
        integer(ifAny: name).map { Self.instant($0, name) }
    }

    package func day(_ name: String) -> Day { Self.day(integer(name), name) }
    package func day(ifAny name: String) -> Day? { integer(ifAny: name).map { Self.day($0, name) } }

    package func currency(_ name: String) -> Currency { Self.currency(text(name), name) }
    package func currency(ifAny name: String) -> Currency? {
        text(ifAny: name).map { Self.currency($0, name) }
    }

    /// A state, a kind, a rail: one of the words of an enumeration.
    package func word<Word: RawRepresentable<String>>(_ name: String) -> Word {
        guard let word = Word(rawValue: text(name)) else {
            preconditionFailure("\(name) is no word of ours: \(text(name))")
        }
        return word
    }

    private static func instant(_ milliseconds: Int64, _ name: String) -> Instant {
        guard let instant = Instant(milliseconds: milliseconds) else {
            preconditionFailure("\(name) is no instant: \(milliseconds)")
        }
        return instant
    }

    private static func day(_ number: Int64, _ name: String) -> Day {
        guard let number = Int32(exactly: number) else { preconditionFailure("\(name) is no day: \(number)") }
        return Day(number: number)
    }

    private static func currency(_ code: String, _ name: String) -> Currency {
        guard let currency = Currency(code) else { preconditionFailure("\(name) is no currency: \(code)") }
        return currency
    }
}
