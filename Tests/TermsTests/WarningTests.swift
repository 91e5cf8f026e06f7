import Terms
import Testing

@Suite("A warning about a program file")
struct WarningTests {
    /// Rules of one plan; the first stands in line 7.
    private func plan(_ rules: String..., above: String = "") -> [String] {
        let head = small.components(through: "standard:\n")
        return toldOfAll(head + rules.map { "    - \($0)\n" }.joined() + above)
    }

    @Test("is told of a rule that another takes everything from")
    func taken() {
        #expect(
            plan(
                "{rule: near, on: [sale, renewal], when: {country: [DE, AT, CH]}, pay: 5%}",
                "{rule: home, on: sale, when: {country: DE, customer: new}, pay: 9%}")
                == [
                    """
                    8:7: plans.standard[1] can never match: `near` above takes all that it would; put this \
                    first, or add `also: true`
                    """
                ])
        #expect(
            plan(
                "{rule: big, on: sale, when: {amount: \">= 50.00\", until: 2026-12-31}, pay: 5%}",
                "{rule: bigger, on: sale, when: {amount: \"> 50.00\", until: 2026-06-30}, pay: 9%}"
            ).count == 1)
    }

    @Test("is not told of what is ordered from the narrow to the wide, or lets both pay")
    func ordered() {
        #expect(
            plan(
                "{rule: home, on: sale, when: {country: DE, customer: new}, pay: 9%}",
                "{rule: near, on: sale, when: {country: [DE, AT, CH]}, pay: 5%}",
                "{rule: beside, on: sale, when: {customer: new}, pay: 1%, also: true}",
                "{rule: all, on: sale, pay: 4%}") == [])
        #expect(
            plan(
                "{rule: small, on: sale, when: {amount: \"< 50.00\"}, pay: 9%}",
                "{rule: large, on: sale, when: {amount: \">= 50.00\"}, pay: 5%}",
                "{rule: yen, on: sale, when: {amount: \">= 50 JPY\"}, pay: 4%}") == [])
        #expect(
            plan(
                "{rule: toys, on: sale, when: {category: toys}, pay: 9%}",
                "{rule: home, on: sale, when: {country: DE}, pay: 5%}") == [])
    }

    @Test("is told of two rules that part of the sales match both of")
    func overlap() {
        #expect(
            plan(
                "{rule: near, on: sale, when: {country: [DE, AT]}, pay: 5%}",
                "{rule: south, on: sale, when: {country: [AT, IT]}, pay: 9%}")
                == [
                    """
                    8:7: plans.standard[1] overlaps `near` above: what matches both is paid by that \
                    one; if this is not meant, let them exclude each other
                    """
                ])
        // Whoever pays, it is the same.
        #expect(
            plan(
                "{rule: near, on: sale, when: {country: [DE, AT]}, pay: 5%}",
                "{rule: south, on: sale, when: {country: [AT, IT]}, pay: 5%}") == [])
    }

    @Test(
        "is told of what can never be so",
        arguments: [
            (
                "when: {amount: [\"> 50\", \"< 40\"]}",
                "7:7: plans.standard[0] can never match: its amounts exclude each other"
            ),
            (
                "when: {amount: [\"> 50\", \"< 40 EUR\"]}",
                "7:7: plans.standard[0] can never match: its amounts exclude each other"
            ),
            (
                "when: {from: 2026-02-01, until: 2026-01-31}",
                "7:7: plans.standard[0] can never match: its `from` is not before its `until`"
            ),
            (
                "boosts: [{points: 2%, from: 2026-02-01, until: 2026-01-01}]",
                """
                10:16: plans.standard[0].boosts[0] never applies: its conditions exclude each other, or \
                the rule's
                """
            ),
            (
                "caps: [{per: partner, amount: 4.00}]\n      per-conversion: {min: 5.00}",
                """
                10:14: plans.standard[0].caps[0] is below the `min` of each conversion, 5.00 USD: it is \
                never paid in full
                """
            ),
            (
                "tiers: {by: revenue, shape: retroactive, steps: [[0, 20%], [100, 20%]]}",
                """
                10:66: plans.standard[0].tiers.steps[1] changes nothing: it pays what the step before \
                it pays
                """
            ),
            (
                "tiers: {by: revenu, shape: retroactive, steps: [[10, 25%]]}",
                """
                10:19: plans.standard[0].tiers.by counts events of the name `revenu` (did you mean \
                `revenue`?)
                """
            ),
            (
                "boosts: [{times: 6}]",
                "7:7: plans.standard[0] can pay up to 120% of its base"
            ),
        ])
    func never(_ line: String, _ sentence: String) {
        #expect(toldOfAll(ruled(line)) == [sentence])
    }

    @Test(
        "is told of an amount that a limit always cuts",
        arguments: [
            (
                "per-conversion: {max: 10.00}",
                """
                10:23: plans.standard[0].per-conversion has a max of 10.00 USD below what the rule pays, \
                50.00 USD: it is always cut
                """
            ),
            (
                "caps: [{per: customer, amount: 49.99}]",
                """
                10:14: plans.standard[0].caps[0] is below what the rule pays, 50.00 USD: it is never \
                paid in full
                """
            ),
        ])
    func cut(_ line: String, _ sentence: String) {
        #expect(toldOfAll(ruled(line).replacing("pay: 20%", with: "pay: 50.00")) == [sentence])
        #expect(toldOfAll(ruled(line).replacing("pay: 20%", with: "pay: 50.00 EUR")) == [])
    }

    @Test("is told of steps that begin when the cap is full")
    func steps() {
        let caps = "caps: [{per: partner, period: month, amount: 3000.00}]"
        func told(_ shape: String, _ caps: String) -> [String] {
            toldOfAll(
                ruled("tiers: {by: revenue, shape: \(shape), steps: [[10000, 22%], [15000, 25%]]}", caps))
        }
        let sentence = """
            is never reached by what is paid: the cap of 3000.00 USD per partner is full before it
            """
        // 2,000.00 at 10,000.00, and 3,100.00 or at least 3,000.00 at 15,000.00.
        for shape in ["progressive", "retroactive", "prospective"] {
            #expect(told(shape, caps) == ["10:70: plans.standard[0].tiers.steps[1] \(sentence)"])
            #expect(told(shape, caps.replacing("3000.00", with: "3100.01")) == [])
            #expect(told(shape, caps.replacing("month", with: "day")) == [])
        }
        let counted = ruled(
            "tiers: {by: count, shape: progressive, steps: [[1, 10.00], [11, 20.00], [21, 30.00]]}",
            "caps: [{per: partner, amount: 100.00}]"
        ).replacing("pay: 20%", with: "pay: 10.00")
        #expect(toldOfAll(counted).count == 2)
    }

    @Test("is told of shares beyond the guard")
    func shares() {
        let limit = "attribution: {guard: {max-share: 30%}}\n"
        #expect(
            toldOfAll(ruled("boosts: [{points: 2%}, {times: 1.5}]") + limit)
                == [
                    """
                    7:7: plans.standard[0] can pay up to 33%, more than the guard's 30%: it will be cut
                    """
                ])
        let apart = "boosts: [{points: 9%, until: 2026-01-31}, {points: 9%, from: 2026-02-01}]"
        #expect(toldOfAll(ruled(apart) + limit) == [])
        #expect(
            toldOfAll(beside("{rule: more, on: sale, pay: 7%, also: true}") + "    - assist: 4%\n" + limit)
                == [
                    """
                    7:7: plans.standard[0] can pay up to 31% with what stands beside it, more than the \
                    guard's 30%: it will be cut
                    """
                ])
        #expect(
            toldOfAll(beside("margin: {base: 20%, registered: 15%, combine: compound}") + limit)
                == [
                    """
                    10:15: plans.standard[1].margin can come to 32%, more than the guard's 30%: a \
                    margin is not cut, the overrun is flagged
                    """
                ])
    }

    @Test("is told of levels that are always cut, and of a ceiling that the seller fills")
    func levels() {
        #expect(
            toldOfAll(beside("override: {levels: [20%, 15%], ceiling: 30%}")) == [
                """
                10:17: plans.standard[1].override has levels of 35% together, more than its ceiling of \
                30%: they are always cut
                """
            ])
        #expect(
            toldOfAll(beside("override: {levels: [5%], ceiling: 20%}")) == [
                """
                10:17: plans.standard[1].override is never paid: the rules pay 20% and more, which is \
                the whole ceiling of 20%
                """
            ])
    }

    @Test("is told of a tier that asks for no more than the one below")
    func tiers() {
        let yaml =
            small
            + "tiers: [{name: a, when: {count: \">= 9\"}}, {name: b, when: {count: \">= 9\"}}]\n"
        #expect(
            toldOfAll(yaml) == [
                """
                10:43: tiers[1] asks for no more than `a` below it, so that nobody is ever in that tier; \
                tiers go from the lowest to the highest
                """
            ])
    }
}

extension String {
    /// Up to the end of `text`, which must be in it.
    fileprivate func components(through text: String) -> String {
        firstRange(of: text).map { String(self[..<$0.upperBound]) } ?? ""
    }
}
