import Facts
import Replay
import Terms
import Testing
import Values

/// What a share is of, and in which order an amount comes about.
enum BaseVectors {
    static let cases = [
        VectorCase("CM-06", net), VectorCase("CM-07", netOfFees), VectorCase("CM-08", netRevenue),
        VectorCase("CM-43", order), VectorCase("CM-44", boosts),
    ]

    /// The order that CM-06 and CM-07 tell of: prices with tax in them, parts without.
    private struct Order {
        let paid: Money
        let parts: Fields

        init(_ v: Vector) throws {
            let rate = v.fraction("input tax_rate")
            let taxShare = rate.dividedBy(rate.adding(.one)!)
            func net(_ path: String) throws -> Money {
                try v.money(path).times(taxShare.complement!, .halfEven)
            }
            let items = v.money("input items_incl_tax")
            paid = try items.subtracting(v.money("input discount_incl_tax"))
                .adding(v.money("input shipping_incl_tax"))
            parts = [
                ("tax", .string(try paid.times(taxShare, .halfEven).amount)),
                ("shipping", .string(try net("input shipping_incl_tax").amount)),
                ("discount", .string(try net("input discount_incl_tax").amount)),
            ]
        }
    }

    private static func check(_ v: Vector, without: String, fees: Fields = []) throws {
        let order = try Order(v)
        let rule = "{rule: r, on: sale, base: {without: [\(without)]}, pay: \(v.percent("rule rate"))}"
        let sold = sale("s", at: "2026-01-05", order.paid.amount, v.code, order.parts + fees)
        guard let story = v.story(programText(currency: v.code, rules: [rule]), adaClicked + [sold]) else {
            return
        }
        #expect(story.lines() == v.lines("expected total"))
        #expect(story.records.flatMap(\.lines).first?.json["base"]?.text == v.text("expected base"))
    }

    static func net(_ v: Vector) throws {
        #expect(try Order(v).paid == v.money("expected paid"))
        try check(v, without: "tax, shipping, discount")
    }

    /// The fee is money of its own and rounded first.
    static func netOfFees(_ v: Vector) throws {
        let fee = try Order(v).paid.times(v.fraction("input fee_rate"), .halfEven)
            .adding(v.money("input fee_fixed"))
        #expect(fee == v.money("expected fee"))
        try check(v, without: "tax, shipping, discount, fees", fees: [("fees", .string(fee.amount))])
    }

    static func netRevenue(_ v: Vector) {
        let rule =
            "{rule: r, on: activity, base: {from: ggr, less: [{component: bonuses}, "
            + "{percent: \(v.percent("rule admin_rate_of_ggr")), of: ggr, name: admin}, "
            + "{percent: \(v.percent("rule gaming_tax_of_ggr")), of: ggr, name: tax}, "
            + "{component: payment_fees}]}, pay: \(v.percent("rule rate"))}"
        let parts = v.value("input")
        let activity = sale(
            "s", at: "2026-01-05", "0.00", v.code, [("event", "activity"), ("components", parts)])
        let file = programText(currency: v.code, rules: [rule])
        guard let story = v.story(file, needs: [.netRevenue], adaClicked + [activity]) else { return }
        #expect(story.total("ada", in: v.currency) == v.money("expected total"))
        let body = story.records.flatMap(\.lines).first?.body ?? ""
        for shown in ["admin", "tax", "ngr"] {
            let money = v.money("expected \(shown)").description
            #expect(body.contains("\"\(money)\""), "the line shows no \(shown)")
        }
    }

    /// Each step of the order is seen by leaving out what comes after it.
    static func order(_ v: Vector) {
        let share = "{rule: r, on: sale, pay: \(v.percent("rule rate"))"
        let boosted = share + ", boosts: [{times: \(v.text("rule multiplier"))}]"
        let bounded = boosted + ", per-conversion: {max: \(v.text("rule max"))}"
        let sold = sale("s", at: "2026-01-05", v.text("input base"), v.code, [("coupon", "SAVE")])
        let facts = [partner("ada"), coupon("c", "SAVE", of: "ada"), sold]
        #expect(v.story(programText(rules: [share + "}"]), facts)?.lines() == v.lines("expected after_rate"))
        let times = v.story(programText(rules: [boosted + "}"]), needs: [.boosts], facts)
        #expect(times?.lines() == v.lines("expected after_multiplier"))
        let file = programText(rules: [bounded + "}"])
        let max = v.story(file, needs: [.boosts, .bounds], facts)
        #expect(max?.lines() == v.lines("expected after_max"))
        #expect(max?.lines() != v.lines("expected if_max_before_multiplier"))
        let weights = v.value("rule split").elements!.map { $0.whole! }
        #expect(v.money("expected after_max").split(over: weights) == v.moneys("expected parts"))
        guard let shared = v.sharedCoupon("SAVE", weights) else { return }
        let story = v.story(file, needs: [.boosts, .bounds], shared + [sold])
        #expect(story?.lines() == v.linesOf("expected parts"))
    }

    static func boosts(_ v: Vector) {
        let rates = v.texts("rule bonuses").map { Fraction(decimal: $0)! }
        let rate = v.fraction("rule rate")
        let sold = sale("s", at: "2026-01-05", v.text("input base"), v.code)
        func earned(_ boosts: [String]) -> [String]? {
            let rule =
                "{rule: r, on: sale, pay: \(rate.percentText), boosts: [\(boosts.joined(separator: ", "))]}"
            return v.story(programText(rules: [rule]), needs: [.boosts], adaClicked + [sold])?.lines()
        }
        #expect(earned(rates.map { "{points: \($0.percentText)}" }) == v.lines("expected added_points"))
        let factors = rates.map { $0.dividedBy(rate).adding(.one)!.decimalText! }
        #expect(factors == ["1.2", "1.3"])
        #expect(
            earned(factors.map { "{times: \($0)}" })
                == v.lines("expected multipliers_\(factors.joined(separator: "_"))"))
    }
}

extension Fraction {
    func dividedBy(_ other: Fraction) -> Fraction { times(Fraction(other.denominator, other.numerator)!)! }
}
