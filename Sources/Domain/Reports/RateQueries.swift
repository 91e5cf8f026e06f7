import Store
import Values
import Work

enum RateQueries {
    /// Whether both currencies were quoted on one day of the seven before `day`, or on it.
    static func isQuoted(_ from: Currency, _ to: Currency, on day: Day, at look: Look) throws -> Bool {
        var common: Set<Int64>?
        for currency in Set([from, to]) where currency != .eur {
            let days = try look.rows(
                """
                SELECT day FROM rate
                 WHERE program_id = \(look.program) AND currency = \(currency)
                   AND day >= \(day.adding(days: -7)) AND day <= \(day)
                """
            ).map { $0.integer("day") }
            common = common.map { $0.intersection(days) } ?? Set(days)
        }
        return common.map { !$0.isEmpty } ?? true
    }
}
