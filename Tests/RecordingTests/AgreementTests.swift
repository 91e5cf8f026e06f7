import Facts
import Ledger
import Replay
import Store
import Terms
import TestPlans
import TestStores
import Testing
import Values
import Work

/// What live wrote, what a simulation says, and what `verify` makes of it. A failure names its seed.
@Suite("Live, simulation and verification", .onEachDatabase)
struct AgreementTests {
    @Test(
        "come to the same bytes under any plan, in any order of arrival",
        arguments: 0..<(isTorture ? 240 : 24))
    func anyPlan(_ seed: Int) async throws {
        var chance = Seeded(seed)
        let plan = RandomPlan(.all, &chance)
        let deals = RandomDeals(count: 10, refunds: 6, &chance)
        let given = try await Given.program(plan.yaml)
        let evidence = deals.evidence.facts(given.house.hashKey)
        let facts = deals.conversions + deals.refunds + deals.claims
        var rest = facts.facts(given.house.hashKey).shuffled(using: &chance)
        var told = Told(try ProgramFile.read(plan.yaml))

        try await given.record(evidence)
        told.simulation.run(evidence)
        var closes = ["2026-02-01", "2026-03-01", "2026-05-01"][...]
        while !rest.isEmpty {
            // A turn takes a few; a fact takes its place by when it came.
            let turn = Array(rest.prefix(chance.number(1...4)))
            rest.removeFirst(turn.count)
            try await given.record(turn)
            for fact in turn { told.simulation.run([fact]) }
            if chance.once(in: 3), let date = closes.popFirst() {
                try await given.settle("\(date)T12:00:00Z")
                told.simulation.settle(asOf: Instant(text: "\(date)T12:00:00Z")!)
            }
        }
        let kept = told.kept
        let name = Comment(rawValue: "seed \(seed)\n\(plan.yaml)")
        for (live, simulated) in [
            (try await given.bodies(of: "line").withoutSequence, kept.lines.withoutSequence),
            (try await given.bodies(of: "decision"), kept.decisions.withoutSequence),
            (try await given.bodies(of: "statement"), kept.statements.sorted()),
            (try await given.journal(), kept.journal),
        ] {
            let isSame = live == simulated
            #expect(isSame, name)
            if !isSame { Issue.record("\(live.difference(from: simulated).map(\.text).prefix(4))") }
        }
        try await given.verify()
        await given.close()
    }

    @Test("never pay more than a cap for fifty sales at once")
    func capped() async throws {
        guard isPaid(.caps) else { return }
        let caps = "{per: partner, period: month, amount: 100.00}, {per: program, amount: 150.00}"
        let given = try await Given.program(
            Given.terms().replacing("pay: 7.5%", with: "pay: 10%\n      caps: [\(caps)]"))
        let people = ["ada", "bo", "cy"]
        for person in people {
            try await given.record(
                partner(person), link(person), click("k-\(person)", "2026-03-01", of: person, by: person))
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<50 {
                let visitor = people[number % 3]
                group.addTask {
                    try await given.record(
                        sale("s\(number)", "2026-03-02", #""visitor":"\#(visitor)""#, amount: "70.00"))
                }
            }
            try await group.waitForAll()
        }
        var paid: [String: Int64] = [:]
        for body in try await given.bodies(of: "line") {
            let line = JSON(written: body)
            guard line["rule"]?.text == "sale", let amount = line["amount"]?.text else { continue }
            paid[line["partner"]?.text ?? "?", default: 0] += try Money(amount: amount, .eur).minor
        }
        #expect(paid.values.allSatisfy { $0 <= 100_00 } && paid.values.reduce(0, +) == 150_00)
        try await given.verify()
        await given.close()
    }
}

extension [String] {
    /// A simulation's terms are no fact, so that its sequence is another.
    fileprivate var withoutSequence: [String] {
        map { body in
            let json = JSON(written: body)
            // Settlements are called by when they came.
            let isSettled = json["fact_kind"]?.text == "settlement"
            let members = (json.members ?? []).filter {
                $0.key != "sequence" && !(isSettled && $0.key == "fact")
            }
            return JSON.object(members).compact
        }.sorted()
    }
}

extension CollectionDifference.Change where ChangeElement == String {
    fileprivate var text: String {
        switch self {
        case .insert(_, let text, _): "live: \(text)"
        case .remove(_, let text, _): "simulated: \(text)"
        }
    }
}

/// A simulation that keeps what it says.
private struct Told {
    final class Kept {
        var lines: [String] = []
        var decisions: [String] = []
        var statements: [String] = []
        var journal: [String] = []
    }

    let kept: Kept
    var simulation: Simulation

    init(_ file: ProgramFile) {
        let kept = Kept()
        self.kept = kept
        simulation = Simulation(file) { records in
            kept.lines += records.lines.map(\.body)
            kept.decisions += records.decisions.map(\.body)
            kept.statements += records.statements.map(\.json.compact)
            kept.journal += records.entries.map(\.told)
        }
    }
}

extension Given {
    /// What stands in `body`, sorted.
    fileprivate func bodies(of table: StaticString) async throws -> [String] {
        let bodies = try await house.look(at: program) { look in
            try look.rows("SELECT body FROM \(raw: table) WHERE program_id = \(look.program)").map {
                $0.text("body")
            }
        }
        return "\(table)" == "statement" ? bodies.sorted() : bodies.withoutSequence
    }

    fileprivate func journal() async throws -> [String] {
        try await house.look(at: program) { look in
            try JournalRows.page(after: 0, limit: 10_000, at: look).map { $0.entry.told }
        }
    }
}

extension EntryRecord {
    /// All of it; but a settlement's id is its door's own, and what is named after it has another.
    fileprivate var told: String {
        let name = cause.hasPrefix("settlement:") ? "settlement" : "\(id) \(cause)"
        let moved = postings.map { "\($0.account) \($0.amount)" }.joined(separator: ", ")
        return "\(name) \(kind) \(effectiveAt.text) \(postedAt.text): \(moved)"
    }
}
