/// A transaction whose connection was lost, which the server may still hold open, with all its locks.
struct PostgresGhost {
    enum Outcome { case committed, undone, open, unknown }

    let process: Int32
    /// Its number: `pg_current_xact_id()`.
    let transaction: String
    let epoch: PostgresEpoch?

    /// What became of it, asked on another connection.
    ///
    /// Numbers that no commit made durable are given out again after a crash, so that another's transaction
    /// may have ours: *committed* is believed of a server that has not crashed since. Of one that has, nobody
    /// knows. That it was undone is always true: what was durable keeps its number.
    /// - Throws: `StoreError.away`.
    func outcome(on wire: PostgresWire) throws(StoreError) -> Outcome {
        let status = try wire.exchange([.command("SELECT pg_xact_status('\(transaction)'::xid8)")])
        switch status.answers.last?.firstText {
        case "committed": return try PostgresEpoch(of: wire).continues(epoch) ? .committed : .unknown
        case "aborted": return .undone
        case "in progress": return try PostgresEpoch(of: wire).continues(epoch) ? .open : .undone
        default: return .unknown
        }
    }

    /// Ends it, if the server has not noticed yet that nobody is there.
    /// - Throws: `StoreError.away`.
    func end(on wire: PostgresWire) throws(StoreError) -> Bool {
        let text = """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE pid = \(process) AND backend_xid = '\(transaction)'::xid8::xid
            """
        return try wire.exchange([.command(text)]).failure == nil
    }
}

/// One life of a server, from its start or its last crash.
///
/// After a crash of one of its processes the server ends all others and starts them anew, under the same
/// parent. So its life goes on as long as the parent and one of the processes that serve nobody are the same.
struct PostgresEpoch {
    private let start: String
    private let processes: Set<Substring>

    /// - Throws: `StoreError.away`.
    init(of wire: PostgresWire) throws(StoreError) {
        let asked = try wire.exchange([
            .command("SELECT extract(epoch FROM pg_postmaster_start_time())::text"),
            .command(
                """
                SELECT string_agg(pid::text, ' ') FROM pg_stat_activity
                 WHERE datid IS NULL AND usesysid IS NULL
                """),
        ])
        // Of a life that nobody told of, nothing is known to go on.
        let texts = asked.answers.map { $0.firstText ?? "" }
        start = texts.first ?? ""
        processes = texts.count == 2 ? Set(texts[1].split(separator: " ")) : []
    }

    func continues(_ earlier: PostgresEpoch?) -> Bool {
        guard let earlier else { return false }
        return start == earlier.start && !processes.isDisjoint(with: earlier.processes)
    }
}
