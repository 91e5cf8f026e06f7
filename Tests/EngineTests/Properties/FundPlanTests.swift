import Facts
import Replay
import TestPlans
import Testing
import Values

/// What must hold of any marketing fund. A failure names its seed and shows the plan.
@Suite("Any marketing fund")
struct FundPlanTests {
    private static let closes = ["2026-02-01", "2026-03-01", "2026-03-20", "2026-05-01"]

    private func plan(_ chance: inout Seeded) -> RandomPlan {
        while true {
            let plan = RandomPlan(.all, &chance).withoutNever
            if plan.beside.contains(where: { $0.hasPrefix("mdf") }) { return plan }
        }
    }

    /// Claims, refunds and settlements come as they come.
    private func story(
        _ plan: RandomPlan, _ deals: RandomDeals, _ refunds: [String], _ chance: inout Seeded
    ) -> Story {
        var story = Story(reading(plan.yaml), deals.evidence.facts())
        var closes = Self.closes[...]
        for fact in (deals.conversions + refunds + deals.claims).facts().shuffled(using: &chance) {
            story.tell([fact])
            if chance.once(in: 4), let date = closes.popFirst() { story.settle(date) }
        }
        return story
    }

    @Test("never has less than nothing, and has paid or holds or lost what was put by", arguments: 0..<60)
    func sums(_ seed: Int) {
        var chance = Seeded(seed)
        let plan = plan(&chance)
        let deals = RandomDeals(count: 12, &chance)
        let story = story(plan, deals, deals.refunds, &chance)
        let name = Comment(rawValue: "seed \(seed)\n\(plan.yaml)")
        #expect(story.faultBelowZero == nil, name)
        let lines = story.records.flatMap(\.lines).filter { $0.rule == "mdf" }
        let claimed = lines.filter { $0.factKind == "mdf_claim" }.reduce(0) { $0 + $1.amount.minor }
        let put = lines.filter { $0.factKind != "mdf_claim" }.reduce(0) { $0 + $1.amount.minor }
        func balance(_ prefix: String) -> Int64 {
            story.balances.all.filter { $0.account.hasPrefix(prefix) }.reduce(0) { $0 + $1.amount.minor }
        }
        #expect(balance("Expenses:MDF") == put, name)
        #expect(
            -balance("Liabilities:MDF") - balance("Income:MDF") - balance("Assets:MDF") == put - claimed, name
        )
        #expect(claimed >= 0 && put >= 0, name)
    }

    @Test("of sales that are refunded whole holds nothing, and nothing has lapsed of it", arguments: 0..<60)
    func refundedWhole(_ seed: Int) {
        var chance = Seeded(seed)
        let plan = plan(&chance)
        let deals = RandomDeals(count: 8, refunds: 0, &chance)
        let refunds = deals.amounts.indices.map {
            RandomDeals.refund("b\($0)", of: "c\($0)", RandomDeals.time(&chance), nil)
        }
        let story = story(plan, deals, refunds, &chance)
        let name = Comment(rawValue: "seed \(seed)\n\(plan.yaml)")
        for (account, amount) in story.balances.all
        where account.contains("MDF") && !account.hasSuffix("Overdrawn") {
            #expect(amount.minor == 0, name)
        }
        #expect(story.faultBelowZero == nil, name)
    }

    @Test("comes to the same bytes when its facts are replayed in the recorded sequence", arguments: 0..<60)
    func replayed(_ seed: Int) throws {
        var chance = Seeded(seed)
        let plan = plan(&chance)
        let deals = RandomDeals(count: 10, &chance)
        let story = story(plan, deals, deals.refunds, &chance)
        let evidence = deals.evidence.facts().filter { $0.kind == .click }
        var again = Story(reading(plan.yaml), evidence)
        for record in story.records {
            let fact = record.fact
            again.tell([
                try FactReader(.store).stored(
                    fact.kind, id: fact.id, at: fact.at, receivedAt: fact.receivedAt, body: fact.body)
            ])
        }
        #expect(again.bytes == story.bytes, "seed \(seed)\n\(plan.yaml)")
        #expect(again.refusals == [])
    }
}
