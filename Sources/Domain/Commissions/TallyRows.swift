import Engine
import Facts
import Replay
import Store
import Values
import Work

/// The table `tally`.
package enum TallyRows {
    private static let columns: StaticString =
        "kind, lane, partner_id, identity, start, currency, count, sum, ladders, waiting, closing, exact"

    package static func load(_ key: TallyKey, into book: inout Book, in work: Work) throws {
        let (partner, identity) = whose(key, book.names)
        let rows = try work.rows(
            """
            SELECT count, sum, ladders, waiting, closing, exact FROM tally
             WHERE program_id = \(work.program) AND kind = \(key.kind.rawValue)
               AND lane = \(book.names.text(key.lane)) AND partner_id = \(partner) AND identity = \(identity)
               AND start = \(Int64(key.start)) AND currency = \(key.currency.code)
            """)
        var tally = Tally()
        if let row = rows.first {
            tally.count = row.integer("count")
            tally.sum = row.integer("sum")
            tally.exact = row.text(ifAny: "exact").flatMap { Exact(text: $0) } ?? .zero
            if let text = row.text(ifAny: "ladders") { tally.ladders = ladders(text, &book.names) }
            if let text = row.text(ifAny: "waiting") { tally.waiting = waiting(text, &book.names) }
            tally.closing = row.text(ifAny: "closing").flatMap { closing($0) }
        }
        book.memory.tallies[key] = tally
    }

    /// Many of one kind at once, such as the days of a period that rolls.
    package static func load(_ keys: [TallyKey], into book: inout Book, in work: Work) throws {
        var lanes: [TallyKey: [TallyKey]] = [:]
        for key in keys {
            var lane = TallyKey(key.kind, key.lane, partner: key.partner, start: 0, key.currency)
            lane.identity = key.identity
            lanes[lane, default: []].append(key)
        }
        for (lane, keys) in lanes {
            let (partner, identity) = whose(lane, book.names)
            let starts = keys.map { Int64($0.start) }
            let rows = try work.rows(
                """
                SELECT start, count, sum FROM tally
                 WHERE program_id = \(work.program) AND kind = \(lane.kind.rawValue)
                   AND lane = \(book.names.text(lane.lane)) AND partner_id = \(partner)
                   AND identity = \(identity) AND currency = \(lane.currency.code)
                   AND start >= \(starts.min() ?? 0) AND start <= \(starts.max() ?? 0)
                """)
            var known: [Int64: Tally] = [:]
            for row in rows {
                var tally = Tally()
                (tally.count, tally.sum) = (row.integer("count"), row.integer("sum"))
                known[row.integer("start")] = tally
            }
            for key in keys { book.memory.tallies[key] = known[Int64(key.start)] ?? Tally() }
        }
    }

    package static func keep(_ tallies: [TallyKey: Tally], _ names: Names, in work: Work) throws {
        let rows = tallies.map { values($0.key, $0.value, names, in: work.program) }
        try work.insert(
            """
            INSERT INTO tally
                (program_id, kind, lane, partner_id, identity, start, currency, count, sum, ladders,
                 waiting, closing, exact)
            VALUES
            """,
            """
            ON CONFLICT (program_id, kind, lane, partner_id, identity, start, currency) DO UPDATE
               SET count = excluded.count, sum = excluded.sum, ladders = excluded.ladders,
                   waiting = excluded.waiting, closing = excluded.closing,
                   exact = excluded.exact
            """, columns: 13, rows: rows)
    }

    package static func values(
        _ key: TallyKey, _ tally: Tally, _ names: Names, in program: String
    ) -> [SQLValue] {
        let (partner, identity) = whose(key, names)
        return [
            .text(program), .text(key.kind.rawValue), .text(names.text(key.lane)), .text(partner),
            .text(identity), .integer(Int64(key.start)), .text(key.currency.code), .integer(tally.count),
            .integer(tally.sum), text(tally.ladders, names).sqlValue,
            text(tally.waiting, names).sqlValue, text(tally.closing).sqlValue,
            (tally.exact == .zero ? nil : tally.exact.text).sqlValue,
        ]
    }

    package static let rebuilt = RebuiltTable(
        "tally", from: [.text(""), .text(""), .text(""), .text(""), .integer(.min), .text("")]
    ) { from, limit, look in
        try look.rows(
            """
            SELECT program_id, \(raw: columns) FROM tally
             WHERE program_id = \(look.program)
               AND (kind, lane, partner_id, identity, start, currency)
                   >= (\(from[0]), \(from[1]), \(from[2]), \(from[3]), \(from[4]), \(from[5]))
             ORDER BY kind, lane, partner_id, identity, start, currency LIMIT \(limit)
            """)
    }

    /// Empty where it is nobody's own.
    private static func whose(_ key: TallyKey, _ names: Names) -> (partner: String, identity: String) {
        (key.partner.map { names.text($0) } ?? "", key.identity.map { names.text($0) } ?? "")
    }

    // MARK: Ladders

    private static func text(_ ladders: [Tally.Ladder], _ names: Names) -> String? {
        guard !ladders.isEmpty else { return nil }
        return JSON.array(
            ladders.map { ladder in
                let slices = ladder.slices.map { JSON.array([.int($0.volume), .string($0.rate.text)]) }
                return .record([
                    "rule": .int(Int64(ladder.rule)), "terms": .int(Int64(ladder.terms)),
                    "currency": .string(ladder.currency.code), "posted": .int(ladder.posted),
                    "paid": .int(ladder.paid), "true_up": .int(ladder.trueUp),
                    "targets": .array(ladder.targets.map(JSON.int)),
                    "latest": .string(names.text(ladder.latest)),
                    "true_ups": .texts(ladder.trueUps.map { names.text($0) }),
                    "slices": slices.isEmpty ? nil : .array(slices),
                    "own": ladder.own == .zero ? nil : .string(ladder.own.text),
                ])
            }
        ).canonical
    }

    /// What cannot be read is left out, and `verify` says so.
    private static func ladders(_ text: String, _ names: inout Names) -> [Tally.Ladder] {
        var ladders: [Tally.Ladder] = []
        for json in (try? JSON(reading: text.utf8))?.elements ?? [] {
            guard let rule = json["rule"]?.whole.flatMap({ UInt16(exactly: $0) }),
                let terms = json["terms"]?.whole.flatMap({ Int32(exactly: $0) }),
                let currency = json["currency"]?.text.flatMap({ Currency($0) }),
                let targets = json["targets"]?.elements?.compactMap(\.whole),
                let latest = json["latest"]?.text
            else { continue }
            var ladder = Tally.Ladder(
                rule: rule, terms: terms, currency: currency, steps: 0, latest: names.conversion(latest))
            ladder.targets = targets
            ladder.posted = json["posted"]?.whole ?? 0
            // Rows that were written before there were caps have one number.
            ladder.paid = json["paid"]?.whole ?? ladder.posted
            ladder.trueUp = json["true_up"]?.whole ?? 0
            ladder.trueUps = (json["true_ups"]?.elements ?? []).compactMap(\.text).map {
                names.conversion($0)
            }
            ladder.slices = (json["slices"]?.elements ?? []).compactMap { slice($0) }
            ladder.own = json["own"]?.text.flatMap { Exact(text: $0) } ?? .zero
            ladders.append(ladder)
        }
        return ladders
    }

    private static func slice(_ json: JSON) -> Tally.Slice? {
        guard let parts = json.elements, parts.count == 2, let volume = parts[0].whole,
            let rate = parts[1].text.flatMap({ TieringText.fraction($0) })
        else { return nil }
        return Tally.Slice(volume: volume, rate: rate)
    }

    // MARK: Lines that wait for room

    private static func text(_ waiting: [EarningKey], _ names: Names) -> String? {
        guard !waiting.isEmpty else { return nil }
        return JSON.array(
            waiting.map { key in
                .array([
                    .string(names.text(key.conversion)), .string(names.text(key.partner)),
                    .int(Int64(key.rule)),
                ])
            }
        ).canonical
    }

    private static func waiting(_ text: String, _ names: inout Names) -> [EarningKey] {
        var keys: [EarningKey] = []
        for json in (try? JSON(reading: text.utf8))?.elements ?? [] {
            guard let parts = json.elements, parts.count == 3, let conversion = parts[0].text,
                let partner = parts[1].text, let rule = parts[2].whole.flatMap({ UInt16(exactly: $0) })
            else { continue }
            keys.append(
                EarningKey(
                    conversion: names.conversion(conversion), partner: names.partner(partner), rule: rule))
        }
        return keys
    }

    // MARK: Budgets that closed

    private static func text(_ closing: Tally.Closing?) -> String? {
        closing.map { JSON.array([FrozenText.json($0.asked), .int($0.seen), .int($0.given)]).canonical }
    }

    private static func closing(_ text: String) -> Tally.Closing? {
        guard let parts = (try? JSON(reading: text.utf8))?.elements, parts.count == 3,
            let asked = FrozenText.exact(parts[0]), let seen = parts[1].whole, let given = parts[2].whole
        else { return nil }
        return Tally.Closing(asked: asked, seen: seen, given: given)
    }
}
