import Engine
import Facts
import Replay
import Store
import Values
import Work

/// What is counted of clicks that are paid for.
package enum TrafficQueries {
    /// - Parameter links: those of the partner.
    package static func count(
        _ query: TrafficQuery, links: [String], into book: inout Book, in work: Work
    ) throws -> Int64 {
        guard query.kind == .click else { return 0 }
        let partner = book.names.text(query.partner)
        var sum = try count(query, "partner_id = \(partner) AND link_id IS NULL", &book, in: work)
        for start in stride(from: 0, to: links.count, by: 256) {
            let page = Array(links[start..<min(start + 256, links.count)])
            sum += try count(query, "link_id IN \(list: page)", &book, in: work)
        }
        return sum
    }

    /// Those of one origin: by what the query asks for, so that few rows come of many clicks.
    private static func count(
        _ query: TrafficQuery, _ origin: SQL, _ book: inout Book, in work: Work
    ) throws -> Int64 {
        let days = (ClickRows.day(of: query.from), ClickRows.day(of: query.until))
        let flags: StoredClick.Flags = [.bot, .deniedConsent, .head]
        let groups: SQL = query.asksForSubs ? "country, subs" : "country"
        let rows = try work.rows(
            """
            SELECT \(groups), COUNT(*) AS clicks FROM click
             WHERE program_id = \(work.program) AND day >= \(days.0) AND day <= \(days.1)
               AND at >= \(query.from) AND at < \(query.until) AND (flags & \(flags.rawValue)) = 0
               AND \(origin)
             GROUP BY \(groups)
            """)
        var sum: Int64 = 0
        for row in rows {
            let country = row.text(ifAny: "country").map { book.names.word($0) }
            let subs = query.asksForSubs ? row.text(ifAny: "subs") : nil
            let words = try subs.flatMap { try JSON(reading: $0.utf8).elements }?.map(\.text) ?? []
            let symbols = words.map { word in word.map { book.names.word($0) } }
            let isIncluded = query.includes(country: country) { $0 < symbols.count ? symbols[$0] : nil }
            if isIncluded { sum += row.integer("clicks") }
        }
        return sum
    }
}
