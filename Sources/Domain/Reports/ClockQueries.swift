import Commissions
import Engine
import Facts
import Store
import Values
import Work

/// What money clocks stand on, of many partners at once.
enum ClockQueries {
    /// Sums of the earnings that were never held and whose lines are all of the earning's own instant, so
    /// that they are on a statement whole or not at all. Those that came to nothing are in none.
    /// - Parameter byDay: whether the day on which they were earned matters, too.
    static func piles(
        of partners: [String], byDay: Bool, at look: Look
    ) throws -> [(OpenPurse.Pile, Int64)] {
        let length = byDay ? OpenPurse.Pile.length : Int64.max
        return try look.rows(
            """
            SELECT p.partner_id, p.currency, p.ready, p.earned, CAST(SUM(p.posted) AS BIGINT) AS posted
              FROM (SELECT e.partner_id, \(currency), e.posted, e.at / \(length) AS earned,
                           (CASE WHEN e.hold_until > e.at THEN e.hold_until ELSE e.at + 1 END
                             + \(OpenPurse.Pile.length - 1)) / \(OpenPurse.Pile.length) AS ready
                      FROM earning e
                     WHERE e.program_id = \(look.program) AND e.partner_id IN \(list: partners)
                       AND e.state <> 'stated' AND e.state <> 'booked' AND e.posted <> 0
                       AND NOT (\(isSingle))) p
             GROUP BY p.partner_id, p.currency, p.ready, p.earned
             ORDER BY p.partner_id, p.currency, p.ready, p.earned
            """
        ).map { row in
            (
                OpenPurse.Pile(
                    partner: row.text("partner_id"), currency: row.currency("currency"),
                    ready: row.integer("ready"), earned: byDay ? row.integer("earned") : nil),
                row.integer("posted")
            )
        }
    }

    /// The others, each with its lines.
    static func singles(
        of partners: [String], _ names: inout Names, at look: Look
    ) throws -> [(earning: Earning, lines: [LineBrief])] {
        let rows = try look.rows(
            """
            SELECT e.conversion_id, e.partner_id, e.rule, e.generation, e.at, \(currency), e.hold_until,
                   e.state, e.is_held, e.posted, e.frozen, l.ordinal, l.at AS line_at, l.amount, l.accrued
              FROM earning e
              JOIN line l ON l.program_id = e.program_id AND l.conversion_id = e.conversion_id
                         AND l.partner_id = e.partner_id AND l.rule = e.rule
                         AND l.generation = e.generation
             WHERE e.program_id = \(look.program) AND e.partner_id IN \(list: partners)
               AND e.state <> 'stated' AND e.state <> 'booked' AND (\(isSingle))
             ORDER BY e.opened, e.rule, e.generation, l.ordinal
            """)
        var earnings: [(earning: Earning, lines: [LineBrief])] = []
        for row in rows {
            let key = EarningKey(
                conversion: names.conversion(row.text("conversion_id")),
                partner: names.partner(row.text("partner_id")),
                rule: UInt16(truncatingIfNeeded: row.integer("rule")),
                generation: UInt16(truncatingIfNeeded: row.integer("generation")))
            if earnings.last?.earning.key != key { earnings.append((earning(row, key, &names), [])) }
            earnings[earnings.count - 1].lines.append(
                LineBrief(
                    ordinal: Int32(clamping: row.integer("ordinal")), at: row.instant("line_at"),
                    amount: row.integer("amount"),
                    exact: row.text(ifAny: "accrued").flatMap { Exact(text: $0) }))
        }
        return earnings
    }

    private static func earning(_ row: Row, _ key: EarningKey, _ names: inout Names) -> Earning {
        let nothing = Money.zero(row.currency("currency"))
        var earning = Earning(
            key: key, at: row.instant("at"), base: nothing, pay: .amount(.zero, nothing.currency),
            rounding: .halfEven,
            holdUntil: row.instant("hold_until"))
        earning.state = row.word("state")
        earning.isHeld = row.bool("is_held")
        earning.posted = row.integer("posted")
        earning.frozen = row.text(ifAny: "frozen").flatMap { FrozenText.frozen($0, &names) }
        return earning
    }

