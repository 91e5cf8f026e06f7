import Facts
import Terms
import Testing
import Values

/// What a rule pays by what the partner brought.
enum TierVectors {
    static let cases = [
        VectorCase("CM-18", progressive), VectorCase("CM-19", retroactive), VectorCase("CM-20", boundary),
        VectorCase("CM-21", counted), VectorCase("CM-22", counted), VectorCase("CM-23", flip),
        VectorCase("CM-24", flipBack), VectorCase("CM-25", crossing), VectorCase("CM-26", offTheTop),
        VectorCase("CM-77", weekly), VectorCase("CM-78", mixed),
    ]

    /// The vector's steps of shares as a rule.
    private static func rule(_ v: Vector, _ shape: String, _ more: String = "") -> String {
        let steps = v.value("rule tiers").elements!.map { step in
            "[\(step.elements![0].text!), \(Fraction(decimal: step.elements![1].text!)!.percentText)]"
        }
        let first = v.value("rule tiers").elements![0].elements![1].text!
        return "{rule: r, on: sale, pay: \(Fraction(decimal: first)!.percentText), tiers: {by: revenue, "
            + "shape: \(shape), period: month, \(more)steps: [\(steps.joined(separator: ", "))]}}"
    }

    /// Sales in January, a minute apart, of these amounts.
    private static func sales(_ amounts: [Money]) -> [FactRecord] {
        amounts.enumerated().map { index, amount in
            sale("s\(index)", at: "2026-01-05T10:0\(index):00Z", amount.amount, amount.currency.code)
        }
    }

    private static func story(
        _ v: Vector, _ shape: String, _ amounts: [Money], with more: String = "",
        needs: Set<Provision> = [.tierTables]
    ) -> Story? {
        v.story(programText(rules: [rule(v, shape, more)]), needs: needs, adaClicked + sales(amounts))
    }

    static func progressive(_ v: Vector) throws {
        let volume = v.money("input volume")
        guard let story = story(v, "progressive", [volume]) else { return }
        #expect(story.total("ada", in: v.currency) == v.money("expected total"))
        // Three sales that end where the steps begin are paid a slice each.
        let starts = v.value("rule tiers").elements!.map { v.money(amount: $0.elements![0].text!) }
        let ends = starts.dropFirst() + [volume]
        let slices = try zip(ends, starts).map { try $0.subtracting($1) }
        #expect(self.story(v, "progressive", slices)?.lines() == v.linesOf("expected slices"))
    }

    static func retroactive(_ v: Vector) throws {
        let volume = v.money("input volume")
        let parts = volume.split(over: [1, 2, 3, 4])
        for amounts in [[volume], parts, parts.reversed()] {
            guard let story = story(v, "retroactive", amounts) else { return }
            #expect(story.total("ada", in: v.currency) == v.money("expected total"))
        }
    }

