import Store
import Testing
import TestStores
import Values
import Work

@testable import Access

@Suite("People", .onEachDatabase)
struct PeopleTests {
    @Test("are known by their e-mail, however it is written")
    func knownByEmail() async throws {
        let given = try await Given.house()
        let first = try await given.add("Ada@Acme.test ", .owner)
        let again = try await given.add("ada@acme.test", .viewer, to: "beta")
        #expect(first.person == again.person)
        #expect(first.person.email == "ada@acme.test")
        let found = try await given.house.look(at: "acme") {
            try Person.find(email: " ADA@acme.test", at: $0)
        }
        #expect(found == first.person)
    }

    @Test("have a role in each program, and the last one given counts")
    func roles() async throws {
        let given = try await Given.house()
        let ada = try await given.add("ada@acme.test", .owner).person
        try await given.add("ada@acme.test", .finance)
        let role = try await given.house.look(at: "acme") { try Person.role(of: ada.id, at: $0) }
        let elsewhere = try await given.house.look(at: "beta") { try Person.role(of: ada.id, at: $0) }
        #expect(role == .finance)
        #expect(elsewhere == nil)
    }

    @Test("the admin of a program is its first owner")
    func admin() async throws {
        let given = try await Given.house()
        try await given.add("vic@acme.test", .viewer)
        given.hand.move(by: .seconds(1))
        try await given.add("zoe@acme.test", .owner)
        given.hand.move(by: .seconds(1))
        try await given.add("ada@acme.test", .owner)
        let admin = try await given.house.look(at: "acme") { try Person.admin(at: $0) }
        #expect(admin?.email == "zoe@acme.test")
    }

    @Test(
        "are refused without an address",
        arguments: ["", "ada", "@acme.test", "ada@", "a b@c.test", "a@b@c", "a\r\n@b"])
    func badAddress(_ email: String) async throws {
        let given = try await Given.house()
        await #expect(throws: Refusal.self) { try await given.add(email, .owner) }
        #expect(try await given.count("SELECT COUNT(*) AS n FROM person") == 0)
    }

    @Test("are added by an owner only", arguments: [Role.manager, .finance, .viewer])
    func ownersOnly(_ role: Role) async throws {
        let given = try await Given.house()
        await #expect(throws: Refusal.notAllowed("manage people and keys")) {
            try await given.house.work(in: "acme", as: .staff(person: "usr_bo", role: role)) {
                try Person.add(email: "eve@acme.test", role: .owner, in: $0)
            }
        }
    }
}

@Suite("Signing in", .onEachDatabase)
struct SignInTests {
    @Test("takes a link once")
    func once() async throws {
        let given = try await Given.house()
        let link = try await given.add("ada@acme.test", .manager)
        let token = try await SignIn.use(link.token, in: given.house)
        let session = try #require(try await Session.find(token, in: given.house))
        #expect(session.person == link.person)
        #expect(session.roles == ["acme": .manager])
        #expect(session.principal(in: "acme") == .staff(person: link.person.id, role: .manager))
        #expect(session.principal(in: "beta") == nil)
        await #expect(throws: Refusal.notSignedIn) { try await SignIn.use(link.token, in: given.house) }
    }

    @Test("of two at once lets one in")
    func race() async throws {
        let given = try await Given.house()
        let link = try await given.add("ada@acme.test", .manager)
        let entered = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<20 {
                group.addTask { (try? await SignIn.use(link.token, in: given.house)) != nil }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(entered == 1)
    }

    @Test("is refused alike for a wrong, a late, a replaced and an absurd link")
    func refused() async throws {
        let given = try await Given.house()
        let replaced = try await given.add("ada@acme.test", .manager)
        let late = try await given.add("ada@acme.test", .manager)
        await #expect(throws: Refusal.notSignedIn) { try await SignIn.use(replaced.token, in: given.house) }
        given.hand.move(by: SignInLink.lifetime)
        for token in [
            late.token, Chance.system.token(), "", String(repeating: "x", count: 1_000_000), "é\u{0}",
        ] {
            await #expect(throws: Refusal.notSignedIn) { try await SignIn.use(token, in: given.house) }
        }
    }

    @Test("keeps no token in the database")
    func hashed() async throws {
        let given = try await Given.house()
        let link = try await given.add("ada@acme.test", .manager)
        let key = try await given.key(of: "bo@acme.test")
        let token = try await SignIn.use(link.token, in: given.house)
        for secret in [link.token, token, key] {
            let sql: SQL = """
                SELECT (SELECT COUNT(*) FROM sign_in WHERE hash = \(secret))
                     + (SELECT COUNT(*) FROM session WHERE hash = \(secret))
                     + (SELECT COUNT(*) FROM api_key WHERE hash = \(secret) OR id = \(secret)) AS n
                """
            #expect(try await given.count(sql) == 0)
        }
    }

    @Test("ends the session that the browser had")
    func replaces() async throws {
        let given = try await Given.house()
        let former = try await SignIn.use(
            try await given.add("ada@acme.test", .manager).token, in: given.house)
        let link = try await given.add("ada@acme.test", .manager)
        let now = try await SignIn.use(link.token, instead: former, in: given.house)
        #expect(try await Session.find(former, in: given.house) == nil)
        #expect(try await Session.find(now, in: given.house) != nil)
    }
}

@Suite("A session", .onEachDatabase)
struct SessionTests {
    @Test("ends after twelve idle hours")
    func idle() async throws {
        let given = try await Given.house()
        let token = try await SignIn.use(try await given.add("ada@acme.test", .viewer).token, in: given.house)
        given.hand.move(by: .seconds(12 * 3600 - 1))
        #expect(try await Session.find(token, in: given.house) != nil)
        given.hand.move(by: .seconds(12 * 3600 - 1))
        #expect(try await Session.find(token, in: given.house) != nil)
        given.hand.move(by: .seconds(12 * 3600))
        #expect(try await Session.find(token, in: given.house) == nil)
    }

