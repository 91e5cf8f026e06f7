import Store
import Values
import Work

package enum LinkQueries {
    /// Those of `ids` that are links of the program.
    package static func known(_ ids: [String], at look: Look) throws -> Set<String> {
        var found: Set<String> = []
        for start in stride(from: 0, to: ids.count, by: 512) {
            let page = Array(ids[start..<min(start + 512, ids.count)])
            let rows = try look.rows(
                "SELECT id FROM link WHERE program_id = \(look.program) AND id IN \(list: page)")
            found.formUnion(rows.map { $0.text("id") })
        }
        return found
    }
}
