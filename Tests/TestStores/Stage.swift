import Store
import Synchronization
import Testing
import Values

/// Where a test stands: on which database, and the stores that it opened there, which are closed at its end.
package final class Stage: Sendable {
    package let backend: Backend
    private let stores = Mutex<[any Store]>([])

    @TaskLocal private static var atHand: Stage?

    private init(_ backend: Backend) { self.backend = backend }

    /// The stage of the test at hand. There is none, and so no store, outside of `.onEachDatabase` and `on`.
    package static var current: Stage {
        guard let stage = atHand else {
            preconditionFailure("whoever opens a store is .onEachDatabase, or says on which")
        }
        return stage
    }

    /// Does a test, or a part of it, on a database. What fails there says so; what is thrown is a failure too,
    /// and the answer is nil.
    @discardableResult
    package static func on<T: Sendable>(
        _ backend: Backend, _ body: @Sendable () async throws -> T
    ) async throws -> T? {
        guard let test = Test.current else { preconditionFailure("no test runs here") }
        let naming = IssueHandlingTrait.compactMapIssues { issue in
            var issue = issue
            issue.comments.append("on \(backend)")
            return issue
        }
        let answer = Mutex<T?>(nil)
        try await naming.provideScope(for: test, testCase: Test.Case.current) {
            let stage = Stage(backend)
            do {
                let found = try await $atHand.withValue(stage) { try await body() }
                answer.withLock { $0 = found }
            } catch is ExpectationFailedError {
                // Recorded where it failed.
            } catch {
                Issue.record(error, sourceLocation: test.sourceLocation)
            }
            for store in stage.stores.withLock({ $0 }) { await store.close() }
        }
        return answer.withLock { $0 }
    }

    /// A store with all tables and nothing in them, as it is at an instant.
    package func store(at now: Instant) async throws -> any Store {
        let store = try await backend.migrated(now: now)
        stores.withLock { $0.append(store) }
        return store
    }
}

/// Runs each test once on each database; a failure says on which.
package struct OnEachDatabase: SuiteTrait, TestTrait, TestScoping {
    package let isRecursive = true

    package func provideScope(
        for test: Test, testCase: Test.Case?, performing body: @Sendable () async throws -> Void
    ) async throws {
        for backend in Backend.allCases { try await Stage.on(backend, body) }
    }
}

extension Trait where Self == OnEachDatabase {
    package static var onEachDatabase: Self { Self() }
}
