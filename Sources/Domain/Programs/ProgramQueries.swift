import Engine
import Replay
import Store
import Terms
import Values
import Work

/// A program as it is shown: its name, and what its file in force says of it.
package struct ProgramView: Sendable {
    package let id: String
    package let name: String
    package let version: Int32
    package let file: ProgramFile

    /// The program's local day.
    package func day(of instant: Instant) -> Day { file.zone.day(of: instant) }

    package var json: JSON {
        .record([
            "id": .string(id), "name": .string(name), "currency": .string(file.currency.code),
            "timezone": .string(file.zone.name), "destinations": .texts(file.destinations),
            "partner_types": .texts(file.typeNames), "plans": .texts(file.planNames), "terms": .int(version),
        ])
    }
}

package enum ProgramQueries {
    /// Nil when there is no such program, or none of its terms are in force yet.
    package static func find(_ shelf: TermsShelf, at look: Look) throws -> ProgramView? {
        let row = try look.first(
            """
            SELECT p.name, h.terms FROM program p JOIN program_head h ON h.program_id = p.id
             WHERE h.program_id = \(look.program)
            """)
        guard let row else { return nil }
        let book = try shelf.book(look.program, versions: row.integer("terms"), look.rows)
        guard let version = book.terms.inForce(at: look.house.now())?.version, let file = book.files[version]
        else { return nil }
        return ProgramView(id: look.program, name: row.text("name"), version: version, file: file)
    }

    /// Every version of the program's terms.
    package static func terms(_ shelf: TermsShelf, at look: Look) throws -> TermsHistory {
        let head = try look.first("SELECT terms FROM program_head WHERE program_id = \(look.program)")
        return try shelf.book(look.program, versions: head?.integer("terms") ?? 0, look.rows).terms
    }

    /// The hosts that a program's links may lead to, by the instant from which each version holds.
    package static func destinations(
        _ program: String, _ connection: any Connection
    ) throws -> [(from: Instant, hosts: [String])] {
        try ProgramRows.versions(program, connection.rows)
            .map { ($0.effectiveAt ?? .earliest, $0.file.destinations) }
    }
}
