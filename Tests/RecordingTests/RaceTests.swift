import Facts
import Foundation
import Partners
import Programs
import Recording
import Store
import Terms
import TestStores
import Testing
import Tracking
import Values
import Work

@testable import Access

@Suite("Two servers on one database, at the same time,")
struct RaceTests {
    // MARK: Programs and facts

    @Test("found a program once, and the later is told so")
    func found() async throws {
        try await Pair.open { pair in
            let file = try ProgramFile.read(Given.terms())
            let found: @Sendable (Work) throws -> Void = { try Act.found(file, TermsShelf(), in: $0) }
            let (first, second) = try await pair.clash(in: ("acme", "acme"), found, found)
            try first.get()
            #expect(second.refusal == .wrongState(is: "there already", must: "new"))
            #expect(try await pair.one.store.read { try ProgramRows.all($0).count } == 1)
        }
    }

    @Test("publish two versions of the terms, one after the other")
    func publish() async throws {
        try await Pair.open { pair in
            let (given, _) = try await pair.found()
            let files = try ["5%", "9%"].map {
                try ProgramFile.read(Given.terms().replacing("7.5%", with: $0))
            }
            let versions = try await pair.clash(
                in: ("acme", "acme"), { try Act.publish(files[0], from: Given.now, TermsShelf(), in: $0) },
                { try Act.publish(files[1], from: Given.now, TermsShelf(), in: $0) })
            #expect(try versions.0.get() == 2)
            #expect(try versions.1.get() == 3)
            try await given.verify()
        }
    }

