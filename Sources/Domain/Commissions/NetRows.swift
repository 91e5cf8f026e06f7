import Engine
import Facts
import Replay
import Store
import Values
import Work

/// The table `net_revenue`.
package enum NetRows {
    package static func load(_ key: NetKey, into book: inout Book, in work: Work) throws {
        let (product, identity) = whose(key, book.names)
        let rows = try work.rows(
            """
            SELECT periods FROM net_revenue
             WHERE program_id = \(work.program) AND lane = \(book.names.text(key.lane))
               AND partner_id = \(book.names.text(key.partner)) AND pool = \(key.pool.rawValue)
               AND product = \(product) AND identity = \(identity) AND currency = \(key.currency.code)
            """)
        var tally = NetTally()
        if let row = rows.first { tally = self.tally(row.text("periods"), &book.names) }
        book.memory.nets[key] = tally
    }

    package static func keep(_ tallies: [NetKey: NetTally], _ names: Names, in work: Work) throws {
        try work.insert(
            """
            INSERT INTO net_revenue
                (program_id, lane, partner_id, pool, product, identity, currency, periods)
            VALUES
            """,
            """
            ON CONFLICT (program_id, lane, partner_id, pool, product, identity, currency) DO UPDATE
               SET periods = excluded.periods
            """, columns: 8, rows: tallies.map { values($0.key, $0.value, names, in: work.program) })
    }

    package static func values(
        _ key: NetKey, _ tally: NetTally, _ names: Names, in program: String
    ) -> [SQLValue] {
        let (product, identity) = whose(key, names)
        return [
            .text(program), .text(names.text(key.lane)), .text(names.text(key.partner)),
            .text(key.pool.rawValue), .text(product), .text(identity), .text(key.currency.code),
            .text(json(tally, names).canonical),
        ]
    }

    package static let rebuilt = RebuiltTable(
        "net_revenue", from: [.text(""), .text(""), .text(""), .text(""), .text(""), .text("")]
    ) { from, limit, look in
        try look.rows(
            """
            SELECT program_id, lane, partner_id, pool, product, identity, currency, periods FROM net_revenue
             WHERE program_id = \(look.program)
               AND (lane, partner_id, pool, product, identity, currency)
                   >= (\(from[0]), \(from[1]), \(from[2]), \(from[3]), \(from[4]), \(from[5]))
             ORDER BY lane, partner_id, pool, product, identity, currency LIMIT \(limit)
            """)
    }

    /// Empty where it is of all.
    private static func whose(_ key: NetKey, _ names: Names) -> (product: String, identity: String) {
        (key.product.map { names.text($0) } ?? "", key.identity.map { names.text($0) } ?? "")
    }
}

// MARK: Periods

extension NetRows {
    private static func json(_ tally: NetTally, _ names: Names) -> JSON {
        let periods = JSON.array(tally.periods.map { json($0, names) })
        if tally.pools.isEmpty { return periods }
        let pools = tally.pools.map { pool in
            JSON.array([
                .string(pool.product.map { names.text($0) } ?? ""),
                .string(pool.identity.map { names.text($0) } ?? ""), .string(pool.currency.code),
            ])
        }
        return .record(["periods": periods, "pools": .array(pools)])
    }

    private static func tally(_ text: String, _ names: inout Names) -> NetTally {
        var tally = NetTally()
        let json = try? JSON(reading: text.utf8)
        tally.periods = periods(json?["periods"] ?? json, &names)
        for words in (json?["pools"]?.elements ?? []).compactMap(\.elements) {
            let texts = words.compactMap(\.text)
            guard texts.count == 3, let currency = Currency(texts[2]) else { continue }
            tally.pools.append(
                NetPool(
                    product: texts[0].isEmpty ? nil : names.word(texts[0]),
                    identity: texts[1].isEmpty ? nil : names.identity(texts[1]), currency))
        }
        return tally
    }

    private static func json(_ period: NetPeriod, _ names: Names) -> JSON {
        .record([
            "start": .int(Int64(period.start)), "posted": .int(period.posted),
            "asked": period.asked == period.posted ? nil : .int(period.asked),
            "counted": period.counted.isEmpty ? nil : .array(period.counted.map { FrozenText.json($0) }),
            "reached": period.reached == 0 ? nil : .int(period.reached),
            "latest": json(period.latest, names), "top": period.top.map { json($0, names) },
            "parts": .array(period.parts.map(json)),
        ])
    }

