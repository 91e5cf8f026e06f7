import Store
import Values
import Work

/// A statement as it was issued, and where its payment stands.
package struct StatementView: Hashable, Sendable {
    package let id: String
    package let number: String
    package let body: JSON
    package let batch: String?
    /// Of the item that pays it; `payable` while no batch has taken it.
    package let state: String

    /// - Parameter withLines: the ids of its lines too; there may be many.
    package func json(withLines: Bool) -> JSON {
        let own = (body.members ?? []).filter { $0.key != "statement" && (withLines || $0.key != "lines") }
        let end =
            [JSON.Member("state", .string(state))] + (batch.map { [JSON.Member("batch", .string($0))] } ?? [])
        return .object([.init("id", .string(id)), .init("number", .string(number))] + own + end)
    }
}

package enum StatementQueries {
    private static let statements: SQL = """
        SELECT s.id, s.number, s.body, s.batch_id, i.state FROM statement s
          LEFT JOIN batch_item i
            ON i.program_id = s.program_id AND i.batch_id = s.batch_id AND i.partner_id = s.partner_id
           AND i.currency = s.currency

        """

    package static func find(_ id: String, at look: Look) throws -> StatementView? {
        try look.first(statements + "WHERE s.program_id = \(look.program) AND s.id = \(id)").map(view)
    }

    /// The newest first; of one partner where it is named.
    package static func page(
        before id: String?, of partner: String?, limit: Int, at look: Look
    ) throws -> [StatementView] {
        var sql = statements + "WHERE s.program_id = \(look.program)"
        if let id { sql += " AND s.id < \(id)" }
        if let partner { sql += " AND s.partner_id = \(partner)" }
        return try look.rows(sql + " ORDER BY s.id DESC LIMIT \(limit)").map(view)
    }

    private static func view(_ row: Row) throws -> StatementView {
        StatementView(
            id: row.text("id"), number: row.text("number"), body: try JSON(reading: row.text("body").utf8),
            batch: row.text(ifAny: "batch_id"), state: row.text(ifAny: "state") ?? "payable")
    }
}

extension BatchView {
    /// The newest first.
    package static func page(before id: String?, limit: Int, at look: Look) throws -> [BatchView] {
        var sql: SQL = "SELECT id FROM batch WHERE program_id = \(look.program)"
        if let id { sql += " AND id < \(id)" }
        return try look.rows(sql + " ORDER BY id DESC LIMIT \(limit)").compactMap {
            try find($0.text("id"), look.rows, program: look.program)
        }
    }
}
