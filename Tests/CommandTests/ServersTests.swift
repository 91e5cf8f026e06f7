import Foundation
import Synchronization
import TestStores
import Testing

/// Real servers, two on one PostgreSQL database. `TALLYSTICK_TORTURE=1` kills twenty of three.
@Suite("Two servers on one database", .serialized)
struct ServersTests {
    static let rounds = Crowd.isLong ? 20 : 3

    private func two(in workshop: Workshop) async throws -> [Server] {
        [
            try await Server.start(in: workshop),
            try await Server.start(in: workshop, with: ["TALLYSTICK_SPOOL": "other.sqlite"]),
        ]
    }

    @Test("have a spool and an address each: who would take the other's says so and does not start")
    func apart() async throws {
        let (workshop, _) = try await Workshop.open(on: .shared)
        let first = try await Server.start(in: workshop)
        let second = try await workshop.run("tallystick serve --listen 127.0.0.1:0")
        let sentence = "tallystick: this cannot be done now: another server keeps its waiting clicks in "
        #expect(second.status == 1 && second.errors.hasPrefix(sentence), "\(second.errors)")
        #expect(second.errors.split(separator: "\n").count == 1)

        let third = try await workshop.run(
            "tallystick serve --listen 127.0.0.1:\(first.port)",
            with: ["TALLYSTICK_SPOOL": "other.sqlite"])
        let taken = "nothing can be served on 127.0.0.1:\(first.port): address already in use."
        #expect(third.status == 1 && third.errors.contains(taken), "\(third.errors)")
        #expect(!third.errors.contains("not settled"), "\(third.errors)")
        #expect(try await first.stop().status == 0)
    }

