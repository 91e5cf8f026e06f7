import Store
import Values
import Work

/// The tables person, staff, sign_in, session and api_key.
///
/// A person, a sign-in link and a session belong to no program: they are looked up before one is known, and
/// so is a key, whose row says which program it opens.
enum AccessRows {
    typealias First = (SQL) throws -> Row?

    // MARK: People

    static func person(email: String, _ first: First) throws -> Person? {
        try first("SELECT id, email FROM person WHERE email = \(email)").map(Person.init)
    }

    static func person(id: String, _ first: First) throws -> Person? {
        try first("SELECT id, email FROM person WHERE id = \(id)").map(Person.init)
    }

    /// The person of this address, made if there is none, and taken until the end of the transaction: of two
    /// who change the same person, one waits for the other.
    static func takePerson(email: String, in work: Work) throws -> Person {
        let id = work.house.chance.id("usr", at: work.now)
        let row = try work.first(
            """
            INSERT INTO person (id, email, created_at) VALUES (\(id), \(email), \(work.now))
            ON CONFLICT (email) DO UPDATE SET email = excluded.email
            RETURNING id, email
            """)
        guard let row else { preconditionFailure("a row was inserted or updated") }
        return Person(row)
    }

    static func set(_ role: Role, of person: Person, in work: Work) throws {
        try work.run(
            """
            INSERT INTO staff (program_id, person_id, role, created_at)
            VALUES (\(work.program), \(person.id), \(role.rawValue), \(work.now))
            ON CONFLICT (program_id, person_id) DO UPDATE SET role = excluded.role
            """)
        work.announce(.access)
    }

    static func role(of person: String, in program: String, _ first: First) throws -> Role? {
        try first("SELECT role FROM staff WHERE program_id = \(program) AND person_id = \(person)").map(role)
    }

    static func firstOwner(of program: String, _ first: First) throws -> Person? {
        try first(
            """
            SELECT person.id, person.email FROM staff JOIN person ON person.id = staff.person_id
             WHERE staff.program_id = \(program) AND staff.role = 'owner'
             ORDER BY staff.created_at, person.id LIMIT 1
            """
        ).map(Person.init)
    }

    private static func role(_ row: Row) -> Role {
        guard let role = Role(rawValue: row.text("role")) else {
            preconditionFailure("\(row.text("role")) is no role; we write only our own")
        }
        return role
    }

    // MARK: Signing in

    static func addSignIn(_ hash: Secret256, of person: Person, until: Instant, in work: Work) throws {
        try work.run(
            "INSERT INTO sign_in (hash, person_id, expires_at) VALUES (\(hash.hex), \(person.id), \(until))")
    }

    static func dropSignIns(of person: Person, in work: Work) throws {
        try work.run("DELETE FROM sign_in WHERE person_id = \(person.id)")
    }

    /// Marks it used, unless it was used before or is too old; of two at once one wins.
    static func useSignIn(_ hash: Secret256, at now: Instant, _ connection: any Connection) throws -> String?
    {
        try connection.first(
            """
            UPDATE sign_in SET used_at = \(now)
             WHERE hash = \(hash.hex) AND used_at IS NULL AND expires_at > \(now)
            RETURNING person_id
            """
        )?.text("person_id")
    }

    // MARK: Sessions

    static func addSession(
        _ hash: Secret256, of person: String, at now: Instant, _ connection: any Connection
    ) throws {
        try connection.run(
            """
            INSERT INTO session (hash, person_id, created_at, seen_at)
            VALUES (\(hash.hex), \(person), \(now), \(now))
            """)
    }

    static func session(
        _ hash: Secret256, at now: Instant, _ connection: any Connection
    ) throws -> (session: Session, seenAt: Instant)? {
        let (bornAfter, seenAfter) = limits(now)
        let row = try connection.first(
            """
            SELECT person.id, person.email, session.seen_at
              FROM session JOIN person ON person.id = session.person_id
             WHERE session.hash = \(hash.hex) AND session.ended_at IS NULL
               AND session.created_at > \(bornAfter) AND session.seen_at > \(seenAfter)
            """)
        guard let row else { return nil }
        let person = Person(row)
        let roles = try connection.rows("SELECT program_id, role FROM staff WHERE person_id = \(person.id)")
        let byProgram = Dictionary(
            roles.map { ($0.text("program_id"), role($0)) }, uniquingKeysWith: { first, _ in first })
        return (Session(person: person, roles: byProgram), row.instant("seen_at"))
    }

    static func seen(_ hash: Secret256, at now: Instant, _ connection: any Connection) throws {
        try connection.run(
            "UPDATE session SET seen_at = \(now) WHERE hash = \(hash.hex) AND seen_at < \(now)")
    }

    static func endSession(_ hash: Secret256, at now: Instant, _ connection: any Connection) throws {
        try connection.run(
            "UPDATE session SET ended_at = \(now) WHERE hash = \(hash.hex) AND ended_at IS NULL")
        connection.announce(.access)
    }

    /// Those that no request can revive.
    static func dropStaleSessions(of person: String, at now: Instant, _ connection: any Connection) throws {
        let (bornAfter, seenAfter) = limits(now)
        try connection.run(
            """
            DELETE FROM session
             WHERE person_id = \(person)
               AND (created_at <= \(bornAfter) OR seen_at <= \(seenAfter) OR ended_at IS NOT NULL)
            """)
    }

    private static func limits(_ now: Instant) -> (bornAfter: Instant, seenAfter: Instant) {
        (now.moved(by: -Session.ageMax), now.moved(by: -Session.idleMax))
    }

    // MARK: Keys

    static func add(_ key: APIKey, _ hash: Secret256, in work: Work) throws {
        try work.run(
            """
            INSERT INTO api_key (hash, id, program_id, person_id, created_at)
            VALUES (\(hash.hex), \(key.id), \(work.program), \(key.person), \(work.now))
            """)
    }

    static func revokeKey(_ id: String, in work: Work) throws -> Bool {
        work.announce(.access)
        return try work.run(
            """
            UPDATE api_key SET revoked_at = \(work.now)
             WHERE program_id = \(work.program) AND id = \(id) AND revoked_at IS NULL
            """) == 1
    }

    static func keys(at look: Look) throws -> [APIKey.Issued] {
        try look.rows(
            """
            SELECT api_key.id, person.email, api_key.created_at, api_key.revoked_at
              FROM api_key JOIN person ON person.id = api_key.person_id
             WHERE api_key.program_id = \(look.program)
             ORDER BY api_key.created_at, api_key.id
            """
        ).map {
            APIKey.Issued(
                id: $0.text("id"), person: $0.text("email"), createdAt: $0.instant("created_at"),
                revokedAt: $0.instant(ifAny: "revoked_at"))
        }
    }

    static func key(_ hash: Secret256, _ connection: any Connection) throws -> APIKey? {
        try connection.first(
            "SELECT id, program_id, person_id FROM api_key WHERE hash = \(hash.hex) AND revoked_at IS NULL"
        ).map { APIKey(id: $0.text("id"), program: $0.text("program_id"), person: $0.text("person_id")) }
    }
}

extension Person {
    fileprivate init(_ row: Row) { self.init(id: row.text("id"), email: row.text("email")) }
}
