import Store
import Values
import Work

enum ExplanationQueries {
    // MARK: Conversions and decisions

    static func sale(_ id: String, at look: Look) throws -> SaleFile? {
        guard let fact = try FactLog.find("conversion", id, at: look),
            let row = try look.first(
                """
                SELECT event, amount, currency, terms, source, shares, refunded, is_new_customer, is_rejected,
                       is_held
                  FROM conversion WHERE program_id = \(look.program) AND id = \(id)
                """)
        else { return nil }
        let currency = row.currency("currency")
        return SaleFile(
            fact: fact, body: try JSON(reading: fact.body.utf8), event: row.text("event"),
            amount: Money(row.integer("amount"), currency), terms: row.integer("terms"),
            source: row.text(ifAny: "source"), isShared: !row.isNull("shares"),
            refunded: Money(row.integer("refunded"), currency),
            isNewCustomer: row.bool("is_new_customer"), isRejected: row.bool("is_rejected"),
            isHeld: row.bool("is_held"))
    }

    /// In the order in which they were made.
    static func decisions(of conversion: String, at look: Look) throws -> [DecisionFile] {
        try look.rows(
            """
            SELECT id, number, body FROM decision
             WHERE program_id = \(look.program) AND conversion_id = \(conversion) ORDER BY number
            """
        ).map {
            DecisionFile(
                id: $0.text("id"), number: $0.integer("number"), body: try JSON(reading: $0.text("body").utf8)
            )
        }
    }

    static func members(_ ids: [String], at look: Look) throws -> [String: MemberFile] {
        let rows = try look.rows(
            """
            SELECT id, at, left_at, account, email_hash, currency, rail FROM partner
             WHERE program_id = \(look.program) AND id IN \(list: ids)
            """)
        return Dictionary(
            uniqueKeysWithValues: rows.map {
                let member = MemberFile(
                    id: $0.text("id"), at: $0.instant("at"), leftAt: $0.instant(ifAny: "left_at"),
                    account: $0.text(ifAny: "account"), emailHash: $0.text(ifAny: "email_hash"),
                    currency: $0.currency(ifAny: "currency"), rail: $0.text(ifAny: "rail"))
                return (member.id, member)
            })
    }

    // MARK: Facts

    /// The holds, releases and rejections of a conversion, in order. They are few, so no index leads to them
    /// but that of their kinds.
    static func holds(of conversion: String, at look: Look) throws -> [KeptFact] {
        try facts(
            """
            SELECT sequence, kind, id, at, received_at, body FROM fact
             WHERE program_id = \(look.program) AND kind IN ('hold', 'release', 'rejection')
               AND body LIKE \(naming("of", conversion)) ESCAPE '!' ORDER BY sequence
            """, at: look)
    }

    /// What a batch was through, in order.
    static func acts(on batch: String, at look: Look) throws -> [KeptFact] {
        try facts(
            """
            SELECT sequence, kind, id, at, received_at, body FROM fact
             WHERE program_id = \(look.program) AND kind IN ('batch_approval', 'payout_result')
               AND body LIKE \(naming("of", batch)) ESCAPE '!' ORDER BY sequence
            """, at: look)
    }

    /// The first settlements of a partner as of `instant` or later, which their ids begin with.
    static func settlements(of partner: String, from instant: Instant, at look: Look) throws -> [KeptFact] {
        try facts(
            """
            SELECT sequence, kind, id, at, received_at, body FROM fact
             WHERE program_id = \(look.program) AND kind = 'settlement'
               AND id >= \("set_\(timeOrdered(instant, []))")
               AND body LIKE \(naming("partner", partner)) ESCAPE '!' ORDER BY id LIMIT 64
            """, at: look)
    }

    /// The pattern of a canonical body that has this text as that member.
    private static func naming(_ key: String, _ text: String) -> String {
        let value = JSON.string(text).canonical
            .replacing("!", with: "!!").replacing("%", with: "!%").replacing("_", with: "!_")
        return "%\"\(key)\":\(value)%"
    }

    static func fact(_ sequence: Int64, at look: Look) throws -> KeptFact? {
        try facts(
            """
            SELECT sequence, kind, id, at, received_at, body FROM fact
             WHERE program_id = \(look.program) AND sequence = \(sequence)
            """, at: look
        ).first
    }