    @Test("know within a second what links and terms the other, or a command, has made")
    func news() async throws {
        let (workshop, key) = try await Workshop.open(on: .shared)
        let servers = try await two(in: workshop)
        let clients = servers.map { Client(port: $0.port, key: key) }
        for number in 0..<4 {
            let link =
                #"{"partner":"ada","slug":"new\#(number)","destination":"https://shop.test/\#(number)"}"#
            #expect(clients[number % 2].post("/v1/links", link)?.status == 201)
            let made = ContinuousClock.now
            // At once where it was made, as soon as may be elsewhere.
            #expect(clients[number % 2].get("/r/new\(number)")?.status == 302)
            let other = clients[1 - number % 2]
            while other.get("/r/new\(number)")?.status != 302, .now - made < .seconds(5) { usleep(5_000) }
            #expect(ContinuousClock.now - made < .seconds(1))
        }

        try await workshop.expect(
            """
            sed -e 's/pay: 10%/pay: 30%/' -e 's/^destinations: ./&moved.test, /' -i shop.yaml
            tallystick program apply shop.yaml
            """)
        let applied = ContinuousClock.now
        for (client, id) in zip(clients, ["p0", "p1"]) {
            let target = "/r/ada?url=https%3A%2F%2Fmoved.test%2F"
            while client.get(target)?.field("location")?.hasPrefix("https://moved.test/") != true {
                guard .now - applied < .seconds(5) else { break }
                usleep(5_000)
            }
            #expect(ContinuousClock.now - applied < .seconds(1))
            let sale = Crowd.sale(id, click: client.get("/r/ada")?.click)
            let answer = client.post("/v1/conversions", sale)
            #expect(answer?.body.contains(#""amount":"30.00""#) == true, "\(answer?.body ?? "nothing")")
        }
        for server in servers { #expect(try await server.stop().status == 0) }
        try await workshop.expect("tallystick verify")
    }

    /// A shop with so many partners whose sales of January are not settled yet.
    private func unsettled(_ partners: Int) async throws -> (workshop: Workshop, key: String) {
        let (workshop, key) = try await Workshop.open(on: .shared)
        let lines = (0..<partners).map { number in
            #"""
            {"fact":"partner","id":"q\#(number)","at":"2026-01-05T09:00:00Z","type":"affiliate"}
            {"fact":"coupon","id":"c\#(number)","at":"2026-01-05T09:00:00Z","partner":"q\#(number)",\#
            "code":"Q\#(number)"}
            {"fact":"conversion","id":"s\#(number)","at":"2026-01-09T12:00:00Z","event":"sale",\#
            "amount":"100.00","currency":"EUR","customer":"q\#(number)","coupon":"Q\#(number)"}
            """#
        }
        let file = workshop.folder.appending(path: "many.ndjson")
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: file)
        try await workshop.expect("tallystick import facts many.ndjson")
        return (workshop, key)
    }

    /// Waits until a question has this answer, for a minute.
    private func wait(
        _ workshop: Workshop, for question: String, _ isRight: (Int) -> Bool
    ) async throws -> Int {
        var answer = -1
        for _ in 0..<600 {
            answer = try await workshop.ask(question).first.flatMap { Int($0) } ?? -1
            if isRight(answer) { break }
            try await Task.sleep(for: .milliseconds(100))
        }
        #expect(isRight(answer), "\(question): \(answer)")
        return answer
    }

    @Test("settle a day once; when the one that does it is killed, the other ends it")
    func settle() async throws {
        let partners = 150
        let (workshop, _) = try await unsettled(partners)
        let settled = "SELECT COUNT(*) FROM fact WHERE kind = 'settlement'"
        let one = try await Server.start(in: workshop)
        _ = try await wait(workshop, for: settled) { $0 > 5 }
        try await one.crash()
        let before = try await workshop.ask(settled).first.flatMap { Int($0) } ?? 0
        #expect(before < partners)
        #expect(try await workshop.ask("SELECT tries, done_at FROM job") == ["1|"])

        // While the lease runs nobody else has it; then the others start, and one of them has.
        let others = try await two(in: workshop)
        try await Task.sleep(for: .milliseconds(500))
        #expect(try await workshop.ask(settled) == ["\(before)"])
        for other in others { #expect(try await other.stop().status == 0) }
        _ = try await workshop.expect("sql 'UPDATE job SET leased_until = 0'")
        let last = try await two(in: workshop)
        _ = try await wait(workshop, for: "SELECT COUNT(*) FROM job WHERE done_at IS NOT NULL") { $0 == 1 }
        #expect(try await workshop.ask("SELECT COUNT(*), SUM(tries) FROM job") == ["1|2"])
        for server in last { #expect(try await server.stop().status == 0) }
        let statements =
            "SELECT COUNT(*), COUNT(DISTINCT partner_id) FROM statement WHERE partner_id LIKE 'q%'"
        #expect(try await workshop.ask(statements) == ["\(partners)|\(partners)"])
        try await workshop.expect("tallystick verify")
    }

    @Test("go on when one is killed while both record and settle: nothing lost, nothing twice")
    func crashes() async throws {
        let (workshop, key) = try await unsettled(40)
        let tally = Tally()
        let stays = try await Server.start(in: workshop)
        for round in 0..<Self.rounds {
            let dies = try await Server.start(in: workshop, with: ["TALLYSTICK_SPOOL": "other.sqlite"])
            try await workshop.expect("sql 'UPDATE job SET leased_until = 0, done_at = NULL'")
            let isOver = Mutex(false)
            try await Crowd.run(8) { number in
                // When its server is gone, a client goes on at the other, with what was cut off.
                var client = Client(port: number % 2 == 0 ? stays.port : dies.port, key: key)
                var count = 0
                while !isOver.withLock({ $0 }), count < 5_000 {
                    let id = "r\(round)-c\(number)-\(count)"
                    let answer = client.post("/v1/conversions", Crowd.sale(id))
                    tally.note(id, answer)
                    if answer == nil { client = Client(port: stays.port, key: key) } else { count += 1 }
                }
            } meanwhile: {
                async let settling = workshop.run("tallystick settle")
                try await tally.wait(for: Int.random(in: 50...400))
                try await dies.crash()
                try await tally.wait(for: 100)
                isOver.withLock { $0 = true }
                #expect(try await settling.status == 0)
            }
            #expect(tally.wrong == [])
            #expect(tally.open == [])
            let there = try await Crowd.exported("facts.ndjson", "conversion", from: workshop)
            let lost = tally.answered.filter { there[$0] != 1 }
            #expect(lost.isEmpty, "round \(round): \(lost.count) answered, not there once: \(lost.prefix(5))")
            #expect(there.allSatisfy { $0.value == 1 })
            if Crowd.isLong { print("round \(round): \(tally.answered.count) answered, \(lost.count) lost") }
        }
        #expect(try await stays.stop().status == 0)
        try await workshop.expect("tallystick verify")
    }
}
