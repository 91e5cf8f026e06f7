import Engine
import Facts
import Replay
import Store
import Values
import Work

/// A click as it is stored.
package struct StoredClick: Sendable {
    package let id: String
    package let at: Instant
    package let receivedAt: Instant
    package let content: ClickContent
    package let flags: Flags
    package let userAgent: String?
    package let referrer: String?
    /// Made by the tracking face, not handed in: its id says where it lies.
    package let isOurs: Bool

    package struct Flags: OptionSet, Sendable {
        package let rawValue: Int64
        package init(rawValue: Int64) { self.rawValue = rawValue }

        package static let bot = Flags(rawValue: 1)
        package static let deniedConsent = Flags(rawValue: 2)
        package static let gaveConsent = Flags(rawValue: 4)
        package static let head = Flags(rawValue: 8)
        /// The program had no page to send it to.
        package static let hostNotAllowed = Flags(rawValue: 16)
        /// A sub id was too long or held a control character.
        package static let subDropped = Flags(rawValue: 32)
    }

    package init(
        id: String, at: Instant, receivedAt: Instant, content: ClickContent, flags: Flags, userAgent: String?,
        referrer: String?, isOurs: Bool
    ) {
        self.id = id
        self.at = at
        self.receivedAt = receivedAt
        self.content = content
        self.flags = flags
        self.userAgent = userAgent
        self.referrer = referrer
        self.isOurs = isOurs
    }

    /// A click that was handed in as a fact.
    package init(_ fact: FactRecord, _ content: ClickContent) {
        self.init(
            id: fact.id, at: fact.at, receivedAt: fact.receivedAt, content: content, flags: Flags(content),
            userAgent: fact.person.userAgent, referrer: fact.person.referrer, isOurs: false)
    }
}

extension StoredClick.Flags {
    /// Of a click or an impression that was handed in.
    init(_ content: ClickContent) {
        self = content.isBot ? [.bot] : []
        if let consent = content.consent { insert(consent ? .gaveConsent : .deniedConsent) }
    }
}

