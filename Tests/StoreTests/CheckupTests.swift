import TestStores
import Testing

@testable import Store

@Suite("A look at a server")
struct CheckupTests {
    private static let good = [
        "server_version": "15.8", "fsync": "on", "full_page_writes": "on", "synchronous_commit": "on",
        "data_checksums": "on", "zero_damaged_pages": "off", "ignore_checksum_failure": "off",
        "default_transaction_read_only": "off", "default_transaction_isolation": "read committed",
        "statement_timeout": "30000", "max_connections": "100", "superuser_reserved_connections": "3",
    ]

    @Test(
        "finds what loses data, and says what to do",
        arguments: [
            ("fsync", "off", true, "set it on and reload"), ("full_page_writes", "off", true, "set it on"),
            ("synchronous_commit", "off", true, "wherever it was set off"),
            ("zero_damaged_pages", "on", true, "set it off"),
            ("ignore_checksum_failure", "on", true, "set it off"),
            ("default_transaction_read_only", "on", true, "set it off"),
            ("data_checksums", "off", false, "pg_checksums --enable"),
            ("default_transaction_isolation", "serializable", false, "read committed is faster"),
            ("statement_timeout", "0", false, "a pooler"),
            ("max_connections", "13", false, "room for 10 connections"),
        ])
    func settings(_ name: String, _ value: String, _ isGrave: Bool, _ words: String) {
        let seen = PostgresSeen(settings: Self.good.merging([name: value]) { $1 })
        let findings = seen.checkup(connections: 11).findings
        #expect(findings.map(\.isGrave) == [isGrave])
        #expect(findings.first?.sentence.contains(words) == true)
    }

    @Test("finds nothing where all is well", arguments: ["on", "local", "remote_write", "remote_apply"])
    func well(_ commit: String) {
        let seen = PostgresSeen(settings: Self.good.merging(["synchronous_commit": commit]) { $1 })
        #expect(seen.checkup(connections: 11).findings.isEmpty)
    }

    @Test("finds a standby, a bare connection to another machine, and the bounds of a role")
    func session() {
        var seen = PostgresSeen(settings: Self.good)
        seen.isStandby = true
        #expect(seen.checkup(connections: 11).findings.map(\.isGrave) == [true])
        seen = PostgresSeen(settings: Self.good)
        seen.isLocal = false
        #expect(
            seen.checkup(connections: 11).findings.first?.sentence.contains("sslmode=verify-full") == true)
        seen.encryption = "TLSv1.3"
        #expect(seen.checkup(connections: 11).findings.isEmpty)
        seen.roleConnections = 10
        #expect(seen.checkup(connections: 11).findings.count == 1)
        (seen.roleConnections, seen.databaseConnections) = (-1, 5)
        #expect(seen.checkup(connections: 11).findings.first?.sentence.contains("5 connections") == true)
    }

    @Test("reads a real server's settings")
    func real() async throws {
        let settings = [
            "fsync=off", "full_page_writes=off", "synchronous_commit=off", "max_connections=12",
            "default_transaction_isolation=serializable",
        ]
        let server = try TestServer(settings: settings)
        let store = try PostgresStore.open(url: server.url)
        let checkup = try await store.checkup()
        #expect(
            checkup.findings.filter(\.isGrave).map(\.sentence).map { $0.prefix { $0 != " " } } == [
                "fsync", "full_page_writes", "synchronous_commit",
            ])
        #expect(checkup.findings.count == 6)
        let facts = Dictionary(uniqueKeysWithValues: checkup.facts)
        #expect(facts["server"]?.contains("postgres at 127.0.0.1") == true)
        #expect(facts["limits"] == "statements 30 seconds, idle transactions 60 seconds")
        #expect(facts["connections"] == "9, of which one server uses up to 11")
        await store.close()
        withExtendedLifetime(server) {}
    }

    @Test(
        "an address is shown to other tools without its password",
        arguments: [
            ("postgres://ann:se%40cret@db:5432/shop", "postgres://ann@db:5432/shop"),
            (
                "postgres://ann@db/shop?password=secret&sslmode=require",
                "postgres://ann@db/shop?sslmode=require"
            ),
            ("postgresql:///shop?host=/run&sslpassword=x", "postgresql:///shop?host=/run"),
            ("postgres://db/shop?password=secret", "postgres://db/shop"),
        ])
    func addresses(_ given: String, _ shown: String) {
        #expect(PostgresStore.withoutPassword(given) == shown)
    }
}
