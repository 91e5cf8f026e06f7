import Dispatch
import Foundation
import Programs
import Recording
import Store
import Synchronization
import Terms
import TestStores
import Testing
import Values
import Work

/// Two servers on one PostgreSQL database.
struct Pair {
    let one: House
    let other: House
    let keyPath: String

    private static let lockMax = Duration.seconds(5)

    static func open(_ body: (Pair) async throws -> Void) async throws {
        let server = TestServer.shared
        let url = try await server.makeMigrated(now: .earliest)
        let path = NSTemporaryDirectory() + "/pair-\(UUID().uuidString).keys"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let vault = try KeyFile.make(path, .system)
        let houses = try (0..<2).map { _ in
            House(
                store: try PostgresStore.open(url: url), clock: .stopped(at: Given.now), chance: .system,
                vault: vault, hashKey: HashKey(Array(repeating: 7, count: 32)))
        }
        for house in houses { try await house.store.migrate(now: Given.now) }
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await body(Pair(one: houses[0], other: houses[1], keyPath: path)))
        } catch {
            outcome = .failure(error)
        }
        for house in houses { await house.store.close() }
        try server.drop(url)
        try outcome.get()
    }

    /// Founds a program, for both.
    func found(_ text: String = Given.terms()) async throws -> (Given, Given) {
        let given = try await Given(house: one, program: "").found(text)
        return (given, Given(house: other, program: given.program))
    }

    /// The first does its work and does not commit before the second, at the other server, waits for it, or
    /// is through.
    func clash<First: Sendable, Second: Sendable>(
        _ first: @escaping @Sendable (any Connection) throws -> First,
        _ second: @escaping @Sendable (any Connection) throws -> Second
    ) async throws -> (Result<First, any Error>, Result<Second, any Error>) {
        let gate = DispatchSemaphore(value: 0)
        let runs = Mutex(0)
        let isOver = Mutex(false)
        let (done, inside) = AsyncStream.makeStream(of: Void.self)
        async let former = result {
            try await one.store.write { connection in
                let answer = try first(connection)
                let isFirst = runs.withLock { count in
                    count += 1
                    return count == 1
                }
                inside.yield()
                if isFirst { gate.wait() }
                return answer
            }
        }
        for await _ in done { break }
        async let latter = result {
            defer { isOver.withLock { $0 = true } }
            return try await other.store.write { try second($0) }
        }
        let end = ContinuousClock.now + Self.lockMax
        while !isOver.withLock({ $0 }), try await !isWaiting(), ContinuousClock.now < end {
            try await Task.sleep(for: .milliseconds(5))
        }
        gate.signal()
        return await (former, latter)
    }

    /// Verbs of a program, each at its server.
    func clash<First: Sendable, Second: Sendable>(
        in programs: (String, String), as principal: Principal = Given.owner,
        _ first: @escaping @Sendable (Work) throws -> First,
        _ second: @escaping @Sendable (Work) throws -> Second
    ) async throws -> (Result<First, any Error>, Result<Second, any Error>) {
        let (one, other) = (one, other)
        return try await clash(
            { try first(one.work($0, in: programs.0, as: principal)) },
            { try second(other.work($0, in: programs.1, as: principal)) })
    }

    private func isWaiting() async throws -> Bool {
        try await other.store.read { connection in
            try connection.first(
                """
                SELECT COUNT(*) AS n FROM pg_stat_activity
                 WHERE datname = current_database() AND wait_event_type = 'Lock'
                """)?.integer("n") ?? 0 > 0
        }
    }
}

extension House {
    func work(
        _ connection: any Connection, in program: String = "acme", as principal: Principal = Given.owner
    ) -> Work {
        Work(program: program, principal: principal, now: now(), house: self, connection: connection)
    }
}

func result<T: Sendable>(_ work: @Sendable () async throws -> T) async -> Result<T, any Error> {
    do { return .success(try await work()) } catch { return .failure(error) }
}

extension Result {
    var refusal: Refusal? {
        if case .failure(let error) = self { error as? Refusal } else { nil }
    }
}
