import Facts
import Replay
import Terms
import Testing
import Values

/// Ada sells, below Bo, who is below Cy, who is below Di.
private func people(_ fields: [String: Fields] = [:]) -> [FactRecord] {
    [
        partner("di", fields["di"] ?? []),
        partner("cy", [("parent", "di")] + (fields["cy"] ?? [])),
        partner("bo", [("parent", "cy")] + (fields["bo"] ?? [])),
        partner("ada", [("parent", "bo")] + (fields["ada"] ?? [])),
        click("k", at: "2026-01-01", of: "ada"),
    ]
}

private func story(
    _ override: String, pay: String = "20%", rounding: String = "half-even", more: [String] = [],
    _ facts: [FactRecord]
) -> Story {
    Story(
        program(
            rules: more + ["{rule: r, on: sale, pay: \(pay)}", "override: \(override)"], rounding: rounding),
        facts)
}

extension Story {
    /// `ada 100.00, bo 25.00`: what each has, nothing left out but nothing.
    fileprivate func shares(_ code: String = "USD") -> String {
        let currency = Currency(code)!
        var parts: [String] = []
        for partner in ["ada", "bo", "cy", "di"] {
            let money: Money = total(partner, in: currency)
            if money.minor != 0 { parts.append(partner + " " + money.amount) }
        }
        return parts.joined(separator: ", ")
    }
}

