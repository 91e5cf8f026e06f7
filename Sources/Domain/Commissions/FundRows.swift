import Engine
import Facts
import Replay
import Store
import Values
import Work

/// The tables `fund` and `fund_proof`.
package enum FundRows {
    package static func load(of partner: Ref<Engine.Partner>, into book: inout Book, in work: Work) throws {
        let rows = try work.rows(
            """
            SELECT currency, lapses_on, accrued, used, lapsed FROM fund
             WHERE program_id = \(work.program) AND partner_id = \(book.names.text(partner))
             ORDER BY currency, lapses_on
            """)
        book.memory.funds[partner] = rows.map { row in
            var lot = FundLot(
                currency: row.currency("currency"),
                lapsesOn: Day(number: Int32(clamping: row.integer("lapses_on"))))
            lot.accrued = row.integer("accrued")
            lot.used = row.integer("used")
            lot.lapsed = row.integer("lapsed")
            return lot
        }
    }

    package static func keep(_ funds: [Ref<Engine.Partner>: [FundLot]], _ names: Names, in work: Work) throws
    {
        try work.insert(
            "INSERT INTO fund (program_id, partner_id, currency, lapses_on, accrued, used, lapsed) VALUES",
            """
            ON CONFLICT (program_id, partner_id, currency, lapses_on) DO UPDATE SET
                accrued = excluded.accrued, used = excluded.used, lapsed = excluded.lapsed
            """,
            columns: 7,
            rows: funds.flatMap { partner, lots in
                lots.map { values(names.text(partner), $0, in: work.program) }
            })
    }

    package static func values(_ partner: String, _ lot: FundLot, in program: String) -> [SQLValue] {
        [
            .text(program), .text(partner), lot.currency.sqlValue, .integer(Int64(lot.lapsesOn.number)),
            .integer(lot.accrued), .integer(lot.used), .integer(lot.lapsed),
        ]
    }

    package static let rebuilt = RebuiltTable("fund", from: [.text(""), .text(""), .integer(.min)]) {
        from, limit, look in
        try look.rows(
            """
            SELECT program_id, partner_id, currency, lapses_on, accrued, used, lapsed FROM fund
             WHERE program_id = \(look.program)
               AND (partner_id, currency, lapses_on) >= (\(from[0]), \(from[1]), \(from[2]))
             ORDER BY partner_id, currency, lapses_on LIMIT \(limit)
            """)
    }

    /// Partners of whose funds something lapses sooner or later, in no order.
    package static func lapsing(at look: Look) throws -> [String] {
        try look.rows(
            """
            SELECT DISTINCT partner_id FROM fund
             WHERE program_id = \(look.program) AND lapses_on < \(Int64(FundLot.never.number))
               AND accrued > used + lapsed
            """
        ).map { $0.text("partner_id") }
    }
}

// MARK: Proofs

extension FundRows {
    /// One proof, one claim, whoever makes it.
    package static func refuseTaken(_ proof: String, by claim: String, in work: Work) throws {
        let row = try work.first(
            "SELECT claim_id FROM fund_proof WHERE program_id = \(work.program) AND proof = \(proof)")
        if let other = row?.text("claim_id"), other != claim { throw Refusal.proofIsTaken(by: other) }
    }

    package static func insert(_ claims: [(id: String, proof: String)], in work: Work) throws {
        try work.insert(
            "INSERT INTO fund_proof (program_id, proof, claim_id) VALUES", columns: 3,
            rows: claims.map { values($0.proof, of: $0.id, in: work.program) })
    }

    package static func values(_ proof: String, of claim: String, in program: String) -> [SQLValue] {
        [.text(program), .text(proof), .text(claim)]
    }

    package static let rebuiltProofs = RebuiltTable("fund_proof", from: [.text("")]) { from, limit, look in
        try look.rows(
            """
            SELECT program_id, proof, claim_id FROM fund_proof
             WHERE program_id = \(look.program) AND proof >= \(from[0]) ORDER BY proof LIMIT \(limit)
            """)
    }
}
