import Store
import Values

/// The program's head: the last sequence, the last journal entry and its hash, the last statement number.
package struct Head: Hashable, Sendable {
    package var sequence: Int64
    package var entry: Int64
    package var hash: String
    package var statement: Int64
    package var terms: Int64
    package var settledUntil: Instant?
    /// Clicks that were handed in; the tracking face's own are not counted.
    package var clicks: Int64
}

extension Work {
    /// Takes the program's head for this transaction: the only serial point, so that sequences are gapless
    /// and in the order of commits. Taken already, it costs a statement.
    @discardableResult
    package func takeHead() throws -> Head {
        guard
            let row = try first(
                """
                UPDATE program_head SET sequence = sequence WHERE program_id = \(program)
                RETURNING sequence, entry, hash, statement, terms, settled_until, clicks
                """)
        else { throw Refusal.notFound(kind: "program", id: program) }
        return Head(row)
    }

    /// The head of a new program, before its first fact.
    package func makeHead(entry: Int64, hash: String) throws {
        try run(
            """
            INSERT INTO program_head (program_id, sequence, entry, hash, statement, terms)
            VALUES (\(program), 0, \(entry), \(hash), 0, 0)
            """)
    }

    package func putHead(_ head: Head) throws {
        try run(
            """
            UPDATE program_head
               SET sequence = \(head.sequence), entry = \(head.entry), hash = \(head.hash),
                   statement = \(head.statement), terms = \(head.terms), settled_until = \(head.settledUntil),
                   clicks = \(head.clicks)
             WHERE program_id = \(program)
            """)
    }
}

extension Look {
    /// The head as it is now; nobody is kept from changing it. Nil when there is no such program.
    package func head() throws -> Head? {
        try first(
            """
            SELECT sequence, entry, hash, statement, terms, settled_until, clicks FROM program_head
             WHERE program_id = \(program)
            """
        ).map(Head.init)
    }
}

extension Head {
    fileprivate init(_ row: Row) {
        sequence = row.integer("sequence")
        entry = row.integer("entry")
        hash = row.text("hash")
        statement = row.integer("statement")
        terms = row.integer("terms")
        settledUntil = row.instant(ifAny: "settled_until")
        clicks = row.integer("clicks")
    }
}

/// A fact as it is kept.
package struct KeptFact: Sendable {
    package let sequence: Int64
    package let kind: String
    package let id: String
    package let at: Instant
    package let receivedAt: Instant
    package let body: String

    package init(sequence: Int64, kind: String, id: String, at: Instant, receivedAt: Instant, body: String) {
        self.sequence = sequence
        self.kind = kind
        self.id = id
        self.at = at
        self.receivedAt = receivedAt
        self.body = body
    }

    init(_ row: Row) {
        self.init(
            sequence: row.integer("sequence"), kind: row.text("kind"), id: row.text("id"),
            at: row.instant("at"),
            receivedAt: row.instant("received_at"), body: row.text("body"))
    }
}

/// The facts of a program, and those that wait for another.
package enum FactLog {
    package static func append(_ facts: [KeptFact], in work: Work) throws {
        try work.insert(
            "INSERT INTO fact (program_id, sequence, kind, id, at, received_at, body) VALUES", columns: 7,
            rows: facts.map {
                [
                    .text(work.program), .integer($0.sequence), .text($0.kind), .text($0.id), $0.at.sqlValue,
                    $0.receivedAt.sqlValue, .text($0.body),
                ]
            })
    }

    /// Those of `ids` that are there, by id.
    package static func find(_ kind: String, _ ids: [String], in work: Work) throws -> [String: KeptFact] {
        guard !ids.isEmpty else { return [:] }
        let rows = try work.rows(
            """
            SELECT sequence, kind, id, at, received_at, body FROM fact
             WHERE program_id = \(work.program) AND kind = \(kind) AND id IN \(list: ids)
            """)
        return Dictionary(rows.map { ($0.text("id"), KeptFact($0)) }, uniquingKeysWith: { first, _ in first })
    }

    package static func find(_ kind: String, _ id: String, at look: Look) throws -> KeptFact? {
        try look.first(
            """
            SELECT sequence, kind, id, at, received_at, body FROM fact
             WHERE program_id = \(look.program) AND kind = \(kind) AND id = \(id)
            """
        ).map(KeptFact.init)
    }

    /// The facts after `sequence`, in order, at most `limit`.
    package static func page(after sequence: Int64, limit: Int, at look: Look) throws -> [KeptFact] {
        try look.rows(
            """
            SELECT sequence, kind, id, at, received_at, body FROM fact
             WHERE program_id = \(look.program) AND sequence > \(sequence) ORDER BY sequence LIMIT \(limit)
            """
        ).map(KeptFact.init)
    }

    package static func settledUntil(at look: Look) throws -> Instant? {
        try look.first("SELECT settled_until FROM program_head WHERE program_id = \(look.program)")?
            .instant(ifAny: "settled_until")
    }
}

