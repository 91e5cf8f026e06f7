import Engine
import Facts
import Replay
import Store
import Values
import Work

/// The table `statement`.
package enum StatementRows {
    package static func insert(_ record: StatementRecord, number: Int64, sequence: Int64, in work: Work)
        throws
    {
        try work.insert(
            """
            INSERT INTO statement
                (program_id, id, number, partner_id, amount, currency, date, pay_day, sequence, body)
            VALUES
            """, columns: 10, rows: [values(record, number: number, sequence: sequence, in: work.program)])
    }

    /// All but the batch, which comes later.
    package static func values(
        _ record: StatementRecord, number: Int64, sequence: Int64, in program: String
    ) -> [SQLValue] {
        [
            .text(program), .text(record.id), .text(text(number, record.date)), .text(record.partner),
            .integer(record.amount.minor), record.amount.currency.sqlValue, record.date.sqlValue,
            record.payDay.sqlValue, .integer(sequence), .text(record.json.compact),
        ]
    }

    package static let rebuilt = RebuiltTable("statement", from: [.text("")]) { from, limit, look in
        try look.rows(
            """
            SELECT program_id, id, number, partner_id, amount, currency, date, pay_day, sequence, body,
                   batch_id
              FROM statement
             WHERE program_id = \(look.program) AND id >= \(from[0]) ORDER BY id LIMIT \(limit)
            """)
    }

    /// `STM-2026-000010`
    package static func text(_ number: Int64, _ date: Day) -> String {
        let digits = String(number)
        return "STM-\(date.parts.year)-" + String(repeating: "0", count: max(0, 6 - digits.utf8.count))
            + digits
    }

    /// Statements that no batch has taken, or that came back from one.
    package static func loadUnpaid(into book: inout Book, in work: Work) throws {
        let rows = try work.rows(
            """
            SELECT id, partner_id, amount, currency, pay_day FROM statement
             WHERE program_id = \(work.program) AND batch_id IS NULL AND amount > 0 ORDER BY sequence, id
            """)
        book.memory.unpaid = rows.map { brief($0, &book.names) }
    }

    static func briefs(_ ids: [String], _ names: inout Names, in work: Work) throws -> [StatementBrief] {
        let rows = try work.rows(
            """
            SELECT id, partner_id, amount, currency, pay_day FROM statement
             WHERE program_id = \(work.program) AND id IN \(list: ids) ORDER BY sequence, id
            """)
        return rows.map { brief($0, &names) }
    }

    private static func brief(_ row: Row, _ names: inout Names) -> StatementBrief {
        StatementBrief(
            statement: names.statement(row.text("id")), partner: names.partner(row.text("partner_id")),
            amount: Money(row.integer("amount"), row.currency("currency")), payDay: row.day("pay_day"))
    }

    package static func set(batch: String?, of statements: [String], in work: Work) throws {
        try work.run(
            """
            UPDATE statement SET batch_id = \(batch)
             WHERE program_id = \(work.program) AND id IN \(list: statements)
            """)
    }
}
