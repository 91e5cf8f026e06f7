import Engine
import Facts
import Replay
import Store
import Values
import Work

/// The tables `batch` and `batch_item`.
package enum BatchRows {
    package static func load(_ batch: Ref<Engine.Batch>, into book: inout Book, in work: Work) throws {
        let id = book.names.text(batch)
        guard
            let row = try work.first(
                """
                SELECT state, opened_by, approved_by, approvals_needed FROM batch
                 WHERE program_id = \(work.program) AND id = \(id)
                """)
        else { return }
        let rows = try work.rows(
            """
            SELECT partner_id, currency, rail, amount, state, statements FROM batch_item
             WHERE program_id = \(work.program) AND batch_id = \(id) ORDER BY partner_id, currency
            """)
        let items = try rows.map { row in
            var item = PayoutItem(
                partner: book.names.partner(row.text("partner_id")),
                rail: row.word("rail"),
                amount: Money(row.integer("amount"), row.currency("currency")),
                statements: try StatementRows.briefs(ids(row.text("statements")), &book.names, in: work))
            item.state = row.word("state")
            return item
        }
        var memory = BatchMemory(
            openedBy: book.names.person(row.text("opened_by")),
            approvalsNeeded: Int(row.integer("approvals_needed")), items: items)
        memory.state = row.word("state")
        memory.approvedBy = ids(row.text("approved_by")).map { book.names.person($0) }
        book.memory.batches[batch] = memory
    }

    package static func keep(
        _ batch: Ref<Engine.Batch>, _ memory: BatchMemory, asOf: Instant, _ names: Names, in work: Work
    ) throws {
        try work.insert(
            """
            INSERT INTO batch (program_id, id, state, as_of, opened_by, approved_by, approvals_needed) VALUES
            """,
            """
            ON CONFLICT (program_id, id)
            DO UPDATE SET state = excluded.state, approved_by = excluded.approved_by
            """, columns: 7, rows: [values(batch, memory, asOf: asOf, names, in: work.program)])
        try work.insert(
            """
            INSERT INTO batch_item
                (program_id, batch_id, partner_id, currency, id, rail, amount, state, statements) VALUES
            """,
            "ON CONFLICT (program_id, batch_id, partner_id, currency) DO UPDATE SET state = excluded.state",
            columns: 9, rows: memory.items.map { values($0, of: batch, names, in: work.program) })
    }

    /// An item's id follows from its batch, partner and currency. It is also the end-to-end id at the bank,
    /// so it has no more than 35 characters and is never used again.
    package static func itemID(_ batch: String, _ partner: String, _ currency: Currency, _ program: String)
        -> String
    {
        let hash = Digest.bytes(of: program, "item", batch, partner, currency.code)
        return "itm_\(base32(Array(hash.prefix(16))))"
    }

    static func ids(_ text: String) -> [String] { text.split(separator: " ").map(String.init) }
}

extension BatchRows {
    package static func freeze(_ id: String, in work: Work) throws {
        try work.run(
            """
            UPDATE batch SET frozen_at = \(work.now)
             WHERE program_id = \(work.program) AND id = \(id) AND frozen_at IS NULL
            """)
    }

    package static func markExported(_ id: String, in work: Work) throws {
        try work.run(
            """
            UPDATE batch SET exported_at = \(work.now)
             WHERE program_id = \(work.program) AND id = \(id) AND exported_at IS NULL
            """)
    }

    package static func note(_ reference: String, of item: String, in batch: String, in work: Work) throws {
        try work.run(
            """
            UPDATE batch_item SET reference = \(reference)
             WHERE program_id = \(work.program) AND batch_id = \(batch) AND id = \(item)
            """)
    }

    /// The batch that an item is in.
    package static func batch(ofItem id: String, in work: Work) throws -> String? {
        try work.first("SELECT batch_id FROM batch_item WHERE program_id = \(work.program) AND id = \(id)")?
            .text("batch_id")
    }
}

// MARK: Made again

extension BatchRows {
    /// All but when it was frozen and exported, which are no facts.
    package static func values(
        _ batch: Ref<Engine.Batch>, _ memory: BatchMemory, asOf: Instant, _ names: Names, in program: String
    ) -> [SQLValue] {
        [
            .text(program), .text(names.text(batch)), .text(memory.state.rawValue), asOf.sqlValue,
            .text(names.text(memory.openedBy)),
            .text(memory.approvedBy.map { names.text($0) }.joined(separator: " ")),
            .integer(Int64(memory.approvalsNeeded)),
        ]
    }

    /// All but the bank's reference, which comes later.
    package static func values(
        _ item: PayoutItem, of batch: Ref<Engine.Batch>, _ names: Names, in program: String
    ) -> [SQLValue] {
        let (id, partner) = (names.text(batch), names.text(item.partner))
        // The order of their issue, also of one that came back from another batch.
        let statements = item.statements.map { names.text($0.statement) }.sorted { $0.precedes($1) }
        return [
            .text(program), .text(id), .text(partner), item.amount.currency.sqlValue,
            .text(itemID(id, partner, item.amount.currency, program)), .text(item.rail.rawValue),
            .integer(item.amount.minor), .text(item.state.rawValue),
            .text(statements.joined(separator: " ")),
        ]
    }

    package static let rebuilt = RebuiltTable("batch", from: [.text("")]) { from, limit, look in
        try look.rows(
            """
            SELECT program_id, id, state, as_of, opened_by, approved_by, approvals_needed FROM batch
             WHERE program_id = \(look.program) AND id >= \(from[0]) ORDER BY id LIMIT \(limit)
            """)
    }

    package static let rebuiltItems = RebuiltTable(
        "batch_item", from: [.text(""), .text(""), .text("")]
    ) { from, limit, look in
        try look.rows(
            """
            SELECT program_id, batch_id, partner_id, currency, id, rail, amount, state, statements, reference
              FROM batch_item
             WHERE program_id = \(look.program)
               AND (batch_id, partner_id, currency) >= (\(from[0]), \(from[1]), \(from[2]))
             ORDER BY batch_id, partner_id, currency LIMIT \(limit)
            """)
    }
}
