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

/// The clicks of each partner, found once.
struct TrafficIndex: Sendable {
    private var clicks: [Ref<Partner>: [Int32]] = [:]
    private var count = 0

    mutating func read(_ memory: Memory) {
        for number in count..<max(count, memory.touches.count) {
            let click = Ref<Click>(Int32(number))
            guard memory.touches.contains(click), memory.isPayable(click),
                let partner = memory.partner(of: click)
            else { continue }
            clicks[partner, default: []].append(click.number)
        }
        count = max(count, memory.touches.count)
    }

    func count(_ query: TrafficQuery, _ memory: Memory) -> Int64 {
        guard query.kind == .click else { return 0 }
        var sum: Int64 = 0
        for number in clicks[query.partner] ?? [] {
            let click = Ref<Click>(number)
            let at = memory.touches.at(click)
            if query.from <= at, at < query.until, memory.isIncluded(click, in: query) { sum += 1 }
        }
        return sum
    }
}
