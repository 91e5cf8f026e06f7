import HTTPTypes
import Hummingbird
import Replay
import Store
import TestStores
import Testing
import Values
import Work

@testable import Access
@testable import Console
@testable import Reports
@testable import Web

@Suite("Pages")
struct PageTests {
    static let explanation = Explanation(
        title: "Line com_1: 9.10 EUR for <Ada>",
        sections: [.init("The click", ["A visitor clicked at 10:12."], rows: [["Link", "spring \"sale\""]])])

    static func overview(partners: Int, name: String = "Acme") throws -> Overview {
        let at = try #require(Instant(text: "2026-11-03T10:12:00Z"))
        let eur = try #require(Currency("EUR"))
        let rows = (0..<partners).map { number in
            let zero = Money.zero(eur)
            let standing = Standing(
                partner: "par_\(number)", pending: Money(12_00, eur), approved: zero, payable: zero,
                held: zero,
                paid: zero, clawback: zero)
            return Overview.PartnerRow(
                id: "par_\(number)", name: nil, type: "affiliate", standing: [standing])
        }
        return Overview(
            program: "acme", name: name, partners: rows,
            conversions: [
                .init(id: "a/b", at: at, event: "sale", amount: Money(45_50, eur), source: nil, lines: 1)
            ],
            lines: [
                .init(
                    id: "com_1", partner: "par_1", amount: Money(9_10, eur), at: at, kind: "commission",
                    status: "approved", payDate: nil, waitsFor: "waiting_for_rate")
            ])
    }

    static func samples() throws -> [(String, any Sendable)] {
        [
            ("sign-in", SignInPage(token: "t", isRefused: true)),
            ("program", ProgramPage(try overview(partners: 120), number: 2, programs: ["acme", "beta"])),
            ("explanation", ExplanationPage(explanation, of: "commission", in: "acme", called: "Acme")),
            (
                "error",
                ErrorPage(title: "Not Found", sentence: "There is nothing.", requestID: "r1", status: 404)
            ),
        ]
    }

    @Test("know every name that their templates use")
    func names() throws {
        let check = TemplateCheck(texts: ConsolePages.book.texts)
        for (name, page) in try Self.samples() {
            #expect(try check.faults(in: name, with: leaf(page)) == [])
        }
        let seen = Set(try Self.samples().map(\.0)).union(["layout"])
        #expect(Set(ConsolePages.book.texts.keys) == seen, "every template has a sample")
    }

    private func leaf(_ page: some Sendable) -> Any { Leaf(frame: .sample, page: page) }