@Suite("The partners above the seller have")
struct LevelTests {
    @Test("their shares of the sale or of the seller's commission, in lines and an account of their own")
    func lines() {
        let sold = people() + [sale("s", at: "2026-01-05", "500.00")]
        let ofSale = story("{levels: [5%, 2%]}", sold)
        #expect(ofSale.shares() == "ada 100.00, bo 25.00, cy 10.00")
        #expect(
            ofSale.posted(by: "conversion:s") == ["commission 100.00", "override 25.00", "override 10.00"])
        #expect(ofSale.balance("Expenses:Commission:Override", "USD") == "35.00")
        #expect(ofSale.balance("Expenses:Commission:Affiliate", "USD") == "100.00")
        #expect(ofSale.standing("cy") == "approved 10.00" || ofSale.standing("cy") == "pending 10.00")
        let ofCommission = story("{levels: [5%, 2%], of: commission}", sold)
        #expect(ofCommission.shares() == "ada 100.00, bo 5.00, cy 2.00")
    }

    @Test("a share of the seller's line as it is rounded, and of the base that the rule takes")
    func measures() {
        let sold = people() + [sale("s", at: "2026-01-05", "10.25", "USD", [("tax", "0.12")])]
        // 20 % of 10.13 is 2.026, so 2.03; half of that 1.015, so 1.02.
        #expect(story("{levels: [50%], of: commission}", sold).shares() == "ada 2.03, bo 1.02")
        #expect(story("{levels: [50%], of: sale}", sold).shares() == "ada 2.03, bo 5.06")
        #expect(story("{levels: [50%]}", pay: "1.00 USD", sold).shares() == "ada 1.00, bo 5.06")
        #expect(
            story("{levels: [50%], of: commission}", pay: "1.00 USD", sold).shares() == "ada 1.00, bo 0.50")
    }

    @Test("no more than the ceiling, which is rounded down")
    func ceilingDown() {
        // 30 % of 333.33 is 99.999.
        let sold = people() + [sale("s", at: "2026-01-05", "333.33")]
        #expect(story("{levels: [20%], ceiling: 30%}", sold).shares() == "ada 66.67, bo 33.32")
        #expect(
            story("{levels: [20%], ceiling: 30%, cut: pro-rata}", sold).shares() == "ada 50.00, bo 49.99")
    }

    @Test("nothing of a sale that comes to nothing for the seller")
    func nothing() {
        #expect(story("{levels: [50%]}", people() + [sale("s", at: "2026-01-05", "0.02")]).lines() == [])
        #expect(story("{levels: [50%]}", pay: "0%", people() + [sale("s", at: "2026-01-05")]).lines() == [])
    }

    @Test("nothing where they were not active, and who stands above them keeps the own level")
    func skipped() {
        let gone = people() + [leaving("bo", at: "2026-01-04"), sale("s", at: "2026-01-05", "500.00")]
        #expect(story("{levels: [5%, 2%, 1%]}", gone).shares() == "ada 100.00, cy 10.00, di 5.00")
        let late = people() + [sale("s", at: "2026-01-05", "500.00"), leaving("bo", at: "2026-01-06")]
        #expect(story("{levels: [5%, 2%]}", late).shares() == "ada 100.00, bo 25.00, cy 10.00")
    }

    @Test("nothing more once somebody has left before a sale that was told first")
    func late() {
        var story = story("{levels: [5%, 2%]}", people() + [sale("s", at: "2026-01-05", "500.00")])
        story.tell([leaving("bo", at: "2026-01-04"), review(of: "s", at: "2026-01-07")])
        #expect(story.shares() == "ada 100.00, cy 10.00")
        #expect(story.posted(by: story.records.last!.fact.name) == ["reversal -25.00"])
    }

    @Test(
        "their targets anew with each refund, to exactly nothing",
        arguments: [
            "{levels: [5%, 2%]}", "{levels: [5%, 2%], of: commission}",
            "{levels: [8%, 5%], ceiling: 30%}", "{levels: [8%, 5%], ceiling: 30%, cut: pro-rata}",
            "{levels: [8%, 5%], of: commission, ceiling: 20.5%, cut: pro-rata}",
        ])
    func refunds(_ override: String) {
        var story = story(override, people() + [sale("s", at: "2026-01-05", "333.33")])
        story.tell([refund("r1", of: "s", at: "2026-01-06", "111.11")])
        let rest = EngineTests.story(override, people() + [sale("s", at: "2026-01-05", "222.22")])
        #expect(story.shares() == rest.shares())
        story.tell([
            refund("r2", of: "s", at: "2026-01-07", "222.21"), refund("r3", of: "s", at: "2026-01-08"),
        ])
        #expect(story.shares() == "")
        #expect(
            story.records.flatMap(\.lines).filter { $0.amount.minor < 0 }.allSatisfy { $0.kind == "reversal" }
        )
        #expect(story.faultBelowZero == nil)
    }

    @Test("nothing left of a rejected sale, and all of one whose commission no refund takes")
    func policies() {
        var rejected = story("{levels: [5%, 2%]}", people() + [sale("s", at: "2026-01-05", "500.00")])
        rejected.tell([note("rejection", of: "s", at: "2026-01-06")])
        #expect(rejected.shares() == "")
        let kept = Story(
            program(rules: ["{rule: r, on: sale, pay: 20%, refund: never}", "override: {levels: [5%]}"]),
            people() + [sale("s", at: "2026-01-05", "500.00"), refund("x", of: "s", at: "2026-01-06")])
        #expect(kept.shares() == "ada 100.00, bo 25.00")
    }

    @Test("what the ceiling leaves: nothing, where the seller alone is above it; nobody cuts the seller")
    func ceiling() {
        let sold = people() + [sale("s", at: "2026-01-05", "500.00")]
        #expect(story("{levels: [8%, 5%], ceiling: 33%}", sold).shares() == "ada 100.00, bo 40.00, cy 25.00")
        #expect(story("{levels: [8%, 5%], ceiling: 30%}", sold).shares() == "ada 100.00, bo 40.00, cy 10.00")
        #expect(story("{levels: [8%, 5%], ceiling: 27.3%}", sold).shares() == "ada 100.00, bo 36.50")
        #expect(story("{levels: [8%, 5%], ceiling: 10%}", sold).shares() == "ada 100.00")
        // But where all give way alike.
        #expect(
            story("{levels: [8%, 5%], ceiling: 30%, cut: pro-rata}", sold).shares()
                == "ada 90.91, bo 36.36, cy 22.73")
        #expect(
            story("{levels: [8%, 5%], ceiling: 10%, cut: pro-rata}", sold).shares()
                == "ada 30.30, bo 12.12, cy 7.58")
    }

    @Test("the sum, where several rules pay for one conversion")
    func several() {
        let sold = people() + [sale("s", at: "2026-01-05", "500.00")]
        let also = story(
            "{levels: [10%], of: commission}", more: ["{rule: a, on: sale, pay: 75.00, also: true}"], sold)
        #expect(also.shares() == "ada 175.00, bo 17.50")
        #expect(also.lines().count == 3)
        let foreign = story(
            "{levels: [10%], of: commission}", more: ["{rule: a, on: sale, pay: 10.00 EUR, also: true}"],
            [rate("2026-01-05", "USD", "1.20")] + sold)
        #expect(foreign.shares("EUR") == "ada 10.00, bo 9.33")
    }

    @Test("no say in who is above whom: nobody is above itself, and who names a stranger waits for it")
    func parents() throws {
        let line = #"{"fact":"partner","id":"x","at":"2026-01-01T00:00:00Z","type":"affiliate","parent":"x"}"#
        #expect(throws: (any Error).self) { try FactReader(.outside(HashKey([1]))).line(Array(line.utf8)) }
        let circle = story(
            "{levels: [5%, 2%]}",
            [
                partner("bo", [("parent", "ada")]), partner("ada", [("parent", "bo")]),
                click("k", at: "2026-01-01", of: "ada"), sale("s", at: "2026-01-05", "500.00"),
            ])
        #expect(circle.lines() == [])
        #expect(
            circle.simulation.parked.values.joined().map(\.name).sorted() == ["partner:ada", "partner:bo"])
    }
}