/// The tables `click`, `click_person` and, for clicks, `fact_key`.
package enum ClickRows {
    package static func day(of instant: Instant) -> Int64 { floorDivide(instant.milliseconds, 86_400_000) }

    /// 16 bits of a keyed hash, so that a visitor's clicks of a day lie together and an id tells nobody
    /// whose.
    package static func bucket(_ visitor: String?, _ program: String, _ key: HashKey) -> UInt16 {
        guard let visitor else { return 0 }
        let bytes = key.bytes("bucket\u{0}\(program)\u{0}\(visitor)")
        return UInt16(bytes[0]) << 8 | UInt16(bytes[1])
    }

    /// Writes clicks down, each where it lies.
    package static func insert(_ clicks: [Placed], in work: Work) throws {
        try insertAll(clicks, in: work)
        try insertPeople(clicks, in: work)
    }

    package typealias Placed = (click: StoredClick, place: ClickPlace)

    /// Writes down those clicks that are not there yet. Of one that comes by two ways at once, whoever is
    /// later waits for the other.
    package static func insertMissing(_ clicks: [Placed], in work: Work) throws {
        let days = Set(clicks.map(\.place.day)).sorted()
        let buckets = Set(clicks.map(\.place.bucket)).sorted()
        let ids = clicks.map(\.click.id)
        let there = Set(
            try work.rows(
                """
                SELECT id FROM click
                 WHERE day IN \(list: days) AND bucket IN \(list: buckets)
                   AND id IN \(list: ids) AND program_id = \(work.program)
                """
            ).map { $0.text("id") })
        try insertAll(clicks.filter { !there.contains($0.click.id) }, "ON CONFLICT DO NOTHING", in: work)
        let known = Set(
            try work.rows(
                """
                SELECT click_id FROM click_person
                 WHERE day IN \(list: days) AND bucket IN \(list: buckets) AND click_id IN \(list: ids)
                """
            ).map { $0.text("click_id") })
        try insertPeople(clicks.filter { !known.contains($0.click.id) }, in: work)
    }

    private static func insertAll(_ clicks: [Placed], _ tail: StaticString = "", in work: Work) throws {
        try work.insert(
            """
            INSERT INTO click
                (id, day, bucket, program_id, visitor, link_id, partner_id, at, received_at, flags, country,
                 subs)
            VALUES
            """, tail, columns: 12,
            rows: clicks.map { click, place in
                [
                    .text(click.id), .integer(place.day), .integer(place.bucket), .text(work.program),
                    click.content.visitor.sqlValue, click.content.link.sqlValue,
                    click.content.partner.sqlValue, click.at.sqlValue, click.receivedAt.sqlValue,
                    .integer(click.flags.rawValue), click.content.country.sqlValue,
                    subs(click.content.subs).sqlValue,
                ]
            })
    }

    private static func insertPeople(_ clicks: [Placed], in work: Work) throws {
        try work.insert(
            "INSERT INTO click_person (day, bucket, click_id, user_agent, referrer) VALUES", columns: 5,
            rows: clicks.filter { $0.click.userAgent != nil || $0.click.referrer != nil }.map {
                click, place in
                [
                    .integer(place.day), .integer(place.bucket), .text(click.id),
                    click.userAgent.sqlValue, click.referrer.sqlValue,
                ]
            })
    }

    /// A click of ours lies where its id says; one that was handed in, where its visitor is looked for.
    package static func place(of click: StoredClick, _ program: String, _ key: HashKey) -> ClickPlace {
        if click.isOurs, let own = ClickID.place(of: click.id) { return own }
        return ClickPlace(
            day: day(of: click.at), bucket: Int64(bucket(click.content.visitor, program, key)))
    }

    /// The digests of those of `ids` that were handed in before, by id.
    package static func known(_ ids: [String], in work: Work) throws -> [String: String] {
        guard !ids.isEmpty else { return [:] }
        let rows = try work.rows(
            """
            SELECT id, digest FROM fact_key
             WHERE program_id = \(work.program) AND kind = 'click' AND id IN \(list: ids)
            """)
        return Dictionary(uniqueKeysWithValues: rows.map { ($0.text("id"), $0.text("digest")) })
    }

    /// Writes down the ids of clicks that were handed in, what a repeat is compared by, and where each lies.
    package static func note(
        _ clicks: [(id: String, digest: String, place: ClickPlace)], in work: Work
    ) throws {
        try work.insert(
            "INSERT INTO fact_key (program_id, kind, id, digest, day, bucket) VALUES", columns: 6,
            rows: clicks.map { id, digest, place in
                [
                    .text(work.program), .text("click"), .text(id), .text(digest), .integer(place.day),
                    .integer(place.bucket),
                ]
            })
    }

    static func subs(_ subs: [String?]) -> String? {
        guard subs.contains(where: { $0 != nil }) else { return nil }
        return JSON.array(subs.map { $0.json ?? .null }).compact
    }
}

extension ClickRows {
    private static let columns: StaticString = "id, visitor, link_id, partner_id, at, flags, country, subs"

    /// What these visitors clicked on these days, by visitor; one who did not click has an empty list.
    package static func visits(
        of visitors: Set<String>, on days: ClosedRange<Int64>, at look: Look
    ) throws -> [String: [SeenClick]] {
        var visits = Dictionary(uniqueKeysWithValues: visitors.map { ($0, [SeenClick]()) })
        let ordered = visitors.sorted { $0.precedes($1) }
        let buckets = Set(ordered.map { Int64(bucket($0, look.program, look.house.hashKey)) }).sorted()
        let rows = try look.rows(
            """
            SELECT \(raw: columns) FROM click
             WHERE day IN \(list: Array(days)) AND bucket IN \(list: buckets) AND program_id = \(look.program)
               AND visitor IN \(list: ordered)
            """)
        for row in rows { visits[row.text("visitor"), default: []].append(click(row)) }
        return visits
    }