    /// An earning's own: that of its base, unless it is an amount in another.
    private static let currency: SQL = "COALESCE(e.pay_currency, e.base_currency) AS currency"

    /// Of an earning `e`.
    private static let isSingle: SQL = """
        EXISTS (SELECT 1 FROM conversion_hold h
                 WHERE h.program_id = e.program_id AND h.conversion_id = e.conversion_id)
        OR EXISTS (SELECT 1 FROM line m
                    WHERE m.program_id = e.program_id AND m.conversion_id = e.conversion_id
                      AND (m.at > e.at OR m.accrued IS NOT NULL))
        """

    static func holds(
        of partners: [String], _ names: inout Names, at look: Look
    ) throws -> [(conversion: Ref<Engine.Conversion>, marks: [HoldMark])] {
        let rows = try look.rows(
            """
            SELECT DISTINCT h.conversion_id, h.at, h.fact, h.is_hold
              FROM earning e
              JOIN conversion_hold h ON h.program_id = e.program_id AND h.conversion_id = e.conversion_id
             WHERE e.program_id = \(look.program) AND e.partner_id IN \(list: partners)
               AND e.state <> 'stated' AND e.state <> 'booked'
             ORDER BY h.conversion_id, h.at, h.fact
            """)
        var holds: [(conversion: Ref<Engine.Conversion>, marks: [HoldMark])] = []
        for row in rows {
            let conversion = names.conversion(row.text("conversion_id"))
            if holds.last?.conversion != conversion { holds.append((conversion, [])) }
            holds[holds.count - 1].marks.append(
                HoldMark(
                    names.mark(row.text("fact")), at: row.instant("at"), isHold: row.bool("is_hold")))
        }
        return holds
    }

    static func clawbacks(
        of partners: [String], _ names: inout Names, at look: Look
    ) throws -> [Ref<Engine.Partner>: [Clawback]] {
        let rows = try look.rows(
            """
            SELECT partner_id, number, at, currency, amount, open FROM clawback
             WHERE program_id = \(look.program) AND partner_id IN \(list: partners) AND open > 0
             ORDER BY partner_id, number
            """)
        var found: [Ref<Engine.Partner>: [Clawback]] = [:]
        for row in rows {
            found[names.partner(row.text("partner_id")), default: []].append(
                Clawback(
                    number: Int32(clamping: row.integer("number")), at: row.instant("at"),
                    currency: row.currency("currency"), amount: row.integer("amount"),
                    open: row.integer("open")))
        }
        return found
    }

    static func quotes(of currencies: [Currency], from day: Day, at look: Look) throws -> [Currency: [Quote]]
    {
        let rows = try look.rows(
            """
            SELECT currency, day, numerator, denominator FROM rate
             WHERE program_id = \(look.program) AND currency IN \(list: currencies) AND day >= \(day)
             ORDER BY currency, day
            """)
        return Dictionary(
            grouping: rows.compactMap { row in
                Fraction(row.integer("numerator"), row.integer("denominator")).map {
                    Quote(currency: row.currency("currency"), day: row.day("day"), rate: $0)
                }
            }, by: \.currency)
    }

    /// The state of the last item that carried a statement and came back, by the statement.
    static func cameBack(_ partners: [String], at look: Look) throws -> [String: PayoutItem.State] {
        guard !partners.isEmpty else { return [:] }
        let rows = try look.rows(
            """
            SELECT i.statements, i.state
              FROM batch_item i JOIN batch b ON b.program_id = i.program_id AND b.id = i.batch_id
             WHERE i.program_id = \(look.program) AND i.partner_id IN \(list: partners)
               AND i.state IN ('rejected', 'returned')
             ORDER BY b.as_of, i.id
            """)
        var found: [String: PayoutItem.State] = [:]
        for row in rows {
            for statement in row.text("statements").split(separator: " ") {
                found[String(statement)] = row.word("state")
            }
        }
        return found
    }
}
