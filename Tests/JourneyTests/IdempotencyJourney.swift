import Testing
import TestStores
import Values

@Suite("An idempotency key", .onEachDatabase)
struct IdempotencyJourney {
    private static func sale(_ id: String?, _ amount: String = "10.00") -> String {
        let own = id.map { #""id":"\#($0)","# } ?? ""
        return #"{\#(own)"event":"sale","amount":"\#(amount)","currency":"EUR"}"#
    }

    @Test("stands for one fact, also where that has an id of its own")
    func ownID() async throws {
        try await Shop.open { shop in
            let key = ["Idempotency-Key": "k-1"]
            let first = try await shop.post("/v1/conversions", Self.sale("o-1"), key)
            #expect(first.status == 201)
            #expect(try await shop.post("/v1/conversions", Self.sale("o-1"), key).text == first.text)
            let other = try await shop.post("/v1/conversions", Self.sale("o-2"), key)
            #expect(other.status == 409)
            #expect(other.json?["code"]?.text == "conflict")
            #expect(other.faults == ["/id differs"])
            #expect(try await shop.post("/v1/conversions", Self.sale(nil), key).status == 409)
            #expect(try await shop.post("/v1/conversions", Self.sale("o-1", "11.00"), key).status == 409)
            #expect(try await shop.count("conversion") == 1)
        }
    }

    @Test("of a fact without an id fits no other that has one")
    func madeID() async throws {
        try await Shop.open { shop in
            let key = ["Idempotency-Key": "k-1"]
            let first = try await shop.post("/v1/conversions", Self.sale(nil), key)
            #expect(first.status == 201)
            #expect(try await shop.post("/v1/conversions", Self.sale("o-1"), key).status == 409)
            #expect(try await shop.post("/v1/conversions", Self.sale(nil), key).status == 200)
        }
    }

    @Test("of a fact that was refused is free again; of one that waits it is taken")
    func outcomes() async throws {
        try await Shop.open { shop in
            let key = ["Idempotency-Key": "k-1"]
            _ = try await shop.post("/v1/conversions", Self.sale("o-1"))
            #expect(try await shop.post("/v1/conversions", Self.sale("o-1", "9.00"), key).status == 409)
            #expect(try await shop.post("/v1/conversions", Self.sale("o-2"), key).status == 201)
            let waits = try await shop.post("/v1/refunds", #"{"id":"r-1","of":"o-9"}"#, key)
            #expect(waits.status == 202)
            #expect(try await shop.post("/v1/refunds", #"{"id":"r-2","of":"o-9"}"#, key).status == 409)
        }
    }

    @Test("belongs to one program, and in a batch to a place in it")
    func scope() async throws {
        try await Shop.open { shop in
            let key = ["Idempotency-Key": "k-1"]
            _ = try await shop.post("/v1/conversions", Self.sale("o-1"), key)
            let fields = ["Authorization": "Bearer \(shop.otherKey)"].merging(key) { $1 }
            let elsewhere = try await shop.wire.send(
                "POST", "/v1/conversions", fields, Array(Self.sale("o-2").utf8))
            #expect(elsewhere.status == 201)
            func batch(_ ids: String...) async throws -> [Int64?] {
                let facts = ids.map { #"{"fact":"conversion",\#(Self.sale($0).dropFirst())"# }
                let body = #"{"facts":[\#(facts.joined(separator: ","))]}"#
                return try await shop.post("/v1/batch", body, key).json?["results"]?.elements?
                    .map { $0["status"]?.whole } ?? []
            }
            let first = try await batch("b-1", "b-2")
            let second = try await batch("b-1", "b-2")
            let third = try await batch("b-3", "b-2")
            #expect([first, second, third] == [[201, 201], [200, 200], [409, 200]])
        }
    }

    @Test(
        "is 1 to 255 printable characters of ASCII",
        arguments: [
            "", "sale é", "tab\tin", String(repeating: "k", count: 256),
        ])
    func texts(_ key: String) async throws {
        try await Shop.open { shop in
            let heard = try await shop.post("/v1/conversions", Self.sale(nil), ["Idempotency-Key": key])
            #expect(heard.status == 422)
            #expect(heard.faults == ["/Idempotency-Key refused"], "\(heard.text)")
        }
    }

    @Test("that is no UTF-8, or comes twice, is refused")
    func bytes() async throws {
        try await Shop.open { shop in
            for own in [[0xFF, 0xFE], [0x6B, 0x0D, 0x0A] + Array("Idempotency-Key: l".utf8)] as [[UInt8]] {
                let head = "POST /v1/conversions HTTP/1.1\r\nHost: acme.test\r\nContent-Length: 2\r\n"
                let key = "Authorization: Bearer \(shop.key)\r\nIdempotency-Key: "
                let heard = try await shop.wire.say(
                    Array((head + key).utf8) + own + Array("\r\n\r\n{}".utf8))
                #expect(heard.status == 422)
                #expect(heard.faults == ["/Idempotency-Key refused"], "\(heard.text)")
            }
            let longest = ["Idempotency-Key": String(repeating: "k", count: 255)]
            #expect(try await shop.post("/v1/conversions", Self.sale(nil), longest).status == 201)
        }
    }
}
