import Facts
import Recording
import Replay
import Testing
import TestStores
import Values
import Work

@Suite("Evidence that comes after its sale", .onEachDatabase)
struct LateTests {
    private func given(_ terms: String = Given.terms()) async throws -> Given {
        let given = try await Given.program(terms)
        try await given.record(partner("ada"), partner("bo"), link("ada"), link("bo"))
        return given
    }

    @Test("as a click gives a sale that was nobody's to its partner")
    func lateClick() async throws {
        let given = try await given()
        try await given.record(sale("s", "2026-03-10", #""visitor":"v""#))
        #expect(try await given.sources() == ["s": "direct"])
        #expect(try await given.lines(of: "s") == [])
        try await given.record(click("k", "2026-03-09", of: "ada"))
        #expect(try await given.sources() == ["s": "ada"])
        #expect(
            try await given.lines(of: "s")
                == ["ada welcome commission 5.00 EUR", "ada sale commission 7.50 EUR"])
        #expect(try await given.count("review") == 1)
        #expect(try await given.owed("ada") == "12.50 EUR")
        try await given.verify()
        await given.close()
    }

    @Test("as clicks that waited on disk, each once however often they flow in")
    func waitingClicks() async throws {
        let given = try await given()
        let shelf = given.shelf
        let early = given.spooled("2026-03-09T12:00:00Z", of: "ada", by: "v")
        let clicks = [early, given.spooled("2026-03-09T13:00:00Z", of: "bo", by: "w")]
        try await given.record(
            sale("s", "2026-03-10", #""visitor":"v""#), sale("t", "2026-03-10", #""visitor":"x""#))
        for _ in 0..<2 { try await LateClicks.flow(clicks, shelf, into: given.house) }
        #expect(try await given.sources() == ["s": "ada", "t": "direct"])
        #expect(try await given.count("review") == 1)
        #expect(try await given.clicksKept() == [2, 2])
        try await given.verify()

        // One that the database had already when its visitor bought.
        try await given.record(sale("u", "2026-03-11", #""visitor":"w""#))
        try await LateClicks.flow(clicks, shelf, into: given.house)
        #expect(try await given.sources() == ["s": "ada", "t": "direct", "u": "bo"])
        #expect(try await given.clicksKept() == [2, 2])
        try await given.verify()
        await given.close()
    }

    @Test("as a click that came after the ground for the sale was laid still speaks at it")
    func clickUponGround() async throws {
        let given = try await given()
        let shelf = given.shelf
        let sales = try given.facts([sale("s", "2026-03-10", #""visitor":"v""#)])
        let ground = try await given.house.look(at: given.program) {
            try Groundwork.lay(sales, shelf, at: $0)
        }
        try await given.record(click("k", "2026-03-09", of: "ada"))
        try await given.house.work(in: given.program, as: Given.owner) { work in
            var recorder = try Recorder(shelf, through: .file, in: work)
            _ = try recorder.record(sales, on: ground)
        }
        #expect(try await given.sources() == ["s": "ada"])
        #expect(try await given.count("review") == 0)
        try await given.verify()
        await given.close()
    }

    @Test("as a later click takes the sale from one and gives it to the other")
    func laterClick() async throws {
        let given = try await given()
        try await given.record(
            click("k1", "2026-03-08", of: "ada"), sale("s", "2026-03-10", #""visitor":"v""#))
        try await given.record(click("k2", "2026-03-09", of: "bo"))
        #expect(try await given.sources() == ["s": "bo"])
        #expect(try await given.owed("ada") == nil)
        #expect(try await given.owed("bo") == "12.50 EUR")
        #expect(
            Set(try await given.lines(of: "s").suffix(4)) == [
                "ada welcome reversal -5.00 EUR", "ada sale reversal -7.50 EUR",
                "bo welcome commission 5.00 EUR",
                "bo sale commission 7.50 EUR",
            ])
        try await given.verify()
        await given.close()
    }

    @Test("as a click that loses changes no money, and is weighed all the same")
    func losingClick() async throws {
        let given = try await given()
        try await given.record(
            click("k2", "2026-03-09", of: "bo"), sale("s", "2026-03-10", #""visitor":"v""#))
        let before = try await given.balances()
        try await given.record(click("k1", "2026-03-08", of: "ada"))
        #expect(try await given.balances() == before)
        #expect(try await given.count("review") == 1)
        try await given.verify()
        await given.close()
    }

    @Test("as a click outside the window, or of another visitor, reviews nothing")
    func unrelatedClick() async throws {
        let given = try await given()
        try await given.record(sale("s", "2026-03-10", #""visitor":"v""#))
        try await given.record(
            click("old", "2025-11-01", of: "ada"), click("other", "2026-03-09", of: "ada", by: "w"),
            click("after", "2026-03-11", of: "ada"))
        #expect(try await given.count("review") == 0)
        #expect(try await given.sources() == ["s": "direct"])
        try await given.verify()
        await given.close()
    }

    @Test("as a code gives the sale to the code's partner")
    func lateCoupon() async throws {
        let given = try await given()
        try await given.record(
            click("k", "2026-03-09", of: "ada"), sale("s", "2026-03-10", #""visitor":"v","coupon":" bo10 ""#))
        #expect(try await given.sources() == ["s": "ada"])
        try await given.record(fact("coupon", "c", "2026-03-01", #""partner":"bo","code":"BO10""#))
        #expect(try await given.sources() == ["s": "bo"])
        #expect(try await given.owed("ada") == nil)
        #expect(try await given.owed("bo") == "12.50 EUR")
        try await given.verify()
        await given.close()
    }

    @Test("as a code that was not yet valid gives nothing")
    func earlyCoupon() async throws {
        let given = try await given()
        try await given.record(sale("s", "2026-03-10", #""coupon":"BO10""#))
        try await given.record(fact("coupon", "c", "2026-03-11", #""partner":"bo","code":"BO10""#))
        #expect(try await given.sources() == ["s": "direct"])
        #expect(try await given.balances() == [])
        try await given.verify()
        await given.close()
    }

    @Test("as a departure takes back what came after it, and leaves what came before")
    func lateDeparture() async throws {
        let given = try await given()
        try await given.record(
            click("k", "2026-03-01", of: "ada"),
            sale("before", "2026-03-04", #""visitor":"v","customer":"c1""#),
            sale("after", "2026-03-10", #""visitor":"v","customer":"c2""#))
        #expect(try await given.owed("ada") == "25.00 EUR")
        try await given.record(fact("departure", "d", "2026-03-05", #""partner":"ada""#))
        #expect(try await given.sources() == ["before": "ada", "after": "direct"])
        #expect(try await given.owed("ada") == "12.50 EUR")
        try await given.verify()
        await given.close()
    }

    @Test("as an earlier sale of a customer moves the sales that were bound by a later one")
    func earlierSale() async throws {
        let given = try await given(Given.terms(order: "[customer, click]"))
        try await given.record(
            click("k1", "2026-03-01", of: "ada", by: "v1"), click("k2", "2026-03-08", of: "bo", by: "v2"),
            sale("s2", "2026-03-10", #""visitor":"v2","customer":"c""#),
            sale("s3", "2026-03-12", #""customer":"c""#))
        #expect(try await given.sources() == ["s2": "bo", "s3": "bo"])
        try await given.record(sale("s1", "2026-03-05", #""visitor":"v1","customer":"c""#))
        #expect(try await given.sources() == ["s1": "ada", "s2": "ada", "s3": "ada"])
        #expect(try await given.owed("bo") == nil)
        // The welcome is for the customer's first sale, which is now another.
        #expect(try await given.owed("ada") == "27.50 EUR")
        try await given.verify()
        await given.close()
    }

    @Test("after the statement makes the one owe and the other earn anew")
    func afterStatement() async throws {
        let given = try await given()
        try await given.record(
            click("k1", "2026-03-08", of: "ada"), sale("s", "2026-03-10", #""visitor":"v""#))
        try await given.settle("2026-05-02T00:00:00Z")
        #expect(try await given.owed("ada", "Payable") == "12.50 EUR")
        try await given.record(click("k2", "2026-03-09", of: "bo"))
        #expect(try await given.balances().contains("Assets:ClawbackReceivable:P-ada 12.50 EUR"))
        #expect(try await given.owed("bo") == "12.50 EUR")
        try await given.settle("2026-06-02T00:00:00Z")
        #expect(try await given.owed("bo", "Payable") == "12.50 EUR")
        try await given.verify()
        await given.close()
    }

    @Test("reviews each sale once, and the same again reviews nothing")
    func again() async throws {
        let given = try await given()
        try await given.record(
            sale("s1", "2026-03-10", #""visitor":"v""#), sale("s2", "2026-03-11", #""visitor":"v""#))
        let clicks = try given.facts([
            click("k1", "2026-03-08", of: "ada"), click("k2", "2026-03-09", of: "ada"),
        ])
        let first = try await given.record(clicks)
        #expect(first.map(\.isNew) == [true, true])
        let reviews = try await given.count("review")
        #expect(reviews == 2)
        let second = try await given.record(clicks)
        #expect(second.map(\.isRepeated) == [true, true])
        #expect(try await given.count("review") == reviews)
        try await given.verify()
        await given.close()
    }
}
