import Facts
import Terms
import Testing
import Values

/// What a period below zero leaves to the next.
enum CarryVectors {
    static let cases = [
        VectorCase("CM-50", carried), VectorCase("CM-51", forgotten), VectorCase("CM-52", fenced),
        VectorCase("CM-53", quarantined),
    ]

    /// Net revenue of one month, 1 being January: of a customer, under a product.
    private static func activity(
        _ v: Vector, _ id: String, _ month: Int, _ amount: String, customer: String = "kim",
        product: String = "casino"
    ) -> FactRecord {
        sale(
            id, at: "2026-0\(month)-05", "0.00", v.code,
            [
                ("event", "activity"), ("customer", .string(customer)), ("product", .string(product)),
                ("components", ["ngr": .string(amount)]),
            ])
    }

    private static func file(_ v: Vector, _ carryOver: String) -> String {
        programText(
            currency: v.code,
            rules: [
                "{rule: r, on: activity, base: {from: ngr}, pay: \(v.percent("rule rate")), "
                    + "carry-over: {\(carryOver)}}"
            ])
    }

    /// What each month's activities come to, when each month is closed before the next.
    private static func months(_ story: inout Story, _ v: Vector, _ months: [[FactRecord]]) throws -> [Money]
    {
        var before = Money.zero(v.currency)
        return try months.enumerated().map { index, facts in
            story.tell(facts)
            story.settle("2026-0\(index + 2)-01")
            let now = story.total("ada", in: v.currency)
            defer { before = now }
            return try now.subtracting(before)
        }
    }

    private static func twoMonths(_ v: Vector, _ what: String) throws -> (Story, [Money])? {
        guard var story = v.story(file(v, "what: \(what)"), needs: [.netRevenue], adaClicked) else {
            return nil
        }
        let activities = v.texts("input ngr").enumerated().map { activity(v, "s\($0)", $0 + 1, $1) }
        let paid = try months(&story, v, activities.map { [$0] })
        return (story, paid)
    }

    static func carried(_ v: Vector) throws {
        guard let (closed, paid) = try twoMonths(v, "base") else { return }
        var story = closed
        #expect(paid == v.moneys("expected commission"))
        // What goes out of the first month is what the second earned nothing on; after that nothing is left.
        let carried = v.moneys("expected carry_out")
        let base = try v.money(amount: v.texts("input ngr")[1]).adding(carried[0])
        #expect(try base.times(v.fraction("rule rate"), .halfEven) == paid[1])
        let before = story.total("ada", in: v.currency)
        story.tell([activity(v, "next", 3, "100.00")])
        story.settle("2026-04-01")
        let next = try Money(100_00, v.currency).adding(carried[1]).times(v.fraction("rule rate"), .halfEven)
        #expect(try story.total("ada", in: v.currency).subtracting(before) == next)
    }

    static func forgotten(_ v: Vector) throws {
        guard let (_, paid) = try twoMonths(v, "none") else { return }
        #expect(paid == v.moneys("expected commission"))
    }

    static func fenced(_ v: Vector) throws {
        let carry = v.money("expected casino_carry")
        for (pool, key) in [("all", "pooled"), ("product", "ring_fenced")] {
            let file = file(v, "what: base, pool: \(pool)")
            guard var story = v.story(file, needs: [.netRevenue], adaClicked) else { return }
            let paid = try months(
                &story, v,
                [
                    ["casino", "sports"].map { activity(v, $0, 1, v.text("input \($0)"), product: $0) },
                    // Only the casino's own revenue makes good what it left.
                    [activity(v, "more", 2, carry.negated().amount, product: "casino")],
                ])
            let alone = try carry.negated().times(v.fraction("rule rate"), .halfEven)
            #expect(paid == [v.money("expected \(key)"), pool == "all" ? alone : .zero(v.currency)])
        }
    }

    static func quarantined(_ v: Vector) throws {
        let limit = v.text("rule high_roller_limit")
        let file = file(v, "what: base, pool: all, high-roller: \(limit)")
        guard var story = v.story(file, needs: [.netRevenue], adaClicked) else { return }
        let players = ["p1", "others"]
        let left = v.money("expected quarantined p1")
        let rate = v.fraction("rule rate")
        let paid = try months(
            &story, v,
            [
                players.map { activity(v, $0, 1, v.text("input players \($0)"), customer: $0) },
                [
                    activity(v, "won", 2, left.negated().amount, customer: "p1"),
                    activity(v, "more", 2, "100.00", customer: "others"),
                ],
                [activity(v, "good", 3, "100.00", customer: "p1")],
            ])
        let ofHundred = try Money(100_00, v.currency).times(rate, .halfEven)
        #expect(paid == [v.money("expected commission"), ofHundred, ofHundred])
    }
}
