import Store
import Values
import Work

/// A click as the program's own systems see it: without what tells of the person.
package struct ClickView: Sendable {
    package let id: String
    package let bucket: Int64
    let at: Instant
    let receivedAt: Instant
    let link: String?
    let partner: String?
    let visitor: String?
    let country: String?
    let subs: [JSON]
    let flags: StoredClick.Flags

    package var json: JSON {
        let head: [(String, JSON?)] = [
            ("id", .string(id)), ("at", .string(at.text)), ("received_at", .string(receivedAt.text)),
            ("link", link.json), ("partner", partner.json), ("visitor", visitor.json),
            ("country", country.json),
        ]
        let subs = subs.enumerated().map { ("sub\($0.offset + 1)", $0.element == .null ? nil : $0.element) }
        let consent: JSON? =
            flags.contains(.deniedConsent) ? .bool(false) : flags.contains(.gaveConsent) ? .bool(true) : nil
        let marks: [(String, JSON?)] = [
            ("consent", consent), ("bot", mark(.bot)), ("head", mark(.head)),
            ("host_not_allowed", mark(.hostNotAllowed)), ("sub_dropped", mark(.subDropped)),
        ]
        return .object(
            (head + subs + marks).compactMap { name, value in value.map { JSON.Member(name, $0) } })
    }

    private func mark(_ flag: StoredClick.Flags) -> JSON? { flags.contains(flag) ? .bool(true) : nil }
}

package enum ClickQueries {
    private static let columns: StaticString = """
        id, bucket, at, received_at, link_id, partner_id, visitor, country, subs, flags
        """

    package static func find(_ id: String, at look: Look) throws -> ClickView? {
        if let own = ClickID.place(of: id), let click = try find(id, at: own, look) { return click }
        let noted = try look.first(
            """
            SELECT day, bucket FROM fact_key
             WHERE program_id = \(look.program) AND kind = 'click' AND id = \(id)
            """)
        guard let noted else { return nil }
        return try find(id, at: ClickPlace(day: noted.integer("day"), bucket: noted.integer("bucket")), look)
    }

    private static func find(_ id: String, at place: ClickPlace, _ look: Look) throws -> ClickView? {
        try look.first(
            """
            SELECT \(raw: columns) FROM click
             WHERE day = \(place.day) AND bucket = \(place.bucket) AND id = \(id)
               AND program_id = \(look.program)
            """
        ).map(view)
    }

    /// A day's clicks (UTC) in the order in which they lie: by bucket, then id. By time would sort millions.
    package static func page(
        of day: Day, after place: (bucket: Int64, id: String)?, limit: Int, at look: Look
    ) throws -> [ClickView] {
        var sql: SQL = """
            SELECT \(raw: columns) FROM click
             WHERE day = \(Int64(day.number)) AND program_id = \(look.program)
            """
        if let place {
            sql += " AND bucket >= \(place.bucket) AND (bucket > \(place.bucket) OR id > \(place.id))"
        }
        return try look.rows(sql + " ORDER BY bucket, id LIMIT \(limit)").map(view)
    }

    private static func view(_ row: Row) throws -> ClickView {
        ClickView(
            id: row.text("id"), bucket: row.integer("bucket"), at: row.instant("at"),
            receivedAt: row.instant("received_at"), link: row.text(ifAny: "link_id"),
            partner: row.text(ifAny: "partner_id"), visitor: row.text(ifAny: "visitor"),
            country: row.text(ifAny: "country"),
            subs: try row.text(ifAny: "subs").flatMap { try JSON(reading: $0.utf8).elements } ?? [],
            flags: StoredClick.Flags(rawValue: row.integer("flags")))
    }
}