    @Test("with an unknown name, an empty sample or an optional are found out")
    func unknown() throws {
        struct Row: Sendable { let name: String, note: String? }
        struct Page: Sendable { let rows: [Row], none: [Row] }
        let texts = [
            "t":
                "{{#page}}{{#rows}}{{name}}{{nmae}}{{/rows}}{{#none}}{{/none}}{{#gone}}{{/gone}}{{/page}}"
        ]
        let page = Page(rows: [Row(name: "a", note: nil)], none: [])
        let faults = try TemplateCheck(texts: texts).faults(in: "t", with: leaf(page))
        #expect(
            faults == [
                "t.page.rows.0.note is optional", "t: nothing is called nmae",
                "t: the sample's none is empty",
                "t: nothing is called gone",
            ])
    }

    @Test("are whole, escape what is in them, and hold no script and no style of their own")
    func whole() throws {
        for (name, page) in try Self.samples() {
            let html = ConsolePages.book.html(name, page, for: "ada@acme.test")
            #expect(html.contains("<!doctype html>"))
            #expect(html.contains("ada@acme.test"))
            #expect(html.contains(Stylesheet.path))
            #expect(!html.contains("{{"))
            #expect(!html.contains("<script") && !html.contains("style=") && !html.contains("<style"))
            for tag in ["main", "table", "form", "section", "ol", "nav", "div", "tr", "td", "th", "p"] {
                let opened = html.matches(of: try Regex("<\(tag)[ >]")).count
                #expect(opened == html.matches(of: try Regex("</\(tag)>")).count, "\(name): \(tag)")
            }
        }
    }

    @Test(
        "escape every special character, alone and followed by a combining one",
        arguments: [("\"", "&quot;"), ("'", "&#39;"), ("<", "&lt;"), (">", "&gt;"), ("&", "&amp;")],
        ["", "\u{301}", "\u{200D}"])
    func escapes(_ character: (String, String), _ mark: String) throws {
        let text = "\(character.0)\(mark)x"
        let page = ErrorPage(title: text, sentence: "", requestID: "", status: 404)
        let html = ConsolePages.book.html("error", page, for: nil)
        #expect(html.utf8.contains("<h1>\(character.1)\(mark)x</h1>".utf8))
        let form = ConsolePages.book.html("sign-in", SignInPage(token: text, isRefused: false), for: nil)
        #expect(form.utf8.contains("value=\"\(character.1)\(mark)x\">".utf8))
    }

    @Test(
        "of partners turn",
        arguments: [(1, 0..<50), (2, 50..<100), (3, 100..<120), (9, 100..<120), (-4, 0..<50)])
    func turn(_ number: Int, _ range: Range<Int>) throws {
        let page = ProgramPage(try Self.overview(partners: 120), number: number, programs: ["acme"])
        #expect(page.partners.map(\.id) == range.map { "par_\($0)" })
        #expect(page.pager.words == "\(range.lowerBound + 1) to \(range.upperBound) of 120")
    }

    @Test("of an empty program say what to do")
    func empty() throws {
        let overview = Overview(program: "acme", name: "Acme", partners: [], conversions: [], lines: [])
        let html = ConsolePages.book.html(
            "program", ProgramPage(overview, number: 1, programs: ["acme"]), for: "a@b.c")
        #expect(html.contains("No partner yet"))
        #expect(html.contains("No conversion yet"))
    }

    @Test("link to ids with any character")
    func links() throws {
        let html = ConsolePages.book.html(
            "program", ProgramPage(try Self.overview(partners: 1), number: 1, programs: ["acme"]),
            for: "a@b.c")
        #expect(html.contains("href=\"/console/acme/conversions/a%2Fb\""))
        #expect(html.contains("waiting for rate"))
    }
}

@Suite("The console", .onEachDatabase)
struct ConsoleTests {
    private func open() async throws -> (House, Browser) {
        let house = try await emptyHouse()
        for (slug, name) in [("acme", "Acme <Partners>"), ("beta", "Beta")] {
            try await house.store.write {
                try $0.run("INSERT INTO program (id, name, created_at) VALUES (\(slug), \(name), 0)")
            }
        }
        let router = Router<Visit>.web()
        ConsolePages(house: house).routes(on: router)
        return (house, Browser(router))
    }

    @Test("lets a person in by a link, shows their program, and lets them out")
    func journey() async throws {
        let (house, browser) = try await open()
        #expect(try await browser.get("/").header("Location") == "/console")
        #expect(try await browser.get("/console").header("Location") == "/sign-in")
        #expect(try await browser.get("/sign-in").body.contains("tallystick user add"))

        let link = try await house.signInLink("ada@acme.test", .viewer, to: "acme")
        let shown = try await browser.get(link.path)
        #expect(shown.status == 200)
        #expect(shown.body.contains("value=\"\(link.token)\""))
        #expect(shown.header("Cache-Control") == "no-store")

        let entered = try await browser.post("/sign-in", "token=\(link.token)")
        #expect(entered.status == 303)
        #expect(entered.header("Location") == "/console")
        let cookie = try #require(entered.header("Set-Cookie"))
        for part in ["tallystick_session=", "HttpOnly", "SameSite=Lax", "Path=/"] {
            #expect(cookie.contains(part))
        }
        #expect(!cookie.contains("Secure"))

        #expect(try await browser.get("/console").header("Location") == "/console/acme")
        let page = try await browser.get("/console/acme")
        #expect(page.status == 200)
        #expect(page.body.contains("Acme &lt;Partners&gt;"))
        #expect(page.body.contains("ada@acme.test"))

        let token = try #require(browser.session)
        let left = try await browser.post("/sign-out", "")
        #expect(left.header("Location") == "/sign-in")
        #expect(browser.session == nil)
        let old = try await browser.get("/console/acme", [.cookie: "tallystick_session=\(token)"])
        #expect(old.header("Location") == "/sign-in")
    }

