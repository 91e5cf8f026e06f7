import Store
import Values
import Work

/// A batch as it is listed.
package struct BatchView: Sendable {
    package let id: String
    package let state: String
    /// The state that follows from facts alone: `open`, `approved` or `completed`.
    package let stateByFacts: String
    package let asOf: Instant
    package let openedBy: String
    package let approvedBy: [String]
    package let approvalsNeeded: Int
    package let items: [Item]

    package struct Item: Sendable {
        package let id: String
        package let partner: String
        package let rail: String
        package let amount: Money
        package let state: String
        package let reference: String?
        package let statements: [String]
    }

    package var json: JSON {
        .record([
            "id": .string(id), "state": .string(state), "as_of": .string(asOf.text),
            "opened_by": .string(openedBy),
            "approved_by": .texts(approvedBy), "approvals_needed": .int(approvalsNeeded),
            "items": .array(
                items.map { item in
                    .record([
                        "id": .string(item.id), "partner": .string(item.partner),
                        "amount": .string(item.amount.amount), "currency": .string(item.amount.currency.code),
                        "rail": .string(item.rail), "state": .string(item.state),
                        "reference": item.reference.json,
                        "statements": .texts(item.statements),
                    ])
                }),
        ])
    }
}

extension BatchView {
    package static func find(_ id: String, _ rows: (SQL) throws -> [Row], program: String) throws
        -> BatchView?
    {
        let batch = try rows(
            """
            SELECT id, state, as_of, opened_by, approved_by, approvals_needed, frozen_at, exported_at
              FROM batch
             WHERE program_id = \(program) AND id = \(id)
            """
        ).first
        return try batch.map { try read($0, rows, program) }
    }

    package static func all(at look: Look) throws -> [BatchView] {
        try look.rows(
            """
            SELECT id, state, as_of, opened_by, approved_by, approvals_needed, frozen_at, exported_at
              FROM batch
             WHERE program_id = \(look.program) ORDER BY as_of, id
            """
        ).map { try read($0, look.rows, look.program) }
    }

    /// Freezing and exporting move no money, so they are no facts; they show only in what a batch is called.
    private static func state(_ row: Row) -> String {
        switch row.text("state") {
        case "open" where row.instant(ifAny: "frozen_at") != nil: "frozen"
        case "approved" where row.instant(ifAny: "exported_at") != nil: "exported"
        case let state: state
        }
    }

    private static func read(_ row: Row, _ rows: (SQL) throws -> [Row], _ program: String) throws -> BatchView
    {
        let id = row.text("id")
        let items = try rows(
            """
            SELECT id, partner_id, currency, rail, amount, state, reference, statements FROM batch_item
             WHERE program_id = \(program) AND batch_id = \(id)
            """)
        return BatchView(
            id: id, state: state(row), stateByFacts: row.text("state"), asOf: row.instant("as_of"),
            openedBy: row.text("opened_by"), approvedBy: BatchRows.ids(row.text("approved_by")),
            approvalsNeeded: Int(row.integer("approvals_needed")),
            items: items.map { item in
                Item(
                    id: item.text("id"), partner: item.text("partner_id"), rail: item.text("rail"),
                    amount: Money(item.integer("amount"), item.currency("currency")),
                    state: item.text("state"),
                    reference: item.text(ifAny: "reference"),
                    statements: BatchRows.ids(item.text("statements")))
            }.sorted {
                $0.partner != $1.partner
                    ? $0.partner.precedes($1.partner) : $0.amount.currency < $1.amount.currency
            })
    }
}
