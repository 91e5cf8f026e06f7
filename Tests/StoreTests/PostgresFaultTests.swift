import Dispatch
import Foundation
import TestStores
import Testing
import Values

@testable import Store

@Suite("A PostgreSQL server that fails", .serialized)
struct PostgresFaultTests {
    private let server: TestServer

    init() throws { server = TestServer.shared }

    /// A store with the table `jar` on a database of its own.
    private func withStore(
        _ settings: PostgresSettings = PostgresSettings(), by wire: CutWire? = nil,
        _ body: (PostgresStore) async throws -> Void
    ) async throws {
        let url = try server.makeDatabase()
        defer { try? server.drop(url) }
        let port = wire.map { String($0.port) } ?? String(server.port)
        let store = try PostgresStore.open(
            url: url.replacing(":\(server.port)/", with: ":\(port)/"), settings: settings)
        try await store.write { try $0.run(jar) }
        try await body(store)
        await store.close()
    }

    @Test("a connection that is cut while nobody uses it is made again, unnoticed")
    func idle() async throws {
        try await withStore { store in
            let process = try await store.process()
            try server.run("SELECT pg_terminate_backend(\(process), 5000)")
            try await store.write { try $0.put("after", 1) }
            #expect(try await store.read { try $0.names() } == ["after"])
            #expect(store.figures.reconnects == 1 && store.figures.retries == 0)
        }
    }

