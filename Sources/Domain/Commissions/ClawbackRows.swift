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
            rows: clawbacks.map {
                [
                    .text(work.program), .text(partner), .integer(Int64($0.number)), $0.at.sqlValue,
                    $0.currency.sqlValue, .integer($0.amount), .integer($0.open),
                ]
            })
    }
}
