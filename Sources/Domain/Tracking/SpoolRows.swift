import Store
import Values

/// The tables `click` and `click_person` of a spool, which is no program's: it holds what came to a machine.
enum SpoolRows {
    static func count(_ connection: any Connection) throws -> Int {
        Int(try connection.first("SELECT COUNT(*) AS n FROM click")?.integer("n") ?? 0)
    }

    static func page(limit: Int, _ connection: any Connection) throws -> [ClickSpool.Spooled] {
        try connection.rows(
            """
            SELECT c.program_id, c.id, c.day, c.bucket, c.visitor, c.link_id, c.partner_id, c.at,
                   c.received_at, c.flags, c.country, c.subs, p.user_agent, p.referrer
              FROM click c LEFT JOIN click_person p ON p.day = c.day AND p.click_id = c.id
             ORDER BY c.day, c.bucket LIMIT \(limit)
            """
        ).map { row in
            let click = StoredClick(
                id: row.text("id"), at: row.instant("at"), receivedAt: row.instant("received_at"),
                content: ClickRows.content(row), flags: StoredClick.Flags(rawValue: row.integer("flags")),
                userAgent: row.text(ifAny: "user_agent"), referrer: row.text(ifAny: "referrer"), isOurs: true)
            let place = ClickPlace(day: row.integer("day"), bucket: row.integer("bucket"))
            return ClickSpool.Spooled(program: row.text("program_id"), click: click, place: place)
        }
    }

    static func drop(_ clicks: [ClickSpool.Spooled], _ connection: any Connection) throws {
        let ids = clicks.map(\.click.id)
        let days = Set(clicks.map(\.place.day)).sorted()
        let buckets = Set(clicks.map(\.place.bucket)).sorted()
        try connection.run(
            """
            DELETE FROM click
             WHERE day IN \(list: days) AND bucket IN \(list: buckets) AND id IN \(list: ids)
            """)
        try connection.run(
            "DELETE FROM click_person WHERE day IN \(list: days) AND click_id IN \(list: ids)")
    }
}
