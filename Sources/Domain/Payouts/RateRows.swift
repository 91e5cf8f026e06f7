import Engine
import Facts
import Replay
import Store
import Values
import Work

/// The table `rate`.
package enum RateRows {
    /// All quotes of a currency, by day: a settlement may look at many days.
    package static func load(_ currency: Currency, into book: inout Book, in work: Work) throws {
        let rows = try work.rows(
            """
            SELECT day, numerator, denominator FROM rate
             WHERE program_id = \(work.program) AND currency = \(currency) ORDER BY day
            """)
        book.memory.quotes[currency] = rows.compactMap { row in
            Fraction(row.integer("numerator"), row.integer("denominator")).map {
                Quote(currency: currency, day: row.day("day"), rate: $0)
            }
        }
    }

    /// A day's rate of a currency is published once.
    package static func refuseOther(_ rate: RateContent, in work: Work) throws {
        let row = try work.first(
            """
            SELECT numerator, denominator FROM rate
             WHERE program_id = \(work.program) AND currency = \(rate.currency) AND day = \(rate.day)
            """)
        guard let row else { return }
        let known = Fraction(row.integer("numerator"), row.integer("denominator"))
        throw Refusal.invalid(
            "/date",
            .because("has a rate of \(rate.currency.code) already: \(known?.decimalText ?? "another")"))
    }

    package static func insert(_ rates: [RateContent], in work: Work) throws {
        try work.insert(
            "INSERT INTO rate (program_id, currency, day, numerator, denominator) VALUES", columns: 5,
            rows: rates.map { values($0, in: work.program) })
    }

    package static func values(_ rate: RateContent, in program: String) -> [SQLValue] {
        [
            .text(program), rate.currency.sqlValue, rate.day.sqlValue, .integer(rate.rate.numerator),
            .integer(rate.rate.denominator),
        ]
    }

    package static let rebuilt = RebuiltTable("rate", from: [.text(""), .integer(.min)]) {
        from, limit, look in
        try look.rows(
            """
            SELECT program_id, currency, day, numerator, denominator FROM rate
             WHERE program_id = \(look.program) AND (currency, day) >= (\(from[0]), \(from[1]))
             ORDER BY currency, day LIMIT \(limit)
            """)
    }
}
