import Programs
import Recording
import Terms
import Testing
import TestStores
import Values
import Work

@Suite("A conversion that is posted", .onEachDatabase)
struct ConversionJourney {
    @Test("is decided and paid for at once, and answered the same when it comes again")
    func answered() async throws {
        try await Shop.open { shop in
            try await shop.welcomeAnn()
            let click = try #require(try await shop.visit("/r/summer").clickID)
            let body =
                #"{"id":"o-1","event":"sale","amount":"100.00","currency":"EUR","click":"\#(click)"}"#
            let first = try await shop.post("/v1/conversions", body)
            #expect(first.status == 201, "\(first.text)")
            #expect(first.json?["id"]?.text == "o-1")
            #expect(first.json?["decision"]?["source"]?.text == "ann")
            #expect(first.json?["decision"]?["claims"]?.elements?.first?["claim"]?.text == click)
            let amounts = first.json?["lines"]?.elements?.compactMap { $0["amount"]?.text }
            #expect(amounts?.sorted() == ["10.00", "5.00"])

            shop.hand.move(by: .seconds(60))
            let second = try await shop.post("/v1/conversions", body)
            #expect(second.status == 200)
            #expect(second.text == first.text)

            let other = try await shop.post("/v1/conversions", body.replacing("100.00", with: "100.01"))
            #expect(other.status == 409)
            #expect(other.field("content-type") == "application/problem+json")
            #expect(other.json?["code"]?.text == "conflict")
            #expect(other.faults == ["/amount differs"])
        }
    }

    @Test("has its lines in the same order when it comes again", arguments: 1...6)
    func order(_ number: Int) async throws {
        try await Shop.open { shop in
            try await shop.welcomeAnn()
            let body =
                #"{"id":"n-\#(number)","event":"sale","amount":"100.00","currency":"EUR","coupon":"ann10"}"#
            let first = try await shop.post("/v1/conversions", body)
            let second = try await shop.post("/v1/conversions", body)
            #expect(first.text == second.text)
        }
    }