    private static func json(_ steps: NetSteps) -> JSON {
        .record([
            "by": .string(steps.measure.rawValue), "sliced": .bool(steps.isSliced),
            "steps": .array(steps.steps.map { .array([.int($0.start), .string($0.rate.text)]) }),
        ])
    }

    private static func steps(_ json: JSON) -> NetSteps? {
        guard let measure = json["by"]?.text.flatMap({ NetSteps.Measure(rawValue: $0) }),
            let isSliced = json["sliced"]?.flag, let rows = json["steps"]?.elements
        else { return nil }
        let steps = rows.compactMap(\.elements).compactMap { row -> NetSteps.Step? in
            guard row.count == 2, let start = row[0].whole,
                let rate = row[1].text.flatMap(TieringText.fraction)
            else { return nil }
            return NetSteps.Step(start: start, rate: rate)
        }
        return NetSteps(measure: measure, isSliced: isSliced, steps: steps)
    }

    /// Nil where there are none.
    static func json(_ boosts: NetBoosts) -> JSON? {
        boosts == .none ? nil : .texts([boosts.points.text, boosts.times.text])
    }

    static func boosts(_ json: JSON?) -> NetBoosts {
        let parts = (json?.elements ?? []).compactMap(\.text).compactMap(TieringText.fraction)
        return parts.count == 2 ? NetBoosts(points: parts[0], times: parts[1]) : .none
    }

    private static func json(_ part: NetPart) -> JSON {
        .record([
            "steps": part.policy.steps.map { json($0) }, "boosts": json(part.boosts),
            "terms": .int(Int64(part.policy.terms)), "what": .string(part.policy.what.rawValue),
            "rounding": .string(part.policy.rounding.rawValue),
            "lapses": part.policy.lapses.map { .int(Int64($0)) }, "limit": part.policy.limit.map(JSON.int),
            "rate": .string(part.rate.text), "sum": .int(part.sum), "compared": .int(part.compared),
            "count": .int(part.count),
        ])
    }

    static func json(_ link: NetLink, _ names: Names) -> JSON {
        .array([
            .string(names.text(link.conversion)), .int(Int64(link.rule)), .int(Int64(link.generation)),
        ])
    }

    /// What cannot be read is left out, and `verify` says so.
    private static func periods(_ json: JSON?, _ names: inout Names) -> [NetPeriod] {
        var periods: [NetPeriod] = []
        for json in json?.elements ?? [] {
            guard let start = json["start"]?.whole.flatMap({ Int32(exactly: $0) }),
                let latest = json["latest"].flatMap({ link($0, &names) })
            else { continue }
            var period = NetPeriod(start: start, latest: latest)
            period.posted = json["posted"]?.whole ?? 0
            period.asked = json["asked"]?.whole ?? period.posted
            period.counted = (json["counted"]?.elements ?? []).compactMap { FrozenText.exact($0) }
            period.reached = json["reached"]?.whole ?? 0
            period.top = json["top"].flatMap { link($0, &names) }
            period.parts = (json["parts"]?.elements ?? []).compactMap(part)
            periods.append(period)
        }
        return periods
    }

    private static func part(_ json: JSON) -> NetPart? {
        guard let terms = json["terms"]?.whole.flatMap({ Int32(exactly: $0) }),
            let what = json["what"]?.text.flatMap({ NetRevenue.CarryOver.What(rawValue: $0) }),
            let rounding = json["rounding"]?.text.flatMap({ Rounding(rawValue: $0) }),
            let rate = json["rate"]?.text.flatMap(TieringText.fraction), let sum = json["sum"]?.whole,
            let compared = json["compared"]?.whole, let count = json["count"]?.whole
        else { return nil }
        let policy = NetPolicy(
            terms: terms, what: what, rounding: rounding,
            lapses: json["lapses"]?.whole.flatMap { Int32(exactly: $0) }, limit: json["limit"]?.whole,
            steps: json["steps"].flatMap { steps($0) })
        return NetPart(
            policy: policy, rate: rate, boosts: boosts(json["boosts"]), sum: sum, compared: compared,
            count: count)
    }

    static func link(_ json: JSON, _ names: inout Names) -> NetLink? {
        guard let words = json.elements, words.count == 3, let conversion = words[0].text,
            let rule = words[1].whole.flatMap({ UInt16(exactly: $0) }),
            let generation = words[2].whole.flatMap({ UInt16(exactly: $0) })
        else { return nil }
        return NetLink(conversion: names.conversion(conversion), rule: rule, generation: generation)
    }
}
