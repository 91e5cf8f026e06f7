import Engine
import Facts
import Replay
import Store
import Values
import Work

/// The table `earning`, and the briefs of its lines.
package enum EarningRows {
    private static let columns: StaticString = """
        conversion_id, partner_id, rule, generation, at, base, base_currency, percent_numerator,
        percent_denominator, rounding, hold_until, state, is_held, posted, stated_amount, stated_currency,
        stated_numerator, stated_denominator, stated_converted, clawed_back, pay_amount, pay_currency,
        stands, tiering, frozen
        """

    /// What a conversion earned.
    package static func load(of conversion: Ref<Conversion>, into book: inout Book, in work: Work) throws {
        let id = book.names.text(conversion)
        let rows = try work.rows(
            """
            SELECT \(raw: columns) FROM earning WHERE program_id = \(work.program) AND conversion_id = \(id)
             ORDER BY opened, rule, generation
            """)
        let keys = keep(rows, into: &book)
        book.memory.earnings.order(keys, of: conversion)
        try loadLines(
            """
            SELECT id, conversion_id, partner_id, rule, generation, ordinal, at, amount, accrued
              FROM line
             WHERE program_id = \(work.program) AND conversion_id = \(id) ORDER BY ordinal
            """, keys, into: &book, in: work)
    }

    /// A partner's earnings that stand on no statement yet, in the order in which they were made.
    package static func loadOpen(of partner: Ref<Engine.Partner>, into book: inout Book, in work: Work) throws
    {
        let id = book.names.text(partner)
        let rows = try work.rows(
            """
            SELECT \(raw: columns) FROM earning
             WHERE program_id = \(work.program) AND partner_id = \(id)
               AND state <> 'stated' AND state <> 'booked'
             ORDER BY opened, rule, generation
            """)
        let keys = keep(rows, into: &book)
        book.memory.setOpen(keys, of: partner)
        try loadLines(
            """
            SELECT line.id, line.conversion_id, line.partner_id, line.rule, line.generation, line.ordinal,
                   line.at, line.amount, line.accrued
              FROM earning
              JOIN line ON line.program_id = earning.program_id AND line.conversion_id = earning.conversion_id
                       AND line.partner_id = earning.partner_id AND line.rule = earning.rule
                       AND line.generation = earning.generation
             WHERE earning.program_id = \(work.program) AND earning.partner_id = \(id)
               AND earning.state <> 'stated' AND earning.state <> 'booked'
             ORDER BY line.ordinal
            """, keys, into: &book, in: work)
    }

    private static func keep(_ rows: [Row], into book: inout Book) -> [EarningKey] {
        rows.map { row in
            let key = key(row, &book.names)
            book.memory.earnings.load(earning(row, key, &book.names))
            return key
        }
    }

    private static func loadLines(
        _ sql: SQL, _ keys: [EarningKey], into book: inout Book, in work: Work
    ) throws {
        let fresh = Set(keys.filter { book.memory.earnings[$0]?.lineCount == 0 })
        for row in try work.rows(sql) {
            let key = key(row, &book.names)
            guard fresh.contains(key) else { continue }
            let ordinal = Int32(row.integer("ordinal"))
            book.memory.earnings.post(
                LineBrief(
                    ordinal: ordinal, at: row.instant("at"), amount: row.integer("amount"),
                    exact: row.text(ifAny: "accrued").flatMap { Exact(text: $0) }), to: key)
            book.lineIDs[Book.LineKey(earning: key, ordinal: ordinal)] = row.text("id")
        }
    }

    private static func key(_ row: Row, _ names: inout Names) -> EarningKey {
        EarningKey(
            conversion: names.conversion(row.text("conversion_id")),
            partner: names.partner(row.text("partner_id")),
            rule: UInt16(truncatingIfNeeded: row.integer("rule")),
            generation: UInt16(truncatingIfNeeded: row.integer("generation")))
    }

    private static func earning(_ row: Row, _ key: EarningKey, _ names: inout Names) -> Earning {
        let base = Money(row.integer("base"), row.currency("base_currency"))
        let percent = row.integer(ifAny: "percent_numerator").flatMap { top in
            row.integer(ifAny: "percent_denominator").flatMap { Fraction(top, $0) }
        }
        let exact = row.text(ifAny: "pay_amount").flatMap { Exact(text: $0) } ?? Exact(base.minor)
        let currency = row.currency(ifAny: "pay_currency") ?? base.currency
        var earning = Earning(
            key: key, at: row.instant("at"), base: base,
            pay: percent.map(Pay.percent) ?? .amount(exact, currency),
            rounding: row.word("rounding"),
            holdUntil: row.instant("hold_until"))
        earning.state = row.word("state")
        earning.isHeld = row.bool("is_held")
        earning.stands = row.bool("stands")
        earning.tiering = row.text(ifAny: "tiering").flatMap { TieringText.tiering($0, &names) }
        earning.frozen = row.text(ifAny: "frozen").flatMap { FrozenText.frozen($0, &names) }
        earning.posted = row.integer("posted")
        if let amount = row.integer(ifAny: "stated_amount"),
            let currency = row.currency(ifAny: "stated_currency"),
            let factor = Fraction(row.integer("stated_numerator"), row.integer("stated_denominator"))
        {
            earning.stated = Stated(
                amount: amount, currency: currency, factor: factor,
                converted: row.integer("stated_converted"), clawedBack: row.integer("clawed_back"))
        }
        return earning
    }

    /// - Parameter earnings: with the order in which each was made.
    package static func keep(
        _ earnings: [(earning: Earning, opened: Int64)], _ names: Names, in work: Work
    ) throws {
        try work.insert(
            """
            INSERT INTO earning
                (program_id, conversion_id, partner_id, rule, generation, at, base, base_currency,
                 percent_numerator, percent_denominator, rounding, hold_until, state, is_held, posted,
                 stated_amount, stated_currency, stated_numerator, stated_denominator, stated_converted,
                 clawed_back, pay_amount, pay_currency, stands, tiering, frozen, opened)
            VALUES
            """,
            """
            ON CONFLICT (program_id, conversion_id, partner_id, rule, generation) DO UPDATE
               SET base = excluded.base, base_currency = excluded.base_currency,
                   percent_numerator = excluded.percent_numerator,
                   percent_denominator = excluded.percent_denominator,
                   pay_amount = excluded.pay_amount, pay_currency = excluded.pay_currency,
                   stands = excluded.stands, tiering = excluded.tiering, frozen = excluded.frozen,
                   state = excluded.state, is_held = excluded.is_held, posted = excluded.posted,
                   stated_amount = excluded.stated_amount, stated_currency = excluded.stated_currency,
                   stated_numerator = excluded.stated_numerator,
                   stated_denominator = excluded.stated_denominator,
                   stated_converted = excluded.stated_converted, clawed_back = excluded.clawed_back
            """, columns: 27,
            rows: earnings.map { values($0.earning, opened: $0.opened, names, in: work.program) })
    }

    package static func values(
        _ earning: Earning, opened: Int64, _ names: Names, in program: String
    ) -> [SQLValue] {
        var percent: Fraction?
        var amount: (exact: Exact, currency: Currency)?
        switch earning.pay {
        case .percent(let rate): percent = rate
        case .amount(let exact, let currency):
            if exact != Exact(earning.base.minor) || currency != earning.base.currency {
                amount = (exact, currency)
            }
        }
        return [
            .text(program), .text(names.text(earning.key.conversion)),
            .text(names.text(earning.key.partner)), .integer(Int64(earning.key.rule)),
            .integer(Int64(earning.key.generation)), earning.at.sqlValue, .integer(earning.base.minor),
            .text(earning.base.currency.code), (percent?.numerator).sqlValue, (percent?.denominator).sqlValue,
            .text(earning.rounding.rawValue), earning.holdUntil.sqlValue, .text(earning.state.rawValue),
            .bool(earning.isHeld), .integer(earning.posted), (earning.stated?.amount).sqlValue,
            (earning.stated?.currency).sqlValue, (earning.stated?.factor.numerator).sqlValue,
            (earning.stated?.factor.denominator).sqlValue, (earning.stated?.converted).sqlValue,
            (earning.stated?.clawedBack).sqlValue, (amount?.exact.text).sqlValue,
            (amount?.currency.code).sqlValue, .bool(earning.stands),
            TieringText.text(earning.tiering, names).sqlValue,
            FrozenText.text(earning.frozen, names).sqlValue,
            .integer(opened),
        ]
    }

    package static let rebuilt = RebuiltTable(
        "earning", from: [.text(""), .text(""), .integer(.min), .integer(.min)]
    ) { from, limit, look in
        try look.rows(
            """
            SELECT program_id, \(raw: columns), opened FROM earning
             WHERE program_id = \(look.program)
               AND (conversion_id, partner_id, rule, generation)
                   >= (\(from[0]), \(from[1]), \(from[2]), \(from[3]))
             ORDER BY conversion_id, partner_id, rule, generation LIMIT \(limit)
            """)
    }
}
