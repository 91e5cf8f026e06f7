import Store

/// The idempotency keys that facts were posted under, as digests: each stands for one fact, for ever.
package enum RequestKeys {
    /// The ids of the facts that came under those of `keys` that are known, by key.
    package static func find(_ keys: [String], in work: Work) throws -> [String: String] {
        guard !keys.isEmpty else { return [:] }
        let rows = try work.rows(
            """
            SELECT hash, fact_id FROM request_key
             WHERE program_id = \(work.program) AND hash IN \(list: keys)
            """)
        return Dictionary(
            rows.map { ($0.text("hash"), $0.text("fact_id")) }, uniquingKeysWith: { first, _ in first })
    }

    package static func insert(_ keys: [(key: String, fact: String)], in work: Work) throws {
        try work.insert(
            "INSERT INTO request_key (program_id, hash, fact_id) VALUES", columns: 3,
            rows: keys.map { [.text(work.program), .text($0.key), .text($0.fact)] })
    }
}