    @Test("a hundred times at once is one conversion, with a hundred equal answers")
    func parallel() async throws {
        try await Shop.open { shop in
            try await shop.welcomeAnn()
            let body = #"{"id":"o-1","event":"sale","amount":"100.00","currency":"EUR","coupon":"ann10"}"#
            let heard = try await withThrowingTaskGroup(of: Wire.Heard.self) { group in
                for _ in 0..<100 { group.addTask { try await shop.post("/v1/conversions", body) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(heard.count { $0.status == 201 } == 1)
            #expect(heard.count { $0.status == 200 } == 99)
            #expect(Set(heard.map(\.text)).count == 1)
            #expect(try await shop.count("conversion") == 1)
            #expect(try await shop.count("line") == 2)
        }
    }

    /// Five sales of each of ten customers, who are one partner's or the other's.
    @Test("never exceeds a cap, when fifty come at once")
    func capped() async throws {
        try await Shop.open { shop in
            let caps =
                "{per: customer, amount: 12.00}, {per: partner, period: month, amount: 40.00}, "
                + "{per: program, period: month, amount: 55.00}"
            let file = try ProgramFile.read(
                Shop.program("acme").replacing("hold: 7d", with: "hold: 7d\n      caps: [\(caps)]"))
            _ = try await shop.house.work(in: "acme", as: Shop.operators) { work in
                try Act.publish(file, from: shop.hand.now, TermsShelf(), in: work)
            }
            try await shop.welcomeAnn()
            let bob = """
                {"facts":[{"fact":"partner","id":"bob","type":"affiliate"},
                {"fact":"coupon","id":"cpn-bob","partner":"bob","code":"BOB10"}]}
                """
            #expect(try await shop.post("/v1/batch", bob).status == 200)
            let paid = try await withThrowingTaskGroup(of: (Int, Int64).self) { group in
                for number in 0..<50 {
                    let code = number % 2 == 0 ? "ANN10" : "BOB10"
                    let body = """
                        {"id":"o-\(number)","event":"sale","amount":"70.00","currency":"EUR",
                        "coupon":"\(code)","customer":"c-\(number % 10)"}
                        """
                    group.addTask {
                        let heard = try await shop.post("/v1/conversions", body)
                        #expect(heard.status == 201, "\(heard.text)")
                        let lines = heard.json?["lines"]?.elements ?? []
                        let own = lines.filter { $0["rule"]?.text == "sale" }.compactMap {
                            $0["amount"]?.text
                        }
                        return (number % 10, try own.map { try Money(amount: $0, .eur).minor }.reduce(0, +))
                    }
                }
                return try await group.reduce(into: [Int: Int64]()) { $0[$1.0, default: 0] += $1.1 }
            }
            #expect(paid.count == 10 && paid.values.allSatisfy { $0 <= 12_00 }, "\(paid)")
            let ofAnn = paid.filter { $0.key % 2 == 0 }.values.reduce(0, +)
            let ofAll = paid.values.reduce(0, +)
            #expect(ofAnn <= 40_00 && ofAll - ofAnn <= 40_00 && ofAll == 55_00, "\(paid)")
            var verification = Verification(shop.house, program: "acme")
            try await verification.run { _ in }
            #expect(verification.differences == [])
        }
    }

    @Test("without an id gets one, and under an idempotency key always the same")
    func ids() async throws {
        try await Shop.open { shop in
            let body = #"{"event":"sale","amount":"10.00","currency":"EUR"}"#
            let made = try await shop.post("/v1/conversions", body)
            #expect(made.json?["id"]?.text?.hasPrefix("cnv_") == true)
            let key = ["Idempotency-Key": "order 7"]
            let first = try await shop.post("/v1/conversions", body, key)
            let second = try await shop.post("/v1/conversions", body, key)
            #expect(first.status == 201)
            #expect(second.status == 200)
            #expect(first.text == second.text)
            let other = try await shop.post("/v1/conversions", body.replacing("10.00", with: "11.00"), key)
            #expect(other.status == 409)
            #expect(try await shop.count("conversion") == 2)
        }
    }

    @Test("is taken as of now when it says the future, and refused when it is history")
    func instants() async throws {
        try await Shop.open { shop in
            func body(_ id: String, _ at: String) -> String {
                #"{"id":"\#(id)","at":"\#(at)","event":"sale","amount":"10.00","currency":"EUR"}"#
            }
            func at(_ id: String) async throws -> String? {
                try await shop.get("/v1/conversions/\(id)").json?["at"]?.text
            }
            _ = try await shop.post("/v1/conversions", body("soon", "2026-11-03T10:04:59Z"))
            _ = try await shop.post("/v1/conversions", body("far", "2036-11-03T10:00:00Z"))
            #expect(try await at("soon") == "2026-11-03T10:04:59.000Z")
            #expect(try await at("far") == "2026-11-03T10:00:00.000Z")
            let old = try await shop.post("/v1/conversions", body("old", "2026-09-01T00:00:00Z"))
            #expect(old.status == 422)
            #expect(old.faults == ["/at refused"])
        }
    }

    static let wrong: [(String, Int, [String])] = [
        (#"{"event":"sale","amount":"1.00","amount":"2.00","currency":"EUR"}"#, 400, [" not_json"]),
        (#"{"event":"sale","amount":"1.00","currency":"EUR""#, 400, [" not_json"]),
        (#"["event"]"#, 422, [" wrong_type"]), ("", 400, [" not_json"]),
        (#"{"event":"sale","amount":"1e400","currency":"EUR"}"#, 422, ["/amount not_a_decimal"]),
        (#"{"event":"sale","amount":1e400,"currency":"EUR"}"#, 422, ["/amount wrong_type"]),
        (#"{"event":"sale","amount":NaN,"currency":"EUR"}"#, 400, [" not_json"]),
        (#"{"event":"sale","amount":"NaN","currency":"EUR"}"#, 422, ["/amount not_a_decimal"]),
        (#"{"event":"sale","amount":"-1.00","currency":"EUR"}"#, 422, ["/amount negative"]),
        (#"{"event":"sale","amount":"1.00","currency":"XXZ"}"#, 422, ["/currency unknown_currency"]),
        (#"{"event":"sale","amount":"1.001","currency":"EUR"}"#, 422, ["/amount too_many_decimals"]),
        (#"{"event":"sale","amount":"1.5","currency":"JPY"}"#, 422, ["/amount too_many_decimals"]),
        (#"{"event":"sale","amount":"99999999999999999999","currency":"EUR"}"#, 422, ["/amount too_large"]),
        (
            #"{"event":"sale","amount":"1.00","currency":"EUR","colour":"red"}"#, 422,
            ["/colour unknown_field"]
        ),
        (#"{"event":"sale","amount":"1.00","currency":"EUR","at":"yesterday"}"#, 422, ["/at not_an_instant"]),
        (
            #"{"id":"","amount":"-1","currency":"EUR"}"#, 422,
            ["/id not_an_identifier", "/event missing", "/amount negative"]
        ),
        (
            #"{"id":"a\u0000b","event":"sale","amount":"1.00","currency":"EUR"}"#, 422,
            ["/id control_character"]
        ),
        (
            #"{"id":"a\u200Bb","event":"sale","amount":"1.00","currency":"EUR"}"#, 422,
            ["/id invisible_character"]
        ),
    ]

    @Test("is refused with the place and the cause when it is wrong", arguments: 0..<wrong.count)
    func refused(_ index: Int) async throws {
        let (body, status, faults) = Self.wrong[index]
        try await Shop.open { shop in
            let heard = try await shop.post("/v1/conversions", body)
            #expect(heard.status == status)
            #expect(heard.faults == faults, "\(heard.text)")
            #expect(heard.json?["request_id"]?.text?.isEmpty == false)
            #expect(try await shop.count("fact WHERE kind <> 'terms'") == 0)
        }
    }

    @Test("is refused when its bytes are too many, too deep or no text")
    func bytes() async throws {
        try await Shop.open { shop in
            let large = try await shop.post(
                "/v1/conversions", bytes: [UInt8](repeating: 0x20, count: 10 << 20))
            #expect(large.status == 413)
            #expect(large.json?["code"]?.text == "too_large")
            let deep = String(repeating: "[", count: 1000) + String(repeating: "]", count: 1000)
            let nested = try await shop.post("/v1/conversions", #"{"metadata":\#(deep)}"#)
            #expect(nested.status == 400)
            let broken = Array(#"{"event":""#.utf8) + [0xC3, 0x28] + Array(#""}"#.utf8)
            let garbled = try await shop.post("/v1/conversions", bytes: broken)
            #expect(garbled.status == 400)
            #expect(garbled.text.contains("UTF-8"))
        }
    }
}

extension Wire.Heard {
    /// The click that a redirect carries.
    var clickID: String? {
        guard let location = field("location"), let range = location.firstRange(of: "tally_click=") else {
            return nil
        }
        return String(location[range.upperBound...].prefix { $0 != "&" && $0 != "#" })
    }
}
