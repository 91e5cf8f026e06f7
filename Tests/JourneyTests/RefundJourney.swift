import Testing
import TestStores
import Values

@Suite("A refund that is posted", .onEachDatabase)
struct RefundJourney {
    private static let sale =
        #"{"id":"o-1","event":"sale","amount":"40.00","currency":"EUR","coupon":"ANN10"}"#

    @Test("before its sale waits for it, and is applied when it comes")
    func parked() async throws {
        try await Shop.open { shop in
            try await shop.welcomeAnn()
            let early = try await shop.post("/v1/refunds", #"{"id":"r-1","of":"o-1","amount":"10.00"}"#)
            #expect(early.status == 202)
            #expect(early.text == #"{"id":"r-1","parked":true,"waits_for":"conversion:o-1"}"#)
            #expect(try await shop.post("/v1/conversions", Self.sale).status == 201)
            let sale = try await shop.get("/v1/conversions/o-1").json
            #expect(sale?["refunded"]?.text == "10.00")
            #expect(sale?["lines"]?.elements?.compactMap { $0["amount"]?.text } == ["4.00", "-1.00"])
            let again = try await shop.post("/v1/refunds", #"{"id":"r-1","of":"o-1","amount":"10.00"}"#)
            #expect(again.status == 200)
        }
    }

    @Test("of more than is left takes what is left")
    func capped() async throws {
        try await Shop.open { shop in
            try await shop.welcomeAnn()
            _ = try await shop.post("/v1/conversions", Self.sale)
            let refund = try await shop.post(
                "/v1/refunds", #"{"id":"r-1","of":"conversion:o-1","amount":"99.00"}"#)
            #expect(refund.status == 201, "\(refund.text)")
            #expect(refund.json?["lines"]?.elements?.compactMap { $0["amount"]?.text } == ["-4.00"])
            #expect(try await shop.get("/v1/conversions/o-1").json?["refunded"]?.text == "40.00")
        }
    }

    @Test("with more decimals than the sale's currency has, or nothing to refund, is refused")
    func wrong() async throws {
        try await Shop.open { shop in
            _ = try await shop.post("/v1/conversions", Self.sale)
            let fine = try await shop.post("/v1/refunds", #"{"of":"o-1","amount":"0.001"}"#)
            #expect(fine.faults == ["/amount too_many_decimals"])
            let nothing = try await shop.post("/v1/refunds", #"{"of":"o-1","amount":"0.00"}"#)
            #expect(nothing.faults == ["/amount not_positive"])
            let nowhere = try await shop.post("/v1/refunds", #"{"amount":"1.00"}"#)
            #expect(nowhere.faults == ["/of missing"])
        }
    }
}
