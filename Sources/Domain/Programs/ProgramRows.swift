import Facts
import Replay
import Store
import Terms
import Values
import Work

/// The table `program`, and the versions of its terms, which are facts.
package enum ProgramRows {
    package static func insert(_ id: String, name: String, in work: Work) throws {
        guard try work.first("SELECT id FROM program WHERE id = \(id)") == nil else {
            throw Refusal.wrongState(is: "there already", must: "new")
        }
        try work.run("INSERT INTO program (id, name, created_at) VALUES (\(id), \(name), \(work.now))")
        let start = Chain.start
        try work.makeHead(entry: start.number, hash: start.hash)
    }

    package static func rename(to name: String, in work: Work) throws {
        try work.run("UPDATE program SET name = \(name) WHERE id = \(work.program)")
    }

    package static func all(_ connection: any Connection) throws -> [(id: String, name: String)] {
        try connection.rows("SELECT id, name FROM program ORDER BY id").map {
            ($0.text("id"), $0.text("name"))
        }
    }

    /// The versions of a program's terms, in the order in which they were published.
    package static func versions(_ program: String, _ rows: (SQL) throws -> [Row]) throws -> [TermsVersion] {
        try rows(
            "SELECT body FROM fact WHERE program_id = \(program) AND kind = 'terms' ORDER BY sequence"
        ).map { row in
            let json = try JSON(reading: row.text("body").utf8)
            guard let version = json["version"]?.whole, let yaml = json["yaml"]?.text else {
                throw Refusal.unavailable("a version of the terms is damaged")
            }
            return TermsVersion(
                number: Int32(clamping: version),
                effectiveAt: json["effective_at"]?.text.flatMap(Instant.init(text:)),
                file: try ProgramFile.read(yaml))
        }
    }
}

package struct TermsVersion: Sendable {
    package let number: Int32
    package let effectiveAt: Instant?
    package let file: ProgramFile
}
