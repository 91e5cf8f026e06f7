import Engine
import Facts
import Replay
import Store
import Values
import Work

/// The tables `registration` and `assist`.
package enum DealRows {
    /// What partners have said of the deals with a company, as it stands in the database.
    package static func load(_ account: Symbol, into book: inout Book, in work: Work) throws {
        let text = book.names.text(account)
        var deals = Deals()
        let registrations = try work.rows(
            """
            SELECT id, partner_id, at, completed_at, approved_at, expires_at, mode, scope FROM registration
             WHERE program_id = \(work.program) AND account = \(text) ORDER BY completed_at, id
            """)
        for row in registrations {
            let content = RegistrationContent(
                partner: row.text("partner_id"), account: text, completedAt: row.instant("completed_at"),
                approvedAt: row.instant(ifAny: "approved_at"), mode: row.text("mode"),
                expiresAt: row.instant(ifAny: "expires_at"), scope: row.text(ifAny: "scope"))
            deals.registrations.append(
                content.registration("registration:\(row.text("id"))", at: row.instant("at"), &book.names))
        }
        let assists = try work.rows(
            """
            SELECT id, partner_id, at, confirmed_at FROM assist
             WHERE program_id = \(work.program) AND account = \(text) ORDER BY confirmed_at, id
            """)
        for row in assists {
            let content = AssistContent(
                partner: row.text("partner_id"), account: text, confirmedAt: row.instant("confirmed_at"))
            deals.assists.append(
                content.assist("assist:\(row.text("id"))", at: row.instant("at"), &book.names))
        }
        book.memory.deals[account] = deals
    }

    package static func insert(_ fact: FactRecord, _ content: RegistrationContent, in work: Work) throws {
        try work.insert(
            """
            INSERT INTO registration
                (program_id, account, id, partner_id, at, completed_at, approved_at, expires_at, mode, scope)
            VALUES
            """, columns: 10, rows: [values(fact, content, in: work.program)])
    }

    package static func insert(_ fact: FactRecord, _ content: AssistContent, in work: Work) throws {
        try work.insert(
            "INSERT INTO assist (program_id, account, id, partner_id, at, confirmed_at) VALUES", columns: 6,
            rows: [values(fact, content, in: work.program)])
    }

    package static func values(
        _ fact: FactRecord, _ content: RegistrationContent, in program: String
    ) -> [SQLValue] {
        [
            .text(program), .text(content.account), .text(fact.id), .text(content.partner), fact.at.sqlValue,
            content.completedAt.sqlValue, content.approvedAt.sqlValue, content.expiresAt.sqlValue,
            .text(content.mode), content.scope.sqlValue,
        ]
    }

    package static func values(
        _ fact: FactRecord, _ content: AssistContent, in program: String
    ) -> [SQLValue] {
        [
            .text(program), .text(content.account), .text(fact.id), .text(content.partner), fact.at.sqlValue,
            content.confirmedAt.sqlValue,
        ]
    }

    package static let rebuiltRegistrations = RebuiltTable("registration", from: [.text(""), .text("")]) {
        from, limit, look in
        try look.rows(
            """
            SELECT program_id, account, id, partner_id, at, completed_at, approved_at, expires_at, mode, scope
              FROM registration
             WHERE program_id = \(look.program) AND (account, id) >= (\(from[0]), \(from[1]))
             ORDER BY account, id LIMIT \(limit)
            """)
    }

    package static let rebuiltAssists = RebuiltTable("assist", from: [.text(""), .text("")]) {
        from, limit, look in
        try look.rows(
            """
            SELECT program_id, account, id, partner_id, at, confirmed_at FROM assist
             WHERE program_id = \(look.program) AND (account, id) >= (\(from[0]), \(from[1]))
             ORDER BY account, id LIMIT \(limit)
            """)
    }
}
