import Store
import Values
import Work

package enum DecisionQueries {
    /// Every decision of a program, those of one conversion in their order.
    package static func all(at look: Look) throws -> [(conversion: String, body: String)] {
        try look.rows(
            """
            SELECT conversion_id, body FROM decision WHERE program_id = \(look.program)
             ORDER BY conversion_id, number
            """
        ).map { ($0.text(0), $0.text(1)) }
    }

    /// The decision that holds now.
    package static func last(of conversion: String, at look: Look) throws -> JSON? {
        try last(of: conversion, look.program, look.first).map { try JSON(reading: $0.utf8) }
    }

    static func last(
        of conversion: String, _ program: String, _ first: (SQL) throws -> Row?
    ) throws -> String? {
        try first(
            """
            SELECT body FROM decision WHERE program_id = \(program) AND conversion_id = \(conversion)
             ORDER BY number DESC LIMIT 1
            """)?.text("body")
    }
}