/// A fact that waits for another.
package struct ParkedFact: Sendable {
    package let kind: String
    package let id: String
    package let at: Instant
    package let receivedAt: Instant
    package let body: String
    /// Sealed.
    package let person: String?
    package let awaitsKind: String
    package let awaitsID: String

    package init(
        kind: String, id: String, at: Instant, receivedAt: Instant, body: String, person: String?,
        awaitsKind: String,
        awaitsID: String
    ) {
        self.kind = kind
        self.id = id
        self.at = at
        self.receivedAt = receivedAt
        self.body = body
        self.person = person
        self.awaitsKind = awaitsKind
        self.awaitsID = awaitsID
    }
}

extension FactLog {
    package static func park(_ facts: [ParkedFact], in work: Work) throws {
        try work.insert(
            """
            INSERT INTO parked
                (program_id, kind, id, at, received_at, body, person, awaits_kind, awaits_id) VALUES
            """, "ON CONFLICT (program_id, kind, id) DO NOTHING", columns: 9,
            rows: facts.map {
                [
                    .text(work.program), .text($0.kind), .text($0.id), $0.at.sqlValue, $0.receivedAt.sqlValue,
                    .text($0.body), $0.person.sqlValue, .text($0.awaitsKind), .text($0.awaitsID),
                ]
            })
    }

    package static func parked(at look: Look, limit: Int) throws -> [(name: String, awaits: String)] {
        try look.rows(
            """
            SELECT kind, id, awaits_kind, awaits_id FROM parked WHERE program_id = \(look.program)
             ORDER BY kind, id LIMIT \(limit)
            """
        ).map { ("\($0.text("kind")):\($0.text("id"))", "\($0.text("awaits_kind")):\($0.text("awaits_id"))") }
    }

    package static func parked(_ kind: String, _ id: String, in work: Work) throws -> ParkedFact? {
        try work.first(
            """
            SELECT kind, id, at, received_at, body, person, awaits_kind, awaits_id FROM parked
             WHERE program_id = \(work.program) AND kind = \(kind) AND id = \(id)
            """
        ).map(ParkedFact.init)
    }

    /// Takes out those that waited for this fact, in the order of their instants.
    package static func unpark(awaiting kind: String, _ id: String, in work: Work) throws -> [ParkedFact] {
        let rows = try work.rows(
            """
            DELETE FROM parked
             WHERE program_id = \(work.program) AND awaits_kind = \(kind) AND awaits_id = \(id)
            RETURNING kind, id, at, received_at, body, person, awaits_kind, awaits_id
            """)
        return rows.map(ParkedFact.init)
    }
}

extension ParkedFact {
    fileprivate init(_ row: Row) {
        self.init(
            kind: row.text("kind"), id: row.text("id"), at: row.instant("at"),
            receivedAt: row.instant("received_at"),
            body: row.text("body"), person: row.text(ifAny: "person"), awaitsKind: row.text("awaits_kind"),
            awaitsID: row.text("awaits_id"))
    }
}

extension FactLog {
    package static func hasParked(in work: Work) throws -> Bool {
        try work.first("SELECT id FROM parked WHERE program_id = \(work.program) LIMIT 1") != nil
    }
}

extension FactLog {
    /// What the personal values of a waiting fact are sealed for.
    package static func purpose(_ name: String) -> String { "parked \(name)" }

    /// Seals the personal values of those that wait with the key in use.
    /// - Returns: how many were sealed with another.
    package static func reseal(in work: Work) throws -> Int {
        let rows = try work.rows(
            "SELECT kind, id, person FROM parked WHERE program_id = \(work.program) AND person IS NOT NULL")
        var count = 0
        for row in rows where !work.house.vault.isCurrent(row.text("person")) {
            let (kind, id, old) = (row.text("kind"), row.text("id"), row.text("person"))
            let clear = try work.house.vault.open(old, for: purpose("\(kind):\(id)"))
            let sealed = try work.house.vault.seal(clear, for: purpose("\(kind):\(id)"))
            // One that came out meanwhile may stand there again with other values.
            count += try work.run(
                """
                UPDATE parked SET person = \(sealed)
                 WHERE program_id = \(work.program) AND kind = \(kind) AND id = \(id) AND person = \(old)
                """)
        }
        return count
    }
}
