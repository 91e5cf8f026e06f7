import TestStores
import Testing
import Values

@testable import Store

@Suite("A coordinator")
struct DistributeTests {
    @Test("is told of every table once, in an order and with keys that it takes")
    func all() async throws {
        try await withStandIn { store in
            let cluster = try await store.cluster()
            #expect(cluster.citus == "13.0")
            #expect(cluster.steps == Distribution.steps)
            #expect(Set(cluster.steps.map(\.table)) == Set(Distribution.plan.keys).subtracting(["migration"]))
            for step in cluster.steps { try await store.distribute(step) }
            #expect(try await store.cluster().steps.isEmpty)
            #expect(try await store.cluster().misplaced.isEmpty)
            // The months of clicks go with their table, and later ones too lie with it.
            let places = try await store.read { connection in
                try connection.rows(
                    """
                    SELECT string_agg(logicalrelid::text, ' ' ORDER BY logicalrelid::text) AS tables
                      FROM pg_dist_partition WHERE partmethod = 'h' GROUP BY colocationid ORDER BY colocationid
                    """
                ).map { $0.text("tables") }
            }
            #expect(places.count == 2)
            #expect(places.first?.hasPrefix("assist audit balance batch batch_item") == true)
            #expect(places.last?.contains("click_2026_01 click_2026_02") == true)
            #expect(places.last?.contains("click_rest") == true)
        }
    }

    @Test("is told only what it does not know yet")
    func rest() async throws {
        try await withStandIn { store in
            for step in Distribution.steps.prefix(11) { try await store.distribute(step) }
            #expect(try await store.cluster().steps == Array(Distribution.steps.dropFirst(11)))
        }
    }

    @Test("that has a table elsewhere is found out")
    func misplaced() async throws {
        try await withStandIn { store in
            // The stand-in refuses what Citus refuses.
            await #expect(throws: StoreError.self) {
                try await store.write { try $0.rows("SELECT create_distributed_table('link', 'slug')") }
            }
            try await store.write { connection in
                try connection.run(
                    "INSERT INTO pg_dist_partition VALUES ('link'::regclass, 'h', 'id', 1, 's')")
                _ = try connection.rows("SELECT create_reference_table('rate')")
            }
            let cluster = try await store.cluster()
            #expect(!cluster.steps.contains { ["link", "rate"].contains($0.table) })
            #expect(cluster.misplaced.count == 2)
            #expect(cluster.misplaced.first?.hasPrefix("link is distributed by id and must be ") == true)
            #expect(cluster.misplaced.last?.hasPrefix("rate is a reference table and must be ") == true)
        }
    }

    @Test("that is none is told nothing, and the plan is there to read")
    func plain() async throws {
        let server = TestServer.shared
        let url = try await server.makeMigrated(now: .noon)
        let store = try PostgresStore.open(url: url)
        let cluster = try await store.cluster()
        #expect(cluster.citus == nil && cluster.steps.count == Distribution.steps.count)
        let first = try #require(cluster.steps.first)
        await #expect(throws: StoreError.self) { try await store.distribute(first) }
        await store.close()
        try server.drop(url)
    }

    private func withStandIn(_ body: (PostgresStore) async throws -> Void) async throws {
        let server = TestServer.shared
        let url = try await server.makeMigrated(now: .noon)
        let store = try PostgresStore.open(url: url)
        try await store.migrate(now: .noon)
        try await store.write { connection in
            for text in CitusStandIn.script { try connection.run(SQL(fromFile: text)) }
        }
        try await body(store)
        await store.close()
        try server.drop(url)
    }
}
