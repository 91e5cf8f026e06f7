import Store
import Values
import Work

package enum EarningQueries {
    /// Partners with earnings that stand on no statement, in no order.
    package static func partnersWithOpen(at look: Look) throws -> [String] {
        try look.rows(
            "SELECT DISTINCT partner_id FROM earning WHERE program_id = \(look.program) AND state <> 'stated'"
        ).map { $0.text("partner_id") }
    }
}
