import Partners
import Payouts
import Replay
import Store
import Tracking
import Values
import Work

/// What `audit export` reads, in pages that each take well under the two seconds a read may last.
enum AuditQueries {
    static func head(at look: Look) throws -> Head {
        guard let head = try look.head() else {
            throw Refusal.notFound(kind: "program", id: look.program)
        }
        return head
    }

    /// Whether a fact after `sequence` may have moved what stood there before: the state of lines, statements
    /// or batches.
    static func hasMoved(after sequence: Int64, at look: Look) throws -> Bool {
        try look.first(
            """
            SELECT sequence FROM fact
             WHERE program_id = \(look.program) AND sequence > \(sequence)
               AND kind IN ('settlement', 'hold', 'release', 'batch', 'batch_approval', 'payout_result')
             LIMIT 1
            """) != nil
    }

    /// Where a row stands among the rows of its file.
    struct Place: Hashable, Sendable {
        let sequence: Int64
        let id: String

        static func precedes(_ a: Place, _ b: Place) -> Bool {
            a.sequence != b.sequence ? a.sequence < b.sequence : a.id.precedes(b.id)
        }
    }

    // MARK: Lines and statements, by id

    static func linePlaces(after id: String, upTo sequence: Int64, limit: Int, at look: Look) throws
        -> [Place]
    {
        try look.rows(
            """
            SELECT id, sequence FROM line
             WHERE program_id = \(look.program) AND id > \(id) AND sequence <= \(sequence)
             ORDER BY id LIMIT \(limit)
            """
        ).map { Place(sequence: $0.integer("sequence"), id: $0.text("id")) }
    }

    /// Statements stand in the order of their numbers, which is that of their issue.
    static func statementPlaces(after id: String, upTo sequence: Int64, limit: Int, at look: Look) throws
        -> [Place]
    {
        try look.rows(
            """
            SELECT id, number FROM statement
             WHERE program_id = \(look.program) AND id > \(id) AND sequence <= \(sequence)
             ORDER BY id LIMIT \(limit)
            """
        ).map { Place(sequence: number($0.text("number")), id: $0.text("id")) }
    }

    /// 10 of `STM-2026-000010`.
    private static func number(_ text: String) -> Int64 {
        text.split(separator: "-").last.flatMap { Int64($0) } ?? 0
    }

    struct NumberedStatement: Sendable {
        let id: String
        let number: String
        let body: String
    }

    static func statements(_ ids: [String], at look: Look) throws -> [NumberedStatement] {
        try look.rows(
            "SELECT id, number, body FROM statement WHERE program_id = \(look.program) AND id IN \(list: ids)"
        ).map { NumberedStatement(id: $0.text("id"), number: $0.text("number"), body: $0.text("body")) }
    }

    // MARK: Decisions, by conversion and number

    struct DecisionPlace: Hashable, Sendable {
        let place: Place
        let conversion: String
        let number: Int64
    }

    static func decisionPlaces(
        after last: DecisionPlace?, upTo sequence: Int64, limit: Int, at look: Look
    ) throws -> [DecisionPlace] {
        let (conversion, number) = (last?.conversion ?? "", last?.number ?? -1)
        return try look.rows(
            """
            SELECT conversion_id, number, sequence, id FROM decision
             WHERE program_id = \(look.program) AND (conversion_id, number) > (\(conversion), \(number))
               AND sequence <= \(sequence)
             ORDER BY conversion_id, number LIMIT \(limit)
            """
        ).map {
            DecisionPlace(
                place: Place(sequence: $0.integer("sequence"), id: $0.text("id")),
                conversion: $0.text("conversion_id"), number: $0.integer("number"))
        }
    }

    /// The bodies of all decisions of these conversions, by the decision's id.
    static func decisions(_ conversions: [String], at look: Look) throws -> [String: String] {
        let rows = try look.rows(
            """
            SELECT id, body FROM decision
             WHERE program_id = \(look.program) AND conversion_id IN \(list: conversions)
            """)
        return Dictionary(
            rows.map { ($0.text("id"), $0.text("body")) }, uniquingKeysWith: { first, _ in first })
    }

