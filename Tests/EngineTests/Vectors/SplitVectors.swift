import Facts
import Terms
import Testing
import Values

/// What several share: whole units, to the last.
enum SplitVectors {
    static let cases = [
        VectorCase("CM-27", linear), VectorCase("CM-28", weighted), VectorCase("CM-29", linear),
        VectorCase("CM-30", linear), VectorCase("CM-31", position), VectorCase("CM-32", refund),
        VectorCase("CM-76", mirror),
    ]

    /// A sale of the total, which is all paid, to whom `count` partners brought, one after the other.
    private static func story(
        _ v: Vector, _ model: String, needs: Provision, _ count: Int, _ total: Money
    ) -> Story? {
        let touches = (0..<count).flatMap { index in
            [
                partner("p\(index)"),
                click("k\(index)", at: day("2026-01-01").adding(days: index).text, of: "p\(index)"),
            ]
        }
        return v.story(
            programText(
                currency: v.code, attribution: "click: {model: \(model)}",
                rules: ["{rule: r, on: sale, pay: 100%}"]), needs: [needs],
            touches + [sale("s", at: "2026-01-20", total.amount, v.code)])
    }

    private static func shares(_ story: Story, _ v: Vector, _ count: Int) -> [Money] {
        (0..<count).map { story.total("p\($0)", in: v.currency) }
    }

    static func linear(_ v: Vector) {
        let weights = v.value("rule split").elements!.map { $0.whole! }
        #expect(v.money("input total").split(over: weights) == v.moneys("expected parts"))
        let story = story(v, "linear", needs: .linear, weights.count, v.money("input total"))
        guard let story else { return }
        #expect(story.lines() == v.linesOf("expected parts"))
        #expect(shares(story, v, weights.count) == v.moneys("expected parts"))
    }

    static func weighted(_ v: Vector) {
        let weights = v.value("rule split").elements!.map { $0.whole! }
        #expect(v.money("input total").split(over: weights) == v.moneys("expected parts"))
        guard let story = shared(v, weights, v.money("input total")) else { return }
        #expect(shares(story, v, weights.count) == v.moneys("expected parts"))
    }

    /// The parts in the middle are a third each of what is between the first and the last.
    static func position(_ v: Vector) {
        let weights = v.texts("rule split").map { text in
            let parts = text.split(separator: "/").map { Int64($0)! }
            return 3 * parts[0] / (parts.count == 2 ? parts[1] : 1)
        }
        #expect(v.money("input total").split(over: weights) == v.moneys("expected parts"))
        let model = "position \(weights[0] / 3)/\(weights[1...3].reduce(0, +) / 3)/\(weights[4] / 3)"
        let story = story(v, model, needs: .position, weights.count, v.money("input total"))
        guard let story else { return }
        #expect(shares(story, v, weights.count) == v.moneys("expected parts"))
    }

    static func refund(_ v: Vector) throws {
        let weights = v.value("rule split").elements!.map { $0.whole! }
        let (whole, left) = (v.money("input original"), v.money("input remaining"))
        #expect(whole.split(over: weights) == v.moneys("expected original_parts"))
        #expect(left.split(over: weights) == v.moneys("expected target_parts"))
        let deltas = try zip(left.split(over: weights), whole.split(over: weights)).map {
            try $0.subtracting($1)
        }
        #expect(deltas == v.moneys("expected delta_parts"))
        guard var story = story(v, "linear", needs: .linear, weights.count, whole) else { return }
        #expect(shares(story, v, weights.count) == v.moneys("expected original_parts"))
        let back = try whole.subtracting(left)
        story.tell([EngineTests.refund("r", of: "s", at: "2026-01-21", back.amount)])
        #expect(shares(story, v, weights.count) == v.moneys("expected target_parts"))
        #expect(story.posted(by: "refund:r") == v.texts("expected delta_parts").map { "reversal \($0)" })
    }

    /// The other side of CM-28: what is taken back whole mirrors what was given.
    static func mirror(_ v: Vector) {
        let weights = v.value("rule split").elements!.map { $0.whole! }
        let total = v.money("input total")
        #expect(total.split(over: weights) == v.moneys("expected parts"))
        guard var story = shared(v, weights, total.negated()) else { return }
        story.tell([EngineTests.refund("r", of: "s", at: "2026-01-21")])
        #expect(story.posted(by: "refund:r") == v.texts("expected parts").map { "reversal \($0)" })
        #expect(shares(story, v, weights.count).allSatisfy { $0.minor == 0 })
    }

    private static func shared(_ v: Vector, _ weights: [Int64], _ total: Money) -> Story? {
        guard let known = v.sharedCoupon("SAVE", weights) else { return nil }
        let sold = sale("s", at: "2026-01-20", total.amount, v.code, [("coupon", "SAVE")])
        return v.story(
            programText(currency: v.code, rules: ["{rule: r, on: sale, pay: 100%}"]), known + [sold])
    }
}

extension Vector {
    /// A code of several partners, p0 and so on, and they themselves; nil while no code can have several.
    func sharedCoupon(_ code: String, _ weights: [Int64]) -> [FactRecord]? {
        let shares = weights.enumerated().map { index, weight in
            JSON.record([
                "partner": .string("p\(index)"),
                "share": .string(Fraction(weight, weights.reduce(0, +))!.text),
            ])
        }
        let coupon = newFact(
            "coupon", "c", at: "2026-01-01", [("code", .string(code)), ("shares", .array(shares))],
            new: "/partner is required")
        return coupon.map { weights.indices.map { partner("p\($0)") } + [$0] }
    }
}

/// What the partners above the seller have.
enum LevelVectors {
    static let cases = [
        VectorCase("CM-33", ofSale), VectorCase("CM-34", ofCommission), VectorCase("CM-35", ofSale),
        VectorCase("CM-36", ofSale),
    ]

    private static func check(_ v: Vector, pay: String, _ levels: [String], _ more: String) {
        let override = "override: {levels: [\(levels.joined(separator: ", "))], \(more)}"
        let people = (0...levels.count).map { level in
            partner(
                "p\(level)", at: "2020-01-0\(9 - level)",
                level < levels.count ? [("parent", .string("p\(level + 1)"))] : [])
        }
        let story = v.story(
            programText(rules: ["{rule: r, on: sale, pay: \(pay)}", override]), needs: [.overrides],
            people + [
                click("k", at: "2026-01-01", of: "p0"),
                sale("s", at: "2026-01-05", v.text("input sale"), v.code),
            ])
        guard let story else { return }
        let parts = people.indices.map { story.total("p\($0)", in: v.currency) }
        #expect(parts == v.moneys("expected parts"))
        #expect(story.lines().first == parts[0].description, "the seller's line stands first")
    }

    static func ofSale(_ v: Vector) {
        let rates = v.percents("rule levels")
        var more = "of: sale"
        if v.id != "CM-33" {
            let cut = v.text("rule cut").replacing("_", with: "-")
            more += ", ceiling: \(v.percent("rule ceiling")), cut: \(cut)"
        }
        check(v, pay: rates[0], Array(rates.dropFirst()), more)
    }

    static func ofCommission(_ v: Vector) {
        check(v, pay: v.percent("rule l1"), v.percents("rule overrides"), "of: commission")
    }
}
