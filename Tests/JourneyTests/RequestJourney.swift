import Testing
import TestStores
import Values

@Suite("A request", .onEachDatabase)
struct RequestJourney {
    private static let sale = #"{"id":"o-1","event":"sale","amount":"10.00","currency":"EUR"}"#

    @Test(
        "whose chunks cannot be read is refused as such, and nothing of it is kept",
        arguments: ["zz\r\n", "-1\r\n", "4\r\n{\"idX", "ffffffffffffffffff\r\n"])
    func chunks(_ body: String) async throws {
        try await Shop.open { shop in
            let head = "POST /v1/conversions HTTP/1.1\r\nHost: acme.test\r\nTransfer-Encoding: chunked\r\n"
            let key = "Authorization: Bearer \(shop.key)\r\n\r\n"
            let heard = try await shop.wire.say(Array((head + key + body).utf8))
            #expect(heard.status == 400)
            #expect(heard.field("content-type") == "application/problem+json")
            #expect(heard.json?["code"]?.text == "bad_request")
            #expect(heard.field("connection") == "close")
            #expect(try await shop.count("conversion") == 0)
        }
    }

    @Test(
        "that is no HTTP is answered with 400",
        arguments: ["GET /healthz HTP/1.1\r\n\r\n", "GET /healthz HTTP/1.1\r\nHo st: x\r\n\r\n"])
    func heads(_ text: String) async throws {
        try await Shop.open { shop in
            let heard = try await shop.wire.say(Array(text.utf8))
            #expect(heard.status == 400)
        }
    }

    @Test(
        "whose body is packed is refused, by the name of the packing", arguments: ["gzip", "br", "x, gzip"])
    func packed(_ coding: String) async throws {
        try await Shop.open { shop in
            for path in ["/v1/conversions", "/v1/batch"] {
                let heard = try await shop.post(path, Self.sale, ["Content-Encoding": coding])
                #expect(heard.status == 415)
                #expect(heard.json?["code"]?.text == "unsupported_encoding")
                #expect(heard.json?["detail"]?.text?.contains("Content-Encoding") == true)
                #expect(heard.field("accept-encoding") == "identity")
            }
            let plain = try await shop.post("/v1/conversions", Self.sale, ["Content-Encoding": "identity"])
            #expect(plain.status == 201)
        }
    }
}
