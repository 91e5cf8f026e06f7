import Facts
import Replay
import Terms
import TestPlans
import Testing
import Values

/// What is shared comes to the whole; what is capped never to more. Each joins in when it is paid by.
@Suite("Any sale")
struct ShareTests {
    private static let seeds = 0..<(isTorture ? 4_000 : 400)

    private struct Touched {
        var evidence: [FactRecord] = []
        let sold: FactRecord
        let refunds: [FactRecord]

        /// Up to 6 partners, some of them more than once, and one sale with two refunds.
        init(_ chance: inout Seeded) {
            let count = chance.number(1...6)
            evidence = (0..<count).map { partner("p\($0)") }
            for number in 0..<chance.number(1...10) {
                let at = day("2026-01-01").adding(days: chance.number(0...27))
                evidence.append(
                    click("k\(number)", at: at.text, of: "p\(chance.number(0...count - 1))"))
            }
            let cents = chance.cents(2...chance.pick([50, 5_000, 5_000_00]))
            sold = sale("s", at: "2026-01-29", hundredths(cents))
            refunds = (0..<2).map {
                refund("r\($0)", of: "s", at: "2026-01-30", hundredths(chance.cents(1...cents)))
            }
        }
    }

    @Test("that is shared pays the whole, before and after refunds", arguments: seeds)
    func shared(_ seed: Int) {
        let models = [("linear", Provision.linear), ("position 40/20/40", .position), ("decay 7d", .decay)]
        for (model, provision) in models where isPaid(provision) {
            var chance = Seeded(seed)
            let touched = Touched(&chance)
            let rule = "{rule: r, on: sale, pay: \(hundredths(chance.cents(1...100_00)))%}"
            let rounding = chance.pick(["half-even", "half-up"])
            func story(_ model: String) -> Story {
                Story(
                    program(attribution: "click: {model: \(model)}", rules: [rule], rounding: rounding),
                    touched.evidence)
            }
            var (one, several) = (story("last"), story(model))
            for fact in [touched.sold] + touched.refunds {
                one.tell([fact])
                several.tell([fact])
                #expect(
                    several.total(in: .usd) == one.total(in: .usd), "\(model), after \(fact.name)")
            }
            several.tell([refund("rest", of: "s", at: "2026-01-31")])
            for partner in 0..<6 {
                #expect(several.total("p\(partner)", in: .usd).minor == 0, "\(model), all refunded")
            }
        }
    }

    @Test("splits by exact shares into whole cents that mirror what is taken back", arguments: seeds)
    func split(_ seed: Int) {
        var chance = Seeded(seed)
        let whole = Money(chance.cents(0...chance.pick([9, 999, 999_999_99])), .usd)
        let weights = (0..<chance.number(1...9)).map { _ in chance.cents(0...99) } + [1]
        let parts = whole.split(over: weights)
        #expect(parts.reduce(0) { $0 + $1.minor } == whole.minor)
        #expect(whole.negated().split(over: weights) == parts.map { $0.negated() })
    }

    /// Fifty sales of one moment, in any order of arrival, some of them refunded between.
    @Test("and fifty at once never pay more than a cap", arguments: 0..<60)
    func capped(_ seed: Int) {
        guard isPaid(.caps) else { return }
        var chance = Seeded(seed)
        let scope = chance.pick(["customer", "partner", "program"])
        let period = chance.pick(["day", "month", "lifetime"])
        let limit = chance.cents(1...200_00)
        let reopens = chance.pick(["", ", reopen: true"])
        let cap = "{per: \(scope), period: \(period), amount: \(hundredths(limit))\(reopens)}"
        let rule = "{rule: r, on: sale, pay: \(hundredths(chance.cents(1...100_00)))%"
        let people = [
            partner("p0"), partner("p1"), click("k0", at: "2026-01-01", of: "p0", by: "v0"),
            click("k1", at: "2026-01-01", of: "p1", by: "v1"),
        ]
        let sales = (0..<50).map { number in
            sale(
                "s\(number)", at: "2026-01-05T10:00:00Z", hundredths(chance.cents(0...100_00)), "USD",
                [
                    ("visitor", .string("v\(number % 2)")),
                    ("customer", .string("c\(chance.number(0...2) * 2 + number % 2)")),
                ])
        }
        let refunds = sales.filter { _ in chance.once(in: 8) }.map {
            refund("r-\($0.id)", of: $0.id, at: "2026-01-05T11:00:00Z", "0.01")
        }
        let free = Story(program(rules: [rule + "}"]), people + sales)
        var held = Story(program(rules: [rule + ", caps: [\(cap)]}"]), people)
        for fact in (sales + (chance.once(in: 2) ? refunds : [])).shuffled(using: &chance) {
            held.tell([fact])
            check(held, scope, limit, "seed \(seed), after \(fact.name)")
        }
        guard held.records.allSatisfy({ $0.fact.kind != .refund }) else { return }
        // Nor less than there is room for.
        let groups = groups(free, scope)
        for (group, sum) in self.groups(held, scope) {
            #expect(sum == min(limit, groups[group] ?? 0), "seed \(seed): \(group)")
        }
    }

    private func check(_ story: Story, _ scope: String, _ limit: Int64, _ comment: String) {
        for (group, sum) in groups(story, scope) {
            #expect(sum <= limit, "\(comment): \(group)")
        }
    }

    private func groups(_ story: Story, _ scope: String) -> [String: Int64] {
        var customers: [String: String] = [:]
        for record in story.records {
            if case .conversion(let content) = record.fact.content {
                customers[record.fact.id] = content.customer
            }
        }
        return story.records.flatMap(\.lines).reduce(into: [:]) { sums, line in
            let group =
                switch scope {
                case "customer": customers[line.conversion] ?? "?"
                case "partner": line.partner
                default: "all"
                }
            sums[group, default: 0] += line.amount.minor
        }
    }
}
