import Facts
import Store
import Values
import Work

/// A conversion as it was handed in, and what became of it.
package struct ConversionView: Hashable, Sendable {
    package let id: String
    package let sequence: Int64
    package let at: Instant
    package let receivedAt: Instant
    /// Its own fields, with keyed hashes where a person's data stood.
    package let body: [JSON.Member]
    /// The partner it is attributed to.
    package let source: String?
    /// Those who share it, where they are several.
    package let shares: [ShareContent]
    package let refunded: Money
    package let isRejected: Bool
    package let isHeld: Bool

    package var members: [JSON.Member] {
        [
            .init("id", .string(id)), .init("at", .string(at.text)),
            .init("received_at", .string(receivedAt.text)),
            .init("sequence", .int(sequence)),
        ] + body + [
            .init("source", .string(source ?? (shares.isEmpty ? "direct" : "shared")))
        ] + (shares.isEmpty ? [] : [.init("shares", shares.json)]) + [
            .init("refunded", .string(refunded.amount)),
            .init("rejected", .bool(isRejected)), .init("held", .bool(isHeld)),
        ]
    }
}

package enum ConversionQueries {
    private static let conversions: SQL = """
        SELECT c.id, c.sequence, c.at, c.currency, c.source, c.shares, c.refunded, c.is_rejected,
               c.is_held, f.received_at, f.body
          FROM conversion c JOIN fact f ON f.program_id = c.program_id AND f.sequence = c.sequence

        """

    package static func find(_ id: String, at look: Look) throws -> ConversionView? {
        try look.first(conversions + "WHERE c.program_id = \(look.program) AND c.id = \(id)").map(view)
    }

    /// The newest first.
    package static func page(before sequence: Int64?, limit: Int, at look: Look) throws -> [ConversionView] {
        try look.rows(
            conversions + """
                WHERE c.program_id = \(look.program) AND c.sequence < \(sequence ?? .max)
                ORDER BY c.sequence DESC LIMIT \(limit)
                """
        ).map(view)
    }

    private static func view(_ row: Row) throws -> ConversionView {
        ConversionView(
            id: row.text("id"), sequence: row.integer("sequence"), at: row.instant("at"),
            receivedAt: row.instant("received_at"),
            body: try JSON(reading: row.text("body").utf8).members ?? [],
            source: row.text(ifAny: "source"),
            shares: [ShareContent](text: row.text(ifAny: "shares")),
            refunded: Money(row.integer("refunded"), row.currency("currency")),
            isRejected: row.bool("is_rejected"), isHeld: row.bool("is_held"))
    }
}