    @Test("says the same of every link that does not work")
    func constant() async throws {
        let (house, browser) = try await open()
        let link = try await house.signInLink("ada@acme.test", .viewer, to: "acme")
        _ = try await browser.post("/sign-in", "token=\(link.token)")
        let answers = [
            try await browser.post("/sign-in", "token=\(link.token)"),
            try await browser.post("/sign-in", "token=x"),
            try await browser.post("/sign-in", ""),
        ]
        #expect(Set(answers.map(\.body)).count == 1)
        #expect(answers.allSatisfy { $0.status == 403 })
    }

    @Test("shows a program only to its own people; to others it does not exist")
    func scope() async throws {
        let (house, browser) = try await open()
        let link = try await house.signInLink("ada@acme.test", .owner, to: "acme")
        _ = try await browser.post("/sign-in", "token=\(link.token)")
        for path in ["", "/commissions/com_1", "/conversions/cnv_1"] {
            let other = try await browser.get("/console/beta\(path)")
            let none = try await browser.get("/console/gone\(path)")
            #expect(other.status == 404)
            #expect(other.body.replacing("beta", with: "gone") == none.body)
        }
        #expect(try await browser.get("/console/acme/commissions/com_1").status == 404)
    }

    @Test("takes no post from another site", arguments: ["https://evil.test", "null", nil])
    func otherSite(_ origin: String?) async throws {
        let (house, browser) = try await open()
        let link = try await house.signInLink("ada@acme.test", .owner, to: "acme")
        #expect(try await browser.post("/sign-in", "token=\(link.token)", from: origin).status == 403)
        #expect(try await browser.post("/sign-in", "token=\(link.token)").status == 303)
        #expect(try await browser.post("/sign-out", "", from: origin).status == 403)
        #expect(browser.session != nil)
    }

    @Test("believes the browser's own word before the origin")
    func fetchSite() async throws {
        let (_, browser) = try await open()
        let site = try #require(HTTPField.Name("Sec-Fetch-Site"))
        let cross = try await browser.send(
            .post, "/sign-out", [site: "cross-site", .origin: "http://localhost"])
        #expect(cross.status == 403)
        #expect(try await browser.send(.post, "/sign-out", [site: "same-origin"]).status == 303)
    }

    @Test("marks its cookie secure behind TLS")
    func secure() async throws {
        let (house, browser) = try await open()
        let link = try await house.signInLink("ada@acme.test", .owner, to: "acme")
        let proto = try #require(HTTPField.Name("X-Forwarded-Proto"))
        let answer = try await browser.send(
            .post, "/sign-in", [proto: "https", .origin: "https://localhost"],
            Array("token=\(link.token)".utf8))
        #expect(answer.header("Set-Cookie")?.contains("Secure") == true)
    }

    @Test("has nothing for a person without a program")
    func nobody() async throws {
        let (house, browser) = try await open()
        let link = try await house.signInLink("ada@acme.test", .owner, to: "acme")
        try await house.store.write { try $0.run("DELETE FROM staff") }
        _ = try await browser.post("/sign-in", "token=\(link.token)")
        #expect(try await browser.get("/console").status == 403)
        #expect(try await browser.get("/console/acme").status == 404)
    }
}
