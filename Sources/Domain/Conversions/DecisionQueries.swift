import Store
import Values
import Work

package enum DecisionQueries {
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