    @Test("give a slug to one link, of whichever program, and refuse the other alone")
    func slug() async throws {
        try await Pair.open { pair in
            let (acme, _) = try await pair.found()
            let (beta, _) = try await pair.found(Given.terms("beta"))
            for given in [acme, beta] { try await given.record(partner("ada")) }
            let shelf = TermsShelf()
            let links = try ["l1", "l2"].map {
                try acme.facts([
                    fact("link", $0, "2026-01-02", #""partner":"ada","slug":"summer""#),
                    fact("link", "own-\($0)", "2026-01-02", #""partner":"ada","slug":"own-\#($0)""#),
                ])
            }
            let record: @Sendable ([FactRecord], Work) throws -> [Answer] = { facts, work in
                var recorder = try Recorder(shelf, through: .api, in: work)
                return try recorder.record(facts)
            }
            let (first, second) = try await pair.clash(
                in: ("acme", "beta"), { try record(links[0], $0) }, { try record(links[1], $0) })
            #expect(try first.get().allSatisfy(\.isNew))
            let answers = try second.get()
            #expect(answers[0].refusal == .invalid("/slug", .because("is taken by another link")))
            #expect(answers[1].isNew)
            try await acme.verify()
            try await beta.verify()
        }
    }

    @Test("take in the same waiting clicks once, and decide what was decided without them once more")
    func lateClicks() async throws {
        try await Pair.open { pair in
            let (given, twin) = try await pair.found()
            try await given.record(partner("ada"), link("ada"), sale("s", "2026-03-10", #""visitor":"v""#))
            let clicks = [given.spooled("2026-03-09T12:00:00Z", of: "ada", by: "v")]
            async let first: Void = LateClicks.flow(clicks, given.shelf, into: pair.one)
            async let second: Void = LateClicks.flow(clicks, twin.shelf, into: pair.other)
            _ = try await (first, second)
            #expect(try await given.sources() == ["s": "ada"])
            #expect(try await given.count("review") == 1)
            #expect(try await given.clicksKept() == [1, 1])
            try await given.verify()
        }
    }

    @Test("never pay more than a cap, where each takes every other of fifty sales at once")
    func capped() async throws {
        try await Pair.open { pair in
            let caps = "{per: partner, period: month, amount: 100.00}, {per: program, amount: 150.00}"
            let (given, twin) = try await pair.found(
                Given.terms().replacing("pay: 7.5%", with: "pay: 10%\n      caps: [\(caps)]"))
            let people = ["ada", "bo", "cy"]
            for person in people {
                try await given.record(
                    partner(person), link(person), click("k-\(person)", "2026-03-01", of: person, by: person))
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<50 {
                    group.addTask {
                        try await (number % 2 == 0 ? given : twin).record(
                            sale(
                                "s\(number)", "2026-03-02", #""visitor":"\#(people[number % 3])""#,
                                amount: "70.00"))
                    }
                }
                try await group.waitForAll()
            }
            var paid: [String: Int64] = [:]
            for number in 0..<50 {
                for line in try await given.lines(of: "s\(number)").map({ $0.split(separator: " ") })
                where line[1] == "sale" {
                    paid[String(line[0]), default: 0] += try Money(amount: String(line[3]), .eur).minor
                }
            }
            #expect(paid.values.allSatisfy { $0 <= 100_00 } && paid.values.reduce(0, +) == 150_00, "\(paid)")
            try await given.verify()
        }
    }

    // MARK: Jobs and keys

    @Test("claim a job for one of them; when that one dies, for the other")
    func jobs() async throws {
        try await Pair.open { pair in
            _ = try await pair.found()
            let now = Given.now
            try await pair.one.work(in: "acme", as: .clock) {
                try Job.plan("settle", key: "settle:1", dueAt: now, in: $0)
            }
            let (first, second) = try await pair.clash(
                in: ("acme", "acme"), as: .clock, { try Job.claim(by: "one", in: $0) },
                { try Job.claim(by: "other", in: $0) })
            let job = try #require(try first.get())
            #expect(try second.get() == nil)

            let (later, end) = (now.moved(by: Job.lease), now.moved(by: Job.lease).moved(by: Job.lease))
            let renew: @Sendable (Work) throws -> Bool = { try job.renew(by: "one", in: $0) }
            #expect(try await pair.one.work(in: "acme", as: .clock, at: later, .facts, renew))
            let claim: @Sendable (Work) throws -> Job? = { try Job.claim(by: "other", in: $0) }
            #expect(try await pair.other.work(in: "acme", as: .clock, at: later, .facts, claim) == nil)
            #expect(try await pair.other.work(in: "acme", as: .clock, at: end, .facts, claim)?.tries == 2)
            #expect(try await !pair.one.work(in: "acme", as: .clock, at: end, .facts, renew))
            for (house, worker) in [(pair.one, "one"), (pair.other, "other")] {
                let isDone = try await house.work(in: "acme", as: .clock, at: end) {
                    try job.finish(by: worker, in: $0)
                }
                #expect(isDone == (worker == "other"))
            }
        }
    }

    @Test("have one hash key")
    func hashKey() async throws {
        try await Pair.open { pair in
            let vault = pair.one.vault
            let make: @Sendable (any Connection) throws -> HashKey = {
                try Secret.hashKey($0, vault, .system)
            }
            let (first, second) = try await pair.clash(make, make)
            #expect(try first.get().bytes("x") == second.get().bytes("x"))
        }
    }

    @Test("make one key file, whoever is faster")
    func keyFile() async throws {
        let folder = NSTemporaryDirectory() + "/race-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let ids = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<16 { group.addTask { try KeyFile.make("\(folder)/keys", .system).keyID } }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(ids == [try KeyFile.read("\(folder)/keys").keyID])
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["keys"])
    }

    @Test("seal with one new key, and never bring back what is erased meanwhile")
    func reseal() async throws {
        try await Pair.open { pair in
            let old = pair.one.vault
            _ = try await pair.one.store.write { try Secret.hashKey($0, old, .system) }
            let (given, _) = try await pair.found()
            let account = #"{"kind":"sepa","holder":"Ada","iban":"DE02120300000000202051"}"#
            try await given.record(partner("ada", #""type":"affiliate","payout_method":\#(account)"#))
            // Each has a key file with the old key and a new one of its own.
            let vaults = try (0..<2).map { number in
                let path = "\(pair.keyPath).\(number)"
                defer { try? FileManager.default.removeItem(atPath: path) }
                try FileManager.default.copyItem(atPath: pair.keyPath, toPath: path)
                return try KeyFile.rotate(path, .system)
            }
            let (first, second) = try await pair.clash(
                { try Secret.reseal($0, vaults[0]) }, { try Secret.reseal($0, vaults[1]) })
            #expect(try first.get() == 1)
            guard case .unavailable = second.refusal else {
                Issue.record("\(second)")
                return
            }
            let other = House(
                store: pair.other.store, clock: pair.other.clock, chance: .system, vault: vaults[0],
                hashKey: pair.other.hashKey)
            let (erased, sealed) = try await pair.clash(
                { connection in
                    try PartnerRows.erase("ada", in: pair.one.work(connection))
                }, { try PartnerRows.reseal(in: other.work($0)) })
            try erased.get()
            #expect(try sealed.get() == 0)
            let payout = try await other.store.write { try PartnerRows.payout("ada", in: other.work($0)) }
            #expect(payout == nil)
        }
    }

    // MARK: People

    @Test("make one person of one e-mail, who has one link to sign in with")
    func people() async throws {
        try await Pair.open { pair in
            let add: @Sendable (Work) throws -> SignInLink = {
                try Person.add(email: "ada@acme.test", role: .viewer, in: $0)
            }
            _ = try await pair.clash(in: ("acme", "acme"), add, add)
            let (first, second) = try await pair.clash(in: ("acme", "beta"), add, add)
            let (before, after) = try (first.get(), second.get())
            #expect(before.person == after.person)
            await #expect(throws: Refusal.notSignedIn) { try await SignIn.use(before.token, in: pair.one) }
            let token = try await SignIn.use(after.token, in: pair.one)
            let session = try #require(try await Session.find(token, in: pair.other))
            #expect(session.programs == ["acme", "beta"])
        }
    }

    @Test("let one of two in by a link")
    func signIn() async throws {
        try await Pair.open { pair in
            let link = try await pair.one.work(in: "acme", as: Given.owner) {
                try Person.add(email: "ada@acme.test", role: .viewer, in: $0)
            }
            async let first = result { try await SignIn.use(link.token, in: pair.one) }
            async let second = result { try await SignIn.use(link.token, in: pair.other) }
            let outcomes = await [first, second]
            #expect(outcomes.count { (try? $0.get()) != nil } == 1)
            #expect(outcomes.compactMap(\.refusal) == [.notSignedIn])
        }
    }

    @Test("know at once of a key that the other revoked, and of who signed out there")
    func revoked() async throws {
        try await Pair.open { pair in
            let (key, link) = try await pair.one.work(in: "acme", as: Given.owner) { work in
                let link = try Person.add(email: "ada@acme.test", role: .owner, in: work)
                return (try APIKey.add(for: link.person, in: work), link)
            }
            let (ring, other) = (KeyRing(house: pair.one), KeyRing(house: pair.other))
            let found = try #require(try await other.key(key))
            let token = try await SignIn.use(link.token, in: pair.one)
            #expect(try await other.session(token) != nil)
            try await pair.one.work(in: "acme", as: Given.owner) { try APIKey.revoke(found.id, in: $0) }
            try await ring.end(token)
            // The clock stands still: only the announcement tells them.
            try await until { try await other.key(key) == nil }
            try await until { try await other.session(token) == nil }
        }
    }
}

/// Looks again and again, for ten seconds.
private func until(_ isSo: () async throws -> Bool) async throws {
    let end = ContinuousClock.now + .seconds(10)
    while try await !isSo(), ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(5)) }
    #expect(try await isSo())
}
