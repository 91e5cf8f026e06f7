import Facts
import Values

/// What happened in a few months of 2026: some customers of two partners buy, and send back.
package struct RandomDeals: Sendable {
    /// Lines of a facts file.
    package var evidence: [String] = []
    package var conversions: [String] = []
    package var refunds: [String] = []
    /// Claims on marketing funds: some are for more than there is, or for nothing.
    package private(set) var claims: [String] = []
    /// The amounts of the conversions, in minor units.
    package private(set) var amounts: [Int64] = []

    package init(count: Int = 8, refunds: Int = 4, _ chance: inout Seeded) {
        // Ada stands below Cy, and Bo below Ada.
        let people =
            [("cy", nil, nil), ("ada", "v", "cy"), ("bo", "w", "ada")] as [(String, String?, String?)]
        for (partner, visitor, parent) in people {
            let account = JSON.record(["kind": .string("manual"), "holder": .string(partner)])
            let above: [(String, JSON)] = parent.map { [("parent", .string($0))] } ?? []
            evidence.append(
                Self.line(
                    "partner", partner, "2025-12-01",
                    above + [("type", .string("affiliate")), ("payout_method", account)]))
            guard let visitor else { continue }
            evidence.append(
                Self.line(
                    "click", "k-\(partner)", "2026-01-01T00:00:00Z",
                    [("partner", .string(partner)), ("visitor", .string(visitor))]))
        }
        evidence.append(
            Self.line(
                "registration", "reg", "2026-01-01",
                [
                    ("partner", "ada"), ("account", "acme inc"), ("completed_at", "2026-01-01"),
                    ("approved_at", "2026-01-20"), ("expires_at", "2026-03-20"),
                ].map { ($0.0, .string($0.1)) }))
        evidence.append(
            Self.line(
                "assist", "ast", "2026-01-01",
                [("partner", "cy"), ("account", "acme inc"), ("confirmed_at", "2026-01-10")]
                    .map { ($0.0, .string($0.1)) }))
        addShared(&chance)
        for number in 0..<count { addConversion("c\(number)", &chance) }
        for number in 0..<refunds where count > 0 {
            let of = chance.number(0...count - 1)
            let amount: Int64? =
                chance.once(in: 3) || amounts[of] < 2 ? nil : chance.cents(1...amounts[of])
            self.refunds.append(Self.refund("b\(number)", of: "c\(of)", Self.time(&chance), amount))
        }
        // Beside the others, which stay as they were.
        var aside = chance
        for number in 0..<4 {
            claims.append(
                Self.line(
                    "mdf_claim", "m\(number)", Self.time(&aside),
                    [
                        ("partner", .string(aside.pick(["ada", "bo", "cy"]))),
                        ("amount", .string(hundredths(aside.cents(1...200_00)))),
                        ("currency", .string("USD")),
                    ]))
        }
    }

    /// Clicks of both partners by one visitor, and a code of both.
    private mutating func addShared(_ chance: inout Seeded) {
        for number in 0..<chance.number(0...3) {
            evidence.append(
                Self.line(
                    "click", "x\(number)", Self.time(&chance),
                    [
                        ("partner", .string(chance.pick(["ada", "bo"]))),
                        ("visitor", .string(chance.pick(["v", "w"]))),
                    ]))
        }
        let shares = [("ada", "1/3"), ("bo", "2/3")].map { partner, share in
            JSON.record(["partner": .string(partner), "share": .string(share)])
        }
        evidence.append(
            Self.line("coupon", "duo", "2026-01-01", [("code", .string("DUO")), ("shares", .array(shares))]))
    }

    package static func line(
        _ kind: String, _ id: String, _ at: String, _ members: [(String, JSON)]
    ) -> String {
        let head: [(String, JSON)] = [("fact", .string(kind)), ("id", .string(id)), ("at", .string(at))]
        return JSON.object((head + members).map { JSON.Member($0.0, $0.1) }).compact
    }

    package static func refund(_ id: String, of: String, _ at: String, _ cents: Int64?) -> String {
        let amount: [(String, JSON)] = cents.map { [("amount", .string(hundredths($0)))] } ?? []
        return line("refund", id, at, [("of", .string(of))] + amount)
    }

    /// One of few moments, so that many things happen at the same.
    package static func time(_ chance: inout Seeded) -> String {
        let day = Day(text: "2026-01-01")!.adding(days: chance.number(0...100))
        return "\(day.text)T\(chance.pick(["00:00:00", "10:00:00", "13:30:00", "23:59:59"]))Z"
    }

    private mutating func addConversion(_ id: String, _ chance: inout Seeded) {
        let cents = chance.cents(chance.pick([1...99, 100...500_00, 100...500_00, 1...20_000_00]))
        amounts.append(cents)
        var members: [(String, JSON)] = [
            (
                "event",
                .string(chance.pick(["sale", "sale", "renewal", "trade", "deposit", "wager", "activity"]))
            ),
            ("amount", .string(hundredths(cents))), ("currency", .string("USD")),
            ("visitor", .string(chance.pick(["v", "v", "w"]))),
        ]
        func maybe(_ key: String, _ value: @autoclosure () -> JSON, _ chance: inout Seeded) {
            if chance.once(in: 2) { members.append((key, value())) }
        }
        for (part, share) in [("tax", 6), ("shipping", 10), ("discount", 8), ("fees", 30)] as [(_, Int64)] {
            maybe(part, .string(hundredths(cents / share)), &chance)
        }
        maybe("customer", .string("kim"), &chance)
        maybe("account", .string("Acme Inc "), &chance)
        if chance.once(in: 4) { members.append(("seller", .string(chance.pick(["ada", "bo", "cy"])))) }
        if chance.once(in: 6) { members.append(("coupon", .string("DUO"))) }
        if chance.once(in: 2) {
            let (ggr, bonuses) = (chance.cents(-300_00...300_00), chance.cents(0...50_00))
            let parts: JSON = .record([
                "ggr": .string(hundredths(ggr)), "bonuses": .string(hundredths(bonuses)),
            ])
            members.append(("components", parts))
        }
        if chance.once(in: 4) { members.append(("product", .string(chance.pick(["pro", "team"])))) }
        if chance.once(in: 2) { members.append(("country", .string(chance.pick(["DE", "AT", "FR"])))) }
        if chance.once(in: 4) {
            members.append(("metadata", .record(["channel": .string(chance.pick(["web", "app"]))])))
        }
        if chance.once(in: 2) {
            members.append(("quantity", .string(hundredths(chance.cents(0...10_00)))))
            members.append(("unit", .string("lot")))
        }
        if chance.once(in: 3) {
            let parts = Money(cents, .usd).split(over: (0..<chance.number(1...3)).map { Int64($0) + 1 })
            let items = parts.map { part in
                JSON.record([
                    "sku": .string(chance.pick(["A", "B", "C"])),
                    "category": .string(chance.pick(["toys", "books", "food"])),
                    "amount": .string(part.amount),
                ])
            }
            members.append(("items", .array(items)))
        }
        conversions.append(Self.line("conversion", id, Self.time(&chance), members))
    }
}

extension [String] {
    /// Lines of a facts file, read.
    package func facts(_ key: HashKey = HashKey([1])) -> [FactRecord] {
        map { line in
            do {
                return try FactReader(.outside(key)).line(line.utf8)
            } catch {
                fatalError("\(line) is no fact: \(error)")
            }
        }
    }
}
