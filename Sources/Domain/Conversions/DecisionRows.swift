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
            rows: decisions.map { record, sequence in
                [
                    .text(work.program), .text(record.conversion), .integer(Int64(record.number)),
                    .text(record.id),
                    .integer(sequence), record.source.sqlValue, .text(record.body),
                ]
            })
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