    @Test("ends after thirty days, however busy")
    func old() async throws {
        let given = try await Given.house()
        let token = try await SignIn.use(try await given.add("ada@acme.test", .viewer).token, in: given.house)
        for _ in 0..<(30 * 4 - 1) {
            given.hand.move(by: .seconds(6 * 3600))
            #expect(try await Session.find(token, in: given.house) != nil)
        }
        given.hand.move(by: .seconds(6 * 3600))
        #expect(try await Session.find(token, in: given.house) == nil)
    }

    @Test("ends when the person signs out, also in the ring")
    func ends() async throws {
        let given = try await Given.house()
        let ring = KeyRing(house: given.house)
        let token = try await SignIn.use(try await given.add("ada@acme.test", .viewer).token, in: given.house)
        #expect(try await ring.session(token) != nil)
        try await ring.end(token)
        #expect(try await ring.session(token) == nil)
    }
}

@Suite("An API key", .onEachDatabase)
struct APIKeyTests {
    @Test("opens its own program, in the name of who made it")
    func opens() async throws {
        let given = try await Given.house()
        let text = try await given.key(of: "ada@acme.test")
        #expect(text.hasPrefix("tally_live_"))
        #expect(text.utf8.count == 11 + 32)
        let key = try #require(try await APIKey.find(text, in: given.house))
        #expect(key.program == "acme")
        #expect(key.principal.may(.record))
        #expect(!key.principal.may(.approvePayouts))
        #expect(try await APIKey.find(text + "x", in: given.house) == nil)
        #expect(try await APIKey.find(String(text.dropFirst(11)), in: given.house) == nil)
    }

    @Test("that was revoked opens nothing, at the latest ten seconds later")
    func revoked() async throws {
        let given = try await Given.house()
        let ring = KeyRing(house: given.house)
        let text = try await given.key(of: "ada@acme.test")
        let key = try #require(try await ring.key(text))
        try await given.house.work(in: "acme", as: Given.operators) { try APIKey.revoke(key.id, in: $0) }
        #expect(try await APIKey.find(text, in: given.house) == nil)
        given.hand.move(by: KeyRing.life)
        #expect(try await ring.key(text) == nil)
    }

    @Test("is listed in its program, also after it was revoked, with who made it and when")
    func listed() async throws {
        let given = try await Given.house()
        _ = try await given.key(of: "ada@acme.test")
        given.hand.move(by: .seconds(60))
        _ = try await given.key(of: "bob@acme.test")
        let keys = try await given.house.look(at: "acme") { try APIKey.all(at: $0) }
        #expect(keys.map(\.person) == ["ada@acme.test", "bob@acme.test"])
        try await given.house.work(in: "acme", as: Given.operators) {
            try APIKey.revoke(keys[0].id, in: $0)
        }
        let after = try await given.house.look(at: "acme") { try APIKey.all(at: $0) }
        #expect(after.map(\.revokedAt) == [given.hand.now, nil])
        #expect(try await given.house.look(at: "beta") { try APIKey.all(at: $0) }.isEmpty)
    }

    @Test("of one program is not revoked from another")
    func scoped() async throws {
        let given = try await Given.house()
        let text = try await given.key(of: "ada@acme.test")
        let key = try #require(try await APIKey.find(text, in: given.house))
        await #expect(throws: Refusal.notFound(kind: "key", id: key.id)) {
            try await given.house.work(in: "beta", as: Given.operators) { try APIKey.revoke(key.id, in: $0) }
        }
        #expect(try await APIKey.find(text, in: given.house) != nil)
    }
}
