import Facts
import Terms
import Testing
import Values

/// The least and the most.
enum CapVectors {
    static let cases = [
        VectorCase("CM-37", bounds), VectorCase("CM-38", customer), VectorCase("CM-39", partnerMonth),
        VectorCase("CM-40", firstCome), VectorCase("CM-41", proRata), VectorCase("CM-42", reopened),
    ]

    static func bounds(_ v: Vector) {
        let rule =
            "{rule: r, on: sale, pay: \(v.percent("rule rate")), "
            + "per-conversion: {min: \(v.text("rule min")), max: \(v.text("rule max"))}}"
        let sales = v.texts("input sales").enumerated().map {
            sale("s\($0)", at: "2026-01-05", $1, v.code)
        }
        let story = v.story(programText(rules: [rule]), needs: [.bounds], adaClicked + sales)
        #expect(story?.lines() == v.linesOf("expected lines"))
    }

    private static func rule(_ pay: String, _ cap: String) -> String {
        programText(rules: ["{rule: r, on: sale, pay: \(pay), caps: [\(cap)]}"])
    }

    static func customer(_ v: Vector) throws {
        let rate = v.fraction("rule rate")
        let already = v.money("input already")
        // The sale that has earned it.
        let before = try already.times(Fraction(rate.denominator, rate.numerator)!, .halfEven)
        let facts =
            adaClicked
            + [(before.amount, "2026-01-04"), (v.text("input sale"), "2026-01-05")].enumerated().map {
                sale("s\($0)", at: $1.1, $1.0, v.code, [("customer", "kim")])
            }
        let plain = v.story(
            programText(rules: ["{rule: r, on: sale, pay: \(rate.percentText)}"]), facts)
        #expect(plain?.lines("s1") == v.lines("expected uncapped"))
        let cap = "{per: customer, amount: \(v.text("rule cap_per_customer"))}"
        guard let story = v.story(rule(rate.percentText, cap), needs: [.caps], facts) else { return }
        #expect(story.total(of: "s0", in: v.currency) == already)
        #expect(story.total(of: "s1", in: v.currency) == v.money("expected paid"))
        #expect(story.lost(of: "s1") == [v.text("expected lost")])
    }

    private static func asked(_ v: Vector, _ amounts: [String]) -> [FactRecord] {
        adaClicked
            + amounts.enumerated().map { sale("s\($0)", at: "2026-01-05T10:0\($0):00Z", $1, v.code) }
    }

    static func partnerMonth(_ v: Vector) {
        let cap = "{per: partner, period: month, amount: \(v.text("rule cap_per_partner_month"))}"
        let facts = asked(v, [v.text("input already"), v.text("input event")])
        guard var story = v.story(rule("100%", cap), needs: [.caps], facts) else { return }
        #expect(story.total(of: "s1", in: v.currency) == v.money("expected paid"))
        #expect(story.lost(of: "s1") == [v.text("expected lost")])
        // Another month has room again, and another partner has room of its own.
        story.tell([
            click("k2", at: "2026-02-01", of: "ada"),
            sale("t", at: "2026-02-02", v.text("input event"), v.code),
            partner("bo"), click("k3", at: "2026-01-01", of: "bo", by: "w"),
            sale("u", at: "2026-01-20", v.text("input event"), v.code, [("visitor", "w")]),
        ])
        for other in ["t", "u"] {
            #expect(story.total(of: other, in: v.currency) == v.money("input event"))
        }
    }

    private static func budget(
        _ v: Vector, _ more: String = "", needs: Set<Provision> = [.caps]
    ) -> Story? {
        let cap = "{per: program, period: month, amount: \(v.text("rule budget_left"))\(more)}"
        return v.story(rule("100%", cap), needs: needs, asked(v, v.texts("input asks")))
    }

    private static func paid(_ story: Story, _ v: Vector) -> [Money] {
        v.texts("input asks").indices.map { story.total(of: "s\($0)", in: v.currency) }
    }

    static func firstCome(_ v: Vector) throws {
        guard let story = budget(v) else { return }
        #expect(paid(story, v) == v.moneys("expected paid"))
        let lost = try zip(v.moneys("input asks"), v.moneys("expected paid")).map { try $0.subtracting($1) }
        for (index, money) in lost.enumerated() {
            #expect(story.lost(of: "s\(index)") == (money.minor == 0 ? [] : [money.amount]))
        }
    }

    static func proRata(_ v: Vector) {
        let story = budget(v, ", when-full: pro-rata", needs: [.caps, .proRataCaps])
        guard var story else { return }
        story.settle("2026-02-01")
        #expect(paid(story, v) == v.moneys("expected paid"))
    }

    /// What the cap took from a sale comes back when an earlier one is refunded, if the file says so.
    static func reopened(_ v: Vector) throws {
        let refunded = v.money("input refund_of_earlier").negated()
        let rest = try v.money("input earned_before").subtracting(refunded)
        for (reopens, key) in [(true, "close_total"), (false, "if_reopen_false")] {
            let cap =
                "{per: partner, period: month, amount: \(v.text("rule cap_per_partner_month")), "
                + "reopen: \(reopens)}"
            let facts = asked(v, [refunded.amount, rest.amount, v.text("input capped_event")])
            let back = refund("r", of: "s0", at: "2026-01-20")
            guard var story = v.story(rule("100%", cap), needs: [.caps], facts + [back]) else { return }
            story.settle("2026-02-01")
            #expect(story.total("ada", in: v.currency) == v.money("expected \(key)"))
        }
    }
}
