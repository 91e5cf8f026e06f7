import Engine
import Store
import Values
import Work

/// Lines, each with its earning, its statement and the payout that the statement is in.
enum LineQueries {
    static func find(_ id: String, at look: Look) throws -> LineFile? {
        try look.first(lines + "WHERE l.program_id = \(look.program) AND l.id = \(id)").map(LineFile.init)
    }

    /// In the order of their ids.
    static func find(_ ids: [String], at look: Look) throws -> [LineFile] {
        try look.rows(
            lines + "WHERE l.program_id = \(look.program) AND l.id IN \(list: ids) ORDER BY l.id"
        ).map(LineFile.init)
    }

    /// All lines of a conversion, in the order in which they were made.
    static func of(conversion: String, at look: Look) throws -> [LineFile] {
        try look.rows(
            lines + "WHERE l.program_id = \(look.program) AND l.conversion_id = \(conversion)"
                + " ORDER BY l.sequence, l.ordinal, l.id"
        ).map(LineFile.init)
    }

    /// The latest by their instants, which their ids begin with.
    static func latest(_ limit: Int, at look: Look) throws -> [LineFile] {
        try look.rows(
            lines + "WHERE l.program_id = \(look.program) ORDER BY l.id DESC LIMIT \(limit)"
        ).map(LineFile.init)
    }

    /// The latest by their instants, from `id` on back; those of one partner where it is named.
    static func page(before id: String?, of partner: String?, limit: Int, at look: Look) throws -> [LineFile]
    {
        var sql = lines + "WHERE l.program_id = \(look.program)"
        if let id { sql += " AND l.id < \(id)" }
        if let partner { sql += " AND l.partner_id = \(partner)" }
        return try look.rows(sql + " ORDER BY l.id DESC LIMIT \(limit)").map(LineFile.init)
    }

    private static let lines: SQL = """
        SELECT l.id, l.conversion_id, l.partner_id, l.rule, l.generation, l.ordinal, l.kind, l.amount,
               l.currency, l.at, l.sequence, l.is_clawback, l.statement_id, l.body,
               e.state, e.is_held, e.percent_numerator, e.percent_denominator, e.at AS earned_at,
               e.hold_until, e.posted, s.number, s.date, s.pay_day, s.amount AS stated_amount,
               s.currency AS stated_currency, i.state AS item_state
          FROM line l
          LEFT JOIN earning e
            ON e.program_id = l.program_id AND e.conversion_id = l.conversion_id
           AND e.partner_id = l.partner_id AND e.rule = l.rule AND e.generation = l.generation
          LEFT JOIN statement s ON s.program_id = l.program_id AND s.id = l.statement_id
          LEFT JOIN batch_item i
            ON i.program_id = s.program_id AND i.batch_id = s.batch_id AND i.partner_id = s.partner_id
           AND i.currency = s.currency

        """
}

extension LineFile {
    fileprivate init(_ row: Row) {
        let earning = row.text(ifAny: "state").map { state in
            EarningFile(
                state: Earning.State(rawValue: state) ?? .pending, isHeld: row.bool("is_held"),
                rate: row.integer(ifAny: "percent_numerator").flatMap { numerator in
                    row.integer(ifAny: "percent_denominator").flatMap { Fraction(numerator, $0) }
                }, at: row.instant("earned_at"), holdUntil: row.instant("hold_until"),
                posted: row.integer("posted"))
        }
        let stated = row.text(ifAny: "statement_id").flatMap { id in
            row.text(ifAny: "number").map { number in
                StatedFile(
                    id: id, number: number, date: row.day("date"), payDay: row.day("pay_day"),
                    amount: Money(row.integer("stated_amount"), row.currency("stated_currency")),
                    item: row.text(ifAny: "item_state").flatMap(PayoutItem.State.init))
            }
        }
        self.init(
            id: row.text("id"), conversion: row.text("conversion_id"), partner: row.text("partner_id"),
            rule: row.integer("rule"), generation: row.integer("generation"), ordinal: row.integer("ordinal"),
            kind: row.text("kind"), amount: Money(row.integer("amount"), row.currency("currency")),
            at: row.instant("at"), sequence: row.integer("sequence"), isClawback: row.bool("is_clawback"),
            body: row.text("body"), earning: earning, stated: stated)
    }
}
