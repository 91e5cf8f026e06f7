import Foundation
import Synchronization
import TestStores
import Testing

/// Real servers whose PostgreSQL dies. `TALLYSTICK_TORTURE=1` kills it twenty times of three.
@Suite("A database that goes away", .serialized)
struct AwayTests {
    static let rounds = Crowd.isLong ? 20 : 3

    private func wait(_ seconds: Int = 30, until isSo: () async throws -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(seconds)
        while try await !isSo(), ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(50)) }
        #expect(try await isSo())
    }

    private func isDrained(_ server: Server) -> Bool { server.measured("tallystick_spool_waiting") == 0 }

    @Test("and comes back, again and again, while eight clients click and post: all is there, once")
    func crashes() async throws {
        let postgres = try TestServer(settings: [])
        let (workshop, key) = try await Workshop.open(on: postgres)
        let servers = [
            try await Server.start(in: workshop, with: ["TALLYSTICK_SPOOL": "one.sqlite"]),
            try await Server.start(in: workshop, with: ["TALLYSTICK_SPOOL": "other.sqlite"]),
        ]
        let (sales, clicks) = (Tally(), Tally())
        let isOver = Mutex(false)
        try await Crowd.run(8) { number in
            let client = Client(port: servers[number % 2].port, key: key)
            var count = 0
            while !isOver.withLock({ $0 }) {
                count += 1
                guard let redirect = client.get("/r/ada?sub1=n\(count)") else {
                    return clicks.note("a redirect that broke off", nil)
                }
                clicks.note(redirect.click ?? "no click", redirect)
                guard number >= 4 else { continue }
                let id = "c\(number)-\(count)"
                let sale = Crowd.sale(id, click: count % 3 == 0 ? redirect.click : nil)
                // What was refused is sent again, as it was: whether it had come in, nobody here knows.
                var answer = client.post("/v1/conversions", sale)
                while let refused = answer, refused.status == 503 {
                    sales.postpone(id, refused)
                    usleep(20_000)
                    answer = client.post("/v1/conversions", sale)
                }
                sales.note(id, answer)
            }
        } meanwhile: {
            for round in 0..<Self.rounds {
                try await sales.wait(for: Int.random(in: 50...300))
                postgres.kill()
                // Three seconds nobody notices; five do not pass unseen.
                try await Task.sleep(for: .milliseconds(round == 0 ? 5_000 : Int.random(in: 0...4_000)))
                postgres.start()
                if Crowd.isLong {
                    print("round \(round): \(sales.answered.count) sales, \(clicks.answered.count) clicks")
                }
            }
            try await sales.wait(for: 100)
            isOver.withLock { $0 = true }
        }
        #expect(sales.wrong == [] && clicks.wrong == [])
        #expect(sales.open == [] && clicks.open == [])
        #expect(sales.refused > 0)
        try await wait { servers.allSatisfy(isDrained) }
        let spilled = servers.compactMap { $0.measured("tallystick_spool_spilled") }.reduce(0, +)
        #expect(spilled > 0)
        let flowedIn = servers.compactMap { $0.measured("tallystick_spool_flowed_in") }.reduce(0, +)
        #expect(flowedIn == spilled)
        for server in servers { #expect(try await server.stop().status == 0) }

        let there = try await Crowd.exported("facts.ndjson", "conversion", from: workshop)
        let lost = sales.answered.filter { there[$0] != 1 }
        #expect(lost.isEmpty, "\(lost.count) of \(sales.answered.count) sales: \(lost.prefix(5))")
        #expect(there.allSatisfy { $0.value == 1 })
        let kept = try await Crowd.exported("clicks.ndjson", "click", from: workshop)
        let lostClicks = clicks.answered.filter { kept[$0] != 1 }
        #expect(
            lostClicks.isEmpty, "\(lostClicks.count) of \(clicks.answered.count): \(lostClicks.prefix(5))")
        #expect(kept.allSatisfy { $0.value == 1 })
        #expect(
            try await workshop.ask("SELECT COUNT(*) - COUNT(DISTINCT click_id) FROM click_person") == ["0"])
        try await workshop.expect("tallystick verify")
        if Crowd.isLong {
            print(
                "sales: \(sales.answered.count) answered, \(sales.refused) refused, \(lost.count) lost;",
                "clicks: \(clicks.answered.count) answered, \(Int(spilled)) over the disk, \(lostClicks.count) lost"
            )
        }
    }

    @Test("is told of with 503 and Retry-After, soon, by every face but the redirects")
    func faces() async throws {
        let postgres = try TestServer(settings: ["fsync=off"])
        let (workshop, key) = try await Workshop.open(on: postgres)
        let server = try await Server.start(in: workshop)
        let client = Client(port: server.port, key: key)
        #expect(client.get("/v1/programs")?.status == 200)
        postgres.stop()
        let start = ContinuousClock.now
        let answers = [
            client.get("/v1/partners"), client.post("/v1/conversions", Crowd.sale("x")),
            client.post("/v1/batch", #"{"facts":[]}"#), client.get("/readyz"),
            Client(port: server.port, key: "tally_live_" + String(repeating: "x", count: 32))
                .get("/v1/partners"),
            client.get("/console", ["Cookie: tallystick_session=\(String(repeating: "x", count: 32))"]),
        ]
        #expect(answers.map { $0?.status } == Array(repeating: 503, count: answers.count))
        #expect(answers.enumerated().allSatisfy { $0 == 3 || $1?.field("retry-after") == "5" })
        #expect(ContinuousClock.now - start < .seconds(15))
        #expect(answers[0]?.body.contains(#""code":"unavailable""#) == true)
        #expect(answers[5]?.body.contains("The database is away.") == true)
        for answer in answers { #expect(answer?.body.contains("127.0.0.1") == false) }
        #expect(client.get("/r/ada")?.status == 302)
        #expect(client.get("/healthz")?.status == 200)
        postgres.start()
        try await wait { client.get("/v1/partners")?.status == 200 }
        #expect(client.post("/v1/conversions", Crowd.sale("x"))?.status == 201)
        #expect(try await server.stop().status == 0)
    }

    @Test("leaves clicks on the disk of a server that dies too; they come in when it starts, and are heard")
    func restart() async throws {
        let postgres = try TestServer(settings: ["fsync=off"])
        let (workshop, key) = try await Workshop.open(on: postgres)
        let other = try await Server.start(in: workshop, with: ["TALLYSTICK_SPOOL": "other.sqlite"])
        var server = try await Server.start(in: workshop)
        postgres.kill()
        let client = Client(port: server.port)
        let clicks = (0..<20).compactMap { _ in client.get("/r/ada")?.click }
        #expect(Set(clicks).count == 20)
        #expect(server.measured("tallystick_spool_waiting") == 20)
        try await server.crash()
        postgres.start()

        // Bought at the other server, before the click is known there.
        let shop = Client(port: other.port, key: key)
        let sale = Crowd.sale("late", click: clicks[7])
        try await wait { [200, 201].contains(shop.post("/v1/conversions", sale)?.status) }
        #expect(try await workshop.ask("SELECT source IS NULL FROM conversion WHERE id = 'late'") == ["t"])
        server = try await Server.start(in: workshop)
        try await wait { isDrained(server) }
        let there = "SELECT COUNT(*) FROM click WHERE id IN ('\(clicks.joined(separator: "','"))')"
        #expect(try await workshop.ask(there) == ["20"])
        let decided = "SELECT source, decisions FROM conversion WHERE id = 'late'"
        #expect(try await workshop.ask(decided) == ["ada|2"])
        for server in [server, other] { #expect(try await server.stop().status == 0) }
        try await workshop.expect("tallystick verify")
        let file = workshop.folder.appending(path: "clicks-away.sqlite").path
        let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test("keeps no more clicks on disk than it may; those beyond are refused, not lost")
    func bound() async throws {
        let postgres = try TestServer(settings: ["fsync=off"])
        let (workshop, _) = try await Workshop.open(on: postgres)
        let server = try await Server.start(in: workshop, with: ["TALLYSTICK_SPOOL_CLICKS": "3"])
        let client = Client(port: server.port)
        postgres.stop()
        let answers = (0..<5).map { _ in client.get("/r/ada") }
        #expect(answers.map { $0?.status } == [302, 302, 302, 503, 503])
        #expect(answers[4]?.field("retry-after") == "5")
        let figures = ["waiting", "spilled", "refused"].map { server.measured("tallystick_spool_\($0)") }
        #expect(figures == [3, 3, 2])
        postgres.start()
        try await wait { isDrained(server) }
        #expect(client.get("/r/ada")?.status == 302)
        #expect(try await server.stop().status == 0)
        let kept = try await Crowd.exported("clicks.ndjson", "click", from: workshop)
        #expect(kept.count == 4 + 4 && kept.allSatisfy { $0.value == 1 })
    }

    @Test("or is there and does not answer: redirects wait for it two seconds, and go on")
    func hangs() async throws {
        let (workshop, _) = try await Workshop.open(on: .shared)
        let server = try await Server.start(in: workshop)
        let client = Client(port: server.port)
        async let locking = workshop.expect(
            #"sql "BEGIN; LOCK TABLE click; SELECT pg_sleep(6); COMMIT""#)
        let locked =
            "SELECT COUNT(*) FROM pg_locks WHERE relation = 'click'::regclass AND granted AND mode = 'AccessExclusiveLock'"
        try await wait { try await workshop.ask(locked) == ["1"] }
        let start = ContinuousClock.now
        #expect(client.get("/r/ada")?.status == 302)
        #expect(ContinuousClock.now - start < .seconds(4))
        let again = ContinuousClock.now
        for _ in 0..<10 { #expect(client.get("/r/ada")?.status == 302) }
        #expect(ContinuousClock.now - again < .seconds(1))
        #expect(server.measured("tallystick_spool_spilled") == 11)
        _ = try await locking
        try await wait { isDrained(server) }
        #expect(try await server.stop().status == 0)
        let kept = try await Crowd.exported("clicks.ndjson", "click", from: workshop)
        #expect(kept.count == 11 + 4 && kept.allSatisfy { $0.value == 1 })
    }
}
