import HTTPTypes
import Hummingbird
import Store
import Testing
import Values

@testable import Web

private struct Unforeseen: Error { let email = "ada@acme.test" }

@Suite("What is thrown becomes an answer")
struct ErrorAnswerTests {
    private func browser(throwing error: any Error & Sendable) -> Browser {
        let router = Router<Visit>.web()
        router.get("/v1/things") { _, _ -> Response in throw error }
        router.get("/console/things") { _, _ -> Response in throw error }
        return Browser(router)
    }

    static let table: [(any Error & Sendable, Int, String)] = [
        (Refusal.invalid("/amount", .tooManyDecimals(allowed: 2)), 422, "invalid"),
        (Refusal.invalid("", .notJSON("a comma at byte 3")), 400, "invalid"),
        (Refusal.notFound(kind: "partner", id: "x"), 404, "not_found"),
        (Refusal.notAllowed("read"), 403, "not_allowed"), (Refusal.notSignedIn, 401, "not_signed_in"),
        (Refusal.wrongState(is: "open", must: "approved"), 409, "wrong_state"),
        (Refusal.sameHands, 409, "same_hands"),
        (Refusal.conflict(kind: "conversion", id: "c", []), 409, "conflict"),
        (Refusal.overflow, 422, "overflow"),
        (Refusal.tooLarge(limit: 9), 413, "too_large"), (Refusal.unavailable("x"), 503, "unavailable"),
        (StoreError.busy, 503, "unavailable"), (StoreError.away("gone"), 503, "unavailable"),
        (StoreError.conflict, 503, "unavailable"), (StoreError.timeout, 503, "unavailable"),
        (StoreError.damaged("page 7"), 500, "internal"),
        (Unforeseen(), 500, "internal"), (HTTPError(.notFound), 404, "not_found"),
    ]

    @Test("to a program as problem+json", arguments: 0..<table.count)
    func problem(_ index: Int) async throws {
        let (error, status, code) = Self.table[index]
        let answer = try await browser(throwing: error).get("/v1/things")
        #expect(answer.status == status)
        #expect(answer.header("Content-Type") == "application/problem+json")
        #expect(answer.json?["code"]?.text == code)
        #expect(answer.json?["status"]?.whole == Int64(status))
        #expect(answer.json?["request_id"]?.text == "r1")
        #expect((answer.header("Retry-After") != nil) == (status == 503))
    }

    @Test("to a person as a page", arguments: 0..<table.count)
    func page(_ index: Int) async throws {
        let (error, status, _) = Self.table[index]
        let answer = try await browser(throwing: error).get("/console/things")
        guard status != 401 else {
            #expect(answer.status == 303)
            #expect(answer.header("Location") == "/sign-in")
            return
        }
        #expect(answer.status == status)
        #expect(answer.header("Content-Type") == "text/html; charset=utf-8")
        #expect(answer.body.contains("<h1>"))
    }

    @Test("with every fault named")
    func faults() async throws {
        let error = Refusal.invalid([Fault("/amount", .missing), Fault("/currency", .notCurrency)])
        let errors = try await browser(throwing: error).get("/v1/things").json?["errors"]?.elements
        #expect(errors?.map { $0["pointer"]?.text } == ["/amount", "/currency"])
        #expect(errors?.map { $0["code"]?.text } == ["missing", "unknown_currency"])
    }

    @Test("without what only we should know")
    func discreet() async throws {
        let browser = browser(throwing: Unforeseen())
        let answer = try await browser.get("/v1/things")
        #expect(!answer.body.contains("ada@"))
        #expect(!browser.log.all.joined().contains("ada@"))
        #expect(browser.log.all.joined().contains("Unforeseen"))
    }

    @Test("where there is no route too")
    func nothing() async throws {
        let browser = Browser(Router<Visit>.web())
        #expect(try await browser.get("/v1/nothing").json?["code"]?.text == "not_found")
        #expect(try await browser.get("/nothing").body.contains("There is nothing here."))
    }
}

@Suite("Every answer")
struct HeaderTests {
    @Test("forbids scripts, frames and guessing")
    func headers() async throws {
        let answer = try await Browser(Router<Visit>.web()).get("/nothing")
        let policy = try #require(answer.header("Content-Security-Policy"))
        #expect(policy.contains("default-src 'none'"))
        #expect(policy.contains("frame-ancestors 'none'"))
        #expect(!policy.contains("unsafe"))
        #expect(answer.header("X-Content-Type-Options") == "nosniff")
        #expect(answer.header("Referrer-Policy") == "no-referrer")
        #expect(answer.header("X-Request-Id") == "r1")
    }

    @Test("is one line of JSON in the log, without path and query")
    func log() async throws {
        let router = Router<Visit>.web()
        router.get("/people/:email") { _, _ in Response.text("hello", "text/plain") }
        let browser = Browser(router)
        _ = try await browser.get("/people/ada@acme.test?token=secret")
        let line = try #require(browser.log.all.first)
        #expect(browser.log.all.count == 1)
        #expect(line.hasSuffix("}\n"))
        let json = try JSON(reading: line.utf8)
        #expect(json["request_id"]?.text == "r1")
        #expect(json["method"]?.text == "GET")
        #expect(json["status"]?.whole == 200)
        #expect(json["ms"]?.whole != nil)
        #expect(json["level"]?.text == "info")
        #expect(json["time"]?.text.flatMap(Instant.init(text:)) != nil)
        #expect(!line.contains("ada"))
        #expect(!line.contains("secret"))
    }
}

@Suite("A body")
struct BodyTests {
    private func echo(_ max: Int) -> Browser {
        let router = Router<Visit>.web()
        router.post("/v1/echo") { request, _ in
            Response.text(String(try await request.bytes(max: max).count), "text/plain")
        }
        return Browser(router)
    }

    @Test(
        "is read up to its limit and not beyond, whether it says its length or not", arguments: [true, false])
    func limit(_ saysLength: Bool) async throws {
        let browser = echo(1000)
        let headers: (Int) -> HTTPFields = { saysLength ? [.contentLength: String($0)] : [:] }
        let fits = try await browser.send(
            .post, "/v1/echo", headers(1000), [UInt8](repeating: 1, count: 1000))
        #expect(fits.body == "1000")
        let over = try await browser.send(
            .post, "/v1/echo", headers(1001), [UInt8](repeating: 1, count: 1001))
        #expect(over.status == 413)
        #expect(over.json?["code"]?.text == "too_large")
    }

    @Test(
        "of a form is decoded, and what cannot be is left out",
        arguments: [
            ("token=a%2Bb+c", "a+b c"), ("token=%", ""), ("token=%zz", ""), ("token=%ff", ""), ("token", ""),
            ("token=1&token=2", "1"), ("=&&token==x", "=x"), ("to%6ben=%C3%A9", "é"),
        ])
    func form(_ text: String, _ token: String) async throws {
        let router = Router<Visit>.web()
        router.post("/form") { request, _ in
            Response.text(try await request.form()["token"] ?? "", "text/plain")
        }
        #expect(try await Browser(router).post("/form", text).body == token)
    }

    @Test(
        "part of a path comes back as it was",
        arguments: ["a/b", "a b?c#d", "..", ".", "é%", "a.b-c_d~e", "\"<>"])
    func path(_ text: String) {
        #expect(text.asPathPart.percentDecoded == text)
        #expect(
            text.asPathPart.utf8.allSatisfy {
                $0 < 0x80 && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "\"")
            })
        #expect(![".", ".."].contains(text.asPathPart))
    }
}
