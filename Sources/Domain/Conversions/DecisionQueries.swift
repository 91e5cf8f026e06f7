import Store
import Values
import Work

package enum DecisionQueries {
    /// Every decision of a program, those of one conversion in their order.
    package static func all(at look: Look) throws -> [(conversion: String, body: String)] {
        try look.rows(
            """
            SELECT conversion_id, body FROM decision WHERE program_id = \(look.program)
             ORDER BY conversion_id, number
            """
        ).map { ($0.text(0), $0.text(1)) }
    }
}
