import Facts
import Payouts
import Recording
import Store
import Testing
import TestStores
import Values
import Work

@Suite("A program", .onEachDatabase)
struct ScopeTests {
    /// Two programs in one store, with the same ids in both.
    private func two() async throws -> (Given, Given) {
        let acme = try await Given.program()
        let other = try await acme.found(Given.terms("other"))
        for given in [acme, other] {
            try await given.record(partner("ada"))
            try await given.record(
                fact("link", "ada", "2026-01-02", #""partner":"ada","slug":"\#(given.program)-ada""#))
        }
        return (acme, other)
    }

    @Test("sees nothing of another's facts, though they have the same ids")
    func facts() async throws {
        let (acme, other) = try await two()
        try await acme.record(
            click("k", "2026-03-09", of: "ada"), sale("s", "2026-03-10", #""visitor":"v","customer":"c""#))
        let answers = try await other.record(
            sale("s", "2026-03-10", #""visitor":"v","customer":"c","click":"k""#, amount: "1.00"))
        #expect(answers[0].isNew)
        #expect(try await other.sources() == ["s": "direct"])
        #expect(try await other.balances() == [])
        #expect(try await acme.owed("ada") == "12.50 EUR")
        #expect(try await other.record(fact("refund", "r", "2026-03-11", #""of":"s""#))[0].isNew)
        #expect(try await acme.owed("ada") == "12.50 EUR")
        for given in [acme, other] { try await given.verify() }
        await acme.close()
    }

    @Test("parks what another could satisfy")
    func parked() async throws {
        let (acme, other) = try await two()
        try await acme.record(partner("bo"))
        #expect(try await other.record(link("bo"))[0].isParked)
        try await acme.record(sale("s", "2026-03-10", #""visitor":"v""#))
        #expect(try await other.record(fact("refund", "r", "2026-03-11", #""of":"s""#))[0].isParked)
        await acme.close()
    }

    @Test("settles, pays and numbers its statements alone")
    func money() async throws {
        let (acme, other) = try await two()
        for given in [acme, other] {
            try await given.record(
                click("k", "2026-03-09", of: "ada"), sale("s", "2026-03-10", #""visitor":"v""#))
        }
        try await acme.settle("2026-05-02T00:00:00Z")
        #expect(try await acme.owed("ada", "Payable") == "12.50 EUR")
        #expect(try await other.owed("ada", "Payable") == nil)
        try await other.settle("2026-05-02T00:00:00Z")
        for given in [acme, other] {
            let numbers = try await given.house.look(at: given.program) { look in
                try look.rows("SELECT number FROM statement WHERE program_id = \(look.program)")
                    .map { $0.text("number") }
            }
            #expect(numbers == ["STM-2026-000001"])
            try await given.verify()
        }
        await acme.close()
    }

    @Test("cannot take a link's address that another has: slugs share one address")
    func slugs() async throws {
        let (acme, other) = try await two()
        let answers = try await other.record(
            fact("link", "mine", "2026-01-02", #""partner":"ada","slug":"acme-ada""#))
        #expect(answers[0].refusal?.faults.map(\.pointer) == ["/slug"])
        await acme.close()
    }
}

@Suite("A job", .onEachDatabase)
struct JobTests {
    /// Works so many seconds after noon.
    private func at(
        _ given: Given, _ seconds: Int, _ verb: @escaping @Sendable (Work) throws -> Job?
    ) async throws -> Job? {
        let now = Given.now.moved(by: .seconds(seconds))
        return try await given.house.work(in: given.program, as: .clock, at: now) { try verb($0) }
    }

    @Test("is planned once, however often it is asked for")
    func once() async throws {
        let given = try await Given.program()
        for _ in 0..<3 {
            _ = try await at(given, 0) { work in
                try Job.plan("settle", key: "settle:2026-06-01", dueAt: work.now, in: work)
                return nil
            }
        }
        #expect(try await at(given, 0) { try Job.claim(by: "a", in: $0) }?.key == "settle:2026-06-01")
        #expect(try await at(given, 0) { try Job.claim(by: "a", in: $0) } == nil)
        await given.close()
    }

    @Test("is not begun before it is due")
    func due() async throws {
        let given = try await Given.program()
        _ = try await at(given, 0) { work in
            try Job.plan("settle", key: "k", dueAt: work.now.moved(by: .seconds(60)), in: work)
            return nil
        }
        #expect(try await at(given, 59) { try Job.claim(by: "a", in: $0) } == nil)
        #expect(try await at(given, 60) { try Job.claim(by: "a", in: $0) } != nil)
        await given.close()
    }

    @Test("comes back when its worker is silent, and then the silent one cannot finish it")
    func lease() async throws {
        let given = try await Given.program()
        let lease = Int(Job.lease.milliseconds / 1000)
        let first = try await at(given, 0) { work in
            try Job.plan("settle", key: "k", dueAt: work.now, in: work)
            return try Job.claim(by: "a", in: work)
        }
        let job = try #require(first)
        #expect(job.tries == 1)
        #expect(try await at(given, lease - 1) { try Job.claim(by: "b", in: $0) } == nil)
        #expect(try await at(given, lease) { try Job.claim(by: "b", in: $0) }?.tries == 2)
        let (late, own, again) = try await given.house.work(in: given.program, as: .clock) { work in
            (
                try job.finish(by: "a", in: work), try job.finish(by: "b", in: work),
                try job.finish(by: "b", in: work)
            )
        }
        #expect(!late && own && !again)
        #expect(try await at(given, 10 * lease) { try Job.claim(by: "c", in: $0) } == nil)
        await given.close()
    }

    @Test("goes to one of many who ask at once, and never to another program's worker")
    func crowd() async throws {
        let given = try await Given.program()
        let other = try await given.found(Given.terms("other"))
        _ = try await at(given, 0) { work in
            for number in 0..<10 { try Job.plan("settle", key: "k\(number)", dueAt: work.now, in: work) }
            return nil
        }
        #expect(try await at(other, 0) { try Job.claim(by: "o", in: $0) } == nil)
        let keys = try await withThrowingTaskGroup(of: String?.self) { group in
            for number in 0..<24 {
                group.addTask { try await at(given, 0) { try Job.claim(by: "w\(number)", in: $0) }?.key }
            }
            return try await group.reduce(into: [String]()) { keys, key in key.map { keys.append($0) } }
        }
        #expect(keys.sorted() == (0..<10).map { "k\($0)" })
        await given.close()
    }
}
