import Facts
import Recording
import Store
import Testing
import TestStores
import Values
import Work

@Suite("The door for facts", .onEachDatabase)
struct DoorTests {
    private func given() async throws -> Given {
        let given = try await Given.program()
        try await given.record(partner("ada"), link("ada"))
        return given
    }

    @Test("parks a refund until its sale comes, and then takes both")
    func parked() async throws {
        let given = try await given()
        let refund = fact("refund", "r", "2026-03-12", #""of":"s","amount":"40.00""#)
        #expect(try await given.record(refund)[0].isParked)
        #expect(try await given.record(refund)[0].isParked)
        #expect(try await given.count("refund") == 0)
        try await given.record(
            click("k", "2026-03-09", of: "ada"), sale("s", "2026-03-10", #""visitor":"v""#))
        #expect(try await given.count("refund") == 1)
        #expect(try await given.owed("ada") == "7.50 EUR")
        #expect(try await given.record(refund)[0].isRepeated)
        try await given.verify()
        await given.close()
    }

    @Test(
        "refuses an id or a code that holds what nobody sees",
        arguments: [
            "\u{200B}", "\u{200D}", "\u{202E}", "\u{2066}", "\u{FEFF}", "\u{AD}", "\u{FE0F}", "\u{E0041}",
            "\u{85}", "\u{2028}", "\u{A0}", "\u{3164}",
        ])
    func invisible(_ character: String) async throws {
        let given = try await given()
        let odd = "a\(character)b"
        let own = #""amount":"1.00","currency":"EUR","event":"sale""#
        for (kind, id, fields, pointer) in [
            ("partner", odd, #""type":"affiliate""#, "/id"),
            ("coupon", "c", #""partner":"ada","code":"\#(odd)""#, "/code"),
            ("link", "l", #""partner":"\#(odd)","slug":"s""#, "/partner"),
            ("conversion", "o", #"\#(own),"customer":"\#(odd)""#, "/customer"),
        ] {
            let line = #"{"fact":"\#(kind)","id":"\#(id)","at":"2026-03-09T00:00:00Z",\#(fields)}"#
            let refusal = #expect(throws: Refusal.self) {
                try FactReader(.outside(given.house.hashKey)).line(line.utf8)
            }
            #expect(refusal?.faults.map(\.pointer) == [pointer])
            #expect(refusal?.faults.map(\.code) == ["invisible_character"])
        }
        let bea = try await given.record(partner("bea", #""type":"affiliate","name":"B\#(character)ea""#))
        #expect(bea[0].isNew)
        await given.close()
    }

    @Test("says which character it was, and reads what was taken before")
    func named() throws {
        #expect(Fault("/id", .invisible("U+200B")).detail == "must not hold the invisible character U+200B")
        let stored = try FactReader(.store).stored(
            .conversion, id: "a\u{200B}b", at: .earliest, receivedAt: .earliest,
            body: #"{"amount":"1.00","currency":"EUR","customer":"c\#u{200B}","event":"sale"}"#)
        #expect(stored.id == "a\u{200B}b" && stored.body.contains("c\u{200B}"))
    }

    @Test("parks a chain of facts, each of which waits for the one before")
    func chain() async throws {
        let given = try await Given.program()
        let answers = try await given.record(
            fact("refund", "r", "2026-03-12", #""of":"s""#), click("k", "2026-03-09", of: "ada"), link("ada"))
        #expect(answers.map(\.isParked) == [true, true, true])
        try await given.record(sale("s", "2026-03-10", #""visitor":"v""#))
        #expect(try await given.sources() == ["s": "direct"])
        try await given.record(partner("ada"))
        #expect(try await given.sources() == ["s": "ada"])
        #expect(try await given.balances() == [])
        try await given.verify()
        await given.close()
    }

    @Test("keeps the personal values of a parked partner's facts sealed, and no name in any fact")
    func personal() async throws {
        let given = try await Given.program()
        try await given.record(
            partner("ada", #""type":"affiliate","name":"Ada Lovelace","email":"Ada@Engine.Example""#))
        try await given.record(sale("s", "2026-03-10", #""email":"Buyer@Shop.Example""#))
        let bodies = try await given.house.look(at: given.program) { look in
            try look.rows("SELECT body FROM fact WHERE program_id = \(look.program)").map { $0.text("body") }
        }
        for body in bodies {
            let text = body.lowercased()
            #expect(
                !text.contains("lovelace") && !text.contains("engine.example")
                    && !text.contains("shop.example"))
        }
        await given.close()
    }

    @Test("caps what comes back at what was sold, and says so")
    func capped() async throws {
        let given = try await given()
        try await given.record(
            click("k", "2026-03-09", of: "ada"), sale("s", "2026-03-10", #""visitor":"v""#))
        let answers = try await given.record(
            fact("refund", "r1", "2026-03-11", #""of":"s","amount":"60.00""#),
            fact("refund", "r2", "2026-03-12", #""of":"s","amount":"60.00""#))
        guard case .new(_, let first) = answers[0], case .new(_, let second) = answers[1] else {
            Issue.record("a refund was not taken")
            return
        }
        #expect(first.isEmpty && !second.isEmpty)
        #expect(try await given.balances() == [])
        try await given.verify()
        await given.close()
    }

    @Test("lets a refusal cost its neighbours nothing")
    func neighbours() async throws {
        let given = try await given()
        let answers = try await given.record(
            sale("s1", "2026-03-10", #""visitor":"v""#),
            fact("link", "other", "2026-03-01", #""partner":"ada","slug":"ada""#),
            fact("partner", "p", "2026-03-01", #""type":"reseller""#),
            sale("s2", "2026-03-10", #""visitor":"w""#))
        #expect(answers[0].isNew && answers[3].isNew)
        #expect(answers[1].refusal?.faults.map(\.pointer) == ["/slug"])
        #expect(answers[2].refusal?.faults.map(\.pointer) == ["/type"])
        try await given.verify()
        await given.close()
    }

    @Test("gives the same answer to the same sale, in one turn or another")
    func repeats() async throws {
        let given = try await given()
        let facts = try given.facts([
            click("k", "2026-03-09", of: "ada"), sale("s", "2026-03-10", #""visitor":"v""#),
            sale("s", "2026-03-10", #""visitor":"v""#),
        ])
        let first = try await given.record(facts, through: .api)
        let second = try await given.record(facts, through: .api)
        #expect(first[1].isNew && first[2].isRepeated && second[1].isRepeated)
        let bodies = [first[1], first[2], second[1]].map { $0.body?.compact }
        #expect(bodies[0] != nil && Set(bodies).count == 1)
        #expect(first[1].body?["lines"]?.elements?.count == 2)
        #expect(try await given.count("conversion") == 1)
        await given.close()
    }

    @Test("take a click of one id once, and refuse another of that id in the same turn")
    func twins() async throws {
        let given = try await Given.program()
        try await given.record(partner("ada"), link("ada"))
        let answers = try await given.record(
            click("k", "2026-03-09", of: "ada", by: "v"), click("k", "2026-03-09", of: "ada", by: "w"),
            click("k", "2026-03-09", of: "ada", by: "v"))
        #expect(answers[0].isNew && answers[1].refusal?.code == "conflict" && answers[2].isRepeated)
        await given.close()
    }

    @Test("refuses other content under the same id, and names what differs")
    func conflict() async throws {
        let given = try await given()
        try await given.record(sale("s", "2026-03-10", #""visitor":"v""#))
        let other = try await given.record(
            sale("s", "2026-03-10", #""visitor":"w","coupon":"X""#, amount: "101.00"))
        #expect(other[0].refusal?.code == "conflict")
        #expect(other[0].refusal?.faults.map(\.pointer) == ["/amount", "/coupon", "/visitor"])
        #expect(
            other[0].refusal?.faults.first?.reason == .differs(before: #""100.00""#, now: #""101.00""#))
        let moved = try given.facts([sale("s", "2026-03-11", #""visitor":"v""#)])
        #expect(try await given.record(moved)[0].refusal?.faults.map(\.pointer) == ["/at"])
        #expect(try await given.record(moved, through: .api)[0].isRepeated)
        await given.close()
    }

    @Test("keeps ids as long as they may be, in any script, and none that is longer for its marks")
    func long() async throws {
        let given = try await Given.program()
        let name = { (first: UInt32) in
            String(String.UnicodeScalarView((0..<128).compactMap { Unicode.Scalar(first + $0 * 7 % 128) }))
        }
        let (ada, order, customer) = (name(0x1F600), name(0x20000), name(0x20100))
        try await given.record(
            partner(ada), fact("coupon", "c", "2026-01-02", #""partner":"\#(ada)","code":"A""#),
            sale(order, "2026-03-10", #""coupon":"A","customer":"\#(customer)""#))
        try await given.settle("2026-05-02T00:00:00Z")
        #expect(try await given.sources() == [order: ada])
        try await given.verify()
        let marked = "a" + String(repeating: "\u{301}\u{302}", count: 600)
        #expect(throws: Refusal.self) { try given.facts([partner(marked)]) }
        await given.close()
    }

    @Test("numbers facts without a gap, whoever is refused, parked or rolled back")
    func gapless() async throws {
        let given = try await given()
        for number in 0..<12 {
            try await given.record(
                sale("s\(number)", "2026-03-10", #""visitor":"v""#),
                fact("refund", "r\(number)", "2026-03-12", #""of":"nowhere-\#(number)""#),
                fact("coupon", "c\(number)", "2026-03-12", #""partner":"ada","code":"SAME""#))
            await #expect(throws: Refusal.self) {
                try await given.house.work(in: given.program, as: Given.owner) { work in
                    var recorder = try Recorder(given.shelf, through: .file, in: work)
                    _ = try recorder.record(
                        try given.facts([sale("lost-\(number)", "2026-03-10", #""visitor":"v""#)]))
                    throw Refusal.overflow
                }
            }
        }
        let numbers = try await given.house.look(at: given.program) { look in
            try look.rows("SELECT sequence FROM fact WHERE program_id = \(look.program) ORDER BY sequence")
                .map { $0.integer("sequence") }
        }
        #expect(numbers == Array(1...Int64(numbers.count)))
        #expect(numbers.count == 3 + 12 + 1)
        try await given.verify()
        await given.close()
    }
}
