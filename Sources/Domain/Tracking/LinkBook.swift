import Facts
import Store
import Synchronization
import Values
import Work

/// Where every slug leads, in memory, so that a click asks no database for its way. Kept up by `refresh`,
/// whenever links or terms were announced.
package final class LinkBook: Sendable {
    /// The hosts that a program's links may lead to, by the instant from which each version holds.
    package typealias Destinations =
        @Sendable (_ program: String, _ connection: any Connection) throws -> [(
            from: Instant, hosts: [String]
        )]

    private let house: House
    private let destinations: Destinations
    private let pages = Mutex(Pages())

    struct Entry: Sendable {
        let program: String
        let link: String
        let destination: WebAddress?
    }

    /// A way to go: the link, and the hosts that its program allows now.
    struct Way: Sendable {
        let entry: Entry
        let hosts: [String]
    }

    struct Pages: Sendable {
        var entries: [String: Entry] = [:]
        var hosts: [String: [(from: Instant, hosts: [String])]] = [:]
        var seen: [String: ProgramMark] = [:]
    }

    package init(house: House, destinations: @escaping Destinations) {
        self.house = house
        self.destinations = destinations
    }

    func find(_ slug: String, at now: Instant) -> Way? {
        pages.withLock { pages in
            guard let entry = pages.entries[slug] else { return nil }
            let hosts = pages.hosts[entry.program]?.last { $0.from <= now }?.hosts ?? []
            return Way(entry: entry, hosts: hosts)
        }
    }

    /// Takes in what changed since the last time; costs one small query when nothing did.
    package func refresh() async throws {
        let seen = pages.withLock { $0.seen }
        let destinations = destinations
        let news = try await house.store.read { try LinkBookQueries.news(since: seen, destinations, $0) }
        guard !news.seen.isEmpty else { return }
        pages.withLock { pages in
            pages.entries.merge(news.entries) { _, new in new }
            for (program, mark) in news.seen {
                // Of two at once, the one that looked earlier must not make us look back.
                guard mark.sequence > pages.seen[program]?.sequence ?? -1 else { continue }
                pages.seen[program] = mark
                if let hosts = news.hosts[program] { pages.hosts[program] = hosts }
            }
        }
    }
}

/// How far a program's facts were read.
struct ProgramMark: Hashable, Sendable {
    let sequence: Int64
    let terms: Int64
}

enum LinkBookQueries {
    static func news(
        since seen: [String: ProgramMark], _ destinations: LinkBook.Destinations, _ connection: any Connection
    ) throws -> LinkBook.Pages {
        var news = LinkBook.Pages()
        for row in try connection.rows("SELECT program_id, sequence, terms FROM program_head") {
            let program = row.text("program_id")
            let mark = ProgramMark(sequence: row.integer("sequence"), terms: row.integer("terms"))
            guard seen[program] != mark else { continue }
            news.seen[program] = mark
            if seen[program]?.terms != mark.terms {
                news.hosts[program] = try destinations(program, connection)
            }
            for link in try links(program, after: seen[program]?.sequence, connection) {
                news.entries[link.text("slug")] = LinkBook.Entry(
                    program: program, link: link.text("id"),
                    destination: link.text(ifAny: "destination").flatMap { WebAddress($0) })
            }
        }
        return news
    }

    /// The last second's facts are fewer than all links, so they are what is read. `|| ''` keeps the database
    /// from the index by kind, which would read all links.
    private static func links(
        _ program: String, after sequence: Int64?, _ connection: any Connection
    ) throws -> [Row] {
        guard let sequence else {
            return try connection.rows("SELECT id, slug, destination FROM link WHERE program_id = \(program)")
        }
        return try connection.rows(
            """
            SELECT l.id, l.slug, l.destination FROM fact f
              JOIN link l ON l.program_id = f.program_id AND l.id = f.id
             WHERE f.program_id = \(program) AND f.sequence > \(sequence) AND f.kind || '' = 'link'
            """)
    }
}
