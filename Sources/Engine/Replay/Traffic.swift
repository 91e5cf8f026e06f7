import Engine
import Facts
import Values

// What a settlement counts of clicks and impressions is said by its fact: they may come late, and it must
// come to the same whenever it is judged.

extension Book {
    /// What a settlement still has to know, its counts among it: judged, and nothing of it kept.
    package mutating func wanted(by record: FactRecord) throws(Refusal) -> [Wanted] {
        while true {
            do {
                guard let fact = try fact(record) else { return [] }
                var outcome = Outcome()
                try judge(fact, terms, memory, into: &outcome)
                return []
            } catch {
                switch error {
                case .refused(let refusal): throw refusal
                case .unknown(let wanted):
                    let others = resolve(wanted)
                    if !others.isEmpty { return others }
                }
            }
        }
    }

    /// The settlement with what was counted for it, and forgets the counts.
    package mutating func counted(_ fact: FactRecord) throws(Refusal) -> FactRecord {
        guard case .settlement(let partner, let from, _) = fact.content else { return fact }
        let rows = memory.traffic.filter { $0.value > 0 }.map { query, count in
            VisitsContent(
                terms: query.terms, rule: Int64(query.rule), from: query.from, until: query.until,
                count: count)
        }
        memory.traffic = [:]
        if rows.isEmpty { return fact }
        let sorted = rows.sorted {
            ($0.until, $0.terms, $0.rule, $0.from) < ($1.until, $1.terms, $1.rule, $1.from)
        }
        return try FactRecord.act(
            .settlement, id: fact.id, at: fact.at, receivedAt: fact.receivedAt,
            [
                "partner": .string(partner), "from": from.map { .string($0.text) },
                "visits": .array(sorted.map(\.json)),
            ])
    }

    /// What the fact says of a query; nothing where it does not.
    mutating func say(_ query: TrafficQuery, by fact: FactRecord) {
        // What other terms ask for nobody has said.
        guard asksTerms else { return count(query) }
        var said: Int64 = 0
        if case .settlement(_, _, let visits) = fact.content {
            let row = visits.first {
                $0.terms == query.terms && $0.rule == Int64(query.rule) && $0.from == query.from
                    && $0.until == query.until
            }
            said = row?.count ?? 0
        }
        if checksVisits, said > 0 {
            count(query)
            if said > memory.traffic[query] ?? 0 { overcounted.append(query) }
        }
        memory.traffic[query] = said
    }

    /// Counts in a memory that has every click.
    package mutating func count(_ query: TrafficQuery) {
        traffic.read(memory)
        memory.traffic[query] = traffic.count(query, memory)
    }
}

/// Impressions as they were stored or handed in.
package struct SeenImpressions: Sendable {
    package let at: Instant
    package let content: ClickContent
    package let count: Int64

    package init(at: Instant, content: ClickContent, count: Int64) {
        self.at = at
        self.content = content
        self.count = count
    }
}

extension Book {
    /// Shows a memory that has them all some impressions.
    package mutating func show(_ seen: SeenImpressions) {
        if seen.content.isBot || seen.content.consent == false { return }
        traffic.add(
            Views(
                at: seen.at, count: seen.count, link: seen.content.link.map { names.link($0) },
                partner: seen.content.partner.map { names.partner($0) }, lanes: seen.content.lanes(&names)))
    }

    /// Takes another's clicks and impressions, of the same names.
    package mutating func share(trafficOf other: Book) {
        memory.touches = other.memory.touches
        traffic = other.traffic
    }
}

/// Impressions that may be paid for.
struct Views: Sendable {
    let at: Instant
    let count: Int64
    let link: Ref<Link>?
    let partner: Ref<Partner>?
    /// Sub ids, and the country after them.
    let lanes: SIMD16<Int32>?

    private static let countryLane = 10

    /// As of a click, whoever owns the link.
    func owner(_ memory: Memory) -> Ref<Partner>? { link.flatMap { memory.links[$0] } ?? partner }

    func isIncluded(in query: TrafficQuery) -> Bool {
        func word(_ lane: Int) -> Symbol? {
            guard let lanes, lanes[lane] >= 0 else { return nil }
            return Symbol(lanes[lane])
        }
        return query.from <= at && at < query.until
            && query.includes(country: word(Self.countryLane), word)
    }
}

/// The clicks and impressions of each partner, found once. Those whose link is not there yet wait for it.
struct TrafficIndex: Sendable {
    private var clicks: [Ref<Partner>: [Int32]] = [:]
    private var views: [Ref<Partner>: [Views]] = [:]
    private var count = 0
    private var waitingClicks: [Int32] = []
    private var waitingViews: [Views] = []

    mutating func add(_ seen: Views) { waitingViews.append(seen) }

    mutating func read(_ memory: Memory) {
        for number in count..<max(count, memory.touches.count) {
            let click = Ref<Click>(Int32(number))
            if memory.touches.contains(click), memory.isPayable(click) { waitingClicks.append(click.number) }
        }
        count = max(count, memory.touches.count)
        waitingClicks.removeAll { number in
            guard let partner = memory.partner(of: Ref(number)) else { return false }
            clicks[partner, default: []].append(number)
            return true
        }
        waitingViews.removeAll { seen in
            guard let partner = seen.owner(memory) else { return false }
            views[partner, default: []].append(seen)
            return true
        }
    }

    func count(_ query: TrafficQuery, _ memory: Memory) -> Int64 {
        switch query.kind {
        case .click:
            return Int64((clicks[query.partner] ?? []).count { isIncluded(Ref($0), in: query, memory) })
        case .impression:
            return (views[query.partner] ?? []).reduce(0) {
                $1.isIncluded(in: query) ? $0 + $1.count : $0
            }
        }
    }

    private func isIncluded(_ click: Ref<Click>, in query: TrafficQuery, _ memory: Memory) -> Bool {
        let at = memory.touches.at(click)
        return query.from <= at && at < query.until && memory.isIncluded(click, in: query)
    }
}
