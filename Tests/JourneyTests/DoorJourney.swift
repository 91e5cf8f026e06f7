import Testing
import TestStores
import Values

@Suite("The API", .onEachDatabase)
struct DoorJourney {
    @Test("opens to no stranger")
    func strangers() async throws {
        try await Shop.open { shop in
            for fields in [
                [:], ["Authorization": "Bearer"], ["Authorization": "Bearer tally_live_nonsense"],
                ["Authorization": "Basic \(shop.key)"], ["Authorization": "Bearer \(shop.key)x"],
            ] {
                let heard = try await shop.wire.send("POST", "/v1/conversions", fields, Array("{}".utf8))
                #expect(heard.status == 401)
                #expect(heard.json?["code"]?.text == "not_signed_in")
                #expect(heard.field("www-authenticate") == "Bearer")
            }
            #expect(try await shop.get("/v1/nothing").status == 404)
            #expect(try await shop.get("/v1/nothing").json?["code"]?.text == "not_found")
        }
    }

    @Test("shows a key its own program only")
    func programs() async throws {
        try await Shop.open { shop in
            try await shop.welcomeAnn()
            let sale = #"{"id":"o-1","event":"sale","amount":"100.00","currency":"EUR","coupon":"ANN10"}"#
            let line = try #require(
                try await shop.post("/v1/conversions", sale).json?["lines"]?.elements?.first?["line"]?.text)
            let click = try #require(try await shop.visit("/r/summer").clickID)
            for path in [
                "programs/acme", "partners/ann", "links/lnk-ann", "coupons/cpn-ann", "clicks/\(click)",
                "conversions/o-1", "commissions/\(line)", "commissions/\(line)/explanation",
            ] {
                #expect(try await shop.get("/v1/\(path)").status == 200, "\(path)")
                #expect(try await shop.get("/v1/\(path)", key: shop.otherKey).status == 404, "\(path)")
            }
            for list in [
                "partners", "links", "coupons", "clicks", "conversions", "commissions", "statements",
                "batches",
            ] {
                let heard = try await shop.get("/v1/\(list)", key: shop.otherKey)
                #expect(heard.text == #"{"data":[],"next_cursor":null}"#, "\(list)")
            }
            let own = try await shop.get("/v1/programs", key: shop.otherKey).json?["data"]?.elements
            #expect(own?.map { $0["id"]?.text } == ["other"])
            let claimed = try await shop.wire.send(
                "POST", "/v1/refunds", ["Authorization": "Bearer \(shop.otherKey)"],
                Array(#"{"of":"o-1"}"#.utf8))
            #expect(claimed.status == 202)
        }
    }

    @Test(
        "lists page by page, each thing once",
        arguments: ["partners", "conversions", "commissions", "clicks"])
    func paging(_ list: String) async throws {
        try await Shop.open { shop in
            try await shop.welcomeAnn()
            for index in 0..<7 {
                _ = try await shop.post("/v1/partners", #"{"id":"p-\#(index)","type":"affiliate"}"#)
                _ = try await shop.visit("/r/summer")
                let sale =
                    #"{"id":"o-\#(index)","event":"sale","amount":"20.00","currency":"EUR","coupon":"ann10"}"#
                _ = try await shop.post("/v1/conversions", sale)
                shop.hand.move(by: .seconds(1))
            }
            var seen: [String] = []
            var next = ""
            repeat {
                let heard = try await shop.get("/v1/\(list)?limit=3\(next)")
                #expect(heard.status == 200, "\(heard.text)")
                let rows = heard.json?["data"]?.elements ?? []
                #expect(rows.count <= 3)
                seen += rows.compactMap { $0["id"]?.text }
                next = heard.json?["next_cursor"]?.text.map { "&cursor=\($0)" } ?? ""
            } while !next.isEmpty && seen.count < 100
            #expect(seen.count == (list == "partners" ? 8 : 7))
            #expect(Set(seen).count == seen.count)
        }
    }

    @Test(
        "refuses a page that cannot be",
        arguments: ["limit=0", "limit=201", "limit=x", "cursor=!", "cursor=00", "colour=red"])
    func pages(_ query: String) async throws {
        try await Shop.open { shop in
            let partners = try await shop.get("/v1/partners?\(query)")
            let conversions = try await shop.get("/v1/conversions?\(query)")
            #expect([partners.status, conversions.status] == [422, 422])
        }
    }

    @Test("takes many facts at once, each with its own answer")
    func batch() async throws {
        try await Shop.open { shop in
            let facts = """
                {"facts":[{"fact":"partner","id":"bob","type":"affiliate"},
                {"fact":"conversion","id":"o-1","event":"sale","amount":"1.001","currency":"EUR"},
                {"fact":"settlement","id":"x"}, 7,
                {"fact":"refund","id":"r-1","of":"o-2"},
                {"fact":"conversion","id":"o-2","event":"sale","amount":"1.00","currency":"EUR"},
                {"fact":"conversion","id":"o-2","event":"sale","amount":"1.00","currency":"EUR"},
                {"fact":"conversion","id":"o-2","event":"sale","amount":"2.00","currency":"EUR"}]}
                """
            let heard = try await shop.post("/v1/batch", facts)
            let results = heard.json?["results"]?.elements ?? []
            #expect(
                results.map { $0["status"]?.whole } == [201, 422, 422, 422, 202, 201, 200, 409],
                "\(heard.text)")
            #expect(results[1]["errors"]?.elements?.first?["pointer"]?.text == "/facts/1/amount")
            #expect(results[7]["errors"]?.elements?.first?["pointer"]?.text == "/facts/7/amount")
            let many = String(repeating: "{},", count: 1000) + "{}"
            #expect(try await shop.post("/v1/batch", #"{"facts":[\#(many)]}"#).status == 422)
            #expect(try await shop.post("/v1/batch", #"{"things":[]}"#).faults == ["/things unknown_field"])
            #expect(try await shop.post("/v1/batch", #"{"facts":[]}"#).text == #"{"results":[]}"#)
        }
    }

    @Test("lets no key near the payouts")
    func payouts() async throws {
        try await Shop.open { shop in
            let opening = try await shop.post("/v1/batches", "{}")
            let approval = try await shop.post("/v1/batches/bat_1/approval", "{}")
            #expect([opening.status, approval.status] == [403, 403])
        }
    }

    @Test("tells of its health")
    func health() async throws {
        try await Shop.open { shop in
            #expect(try await shop.wire.send("GET", "/healthz").status == 200)
            #expect(try await shop.wire.send("GET", "/readyz").status == 200)
            let measures = try await shop.wire.send("GET", "/metrics")
            #expect(measures.text.contains("tallystick_store_commits"))
        }
    }
}

@Suite("The clock", .onEachDatabase)
struct ClockJourney {
    @Test("settles what is due by itself, once a day")
    func settles() async throws {
        try await Shop.open(settles: false) { shop in
            try await shop.welcomeAnn()
            let sale = #"{"id":"o-1","event":"sale","amount":"100.00","currency":"EUR","coupon":"ANN10"}"#
            _ = try await shop.post("/v1/conversions", sale)
            shop.hand.move(by: .days(60))
            try await shop.settleToday()
            let statements = try await shop.get("/v1/statements").json?["data"]?.elements ?? []
            // The rules hold for 7 and for 30 days: their lines stand on the statements of two months.
            #expect(statements.map { $0["amount"]?.text } == ["5.00", "10.00"])
            #expect(statements.first?["state"]?.text == "payable")
            let id = try #require(statements.first?["id"]?.text)
            let whole = try await shop.get("/v1/statements/\(id)").json
            #expect(whole?["lines"]?.elements?.count == 1)
            let standing = try await shop.get("/v1/partners/ann").json?["standing"]?.elements?.first
            #expect(standing?["payable"]?.text == "15.00")
            let lines = try await shop.get("/v1/commissions?partner=ann").json?["data"]?.elements ?? []
            #expect(lines.map { $0["status"]?.text } == ["payable", "payable"])
            #expect(lines.contains { $0["statement"]?.text == id })
            try await shop.settleToday()
            #expect(try await shop.count("job") == 1)
            #expect(try await shop.count("job WHERE done_at IS NOT NULL") == 1)
        }
    }
}
