import Facts
import Store
import Values
import Work

package enum LinkQueries {
    /// Those of `ids` that are links of the program.
    package static func known(_ ids: [String], at look: Look) throws -> Set<String> {
        Set(try owners(of: Set(ids), at: look).keys)
    }

    package static func links(of partner: String, at look: Look) throws -> [String] {
        try look.rows(
            "SELECT id FROM link WHERE program_id = \(look.program) AND partner_id = \(partner)"
        ).map { $0.text("id") }
    }

    /// Of several the first, with all their shares.
    package typealias Owner = (partner: String, shares: [ShareContent])

    /// Whose each of `ids` is that is a link of the program.
    package static func owners(of ids: Set<String>, at look: Look) throws -> [String: Owner] {
        let ids = ids.sorted { $0.precedes($1) }
        var found: [String: Owner] = [:]
        for start in stride(from: 0, to: ids.count, by: 512) {
            let page = Array(ids[start..<min(start + 512, ids.count)])
            let rows = try look.rows(
                """
                SELECT id, partner_id, shares FROM link
                 WHERE program_id = \(look.program) AND id IN \(list: page)
                """)
            for row in rows {
                let shares = [ShareContent](text: row.text(ifAny: "shares"))
                found[row.text("id")] = (row.text("partner_id"), shares)
            }
        }
        return found
    }
}
