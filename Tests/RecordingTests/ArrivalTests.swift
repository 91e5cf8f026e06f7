import Facts
import Ledger
import Recording
import Replay
import Store
import Testing
import TestStores
import Values
import Work

@Suite("The order in which facts arrive", .onEachDatabase)
struct ArrivalTests {
    static let partners = ["ada", "bo", "cy", "dee"]
    static let customers = 6

    /// When customers send things back.
    enum Returns { case beforeStatement, afterStatement }

    /// Four months of four partners: competing clicks, codes, returning customers, refunds before and beyond,
    /// a rejection, a hold, a departure, and two currencies where nothing comes back late.
    static func story(_ returns: Returns) -> [String] {
        let isLate = returns == .afterStatement
        let dee = #""type":"affiliate","account":"dee-shop""# + (isLate ? "" : #","currency":"USD""#)
        var lines = [partner("ada"), partner("bo"), partner("cy"), partner("dee", dee)] + partners.map(link)
        lines += partners.map { name in
            fact(
                "coupon", "code-\(name)", "2026-01-20",
                #""partner":"\#(name)","code":"\#(name.uppercased())10""#)
        }
        for (day, rate) in [("2026-02-27", "1.1000"), ("2026-03-31", "1.1200"), ("2026-04-30", "1.0900")] {
            let quote = #""date":"\#(day)","base":"EUR","quote":"USD","rate":"\#(rate)""#
            lines.append(fact("rate", "usd-\(day)", day + "T15:00:00Z", quote))
        }
        lines.append(fact("departure", "cy-leaves", "2026-03-10", #""partner":"cy","reason":"moved away""#))
        var dice = Dice(state: 20_260_101)
        for number in 0..<48 {
            let month = "2026-" + ["01", "02", "03", "04"][number / 12]
            let back = isLate ? "2026-04-29" : month + "-28"
            lines += journey(number, month, &dice)
            if number % 6 == 1 {
                lines.append(fact("refund", "r\(number)", back, #""of":"s\#(number)","amount":"12.34""#))
                lines.append(fact("refund", "rr\(number)", back, #""of":"s\#(number)","amount":"5.01""#))
            }
            if number % 9 == 2 {
                lines.append(fact("chargeback", "b\(number)", back, #""of":"s\#(number)""#))
            }
        }
        lines.append(fact("rejection", "no-7", "2026-01-29", #""of":"s7","reason":"own order""#))
        lines.append(fact("hold", "wait-8", "2026-01-29", #""of":"s8","reason":"looks odd""#))
        return lines
    }

    /// Up to two clicks, and the sale that followed.
    private static func journey(_ number: Int, _ month: String, _ dice: inout Dice) -> [String] {
        var lines: [String] = []
        let customer = number % customers
        let day = Int.random(in: 10...27, using: &dice)
        for touch in 0..<Int.random(in: 0...2, using: &dice) {
            let name = partners[Int.random(in: 0..<4, using: &dice)]
            let before = Int.random(in: 0...9, using: &dice)
            let hour = 10 + Int.random(in: 0...7, using: &dice)
            let at = "\(month)-\(pad(day - before))T\(hour):\(pad(number)):00Z"
            lines.append(click("k\(number)-\(touch)", at, of: name, by: "v\(customer)"))
        }
        var rest = #""visitor":"v\#(customer)","customer":"c\#(customer)""#
        if number % 5 == 0 { rest += #","coupon":"\#(partners[number % 4])10""# }
        if number % 11 == 0 { rest += #","account":"DEE-shop""# }
        let cents = pad(Int.random(in: 0...99, using: &dice))
        let amount = "\(Int.random(in: 20...400, using: &dice)).\(cents)"
        return lines + [
            sale("s\(number)", "\(month)-\(pad(day))T18:\(pad(number)):00Z", rest, amount: amount)
        ]
    }

    private static func pad(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    private struct Ending {
        let balances: [String]
        let sources: [String: String]
        /// What each partner has had and has to come, less what it owes.
        let due: [String: Int64]
    }

    /// The endings of both stories in order, on each database.
    private actor Ordered {
        private var endings: [String: Ending] = [:]

        func ending(_ key: String, _ make: @Sendable () async throws -> Ending) async throws -> Ending {
            let ending = if let known = endings[key] { known } else { try await make() }
            endings[key] = ending
            return ending
        }
    }

    private static let ordered = Ordered()

    private func ordered(_ returns: Returns) async throws -> Ending {
        try await Self.ordered.ending("\(returns) \(Stage.current.backend)") {
            try await ending(returns) { $0.sorted(by: FactRecord.precedes) }
        }
    }

    private func ending(
        _ returns: Returns, together: Bool = false, _ arrange: @Sendable ([FactRecord]) -> [FactRecord]
    ) async throws -> Ending {
        let given = try await Given.program()
        let facts = arrange(try given.facts(Self.story(returns)))
        if together { try await given.record(facts) } else { try await given.arrive(facts) }
        let parked = try await given.house.look(at: given.program) { look in
            try look.rows("SELECT id FROM parked WHERE program_id = \(look.program)").map { $0.text("id") }
        }
        #expect(parked.isEmpty)
        try await given.verify()
        try await given.settle("2026-05-05T00:00:00Z")
        try await given.verify()
        let all = try await given.house.look(at: given.program) { try JournalRows.balances(at: $0).all }
        var due: [String: Int64] = [:]
        for (account, amount) in all where account.contains(":P-") {
            let name = account.split(separator: ":").first { $0.hasPrefix("P-") } ?? ""
            due["\(name) \(amount.currency.code)", default: 0] -= amount.minor
        }
        let ending = Ending(
            balances: try await given.balances(), sources: try await given.sources(), due: due)
        await given.close()
        return ending
    }

    @Test(
        "changes no balance: shuffled or backwards, they end as they do in order",
        arguments: 0...5 as ClosedRange<UInt64>)
    func arrival(_ seed: UInt64) async throws {
        let ordered = try await ordered(.beforeStatement)
        #expect(ordered.balances.contains { $0.contains("Payable") && $0.hasSuffix("USD") })
        #expect(Set(ordered.sources.values) == Set(Self.partners + ["direct"]))
        let other = try await ending(.beforeStatement) { Self.arranged($0, by: seed) }
        #expect(other.sources == ordered.sources)
        expect(other.balances, like: ordered.balances)
    }

    @Test("within one turn changes none either", arguments: 0...3 as ClosedRange<UInt64>)
    func together(_ seed: UInt64) async throws {
        let apart = try await ordered(.beforeStatement)
        let together = try await ending(.beforeStatement, together: true) { Self.arranged($0, by: seed) }
        expect(together.balances, like: apart.balances)
    }

    /// A sale that moved after it was refunded leaves what was stated, and what is owed back, where it
    /// passed.
    @Test(
        "changes nobody's due, when things come back after the statement",
        arguments: 0...5 as ClosedRange<UInt64>)
    func late(_ seed: UInt64) async throws {
        let ordered = try await ordered(.afterStatement)
        #expect(ordered.balances.contains { $0.contains("Clawback") } || ordered.due.count >= 4)
        let other = try await ending(.afterStatement) { Self.arranged($0, by: seed) }
        #expect(other.sources == ordered.sources)
        #expect(other.due.filter { $0.value != 0 } == ordered.due.filter { $0.value != 0 })
    }

    static func arranged(_ facts: [FactRecord], by seed: UInt64) -> [FactRecord] {
        var dice = Dice(state: seed)
        return seed == 0 ? facts.sorted(by: FactRecord.precedes).reversed() : facts.shuffled(using: &dice)
    }

    private func expect(_ balances: [String], like others: [String]) {
        let lacking = Set(others).subtracting(balances).sorted()
        let extra = Set(balances).subtracting(others).sorted()
        #expect(lacking == [])
        #expect(extra == [])
    }
}
