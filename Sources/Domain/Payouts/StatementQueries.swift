import Store
import Values
import Work

package enum StatementQueries {
    package static func bodies(at look: Look) throws -> [(id: String, number: String, body: String)] {
        try look.rows(
            "SELECT id, number, body FROM statement WHERE program_id = \(look.program) ORDER BY number"
        )
        .map { ($0.text(0), $0.text(1), $0.text(2)) }
    }
}
