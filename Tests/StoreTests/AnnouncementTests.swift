import Synchronization
import TestStores
import Testing

@testable import Store

@Suite("Announcements")
struct AnnouncementTests {
    @Test("are heard after the commit, once, and none of a closure that throws", arguments: Backend.allCases)
    func own(_ backend: Backend) async throws {
        let store = try await backend.open()
        let (jars, lids) = (Count(), Count())
        store.listen("jars") { jars.add() }
        store.listen("jars") { jars.add() }
        store.listen("lids") { lids.add() }
        // A server's listener looks once at what there is when it begins to hear.
        if backend == .postgres { await until { lids.value == 1 } }
        let (jarsBefore, lidsBefore) = (jars.value, lids.value)
        try await store.write { connection in
            try connection.put("a", 1)
            connection.announce("jars")
            connection.announce("jars")
            #expect(jars.value == jarsBefore)
        }
        #expect(jars.value == jarsBefore + 2)
        let hold = await Hold(store)
        let spilled = Task {
            try await store.write { connection in
                try connection.put("b", 1)
                connection.announce("lids")
                throw Spilled()
            }
        }
        let kept = Task { try await store.write { $0.announce("jars") } }
        await hold.release(after: 2, in: store)
        await #expect(throws: Spilled.self) { try await spilled.value }
        try await kept.value
        #expect(jars.value == jarsBefore + 4)
        #expect(lids.value == lidsBefore)
        await store.close()
    }

    @Test("are heard by other processes, also after the connection was cut")
    func others() async throws {
        let server = TestServer.shared
        let url = try server.makeDatabase()
        defer { try? server.drop(url) }
        let (here, there) = (try PostgresStore.open(url: url), try PostgresStore.open(url: url))
        let heard = Count()
        there.listen("it's \"news\"") { heard.add() }
        await until { heard.value == 1 }
        try await here.write { $0.announce("it's \"news\"") }
        await until { heard.value == 2 }
        try await here.write { $0.announce("other news") }

        try server.run(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
        // It may have missed something.
        await until { heard.value == 3 }
        try await here.write { $0.announce("it's \"news\"") }
        await until { heard.value == 4 }
        await here.close()
        await there.close()
        #expect(heard.value == 4)
    }

    /// Looks again and again, for ten seconds.
    private func until(_ isSo: () -> Bool) async {
        let end = ContinuousClock.now + .seconds(10)
        while !isSo(), ContinuousClock.now < end { try? await Task.sleep(for: .milliseconds(5)) }
        #expect(isSo())
    }
}