    /// The clicks that may speak at a conversion (`Memory.witnesses` asked of the database).
    /// - Parameters:
    ///   - visits: the visitor's clicks within reach, when they are known already.
    ///   - other: the click that the conversion names, when it is known already.
    package static func evidence(
        visitor: String?, named: String?, at instant: Instant, within reach: Span,
        visits: [SeenClick]?, other: SeenClick?, in work: Work
    ) throws -> [SeenClick] {
        var found: [SeenClick] = []
        if let visitor {
            let earliest = instant.moved(by: -reach)
            let all =
                try visits ?? self.visits(
                    of: [visitor], on: day(of: earliest)...day(of: instant), at: work.look)[visitor] ?? []
            found = all.filter { earliest <= $0.at && $0.at <= instant }.sorted { SeenClick.precedes($1, $0) }
            found = Array(found.prefix(Attribution.touchesMax))
        }
        if let named, !found.contains(where: { $0.id == named }),
            let click = try other ?? find([named], at: work.look)[named]
        {
            found.append(click)
        }
        return found
    }

    /// The clicks of these ids; those unknown are absent.
    package static func find(_ ids: Set<String>, at look: Look) throws -> [String: SeenClick] {
        var places: [String: ClickPlace] = [:]
        for id in ids { places[id] = ClickID.place(of: id) }
        let found = try find(places, at: look)
        // One that was handed in may have an id that looks like one of ours.
        let others = ids.filter { found[$0] == nil }.sorted { $0.precedes($1) }
        guard !others.isEmpty else { return found }
        let noted = try look.rows(
            """
            SELECT id, day, bucket FROM fact_key
             WHERE program_id = \(look.program) AND kind = 'click' AND id IN \(list: others)
            """
        ).map { ($0.text("id"), ClickPlace(day: $0.integer("day"), bucket: $0.integer("bucket"))) }
        return try found.merging(find(Dictionary(uniqueKeysWithValues: noted), at: look)) { own, _ in own }
    }

    private static func find(
        _ places: [String: ClickPlace], at look: Look
    ) throws -> [String: SeenClick] {
        guard !places.isEmpty else { return [:] }
        let wanted = places.sorted { $0.key.precedes($1.key) }.map { id, place -> [SQLValue] in
            [.integer(place.day), .integer(place.bucket), .text(id)]
        }
        let rows = try look.rows(
            """
            WITH place (day, bucket, id) AS (VALUES \(rows: wanted))
            SELECT click.id, visitor, link_id, partner_id, at, flags, country, subs
              FROM place
              JOIN click
                ON click.day = place.day AND click.bucket = place.bucket AND click.id = place.id
             WHERE click.bucket IN \(list: Set(places.values.map(\.bucket)).sorted())
               AND program_id = \(look.program)
            """)
        return Dictionary(rows.map { ($0.text("id"), click($0)) }) { first, _ in first }
    }

    /// A click that is handed in must not take the id of one that the tracking face made.
    package static func refuseTaken(_ id: String, in work: Work) throws {
        guard let own = ClickID.place(of: id), try !find([id: own], at: work.look).isEmpty else { return }
        throw Refusal.conflict(kind: "click", id: id, [])
    }

    /// Every click of a program; for `verify`, which holds it whole.
    package static func all(day: Int64, at look: Look) throws -> [SeenClick] {
        try look.rows(
            "SELECT \(raw: columns) FROM click WHERE day = \(day) AND program_id = \(look.program)"
        ).map(click)
    }

    package static func days(at look: Look) throws -> [Int64] {
        try look.rows("SELECT DISTINCT day FROM click WHERE program_id = \(look.program) ORDER BY day")
            .map { $0.integer("day") }
    }

    private static func click(_ row: Row) -> SeenClick {
        SeenClick(id: row.text("id"), at: row.instant("at"), content: content(row))
    }

    static func content(_ row: Row) -> ClickContent {
        let flags = StoredClick.Flags(rawValue: row.integer("flags"))
        var content = ClickContent()
        content.visitor = row.text(ifAny: "visitor")
        content.link = row.text(ifAny: "link_id")
        content.partner = row.text(ifAny: "partner_id")
        content.country = row.text(ifAny: "country")
        content.isBot = flags.contains(.bot) || flags.contains(.head)
        content.consent = flags.contains(.deniedConsent) ? false : flags.contains(.gaveConsent) ? true : nil
        if let text = row.text(ifAny: "subs"), let list = try? JSON(reading: text.utf8).elements {
            content.subs = list.map(\.text)
        }
        return content
    }
}
