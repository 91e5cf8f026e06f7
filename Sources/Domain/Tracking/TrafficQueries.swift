import Engine
import Facts
import Replay
import Store
import Values
import Work

/// What is counted of clicks and impressions that are paid for.
package enum TrafficQueries {
    /// - Parameter links: those of the partner.
    package static func count(
        _ query: TrafficQuery, links: [String], into book: inout Book, in work: Work
    ) throws -> Int64 {
        var sum: Int64 = 0
        for start in stride(from: 0, to: max(1, links.count), by: 256) {
            let page = links[start..<min(start + 256, links.count)]
            // Those of no link are counted once; no partner and no link has an empty id.
            let owner = start == 0 ? book.names.text(query.partner) : ""
            sum += try count(query, of: owner, [""] + page, &book, in: work)
        }
        return sum
    }

    /// By what the query asks for, so that few rows come of many clicks.
    private static func count(
        _ query: TrafficQuery, of owner: String, _ links: [String], _ book: inout Book, in work: Work
    ) throws -> Int64 {
        let rows =
            switch query.kind {
            case .click: try clicks(query, of: owner, links, in: work)
            case .impression: try impressions(query, of: owner, links, in: work)
            }
        var sum: Int64 = 0
        for row in rows {
            let country = row.text(ifAny: "country").map { book.names.word($0) }
            let words =
                try row.text(ifAny: "words").flatMap { try JSON(reading: $0.utf8).elements }?.map(\.text)
                ?? []
            let symbols = words.map { word in word.map { book.names.word($0) } }
            let isIncluded = query.includes(country: country) { $0 < symbols.count ? symbols[$0] : nil }
            if isIncluded { sum += row.integer("visits") }
        }
        return sum
    }

    private static let flagged: StoredClick.Flags = [.bot, .deniedConsent, .head]

    private static func clicks(
        _ query: TrafficQuery, of owner: String, _ links: [String], in work: Work
    ) throws -> [Row] {
        let days = (ClickRows.day(of: query.from), ClickRows.day(of: query.until))
        return try work.rows(
            """
            SELECT country, (CASE WHEN \(query.asksForSubs) THEN subs END) AS words, COUNT(*) AS visits
              FROM click
             WHERE program_id = \(work.program) AND day >= \(days.0) AND day <= \(days.1)
               AND at >= \(query.from) AND at < \(query.until) AND (flags & \(flagged.rawValue)) = 0
               AND (link_id IN \(list: links) OR link_id IS NULL AND partner_id = \(owner))
             GROUP BY country, words
            """)
    }

    private static func impressions(
        _ query: TrafficQuery, of owner: String, _ links: [String], in work: Work
    ) throws -> [Row] {
        try work.rows(
            """
            SELECT country, (CASE WHEN \(query.asksForSubs) THEN subs END) AS words,
                   CAST(SUM(views) AS BIGINT) AS visits
              FROM impression
             WHERE program_id = \(work.program)
               AND at >= \(query.from) AND at < \(query.until) AND (flags & \(flagged.rawValue)) = 0
               AND (link_id IN \(list: links) OR link_id IS NULL AND partner_id = \(owner))
             GROUP BY country, words
            """)
    }
}
