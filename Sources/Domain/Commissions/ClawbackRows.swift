import Engine
import Facts
import Replay
import Store
import Values
import Work

/// The table `clawback`.
package enum ClawbackRows {
    package static func load(of partner: Ref<Engine.Partner>, into book: inout Book, in work: Work) throws {
        let rows = try work.rows(
            """
            SELECT number, at, currency, amount, open FROM clawback
             WHERE program_id = \(work.program) AND partner_id = \(book.names.text(partner)) ORDER BY number
            """)
        book.memory.clawbacks[partner] = rows.map { row in
            Clawback(
                number: Int32(row.integer("number")), at: row.instant("at"),
                currency: row.currency("currency"),
                amount: row.integer("amount"), open: row.integer("open"))
        }
    }

    package static func keep(_ partner: String, _ clawbacks: [Clawback], in work: Work) throws {
        try work.insert(
            "INSERT INTO clawback (program_id, partner_id, number, at, currency, amount, open) VALUES",
            "ON CONFLICT (program_id, partner_id, number) DO UPDATE SET open = excluded.open", columns: 7,
            rows: clawbacks.map { values(partner, $0, in: work.program) })
    }

    package static func values(_ partner: String, _ clawback: Clawback, in program: String) -> [SQLValue] {
        [
            .text(program), .text(partner), .integer(Int64(clawback.number)), clawback.at.sqlValue,
            clawback.currency.sqlValue, .integer(clawback.amount), .integer(clawback.open),
        ]
    }

    package static let rebuilt = RebuiltTable("clawback", from: [.text(""), .integer(.min)]) {
        from, limit, look in
        try look.rows(
            """
            SELECT program_id, partner_id, number, at, currency, amount, open FROM clawback
             WHERE program_id = \(look.program) AND (partner_id, number) >= (\(from[0]), \(from[1]))
             ORDER BY partner_id, number LIMIT \(limit)
            """)
    }
}
