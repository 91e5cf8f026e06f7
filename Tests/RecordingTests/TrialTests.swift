import Facts
import Programs
import Recording
import Replay
import Store
import Terms
import Testing
import TestStores
import Values
import Work

@Suite("A trial of other terms", .onEachDatabase)
struct TrialTests {
    private static let file = Given.terms()
    /// Others bring, and more is paid.
    private static let other = Given.terms(order: "[click, coupon]")
        .replacing("7.5%", with: "9%").replacing("window: 30d", with: "window: 5d")

    private func told(_ terms: String, seed: UInt64?) async throws -> Given {
        let given = try await Given.program(terms)
        let facts = try given.facts(ArrivalTests.story(.beforeStatement))
        try await given.arrive(
            seed.map { ArrivalTests.arranged(facts, by: $0) } ?? facts.sorted(by: FactRecord.precedes))
        try await given.settle("2026-05-05T00:00:00Z")
        return given
    }

    private func trial(
        of text: String, against version: Int32? = nil, since: Instant? = nil, in given: Given
    ) async throws -> Trial {
        var trial = try await Trial(
            try ProgramFile.read(text), version: version, since: { _ in since }, given.house)
        try await trial.run { _, _ in }
        return trial
    }

    private func publish(_ text: String, from instant: String, in given: Given) async throws {
        let file = try ProgramFile.read(text)
        let shelf = given.shelf
        try await given.house.work(in: given.program, as: Given.owner) { work in
            try Act.publish(file, from: Instant(text: instant)!, shelf, in: work)
        }
    }

    /// What partners have earned, by partner and currency.
    private func earned(_ given: Given) async throws -> [String: Int64] {
        let rows = try await given.house.look(at: given.program) { look in
            try look.rows(
                "SELECT partner_id, currency, amount FROM line WHERE program_id = \(look.program)")
        }
        return rows.reduce(into: [:]) { sums, row in
            sums["\(row.text("partner_id")) \(row.text("currency"))", default: 0] += row.integer("amount")
        }
    }

    private func sums(
        _ trial: Trial, _ side: (TrialResult.Shift) -> Int64
    ) -> [String: Int64] {
        Dictionary(
            uniqueKeysWithValues: trial.result.partners.map {
                ("\($0.key.partner) \($0.key.currency.code)", side($0.value))
            })
    }

    private func notZero(_ sums: [String: Int64]) -> [String: Int64] { sums.filter { $0.value != 0 } }

    @Test(
        "comes to what is recorded under the terms in force, in whatever order it came",
        arguments: [nil, 0, 1, 2] as [UInt64?])
    func same(_ seed: UInt64?) async throws {
        let given = try await told(Self.file, seed: seed)
        let trial = try await trial(of: Self.file, in: given)
        #expect(trial.result.unlike == nil)
        #expect(trial.changes == [] && trial.result.otherSource == 0 && trial.result.refused == 0)
        #expect(trial.result.partners.values.allSatisfy { $0.difference == 0 })
        #expect(trial.result.conversions == 48 && trial.result.lines > 40)
        let earned = notZero(try await earned(given))
        #expect(notZero(sums(trial, \.after)) == earned)
        await given.close()
    }

    /// Without tiers and caps it does not matter in which order things came.
    @Test(
        "comes to what a program has earned that had those terms all along",
        arguments: [nil, 0, 3] as [UInt64?])
    func otherwise(_ seed: UInt64?) async throws {
        let given = try await told(Self.file, seed: seed)
        let theirs = try await told(Self.other, seed: nil)
        let trial = try await trial(of: Self.other, in: given)
        #expect(trial.result.unlike == nil && trial.result.refused == 0)
        #expect(trial.result.otherSource > 0)
        let (before, after) = (try await earned(given), try await earned(theirs))
        #expect(notZero(sums(trial, \.before)) == notZero(before))
        #expect(notZero(sums(trial, \.after)) == notZero(after))
        #expect(before != after)
        try await given.verify()
        await given.close()
        await theirs.close()
    }