    private static func facts(_ sql: SQL, at look: Look) throws -> [KeptFact] {
        try look.rows(sql).map { row in
            KeptFact(
                sequence: row.integer("sequence"), kind: row.text("kind"), id: row.text("id"),
                at: row.instant("at"),
                receivedAt: row.instant("received_at"), body: row.text("body"))
        }
    }

    // MARK: Statements and payouts

    static func statement(_ id: String, at look: Look) throws -> StatementFile? {
        try statements([id], at: look).first
    }

    /// In the order in which they were issued.
    static func statements(_ ids: [String], at look: Look) throws -> [StatementFile] {
        try look.rows(
            """
            SELECT id, number, partner_id, amount, currency, date, pay_day, sequence, batch_id, body
              FROM statement
             WHERE program_id = \(look.program) AND id IN \(list: ids) ORDER BY sequence, id
            """
        ).map { row in
            StatementFile(
                id: row.text("id"), number: row.text("number"), partner: row.text("partner_id"),
                amount: Money(row.integer("amount"), row.currency("currency")), date: row.day("date"),
                payDay: row.day("pay_day"), sequence: row.integer("sequence"),
                batch: row.text(ifAny: "batch_id"),
                body: try JSON(reading: row.text("body").utf8))
        }
    }

    static func item(_ id: String, at look: Look) throws -> ItemFile? {
        try files(items + "WHERE i.program_id = \(look.program) AND i.id = \(id)", at: look).first
    }

    /// The item that carries a partner's statements of a currency in a batch.
    static func item(in batch: String, of partner: String, _ currency: Currency, at look: Look) throws
        -> ItemFile?
    {
        try files(
            items + """
                WHERE i.program_id = \(look.program) AND i.batch_id = \(batch) AND i.partner_id = \(partner)
                  AND i.currency = \(currency)
                """, at: look
        ).first
    }

    /// Items that carried a statement and came back; they are few.
    static func failedItems(of statement: StatementFile, at look: Look) throws -> [ItemFile] {
        try files(
            items + """
                WHERE i.program_id = \(look.program) AND i.partner_id = \(statement.partner)
                  AND i.currency = \(statement.amount.currency) AND i.state IN ('rejected', 'returned')
                ORDER BY b.as_of, i.id
                """, at: look
        ).filter { $0.statements.contains(statement.id) }
    }

    /// Whoever opened and approved goes by their e-mail where they are known.
    private static func files(_ sql: SQL, at look: Look) throws -> [ItemFile] {
        let files = try look.rows(sql).map(ItemFile.init)
        let people = Set(files.flatMap { [$0.openedBy] + $0.approvedBy }).sorted()
        guard !people.isEmpty else { return files }
        let emails = Dictionary(
            try look.rows("SELECT id, email FROM person WHERE id IN \(list: people)").map {
                ($0.text("id"), $0.text("email"))
            }, uniquingKeysWith: { first, _ in first })
        return files.map { file in
            var file = file
            file.openedBy = emails[file.openedBy] ?? file.openedBy
            file.approvedBy = file.approvedBy.map { emails[$0] ?? $0 }
            return file
        }
    }

    private static let items: SQL = """
        SELECT i.id, i.partner_id, i.currency, i.amount, i.rail, i.state, i.reference, i.statements,
               i.batch_id, b.state AS batch_state, b.as_of, b.opened_by, b.approved_by,
               b.approvals_needed, b.frozen_at, b.exported_at
          FROM batch_item i JOIN batch b ON b.program_id = i.program_id AND b.id = i.batch_id

        """
}

extension ItemFile {
    fileprivate init(_ row: Row) {
        func texts(_ name: String) -> [String] { row.text(name).split(separator: " ").map(String.init) }
        let isFrozen = row.text("batch_state") == "open" && !row.isNull("frozen_at")
        self.init(
            id: row.text("id"), partner: row.text("partner_id"),
            amount: Money(row.integer("amount"), row.currency("currency")), rail: row.text("rail"),
            state: row.text("state"), reference: row.text(ifAny: "reference"),
            statements: texts("statements"),
            batch: row.text("batch_id"), batchState: isFrozen ? "frozen" : row.text("batch_state"),
            asOf: row.instant("as_of"), openedBy: row.text("opened_by"), approvedBy: texts("approved_by"),
            approvalsNeeded: row.integer("approvals_needed"), exportedAt: row.instant(ifAny: "exported_at"))
    }
}
