import Store
import Values

/// The tables `click` and `click_person` of a spool, which is no program's: it holds what came to a machine.
enum SpoolRows {
    static func count(_ connection: any Connection) throws -> Int {
        Int(try connection.first("SELECT COUNT(*) AS n FROM click")?.integer("n") ?? 0)
    }

    static func page(limit: Int, _ connection: any Connection) throws -> [ClickSpool.Spooled] {
        let rows = try connection.rows(
            """
            SELECT program_id, id, day, bucket, visitor, link_id, partner_id, at, received_at, flags, country,
                   subs
              FROM click ORDER BY day, bucket LIMIT \(limit)
            """)
        let (days, ids) = (Set(rows.map { $0.integer("day") }).sorted(), rows.map { $0.text("id") })
        let people = try connection.rows(
            """
            SELECT click_id, user_agent, referrer FROM click_person
             WHERE day IN \(list: days) AND click_id IN \(list: ids)
            """)
        let byClick = Dictionary(
            people.map { ($0.text("click_id"), $0) }, uniquingKeysWith: { first, _ in first })
        return rows.map { row in
            let person = byClick[row.text("id")]
            let click = StoredClick(
                id: row.text("id"), at: row.instant("at"), receivedAt: row.instant("received_at"),
                content: ClickRows.content(row), flags: StoredClick.Flags(rawValue: row.integer("flags")),
                userAgent: person?.text(ifAny: "user_agent"), referrer: person?.text(ifAny: "referrer"),
                isOurs: true)
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