    @Test("leaves to earlier versions what was theirs, whatever came after")
    func versions() async throws {
        let given = try await Given.program(Self.file)
        let facts = try given.facts(ArrivalTests.story(.beforeStatement)).sorted(by: FactRecord.precedes)
        let change = Instant(text: "2026-03-01T00:00:00Z")!
        try await given.arrive(facts.filter { $0.at < change })
        try await publish(Self.other, from: change.text, in: given)
        try await given.arrive(facts.filter { $0.at >= change })
        let same = try await trial(of: Self.other, in: given)
        #expect(same.version.number == 2 && same.since == change)
        #expect(same.result.unlike == nil)
        #expect(same.result.partners.values.allSatisfy { $0.difference == 0 })
        // The first in the place of the first is history without the second.
        let without = try await trial(of: Self.file, against: 1, in: given)
        let theirs = try await told(Self.file, seed: nil)
        #expect(without.result.unlike == nil)
        let earned = notZero(try await earned(theirs))
        #expect(notZero(sums(without, \.after)) == earned)
        // From a day on that no version begins at.
        let late = try await trial(of: Self.file, since: Instant(text: "2026-04-01T00:00:00Z"), in: given)
        #expect(late.result.unlike == nil && late.result.conversions == 12)
        #expect(late.result.partners.values.contains { $0.difference != 0 })
        await given.close()
        await theirs.close()
    }

    @Test("says which line of the books is not what the facts make")
    func tampered() async throws {
        let given = try await told(Self.file, seed: nil)
        try await given.house.work(in: given.program, as: Given.owner) { work in
            let line = try work.first(
                """
                SELECT MIN(id) AS id FROM line
                 WHERE program_id = \(work.program) AND partner_id = \("ada")
                """)
            try work.run(
                """
                UPDATE line SET partner_id = \("bo")
                 WHERE program_id = \(work.program) AND id = \(line?.text("id") ?? "")
                """)
        }
        let trial = try await trial(of: Self.other, in: given)
        let unlike = try #require(trial.result.unlike)
        #expect(unlike.contains("for partner bo, and must be") && unlike.contains("for partner ada by rule"))
        await given.close()
    }

    @Test("takes partners as they were accepted: whom the file has no plan for earns nothing by it")
    func plans() async throws {
        let plans = Self.file.replacing(
            "payouts:", with: "  gold:\n    - {rule: gold, on: sale, pay: 10%}\npayouts:")
        let given = try await Given.program(plans)
        try await given.record(
            partner("ada", #""type":"affiliate","plan":"gold""#), link("ada"),
            click("k", "2026-01-10T10:00:00Z", of: "ada"),
            sale("s", "2026-01-11T10:00:00Z", #""visitor":"v""#))
        let trial = try await trial(of: Self.file, in: given)
        #expect(trial.result.unlike == nil && trial.result.refused == 0)
        let euros = try #require(trial.result.totals[.eur])
        #expect(euros.before == 10_00 && euros.after == 0)
        #expect(
            trial.changes.map(\.sentence) == [
                "plan `gold` is gone", "rule `gold` of plan `gold` is gone: on sale, pay 10%",
            ])
        await given.close()
    }

    @Test("tells which steps of a rule's tiers are reached, and would have been")
    func steps() async throws {
        func tiered(_ start: String) -> String {
            Self.file.replacing(
                "pay: 7.5%",
                with: "pay: 10%\n      tiers: {by: revenue, shape: progressive, steps: [[\(start), 20%]]}")
        }
        let given = try await Given.program(tiered("150.00"))
        try await given.record(
            partner("ada"), link("ada"), click("k", "2026-01-10T10:00:00Z", of: "ada"),
            sale("s1", "2026-01-11T10:00:00Z", #""visitor":"v""#),
            sale("s2", "2026-01-12T10:00:00Z", #""visitor":"v""#))
        let trial = try await trial(of: tiered("250.00"), in: given)
        #expect(trial.result.unlike == nil)
        let steps = try #require(trial.result.steps.first)
        #expect(trial.result.steps.count == 1 && steps.key.partner == "ada" && steps.key.rule == "sale")
        #expect(steps.value.before == ["0.00", "150.00"] && steps.value.after == ["0.00"])
        await given.close()
    }
}
