import Engine
import Facts
import Terms
import Values

/// The whole fold over facts in memory: no database, no clock.
package struct Simulation {
    package private(set) var book: Book
    /// Facts that wait for another, by what they wait for.
    package private(set) var parked: [FactName: [FactRecord]] = [:]
    package private(set) var refused: [(fact: FactRecord, refusal: Refusal)] = []
    private var known: Set<FactName> = []
    private var seen: [FactName: String] = [:]
    private var sequence: Int64 = 0
    /// Periods that closed by then are settled: what comes later goes to the next.
    package private(set) var settledUntil: Instant?
    private let keep: (Records) -> Void

    /// - Parameters:
    ///   - isExplained: whether decisions are made with all their claims.
    ///   - keep: is handed what follows from each fact, in order.
    package init(_ file: ProgramFile, isExplained: Bool = true, keep: @escaping (Records) -> Void) {
        book = Book(program: file.slug, isWhole: true, isExplained: isExplained)
        book.memory.walksVisitors = true
        book.publish(file, version: 1, effectiveAt: nil)
        self.keep = keep
    }

    /// Takes all facts, in the order of facts (`FactRecord.precedes`).
    package mutating func run(_ facts: [FactRecord]) {
        let ordered = facts.sorted(by: FactRecord.precedes)
        for fact in ordered {
            switch fact.content {
            case .click(let content) where isFirst(fact):
                book.show(SeenClick(id: fact.id, at: fact.at, content: content))
            case .impression(let content, let count) where isFirst(fact):
                book.show(SeenImpressions(at: fact.at, content: content, count: count))
            default: break
            }
        }
        book.memory.touches.findCrowds()
        for fact in ordered where !fact.isTraffic && isFirst(fact) { take(fact) }
    }

    /// Settles every partner as of `instant`, by partner id.
    package mutating func settle(asOf instant: Instant) {
        let partners = known.filter { $0.kind == .partner }.map(\.id).sorted { $0.precedes($1) }
        for partner in partners {
            guard
                let fact = try? FactRecord.act(
                    .settlement, id: "\(partner)@\(instant.text)", at: instant, receivedAt: instant,
                    ["partner": .string(partner), "from": settledUntil.map { .string($0.text) }])
            else { continue }
            take(counted(fact))
        }
        settledUntil = max(settledUntil ?? instant, instant)
    }

    /// A settlement with what it counts.
    private mutating func counted(_ fact: FactRecord) -> FactRecord {
        guard book.terms.paysTraffic else { return fact }
        while let wanted = try? book.wanted(by: fact), !wanted.isEmpty {
            for case .traffic(let query) in wanted { book.count(query) }
        }
        return (try? book.counted(fact)) ?? fact
    }

    /// Whether this id is new. The same again has no effect; other content is refused.
    private mutating func isFirst(_ fact: FactRecord) -> Bool {
        let name = FactName(fact.kind, fact.id)
        let content = "\(fact.at.milliseconds) \(fact.body)"
        guard let before = seen[name] else {
            seen[name] = content
            return true
        }
        if before != content { refused.append((fact, .conflict(kind: fact.kind.rawValue, id: fact.id, []))) }
        return false
    }

    private mutating func take(_ fact: FactRecord) {
        if let missing = fact.standsOn.first(where: { !known.contains($0) }) {
            parked[missing, default: []].append(fact)
            return
        }
        do {
            keep(try judge(fact))
        } catch {
            refused.append((fact, error))
            return
        }
        let name = FactName(fact.kind, fact.id)
        known.insert(name)
        for waiting in (parked.removeValue(forKey: name) ?? []).sorted(by: FactRecord.precedes) {
            take(waiting)
        }
    }

    /// A whole memory lacks only what is not there.
    private mutating func judge(_ fact: FactRecord) throws(Refusal) -> Records {
        switch try book.attempt(fact, sequence: sequence + 1) {
        case .done(let records):
            sequence += 1
            return records
        case .wants: throw .notFound(kind: "fact", id: "that \(fact.name) stands on")
        }
    }
}

extension Book {
    /// The sale that `fact` tells of, when it is the one that is judged now.
    package mutating func sale(of fact: FactRecord, is conversion: Ref<Conversion>) -> Sale? {
        guard case .conversion(let content) = fact.content, names.conversion(fact.id) == conversion else {
            return nil
        }
        return content.sale(fact.id, at: fact.at, &names, &memory.details)
    }
}