    // MARK: Clicks, by day

    static func clickDay(after day: Int64, at look: Look) throws -> Int64? {
        try look.first(
            """
            SELECT day FROM click WHERE program_id = \(look.program) AND day > \(day) ORDER BY day LIMIT 1
            """)?.integer("day")
    }

    static func clickCount(on day: Int64, at look: Look) throws -> Int64 {
        try look.first(
            "SELECT COUNT(*) AS n FROM click WHERE program_id = \(look.program) AND day = \(day)"
        )?.integer("n") ?? 0
    }

    /// A click as it is exported.
    struct ClickRow: Sendable {
        let id: String
        let at: Instant
        let json: String

        static func precedes(_ a: ClickRow, _ b: ClickRow) -> Bool {
            a.at != b.at ? a.at < b.at : a.id.precedes(b.id)
        }
    }

    /// The clicks of a day in the given buckets, which are 0 to 65,535; in no order. Each names its partner,
    /// through its link where it has one; a link of several says itself whose it is.
    static func clicks(on day: Int64, buckets: Range<Int64>, at look: Look) throws -> [ClickRow] {
        let rows = try look.rows(
            """
            SELECT id, visitor, link_id, partner_id, at, received_at, flags, country, subs FROM click
             WHERE program_id = \(look.program) AND day = \(day)
               AND bucket >= \(buckets.lowerBound) AND bucket < \(buckets.upperBound)
            """)
        return try owned(rows, at: look)
    }

    private static func owned(
        _ rows: [Row], views: (Row) -> Int64? = { _ in nil }, at look: Look
    ) throws -> [ClickRow] {
        // Not joined: in a cluster clicks lie elsewhere than links.
        let links = Set(rows.compactMap { $0.text(ifAny: "link_id") })
        let owners = try LinkQueries.owners(of: links, at: look)
        return rows.map { row in
            guard let owner = row.text(ifAny: "link_id").flatMap({ owners[$0] }) else {
                return ClickRow(row, partner: row.text(ifAny: "partner_id"), views: views(row))
            }
            return ClickRow(row, partner: owner.shares.isEmpty ? owner.partner : nil, views: views(row))
        }
    }

    /// Impressions by instant and id.
    static func impressions(
        after last: ImpressionRows.Place?, limit: Int, at look: Look
    ) throws -> [ClickRow] {
        try owned(
            ImpressionRows.rows(after: last, limit: limit, at: look), views: { $0.integer("views") }, at: look
        )
    }

    static func batches(at look: Look) throws -> [BatchView] {
        try BatchView.all(at: look).sorted { $0.id.precedes($1.id) }
    }
}

extension AuditQueries.ClickRow {
    /// - Parameter views: of how many impressions; nil for a click.
    fileprivate init(_ row: Row, partner: String?, views: Int64?) {
        let flags = StoredClick.Flags(rawValue: row.integer("flags"))
        var members: [JSON.Member] = [
            .init("fact", .string(views == nil ? "click" : "impression")),
            .init("id", .string(row.text("id"))),
            .init("at", .string(row.instant("at").text)),
            .init("received_at", .string(row.instant("received_at").text)),
        ]
        func add(_ key: String, _ value: JSON?) { if let value { members.append(.init(key, value)) } }
        add("link", row.text(ifAny: "link_id").json)
        add("partner", partner.json)
        add("visitor", row.text(ifAny: "visitor").json)
        let subs = row.text(ifAny: "subs").flatMap { try? JSON(reading: $0.utf8).elements } ?? []
        for (index, sub) in subs.enumerated() { add("sub\(index + 1)", sub.text.json) }
        // A HEAD request looks, it does not visit: the engine takes it for a bot.
        if flags.contains(.bot) || flags.contains(.head) { add("bot", .bool(true)) }
        if flags.contains(.deniedConsent) { add("consent", .bool(false)) }
        add("country", row.text(ifAny: "country").json)
        add("count", views.map(JSON.int))
        self.init(id: row.text("id"), at: row.instant("at"), json: JSON.object(members).compact)
    }
}
