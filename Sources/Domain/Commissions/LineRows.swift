import Engine
import Facts
import Replay
import Store
import Values
import Work

/// The table `line`.
package enum LineRows {
    package static func insert(_ lines: [(record: LineRecord, rule: UInt16, sequence: Int64)], in work: Work)
        throws
    {
        try work.insert(
            """
            INSERT INTO line
                (program_id, id, conversion_id, partner_id, rule, generation, ordinal, kind, amount,
                 currency, at, sequence, is_clawback, body, accrued)
            VALUES
            """, columns: 15,
            rows: lines.map { values($0.record, rule: $0.rule, sequence: $0.sequence, in: work.program) })
    }

    /// All but the statement, which comes later.
    package static func values(
        _ record: LineRecord, rule: UInt16, sequence: Int64, in program: String
    ) -> [SQLValue] {
        [
            .text(program), .text(record.id), .text(record.conversion), .text(record.partner),
            .integer(Int64(rule)), .integer(Int64(record.generation)), .integer(Int64(record.ordinal)),
            .text(record.kind), .integer(record.amount.minor), .text(record.amount.currency.code),
            record.at.sqlValue, .integer(sequence), .bool(record.isClawback), .text(record.body),
            (record.accrued?.text).sqlValue,
        ]
    }

    package static let rebuilt = RebuiltTable("line", from: [.text("")]) { from, limit, look in
        try look.rows(
            """
            SELECT program_id, id, conversion_id, partner_id, rule, generation, ordinal, kind, amount,
                   currency, at, sequence, is_clawback, body, accrued, statement_id
              FROM line
             WHERE program_id = \(look.program) AND id >= \(from[0]) ORDER BY id LIMIT \(limit)
            """)
    }

    /// What is recorded of lines, by id.
    package static func amounts(_ lines: [String], at look: Look) throws -> [String: (
        partner: String, amount: Money
    )] {
        var found: [String: (partner: String, amount: Money)] = [:]
        for start in stride(from: 0, to: lines.count, by: 256) {
            let page = Array(lines[start..<min(start + 256, lines.count)])
            let rows = try look.rows(
                """
                SELECT id, partner_id, amount, currency FROM line
                 WHERE program_id = \(look.program) AND id IN \(list: page)
                """)
            for row in rows {
                guard let currency = Currency(row.text("currency")) else { continue }
                found[row.text("id")] = (row.text("partner_id"), Money(row.integer("amount"), currency))
            }
        }
        return found
    }

    /// How many lines the facts up to `sequence` have made.
    package static func count(until sequence: Int64, at look: Look) throws -> Int64 {
        try look.first(
            """
            SELECT COUNT(*) AS lines FROM line
             WHERE program_id = \(look.program) AND sequence <= \(sequence)
            """)?.integer("lines") ?? 0
    }

    package static func state(_ lines: [String], on statement: String, in work: Work) throws {
        for start in stride(from: 0, to: lines.count, by: 256) {
            let page = Array(lines[start..<min(start + 256, lines.count)])
            try work.run(
                """
                UPDATE line SET statement_id = \(statement)
                 WHERE program_id = \(work.program) AND id IN \(list: page)
                """)
        }
    }

    /// The lines that a fact made at once, as they were answered.
    package static func made(of conversion: String, at sequence: Int64, in work: Work) throws -> [String] {
        try work.rows(
            """
            SELECT body FROM line
             WHERE program_id = \(work.program) AND conversion_id = \(conversion) AND sequence = \(sequence)
             ORDER BY rule, generation, ordinal
            """
        ).map { $0.text("body") }
    }
}
