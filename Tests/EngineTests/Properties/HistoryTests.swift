import Engine
import Facts
import Replay
import Terms
import TestPlans
import Testing
import Values

/// What must hold of any history. A failure names its seed.
@Suite("Any history")
struct PropertyTests {
    static let seeds = 0..<(isTorture ? 2_000 : 200)

    @Test("comes to the same bytes, in whatever order its facts stand in the file", arguments: seeds)
    func permutation(_ seed: Int) {
        let history = History(seed)
        var chance = Seeded(seed + 1)
        var first = Story(history.program, history.all)
        var second = Story(history.program, history.all.shuffled(using: &chance))
        first.settle("2026-03-10", "2026-06-01")
        second.settle("2026-03-10", "2026-06-01")
        #expect(first.bytes == second.bytes)
        second.tell(history.all.shuffled(using: &chance))
        #expect(first.bytes == second.bytes && second.refusals == [])
    }

    @Test("balances in every entry, is never below zero, and its chain can be recomputed", arguments: seeds)
    func books(_ seed: Int) throws {
        let history = History(seed)
        let story = wild(history, seed)
        // A hold may come when the money is on a statement.
        #expect(story.refusals.allSatisfy { $0.contains("on a statement already") })
        #expect(story.faultBelowZero == nil)
        for entry in story.sealed.map(\.entry) {
            var sums: [Currency: Int64] = [:]
            for posting in entry.postings {
                sums[posting.amount.currency, default: 0] += posting.amount.minor
            }
            if !sums.values.allSatisfy({ $0 == 0 })
                || entry.postings.contains(where: { $0.amount.minor == 0 })
            {
                Issue.record("\(entry.id) does not balance")
            }
        }
        var previous = String(repeating: "0", count: 64)
        for (index, sealed) in story.sealed.enumerated() {
            let json = try JSON(reading: Array(sealed.json.compact.utf8))
            let rest = JSON.object(json.members!.filter { $0.key != "hash" })
            let isLinked = json["previous"]?.text == previous && json["sequence"]?.whole == Int64(index + 1)
            if !isLinked || json["hash"]?.text != Digest.hex(rest.canonical) {
                Issue.record("\(sealed.entry.id) is not linked")
            }
            previous = sealed.hash
        }
        let ids =
            story.sealed.map(\.entry.id)
            + story.records.flatMap { $0.lines.map(\.id) + $0.decisions.map(\.id) + $0.statements.map(\.id) }
        #expect(Set(ids).count == ids.count)
    }