    static func boundary(_ v: Vector) throws {
        let volume = v.money("input volume")
        let less = Money(volume.minor - 1, volume.currency)
        guard let story = story(v, "retroactive", [volume]) else { return }
        #expect(story.lines() == v.lines("expected total"))
        #expect(self.story(v, "retroactive", [less])?.lines() == v.lines("expected one_cent_less"))
        #expect(
            self.story(v, "progressive", [volume])?.lines() == v.lines("expected progressive_same_volume"))
    }

    static func counted(_ v: Vector) {
        let steps = v.value("rule tiers").elements!.map {
            "[\($0.elements![0].whole!), \($0.elements![1].text!)]"
        }
        let first = v.value("rule tiers").elements![0].elements![1].text!
        let rule =
            "{rule: r, on: signup, pay: \(first), tiers: {by: count, shape: \(v.text("rule mode")), "
            + "steps: [\(steps.joined(separator: ", "))]}}"
        let signups = (0..<v.count("input count")).map {
            sale("s\($0)", at: "2026-01-05", "0.00", v.code, [("event", "signup")])
        }
        let file = programText(rules: [rule])
        guard let story = v.story(file, needs: [.tierTables], adaClicked + signups) else { return }
        #expect(story.total("ada", in: v.currency) == v.money("expected total"))
    }

    static func flip(_ v: Vector) {
        guard var story = story(v, "retroactive", [v.money("input volume_before")]) else { return }
        #expect(story.total("ada", in: v.currency) == v.money("expected accrued_before"))
        story.tell([sale("t", at: "2026-01-06", v.text("input event"), v.code)])
        #expect(
            story.posted(by: "conversion:t") == [
                "commission \(v.text("expected own_line"))", "true_up \(v.text("expected true_up_line"))",
            ])
        #expect(story.total("ada", in: v.currency) == v.money("expected accrued_after"))
    }

    /// The volume before, of which the last sale is the one that is refunded.
    private static func refunded(_ v: Vector, first: Bool = false) throws -> [Money] {
        let refund = v.money("input refund")
        let rest = try v.money("input volume_before").subtracting(refund)
        return first ? [refund, rest] : [rest, refund]
    }

    static func flipBack(_ v: Vector) throws {
        guard var story = story(v, "retroactive", try refunded(v)) else { return }
        #expect(story.total("ada", in: v.currency) == v.money("expected accrued_before"))
        story.tell([refund("r", of: "s1", at: "2026-01-06")])
        #expect(
            story.posted(by: "refund:r") == [
                "reversal \(v.text("expected own_line"))", "true_up \(v.text("expected true_up_line"))",
            ])
        #expect(story.total("ada", in: v.currency) == v.money("expected accrued_after"))
    }

    static func crossing(_ v: Vector) {
        guard var story = story(v, "progressive", [v.money("input volume_before")]) else { return }
        story.tell([sale("t", at: "2026-01-06", v.text("input event"), v.code)])
        #expect(story.posted(by: "conversion:t") == ["commission \(v.text("expected delta"))"])
    }

    /// Only where the refunded sale is not the last do the two policies differ.
    static func offTheTop(_ v: Vector) throws {
        for slices in ["own", "top"] {
            let needs: Set<Provision> = slices == "top" ? [.tierTables, .topSlices] : [.tierTables]
            let story = story(
                v, "progressive", try refunded(v, first: true), with: "slices: \(slices), ", needs: needs)
            guard var story else { return }
            let before = story.total("ada", in: v.currency)
            story.tell([refund("r", of: "s0", at: "2026-01-06")])
            let delta = try story.total("ada", in: v.currency).subtracting(before)
            #expect((delta == v.money("expected delta")) == (slices == "top"))
            // Its own slices are all that it had.
            #expect((story.total(of: "s0", in: v.currency).minor == 0) == (slices == "own"))
        }
    }

    /// June 2026 begins on a Monday.
    static func weekly(_ v: Vector) {
        let weeks = v.moneys("input weeks")
        let sales = weeks.enumerated().filter { $0.element.minor > 0 }.map { index, amount in
            sale("s\(index)", at: day("2026-06-03").adding(days: 7 * index).text, amount.amount, v.code)
        }
        let mondays = weeks.indices.map { day("2026-06-08").adding(days: 7 * $0).text }
        let story = v.story(
            programText(rules: [rule(v, "retroactive")], payouts: "schedule: \(v.text("rule payout"))"),
            needs: [.tierTables], [partner("ada"), click("k", at: "2026-06-01", of: "ada")])
        guard var story else { return }
        for (index, monday) in mondays.enumerated() {
            story.tell(sales.filter { $0.id == "s\(index)" })
            story.settle(monday)
        }
        let expected = zip(mondays, v.moneys("expected statements")).filter { $1.minor > 0 }
        #expect(story.statements() == expected.map { "\($0): \($1)" })
        #expect(story.total("ada", in: v.currency) == v.money("expected month"))
    }

    static func mixed(_ v: Vector) throws {
        let date = String(v.text("rule fx").split(separator: " ")[1])
        let sales = v.texts("input sales").enumerated().map { index, text in
            let money = Vector.moneyWithCode(text)
            return sale("s\(index)", at: "\(date)T10:0\(index):00Z", money.amount, money.currency.code)
        }
        let known =
            Vector.rates(date) + [partner("ada"), click("k", at: "2026-10-20", of: "ada")] + sales
        let needs: Set = [Provision.tierTables]
        let file = programText(rules: [rule(v, "retroactive")])
        guard let story = v.story(file, needs: needs, known) else { return }
        for text in v.texts("expected commissions") {
            let money = Vector.moneyWithCode(text)
            #expect(story.total("ada", in: money.currency) == money)
        }
        // The volume is exactly this: a step that begins a cent above it is not reached.
        let volume = v.money("expected tier_volume")
        for (start, share) in [(volume.minor, "rate"), (volume.minor + 1, "")] {
            let rule =
                "{rule: r, on: sale, pay: 1%, tiers: {by: revenue, shape: retroactive, "
                + "steps: [[\(Money(start, v.currency).amount), \(v.percent("expected rate"))]]}}"
            let story = v.story(programText(rules: [rule]), needs: needs, known)
            let money = Vector.moneyWithCode(v.texts("expected commissions")[0])
            #expect((story?.total("ada", in: money.currency) == money) == !share.isEmpty)
        }
    }
}
