import Engine
import Facts
import Programs
import Replay
import Tracking
import Values
import Work

/// What recording a batch of facts needs of clicks, laid in few statements: where the batch's own clicks lie,
/// and what the visitors of its conversions clicked. It needs no head, so it can be laid beside the writer.
package struct Groundwork: Sendable {
    /// What is written of a click that is handed in.
    struct Footing: Sendable {
        let place: ClickPlace
        /// What a repeat is compared by.
        let digest: String

        init(of fact: FactRecord, _ content: ClickContent, at look: Look) {
            place = ClickRows.place(of: StoredClick(fact, content), look.program, look.house.hashKey)
            digest = Recorder.digest(fact)
        }
    }

    /// By the fact itself, not by its id: two may claim one id. They live as long as the ground does.
    private var footings: [ObjectIdentifier: Footing] = [:]
    private var facts: [FactRecord] = []
    private var visits: [String: [SeenClick]] = [:]
    /// The clicks that conversions name, but for those that nobody knows yet. They never change.
    private(set) var named: [String: SeenClick] = [:]
    /// The days whose clicks are in `visits`.
    private var days: ClosedRange<Int64>?
    private var terms: Int64 = -1
    private var clicks: Int64 = -1

    /// Beyond as many days one question is no longer cheap, and each conversion asks for itself.
    private static let daysMax = 150

    init() {}

    /// Lays the ground for a batch that is to be recorded soon.
    package static func lay(_ facts: [FactRecord], _ shelf: TermsShelf, at look: Look) throws -> Groundwork? {
        guard let head = try look.head() else { return nil }
        var ground = Groundwork(facts, at: look)
        try ground.ask(head, shelf.book(look.program, versions: head.terms, look.rows), at: look)
        return ground
    }

    init(_ facts: [FactRecord], at look: Look) {
        self.facts = facts
        for fact in facts {
            guard case .click(let content) = fact.content else { continue }
            footings[ObjectIdentifier(fact)] = Footing(of: fact, content, at: look)
        }
    }

    func footing(of fact: FactRecord) -> Footing? { footings[ObjectIdentifier(fact)] }

    /// Whether no terms and no clicks came since it asked, but for those of the tracking face, which are
    /// durable before their visitor can buy.
    func holds(under head: Head) -> Bool { terms == head.terms && clicks == head.clicks }

    /// Asks for the clicks that the batch's conversions name, and for those of their visitors.
    mutating func ask(_ head: Head, _ book: Book, at look: Look) throws {
        try askVisits(head, book, at: look)
        let seen = Set(visits.values.joined().map(\.id))
        let ids = facts.compactMap { fact -> String? in
            guard case .conversion(let sale) = fact.content, let id = sale.click else { return nil }
            return named[id] == nil && !seen.contains(id) ? id : nil
        }
        named.merge(try ClickRows.find(Set(ids), at: look)) { known, _ in known }
    }

    private mutating func askVisits(_ head: Head, _ book: Book, at look: Look) throws {
        (terms, clicks, visits, days) = (head.terms, head.clicks, [:], nil)
        guard let reach = book.terms.reach else { return }
        var visitors: Set<String> = []
        var span: ClosedRange<Instant>?
        for fact in facts {
            guard case .conversion(let sale) = fact.content, let visitor = sale.visitor else { continue }
            visitors.insert(visitor)
            let (first, last) = (fact.at.moved(by: -reach), fact.at)
            span = span.map { min($0.lowerBound, first)...max($0.upperBound, last) } ?? first...last
        }
        guard let span else { return }
        let days = ClickRows.day(of: span.lowerBound)...ClickRows.day(of: span.upperBound)
        guard days.count <= Self.daysMax else { return }
        self.days = days
        visits = try ClickRows.visits(of: visitors, on: days, at: look)
    }

    /// There are clicks now that it does not know.
    mutating func forgetVisits() { visits = [:] }

    /// All clicks that it found.
    var known: some Sequence<SeenClick> {
        [Array(named.values), Array(visits.values.joined())].joined()
    }

    /// The visitor's clicks in an order of no meaning; nil when it was not asked for them.
    func clicks(of visitor: String, from earliest: Instant, to latest: Instant) -> [SeenClick]? {
        guard let days, days.contains(ClickRows.day(of: earliest)), days.contains(ClickRows.day(of: latest)),
            let all = visits[visitor]
        else { return nil }
        return all.filter { earliest <= $0.at && $0.at <= latest }
    }
}
