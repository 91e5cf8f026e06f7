import Testing
import TestStores
import Values
import Web

@Suite("A link's address", .onEachDatabase)
struct ClickJourney {
    @Test("keeps the click before it sends the browser on")
    func durable() async throws {
        try await Shop.open { shop in
            try await shop.welcomeAnn()
            let heard = try await shop.visit("/r/summer?sub1=mail&sub10=x%20y&src=site")
            let click = try #require(heard.clickID)
            #expect(heard.status == 302)
            #expect(heard.field("location") == "https://acme.test/shop?a=1&tally_click=\(click)#top")
            #expect(heard.field("cache-control") == "no-store")
            #expect(heard.field("referrer-policy") == "strict-origin-when-cross-origin")
            let kept = try await shop.get("/v1/clicks/\(click)").json
            #expect(kept?["link"]?.text == "lnk-ann")
            #expect(kept?["sub1"]?.text == "mail")
            #expect(kept?["sub10"]?.text == "x y")
            #expect(kept?["bot"] == nil)
            let cookie = try #require(heard.field("set-cookie"))
            let visitor = try #require(kept?["visitor"]?.text)
            #expect(cookie.hasPrefix("tally_visitor=\(visitor);"))
            for part in ["Max-Age=34560000", "HttpOnly", "SameSite=Lax"] { #expect(cookie.contains(part)) }
            #expect(visitor.utf8.count == 26)
        }
    }

    @Test("knows a browser again, unless it was told not to")
    func visitors() async throws {
        try await Shop.open { shop in
            try await shop.welcomeAnn()
            let known = String(repeating: "a1", count: 13)
            func visitor(_ target: String, cookie: String) async throws -> (String?, String?) {
                let heard = try await shop.visit(target, ["Cookie": "tally_visitor=\(cookie)"])
                let click = try #require(heard.clickID)
                return (
                    try await shop.get("/v1/clicks/\(click)").json?["visitor"]?.text,
                    heard.field("set-cookie")
                )
            }
            let again = try await visitor("/r/summer", cookie: known)
            #expect(again.0 == known)
            #expect(again.1 == nil)
            let refusing = try await visitor("/r/summer?consent=0", cookie: known)
            #expect(refusing.0 != known)
            #expect(refusing.1 == nil)
            let odd = try await visitor("/r/summer", cookie: "<script>")
            #expect(odd.0?.utf8.count == 26)
            #expect(odd.1 != nil)
        }
    }

    @Test("never lets a stranger write a header", arguments: ["sub1", "sub2", "src", "url"])
    func lines(_ field: String) async throws {
        try await Shop.open { shop in
            try await shop.welcomeAnn()
            let heard = try await shop.visit(
                "/r/summer?\(field)=https://acme.test/%0d%0aSet-Cookie:%20evil=1")
            #expect(heard.status == 302)
            #expect(heard.fields.allSatisfy { !$0.value.contains("evil") })
            let click = try #require(heard.clickID)
            let kept = try await shop.get("/v1/clicks/\(click)").json
            #expect((kept?["sub_dropped"]?.flag == true) == (field != "url"))
            let long = try await shop.visit("/r/summer?sub1=\(String(repeating: "x", count: 256))")
            #expect(long.status == 302)
        }
    }

    @Test("leads to a page that was asked for only on the program's own hosts")
    func deep() async throws {
        try await Shop.open { shop in
            try await shop.welcomeAnn()
            func location(_ url: String) async throws -> String {
                let heard = try await shop.visit("/r/summer?url=\(url)")
                return heard.field("location")?.split(separator: "?").first.map(String.init) ?? "none"
            }
            #expect(try await location("https%3A%2F%2Fblog.acme.test%2Fx") == "https://blog.acme.test/x")
            for evil in [
                "https%3A%2F%2Fevil.test", "https%3A%2F%2Facme.test%40evil.test",
                "https%3A%2F%2Fevil.test%5C%40acme.test",
                "javascript%3Aalert(1)", "%2F%2Fevil.test", "https%3A%2F%2Facme.test.evil.test",
            ] { #expect(try await location(evil) == "https://acme.test/shop") }
        }
    }

    @Test(
        "names itself once, whatever stood in the address",
        arguments: [
            "tally_click=forged", "TALLY_CLICK=forged", "%74ally%5fclick=forged", "tally_click",
            "a=1&tally_click=forged&b=2", "tally_click=x&Tally_Click=y&b=2&",
        ])
    func forged(_ query: String) async throws {
        try await Shop.open { shop in
            try await shop.welcomeAnn()
            let url = "https://acme.test/x?\(query)#tally_click=kept".asPathPart
            let heard = try await shop.visit("/r/summer?url=\(url)")
            let location = try #require(heard.field("location"))
            let sent = try #require(location.firstRange(of: "?").map { location[$0.upperBound...] })
            let parts = sent.prefix { $0 != "#" }.split(separator: "&")
            let own = parts.filter { $0.lowercased().contains("click") }
            #expect(own.count == 1, "\(location)")
            #expect(own.first?.hasPrefix("tally_click=clk_") == true, "\(location)")
            #expect(parts.count == 1 + query.split(separator: "&").count { $0 == "a=1" || $0 == "b=2" })
            #expect(location.hasSuffix("#tally_click=kept"))
        }
    }

    @Test("marks robots and HEAD, and keeps them")
    func robots() async throws {
        try await Shop.open { shop in
            try await shop.welcomeAnn()
            let bot = try #require(try await shop.visit("/r/summer", ["User-Agent": "Googlebot/2.1"]).clickID)
            #expect(try await shop.get("/v1/clicks/\(bot)").json?["bot"]?.flag == true)
            let head = try await shop.wire.send("HEAD", "/r/summer", [:])
            #expect(head.status == 302)
            let id = try #require(head.clickID)
            #expect(try await shop.get("/v1/clicks/\(id)").json?["head"]?.flag == true)
            let sale = #"{"event":"sale","amount":"100.00","currency":"EUR","click":"\#(bot)"}"#
            let answer = try await shop.post("/v1/conversions", sale).json
            #expect(answer?["decision"]?["source"]?.text == "direct")
            #expect(answer?["decision"]?["claims"]?.elements?.first?["reason"]?.text == "bot")
        }
    }

    @Test("that nobody made is not found; one that leads nowhere keeps the click")
    func nowhere() async throws {
        try await Shop.open { shop in
            try await shop.welcomeAnn()
            #expect(try await shop.visit("/r/winter").status == 404)
            #expect(try await shop.count("click") == 0)
            let link = try await shop.post("/v1/links", #"{"id":"lnk-2","partner":"ann","slug":"bare"}"#)
            #expect(link.status == 201)
            #expect(try await shop.visit("/r/bare").status == 404)
            let kept = try await shop.get("/v1/clicks?day=2026-11-03").json?["data"]?.elements
            #expect(kept?.count == 1)
            #expect(kept?.first?["host_not_allowed"]?.flag == true)
        }
    }

    @Test("may be made only for the program's own hosts")
    func hosts() async throws {
        try await Shop.open { shop in
            try await shop.welcomeAnn()
            for (destination, code) in [
                ("https://evil.test/", "host_not_allowed"),
                ("https://acme.test@evil.test/", "not_an_address"),
                ("https://acme.test/\\r\\nX: y", "control_character"), ("ftp://acme.test/", "not_an_address"),
            ] {
                let body = #"{"partner":"ann","slug":"s","destination":"\#(destination)"}"#
                let heard = try await shop.post("/v1/links", body)
                #expect(heard.status == 422)
                #expect(heard.faults == ["/destination \(code)"])
            }
        }
    }

    @Test("may stand on a port of its own, where nothing else does")
    func ownPort() async throws {
        let port = 20_000 + Int.random(in: 0..<20_000)
        try await Shop.open(tracker: port) { shop in
            try await shop.welcomeAnn()
            #expect(try await shop.visit("/r/summer").status == 404)
            let face = Wire(port: port)
            #expect(try await face.send("GET", "/r/summer").status == 302)
            #expect(try await face.send("GET", "/metrics").status == 404)
            #expect(try await face.send("GET", "/sign-in").status == 404)
        }
    }
}