    @Test(
        "comes to the same balances and sources in whatever order conversions and refunds arrive",
        arguments: seeds)
    func arrival(_ seed: Int) {
        let history = History(seed)
        var chance = Seeded(seed + 2)
        let later = history.conversions + history.reversals
        let timely = Story(history.program, history.evidence + later)
        var story = Story(history.program, history.evidence)
        for fact in later.shuffled(using: &chance) { story.tell([fact]) }
        #expect(
            story.balances.all.filter { $0.amount.minor != 0 }.map { "\($0.account) \($0.amount)" }
                == timely.ending)
        for conversion in history.conversions {
            #expect(story.source(conversion.id) == timely.source(conversion.id))
        }
    }

    @Test(
        "comes to the same balances and statements by one late settlement as by many in time",
        arguments: seeds)
    func oneLateSettlement(_ seed: Int) {
        let history = History(seed)
        let facts = history.evidence + history.rates + history.conversions + history.reversals
        let zone = history.program.zone
        var late = Story(history.program, facts)
        late.settle("2026-06-02")
        var timely = Story(history.program, history.evidence)
        var rest = facts.dropFirst(history.evidence.count).sorted(by: FactRecord.precedes)[...]
        var date = day("2026-01-02")
        while date < day("2026-06-02") {
            let boundary = zone.start(of: date)
            let known = rest.prefix { $0.at < boundary }
            timely.tell(Array(known))
            rest = rest.dropFirst(known.count)
            if date.parts.day % 5 == 1 || date.weekday == 1 { timely.settle(boundary.text) }
            date = date.adding(days: 1)
        }
        timely.settle("2026-06-02")
        #expect(Set(late.ending).symmetricDifference(timely.ending).sorted() == [])
    }

    @Test("fully refunded leaves no commission", arguments: seeds)
    func refunded(_ seed: Int) {
        let history = History(seed)
        var story = wild(history, seed)
        story.tell(history.conversions.map { refund("all-\($0.id)", of: $0.id, at: "2026-06-02") })
        for partner in ["ada", "bo", "cy", "di"] {
            #expect(story.earned(partner).values.allSatisfy { $0 == 0 })
        }
        #expect(
            story.balances.all.filter { $0.account.hasPrefix("Expenses:") && $0.amount.minor != 0 }.isEmpty)
        #expect(story.faultBelowZero == nil)
    }

    @Test("does not change a winner by a weaker claim", arguments: seeds)
    func weaker(_ seed: Int) throws {
        let history = History(seed)
        let isLast = history.program.yaml.contains("model: last")
        let before = Story(history.program, history.evidence + history.conversions)
        for conversion in history.conversions {
            guard case .conversion(let content) = conversion.content, let visitor = content.visitor,
                let winner = before.decision(conversion.id)?.json["claims"]?.elements?.first,
                winner["outcome"]?.text == "won",
                winner["class"]?.text == "click", let at = winner["at"]?.text
            else { continue }
            // A click of Bo's would make his coupon count where coupons require one.
            if content.coupon == "bo" { continue }
            let moved = instant(at).moved(by: Span(milliseconds: isLast ? -1 : 1))
            let weak = click("weaker", at: moved.text, of: "bo", by: visitor)
            let after = Story(history.program, history.evidence + history.conversions + [weak])
            #expect(after.source(conversion.id) == before.source(conversion.id))
        }
    }

    @Test("has the same winners and the same money when nobody asks for the reasons", arguments: seeds)
    func unexplained(_ seed: Int) {
        let history = History(seed)
        var chance = Seeded(seed + 5)
        // More clicks of one visitor than are weighed, most of them of bots.
        let crowd = (0..<Int.random(in: 0...90, using: &chance)).map { number in
            let minute = Int.random(in: 0...9, using: &chance)
            return click(
                "z\(number)", at: "2026-02-2\(Int.random(in: 0...3, using: &chance))T09:3\(minute):00Z",
                of: ["ada", "bo", "cy", "di"].randomElement(using: &chance)!, by: "v",
                [("bot", .bool(Int.random(in: 0..<8, using: &chance) > 0))])
        }
        var explained = Story(history.program, history.evidence + crowd)
        var brief = Story(history.program, history.evidence + crowd, isExplained: false)
        for fact in (history.rates + history.conversions + history.reversals).shuffled(using: &chance) {
            explained.tell([fact])
            brief.tell([fact])
        }
        for story in [explained, brief] { #expect(story.refusals == []) }
        #expect(
            explained.records.map { $0.outcome.decisions.map(\.winner) }
                == brief.records.map { $0.outcome.decisions.map(\.winner) })
        #expect(explained.records.contains { $0.outcome.decisions.contains { $0.winner != nil } })
        #expect(brief.records.allSatisfy { $0.outcome.claims.isEmpty })
        #expect(explained.records.flatMap(\.lines).map(\.body) == brief.records.flatMap(\.lines).map(\.body))
        #expect(explained.sealed == brief.sealed)
    }

    @Test("decides the same in whatever order the clicks are handed in", arguments: 0..<50)
    func evidence(_ seed: Int) throws {
        let history = History(seed)
        var chance = Seeded(seed + 3)
        let clicks = history.evidence.compactMap { fact -> SeenClick? in
            guard case .click(let content) = fact.content else { return nil }
            return SeenClick(id: fact.id, at: fact.at, content: content)
        }
        let sale = sale("s", at: "2026-02-20T10:00:00Z")
        var decisions: Set<JSON> = []
        for _ in 0..<6 {
            var book = Book(program: "acme", isWhole: true)
            book.publish(history.program, version: 1, effectiveAt: nil)
            for (number, fact) in history.evidence.enumerated() where fact.kind != .click {
                _ = try book.attempt(fact, sequence: Int64(number))
            }
            book.present(clicks.shuffled(using: &chance), for: book.names.conversion("s"))
            guard case .done(let records) = try book.attempt(sale, sequence: 100) else { continue }
            decisions.formUnion(records.decisions.map(\.json))
        }
        #expect(decisions.count == 1)
    }

    /// Facts that arrive in any order, with settlements and payouts between them.
    private func wild(_ history: History, _ seed: Int) -> Story {
        var chance = Seeded(seed + 4)
        var story = Story(history.program, history.evidence + history.rates)
        var facts = (history.conversions + history.reversals + history.steering).shuffled(using: &chance)
        for (month, date) in ["2026-02-03", "2026-03-17", "2026-04-08", "2026-06-01"].enumerated() {
            let share = month == 3 ? facts.count : Int.random(in: 0...facts.count / 2, using: &chance)
            for fact in facts.prefix(share) { story.tell([fact]) }
            facts.removeFirst(share)
            story.settle(date)
            guard let issued = story.records.flatMap(\.statements).last?.date, issued <= day(date), month < 3
            else { continue }
            pay(&story, "b\(month)", date, &chance)
        }
        return story
    }

    private func pay(_ story: inout Story, _ id: String, _ date: String, _ chance: inout Seeded) {
        var names = story.simulation.book.names
        let today = story.simulation.book.terms.latest!.zone.day(of: instant(date))
        guard let unpaid = story.simulation.book.memory.unpaid,
            unpaid.contains(where: {
                $0.payDay <= today && $0.amount.minor > 0 && names.text($0.partner) != "di"
            })
        else { return }
        story.tell([
            act(.batch, id, at: date, ["by": "usr_olga"]),
            act(.batchApproval, id, at: date, ["of": .string(id), "by": "usr_paul"]),
        ])
        let items = story.simulation.book.memory.batches[names.batch(id)]?.items ?? []
        let rows = items.map { item in
            JSON.record([
                "partner": .string(names.text(item.partner)), "currency": .string(item.amount.currency.code),
                "result": .string(["paid", "rejected", "unknown"].randomElement(using: &chance)!),
            ])
        }
        story.tell([act(.payoutResult, id, at: date, ["of": .string(id), "results": .array(rows)])])
    }
}
