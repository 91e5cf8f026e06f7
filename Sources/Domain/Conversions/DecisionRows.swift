import Replay
import Store
import Values
import Work

/// The table `decision`.
package enum DecisionRows {
    package static func insert(_ decisions: [(record: DecisionRecord, sequence: Int64)], in work: Work) throws
    {
        try work.insert(
            "INSERT INTO decision (program_id, conversion_id, number, id, sequence, source, body) VALUES",
            columns: 7,
            rows: decisions.map { values($0.record, sequence: $0.sequence, in: work.program) })
    }

    package static func values(
        _ record: DecisionRecord, sequence: Int64, in program: String
    ) -> [SQLValue] {
        [
            .text(program), .text(record.conversion), .integer(Int64(record.number)), .text(record.id),
            .integer(sequence), record.source.sqlValue, .text(record.body),
        ]
    }

    /// Those of one conversion come in their order.
    package static let rebuilt = RebuiltTable("decision", from: [.text(""), .integer(.min)]) {
        from, limit, look in
        try look.rows(
            """
            SELECT program_id, conversion_id, number, id, sequence, source, body FROM decision
             WHERE program_id = \(look.program) AND (conversion_id, number) >= (\(from[0]), \(from[1]))
             ORDER BY conversion_id, number LIMIT \(limit)
            """)
    }

    /// A conversion's first decision, as it was answered.
    package static func first(of conversion: String, in work: Work) throws -> String? {
        try work.first(
            """
            SELECT body FROM decision WHERE program_id = \(work.program) AND conversion_id = \(conversion)
              AND number = 0
            """)?.text("body")
    }

    /// The decision that holds now.
    package static func last(of conversion: String, in work: Work) throws -> String? {
        try DecisionQueries.last(of: conversion, work.program, work.first)
    }
}
