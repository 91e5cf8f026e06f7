import Store
import Values
import Work

package enum LineQueries {
    package static func bodies(at look: Look) throws -> [(id: String, body: String, amount: Money)] {
        try look.rows("SELECT id, body, amount, currency FROM line WHERE program_id = \(look.program)")
            .map { ($0.text(0), $0.text(1), Money($0.integer(2), $0.currency("currency"))) }
    }
}
