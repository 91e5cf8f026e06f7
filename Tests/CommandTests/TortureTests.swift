import Foundation
import Synchronization
import TestStores
import Testing

/// Crashes, floods and stops of the real server. `TALLYSTICK_TORTURE=1` makes fifty crashes of five.
@Suite("Torture", .onEachDatabase, .serialized)
struct TortureTests {
    static let clients = 8
    static let rounds = Crowd.isLong ? 50 : 5

    @Test("kill -9 while eight clients post: nothing answered is lost, nothing is doubled")
    func crashes() async throws {
        let (workshop, key) = try await Workshop.open()
        let tally = Tally()
        for round in 0..<Self.rounds {
            let server = try await Server.start(in: workshop)
            let again = tally.open.sorted()
            try await Crowd.run(Self.clients) { number in
                let client = Client(port: server.port, key: key)
                // First what was cut off the last time: it is there, or it is not; either way it is answered
                // now.
                for id in again.indices where id % Self.clients == number {
                    let answer = client.post("/v1/conversions", Crowd.sale(again[id]))
                    tally.note(again[id], answer)
                    if answer == nil { return }
                }
                for count in 0..<3_000 {
                    let id = "r\(round)-c\(number)-\(count)"
                    let answer = client.post("/v1/conversions", Crowd.sale(id))
                    tally.note(id, answer)
                    if answer == nil { return }
                }
            } meanwhile: {
                try await tally.wait(for: Int.random(in: 30...500))
                try await server.crash()
            }
            #expect(tally.wrong == [])
            let there = try await Crowd.exported("facts.ndjson", "conversion", from: workshop)
            let lost = tally.answered.filter { there[$0] != 1 }
            #expect(
                lost.isEmpty, "round \(round): \(lost.count) answered and not there once: \(lost.prefix(5))")
            #expect(there.allSatisfy { $0.value == 1 })
            let stray = there.keys.filter {
                $0.hasPrefix("r") && !tally.answered.contains($0) && !tally.open.contains($0)
            }
            #expect(stray == [])
            if round % 5 == 0 || round == Self.rounds - 1 { try await workshop.expect("tallystick verify") }
        }
        #expect(tally.answered.count >= 30 * Self.rounds)
    }

    @Test("kill -9 while eight clients click: every redirect that was answered is there")
    func clicks() async throws {
        let (workshop, _) = try await Workshop.open()
        let tally = Tally()
        for _ in 0..<3 {
            let server = try await Server.start(in: workshop)
            try await Crowd.run(Self.clients) { number in
                let client = Client(port: server.port)
                for count in 0..<5_000 {
                    let answer = client.get("/r/\(number % 2 == 0 ? "ada" : "ben")?sub1=n\(count)")
                    guard let answer else { return }
                    tally.note(answer.click ?? "a redirect without a click", answer)
                }
            } meanwhile: {
                try await tally.wait(for: Int.random(in: 50...800))
                try await server.crash()
            }
        }
        #expect(tally.wrong == [])
        let there = try await Crowd.exported("clicks.ndjson", "click", from: workshop)
        let lost = tally.answered.filter { there[$0] != 1 }
        #expect(lost.isEmpty, "\(lost.count) of \(tally.answered.count) are lost: \(lost.prefix(5))")
        #expect(tally.answered.count > 100)
        try await workshop.expect("tallystick verify")
    }

    @Test("SIGTERM under load: what was accepted is answered, and it exits 0 within 10 seconds")
    func stops() async throws {
        let (workshop, key) = try await Workshop.open()
        let tally = Tally()
        let server = try await Server.start(in: workshop)
        let ending = Mutex<(status: Int32, seconds: Double)?>(nil)
        try await Crowd.run(Self.clients) { number in
            let client = Client(port: server.port, key: key)
            for count in 0..<20_000 {
                let id = "s-c\(number)-\(count)"
                let answer = client.post("/v1/conversions", Crowd.sale(id))
                tally.note(id, answer)
                if answer == nil { return }
            }
        } meanwhile: {
            try await tally.wait(for: 400)
            let ended = try await server.stop()
            ending.withLock { $0 = ended }
        }
        let ended = try #require(ending.withLock { $0 })
        #expect(ended.status == 0)
        #expect(ended.seconds <= 10)
        #expect(tally.wrong == [])
        // Whatever was recorded was answered: nobody was left without word of what had been done.
        let there = try await Crowd.exported("facts.ndjson", "conversion", from: workshop)
        let posted = Set(there.keys.filter { $0.hasPrefix("s-c") })
        #expect(posted.subtracting(tally.answered).sorted() == [])
        #expect(tally.answered.subtracting(posted).sorted() == [])
        #expect(posted.count > 50)
        try await workshop.expect("tallystick verify")
    }

    @Test("a hundred parallel posts of one conversion: one conversion and a hundred equal answers")
    func together() async throws {
        let (workshop, key) = try await Workshop.open()
        let server = try await Server.start(in: workshop)
        let answers = Mutex<[Client.Answer?]>([])
        try await Crowd.run(100) { _ in
            let answer = Client(port: server.port, key: key).post("/v1/conversions", Crowd.sale("only"))
            answers.withLock { $0.append(answer) }
        } meanwhile: {
        }
        let all = answers.withLock { $0 }
        let statuses = Dictionary(grouping: all.map { $0?.status ?? 0 }) { $0 }.mapValues(\.count)
        #expect(statuses == [201: 1, 200: 99])
        #expect(Set(all.map { $0?.body }).count == 1)
        #expect(all.first??.body.contains(#""source":"ben""#) == true)
        let stopped = try await server.stop()
        #expect(stopped.status == 0)
        let there = try await Crowd.exported("facts.ndjson", "conversion", from: workshop)
        #expect(there["only"] == 1)
        let lines = try await workshop.expect(#"grep -c '"conversion":"only"' audit/lines.ndjson"#)
        #expect(lines == "2\n")
        try await workshop.expect("tallystick verify")
    }
}
