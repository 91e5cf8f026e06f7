import Facts
import Recording
import Store
import Testing
import Values
import Work

@Suite("The order in which facts arrive")
struct ArrivalTests {
    static let partners = ["ada", "bo", "cy", "dee"]
    static let customers = 6

    /// Four months of four partners: competing clicks, codes, returning customers, refunds before and beyond,
    /// a rejection, a hold, a departure, two currencies.
    static let story: [String] = {
        var lines = partners.map { partner($0) } + partners.map(link)
        lines[3] = partner("dee", #""type":"affiliate","currency":"USD","account":"dee-shop""#)
        lines += partners.map { name in
            fact(
                "coupon", "code-\(name)", "2026-01-20",
                #""partner":"\#(name)","code":"\#(name.uppercased())10""#)
        }
        for (day, rate) in [("2026-02-27", "1.1000"), ("2026-03-31", "1.1200"), ("2026-04-30", "1.0900")] {
            lines.append(
                fact(
                    "rate", "usd-\(day)", day + "T15:00:00Z",
                    #""date":"\#(day)","base":"EUR","quote":"USD","rate":"\#(rate)""#))
        }
        lines.append(fact("departure", "cy-leaves", "2026-03-10", #""partner":"cy","reason":"moved away""#))
        var dice = Dice(state: 20_260_101)
        for number in 0..<48 {
            let customer = number % customers
            let month = ["01", "02", "03", "04"][number / 12]
            let day = Int.random(in: 10...27, using: &dice)
            let visitor = #""visitor":"v\#(customer)","customer":"c\#(customer)""#
            for touch in 0..<Int.random(in: 0...2, using: &dice) {
                let name = partners[Int.random(in: 0..<4, using: &dice)]
                let before = Int.random(in: 0...9, using: &dice)
                let hour = 10 + Int.random(in: 0...9, using: &dice)
                let at = "2026-\(month)-\(pad(day - before))T\(hour):\(pad(number)):00Z"
                lines.append(click("k\(number)-\(touch)", at, of: name, by: "v\(customer)"))
            }
            var rest = visitor
            if number % 5 == 0 { rest += #","coupon":"\#(partners[number % 4])10""# }
            if number % 11 == 0 { rest += #","account":"DEE-shop""# }
            let cents = pad(Int.random(in: 0...99, using: &dice))
            let amount = "\(Int.random(in: 20...400, using: &dice)).\(cents)"
            lines.append(
                sale("s\(number)", "2026-\(month)-\(pad(day))T18:\(pad(number)):00Z", rest, amount: amount))
            if number % 6 == 1 {
                lines.append(
                    fact("refund", "r\(number)", "2026-04-29", #""of":"s\#(number)","amount":"12.34""#))
                lines.append(
                    fact("refund", "rr\(number)", "2026-04-30", #""of":"s\#(number)","amount":"5.01""#))
            }
            if number % 9 == 2 {
                lines.append(fact("chargeback", "b\(number)", "2026-04-30", #""of":"s\#(number)""#))
            }
        }
        lines.append(fact("rejection", "no-7", "2026-03-01", #""of":"s7","reason":"own order""#))
        lines.append(fact("hold", "wait-8", "2026-03-01", #""of":"s8","reason":"looks odd""#))
        return lines
    }()

    private static func pad(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    private struct Ending: Hashable {
        let balances: [String]
        let sources: [String: String]
    }

    private func ending(_ arrange: ([FactRecord]) -> [FactRecord]) async throws -> Ending {
        let given = try await Given.program()
        let facts = arrange(try given.facts(Self.story))
        #expect(facts.count == Self.story.count)
        try await given.arrive(facts)
        let parked = try await given.house.look(at: given.program) { look in
            try look.rows("SELECT kind, id FROM parked WHERE program_id = \(look.program)").map {
                $0.text("id")
            }
        }
        #expect(parked.isEmpty, "\(parked) still wait")
        try await given.settle("2026-05-05T00:00:00Z")
        try await given.verify()
        let ending = Ending(balances: try await given.balances(), sources: try await given.sources())
        await given.close()
        return ending
    }

    @Test(
        "changes no balance: shuffled or backwards, they end as they do in order",
        arguments: 0...5 as ClosedRange<UInt64>)
    func arrival(_ seed: UInt64) async throws {
        let ordered = try await ending { $0.sorted(by: FactRecord.precedes) }
        #expect(ordered.balances.contains { $0.contains("Payable") && $0.hasSuffix("USD") })
        #expect(Set(ordered.sources.values) == Set(Self.partners + ["direct"]))
        let other = try await ending { facts in
            var dice = Dice(state: seed)
            return seed == 0 ? facts.sorted(by: FactRecord.precedes).reversed() : facts.shuffled(using: &dice)
        }
        #expect(other.sources == ordered.sources)
        expect(other.balances, like: ordered.balances)
    }

    @Test("within one turn changes none either")
    func together() async throws {
        let apart = try await ending { $0.sorted(by: FactRecord.precedes) }
        let given = try await Given.program()
        var dice = Dice(state: 7)
        try await given.record(try given.facts(Self.story).shuffled(using: &dice))
        try await given.settle("2026-05-05T00:00:00Z")
        try await given.verify()
        expect(try await given.balances(), like: apart.balances)
        await given.close()
    }

    private func expect(_ balances: [String], like others: [String]) {
        let lacking = Set(others).subtracting(balances).sorted()
        let extra = Set(balances).subtracting(others).sorted()
        #expect(lacking == [])
        #expect(extra == [])
    }
}
