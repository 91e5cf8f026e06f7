import Store
import Values

/// What every verb is given: an open write transaction, the program it is in, who asked, and when.
///
/// It is not `Sendable`, so it cannot outlive the transaction it was lent for.
package struct Work {
    /// The program's slug; every statement on a program's table binds it.
    package let program: String
    package let principal: Principal
    package let now: Instant
    package let house: House
    private let connection: any Connection

    package init(
        program: String, principal: Principal, now: Instant, house: House, connection: any Connection
    ) {
        self.program = program
        self.principal = principal
        self.now = now
        self.house = house
        self.connection = connection
    }

    @discardableResult
    package func run(_ sql: SQL) throws -> Int { try connection.run(sql) }
    package func rows(_ sql: SQL) throws -> [Row] { try connection.rows(sql) }
    package func first(_ sql: SQL) throws -> Row? { try connection.first(sql) }

    @discardableResult
    package func insert(
        _ head: StaticString, _ tail: StaticString = "", columns: Int, rows: [[SQLValue]]
    ) throws -> Int {
        rows.isEmpty ? 0 : try connection.insert(head, tail, columns: columns, rows: rows)
    }

    func announce(_ topic: String) { connection.announce(topic) }

    /// What the transaction sees, its own writes included.
    package var look: Look { Look(program: program, house: house, connection: connection) }

    /// Writes down an act that is no fact.
    package func audit(_ act: String, _ subject: String) throws {
        try run(
            """
            INSERT INTO audit (program_id, id, at, principal, act, subject)
            VALUES (\(program), \(house.chance.id("aud", at: now)), \(now), \(principal.text),
                    \(act), \(subject))
            """)
    }
}

/// What screens and reports are given: one unchanging state of a program.
package struct Look {
    package let program: String
    package let house: House
    private let connection: any Connection

    package init(program: String, house: House, connection: any Connection) {
        self.program = program
        self.house = house
        self.connection = connection
    }

    package func rows(_ sql: SQL) throws -> [Row] { try connection.rows(sql) }
    package func first(_ sql: SQL) throws -> Row? { try connection.first(sql) }
}

/// The store with what comes from outside the rules: time, chance and keys, each from this one place.
package struct House: Sendable {
    package let store: any Store
    package let clock: Clock
    package let chance: Chance
    package let vault: Vault
    /// Hashes personal values; the same for the life of the database.
    package let hashKey: HashKey
    /// Whether facts that wait together are recorded together.
    package let isGrouping: Bool

    package init(
        store: any Store, clock: Clock, chance: Chance, vault: Vault, hashKey: HashKey,
        isGrouping: Bool = true
    ) {
        self.store = store
        self.clock = clock
        self.chance = chance
        self.vault = vault
        self.hashKey = hashKey
        self.isGrouping = isGrouping
    }

    package func now() -> Instant { clock.now() }
}

extension House {
    /// Does a verb in a program, in a transaction that it may share with others.
    @discardableResult
    package func work<T: Sendable>(
        in program: String, as principal: Principal, at instant: Instant? = nil, _ lane: Lane = .facts,
        _ verb: @escaping @Sendable (Work) throws -> T
    ) async throws -> T {
        let now = instant ?? clock.now()
        return try await store.write(lane) { connection in
            try verb(
                Work(program: program, principal: principal, now: now, house: self, connection: connection))
        }
    }

    package func look<T: Sendable>(
        at program: String, _ question: @escaping @Sendable (Look) throws -> T
    ) async throws -> T {
        try await store.read { connection in
            try question(Look(program: program, house: self, connection: connection))
        }
    }
}
