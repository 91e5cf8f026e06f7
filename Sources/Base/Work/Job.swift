import Store
import Values

/// Something to be done at a time, once: claimed by a guarded update with a lease, which its worker renews,
/// so that one that dies gives it back soon and two never have it at once.
package struct Job: Hashable, Sendable {
    package let key: String
    package let kind: String
    package let dueAt: Instant
    package let tries: Int64

    package static let lease = Span.seconds(60)
}

extension Job {
    /// The same key again has no effect.
    package static func plan(_ kind: String, key: String, dueAt: Instant, in work: Work) throws {
        try work.run(
            """
            INSERT INTO job (program_id, key, kind, due_at, tries)
            VALUES (\(work.program), \(key), \(kind), \(dueAt), 0)
            ON CONFLICT (program_id, key) DO NOTHING
            """)
    }

    /// The next that is due and that nobody works on, now ours until the lease ends. Nothing, too, when
    /// another was quicker: all is asked again of the row itself, which may have changed since it was found.
    package static func claim(by worker: String, in work: Work) throws -> Job? {
        try work.first(
            """
            UPDATE job
               SET leased_until = \(work.now.moved(by: lease)), leased_by = \(worker), tries = tries + 1
             WHERE program_id = \(work.program) AND key = (
                SELECT key FROM job
                 WHERE program_id = \(work.program) AND done_at IS NULL AND due_at <= \(work.now)
                   AND (leased_until IS NULL OR leased_until <= \(work.now))
                 ORDER BY due_at, key LIMIT 1)
               AND done_at IS NULL AND (leased_until IS NULL OR leased_until <= \(work.now))
            RETURNING key, kind, due_at, tries
            """
        ).map {
            Job(
                key: $0.text("key"), kind: $0.text("kind"), dueAt: $0.instant("due_at"),
                tries: $0.integer("tries"))
        }
    }

    /// Renews the lease, if it is still ours.
    package func renew(by worker: String, in work: Work) throws -> Bool {
        try work.run(
            """
            UPDATE job SET leased_until = \(work.now.moved(by: Job.lease))
             WHERE program_id = \(work.program) AND key = \(key) AND leased_by = \(worker) AND done_at IS NULL
            """) == 1
    }

    /// Marks it done, if the lease is still ours.
    @discardableResult
    package func finish(by worker: String, in work: Work) throws -> Bool {
        try work.run(
            """
            UPDATE job SET done_at = \(work.now)
             WHERE program_id = \(work.program) AND key = \(key) AND leased_by = \(worker) AND done_at IS NULL
            """) == 1
    }
}