    @Test("a transaction that is cut off is run again, once")
    func midway() async throws {
        try await withStore { store in
            let runs = Count()
            try await store.write { [server] connection in
                let run = runs.add()
                try connection.put("jar", 1)
                let process = try connection.first("SELECT pg_backend_pid() AS n")?.integer("n") ?? 0
                if run == 1 { try server.run("SELECT pg_terminate_backend(\(process), 5000)") }
                try connection.put("lid", 2)
            }
            #expect(runs.value == 2)
            #expect(try await store.read { try $0.names() } == ["jar", "lid"])

            await #expect(throws: StoreError.self) {
                try await store.write { connection in
                    runs.add()
                    _ = try connection.rows("SELECT pg_terminate_backend(pg_backend_pid()) AS done")
                }
            }
            #expect(runs.value == 4)
            try await store.write { try $0.put("next", 3) }
        }
    }

    @Test(
        "a COMMIT whose answer is lost is looked up: done once, whether it was done or not",
        arguments: [CutWire.Cut.beforeCommit, .silently, .answer])
    func lostCommit(_ cut: CutWire.Cut) async throws {
        let wire = try CutWire(to: server.port)
        defer { wire.close() }
        try await withStore(by: wire) { store in
            let runs = Count()
            let hold = await Hold(store)
            let others = (0..<3).map { number in
                Task {
                    try await store.write { connection in
                        runs.add()
                        try connection.put("other \(number)", 1)
                    }
                }
            }
            let one = Task {
                try await store.write { connection in
                    runs.add()
                    try connection.put("one", 1)
                }
            }
            // The turn that holds has nothing to commit.
            wire.cut(cut)
            await hold.release(after: 4, in: store)
            try await one.value
            for other in others { try await other.value }
            #expect(wire.cuts == 1)
            // Those who shared the transaction were run again.
            #expect(cut == .answer ? runs.value == 4 : runs.value > 4)
            #expect(try await store.read { try $0.names() } == ["one", "other 0", "other 1", "other 2"])
        }
    }

    @Test("when nobody can say whether it was done, that is said")
    func unknownOutcome() async throws {
        let wire = try CutWire(to: server.port)
        defer { wire.close() }
        var settings = PostgresSettings()
        settings.searchMax = .milliseconds(300)
        settings.outcomeMax = .seconds(1)
        try await withStore(settings, by: wire) { store in
            wire.cut(.answerForGood)
            let error = await #expect(throws: StoreError.self) {
                try await store.write { try $0.put("one", 1) }
            }
            #expect(error?.description.contains("the outcome is not known; send it again") == true)
        }
    }

    @Test("while it is away everybody is told so soon; when it is back everything goes on by itself")
    func away() async throws {
        let own = try TestServer(settings: ["fsync=off"])
        var settings = PostgresSettings()
        settings.searchMax = .seconds(1)
        let store = try PostgresStore.open(url: own.url, settings: settings)
        try await store.write { try $0.run(jar) }
        _ = try await store.read { try $0.names() }
        own.stop()
        let start = ContinuousClock.now
        await withDiscardingTaskGroup { group in
            for number in 0..<200 {
                group.addTask {
                    let isRead = number % 2 == 0
                    let error = await #expect(throws: StoreError.self) {
                        if isRead {
                            _ = try await store.read { try $0.names() }
                        } else {
                            try await store.write { try $0.put("jar \(number)", 1) }
                        }
                    }
                    guard case .away = error else {
                        Issue.record("\(String(describing: error))")
                        return
                    }
                }
            }
        }
        #expect(ContinuousClock.now - start < .seconds(4))
        own.start()
        var tries = 0
        while (try? await store.write(.facts) { try $0.put("back", 1) }) == nil, tries < 50 {
            tries += 1
            try await Task.sleep(for: .milliseconds(100))
        }
        #expect(try await store.read { try $0.names() } == ["back"])
        #expect(tries < 20)
        await store.close()
    }

    @Test(
        "what was answered is there exactly once, however often the server dies", arguments: ["stop", "kill"])
    func crashes(_ how: String) async throws {
        let own = try TestServer(settings: [])
        let store = try PostgresStore.open(url: own.url)
        try await store.write { try $0.run(jar) }
        let kept = Seen()
        let isOver = Count()
        try await withThrowingDiscardingTaskGroup { group in
            for writer in 0..<8 {
                group.addTask {
                    var number = 0
                    while isOver.value == 0 {
                        number += 1
                        let name = "\(writer) \(number)"
                        let lane: Lane = writer % 2 == 0 ? .facts : .clicks
                        do {
                            try await store.write(lane) { try $0.put(name, 1) }
                            kept.add(name)
                        } catch StoreError.away {
                            try await Task.sleep(for: .milliseconds(20))
                        }
                    }
                }
            }
            for _ in 0..<3 {
                try await Task.sleep(for: .milliseconds(300))
                if how == "stop" { own.stop() } else { own.kill() }
                own.start()
            }
            let before = kept.all.count
            for _ in 0..<100 where kept.all.count == before {
                try await Task.sleep(for: .milliseconds(100))
            }
            #expect(kept.all.count > before)
            isOver.add()
        }
        let names = try await store.read { try $0.names() }
        let lost = Set(kept.all).subtracting(names)
        #expect(lost.isEmpty)
        #expect(Set(names).count == names.count)
        #expect(store.figures.reconnects >= 1)
        await store.close()
    }

    @Test("two that wait for each other are told apart by running one again")
    func deadlock() async throws {
        try await withStore { store in
            try await store.write { connection in
                try connection.put("left", 0)
                try connection.put("right", 0)
            }
            let gates = [DispatchSemaphore(value: 0), DispatchSemaphore(value: 0)]
            let runs = Count()
            let change: @Sendable (any Connection, String) throws -> Void = { connection, name in
                try connection.run("UPDATE jar SET amount = amount + 1 WHERE name = \(name)")
            }
            @Sendable func both(_ lane: Lane, _ own: Int, _ names: [String]) async throws {
                let tries = Count()
                try await store.write(lane) { connection in
                    runs.add()
                    try change(connection, names[0])
                    if tries.add() == 1 {
                        gates[own].signal()
                        gates[1 - own].wait()
                    }
                    try change(connection, names[1])
                }
            }
            let one = Task { try await both(.facts, 0, ["left", "right"]) }
            let two = Task { try await both(.clicks, 1, ["right", "left"]) }
            try await one.value
            try await two.value
            #expect(runs.value == 3)
            #expect(store.figures.retries == 1)
            let sums = try await store.read { [try $0.amount("left"), try $0.amount("right")] }
            #expect(sums == [2, 2])
        }
    }

    @Test("a statement that takes too long, or cannot be read, costs its neighbours nothing")
    func neighbours() async throws {
        var settings = PostgresSettings()
        settings.statementMax = .milliseconds(300)
        try await withStore(settings) { store in
            let hold = await Hold(store)
            let kept = Task { try await store.write { try $0.put("kept", 1) } }
            let slow = Task { try await store.write { _ = try $0.rows("SELECT pg_sleep(9) AS slept") } }
            let wrong = Task { try await store.write { _ = try $0.rows("SELECT none FROM jar") } }
            let after = Task { try await store.write { try $0.put("after", 1) } }
            await hold.release(after: 4, in: store)
            try await kept.value
            try await after.value
            await #expect(throws: StoreError.timeout) { try await slow.value }
            let error = await #expect(throws: StoreError.self) { try await wrong.value }
            #expect(error?.description.contains("\"none\" does not exist") == true)
            #expect(store.figures.retries == 0)
            #expect(try await store.read { try $0.names() } == ["after", "kept"])
            await #expect(throws: StoreError.timeout) {
                try await store.read { _ = try $0.rows("SELECT pg_sleep(9) AS slept") }
            }
        }
    }

    @Test("a read that waits too long for a connection is answered busy")
    func fullPool() async throws {
        var settings = PostgresSettings()
        settings.readersMax = 2
        settings.readWaitMax = .milliseconds(300)
        try await withStore(settings) { store async throws in
            let gate = DispatchSemaphore(value: 0)
            let inside = Count()
            let held = (0..<2).map { _ in
                Task {
                    try await store.read { connection in
                        inside.add()
                        gate.wait()
                        return try connection.names()
                    }
                }
            }
            while inside.value < 2 { await Task.yield() }
            let start = ContinuousClock.now
            await #expect(throws: StoreError.busy) { try await store.read { try $0.names() } }
            #expect(ContinuousClock.now - start < .seconds(2))
            gate.signal()
            gate.signal()
            for read in held { #expect(try await read.value == []) }
            #expect(try await store.read { try $0.names() } == [])
        }
    }

    @Test("a table that changed under a prepared statement costs one more run")
    func stale() async throws {
        try await withStore { store in
            try await store.write { try $0.put("a", 1) }
            for _ in 0..<2 { _ = try await store.read { try $0.rows("SELECT * FROM jar").count } }
            _ = try await store.write { try $0.rows("SELECT * FROM jar").count }
            try await store.write { try $0.run("ALTER TABLE jar ADD COLUMN lid BIGINT") }
            let read = try await store.read { try $0.rows("SELECT * FROM jar")[0].integer(ifAny: "lid") }
            let written = try await store.write { try $0.rows("SELECT * FROM jar")[0].integer(ifAny: "lid") }
            #expect(read == nil && written == nil)
        }
    }
}

extension Store {
    /// The server's process that serves the facts' connection.
    fileprivate func process() async throws -> Int64 {
        try await write { try $0.first("SELECT pg_backend_pid() AS n")?.integer("n") ?? 0 }
    }
}
