import Values

/// What a look at a database found out.
package struct Checkup: Sendable {
    package struct Finding: Hashable, Sendable {
        /// Whether something can be lost so, or does not work; otherwise it is advice.
        package let isGrave: Bool
        /// What is so, and what to do.
        package let sentence: String

        package init(isGrave: Bool, _ sentence: String) {
            self.isGrave = isGrave
            self.sentence = sentence
        }
    }

    /// What there is, for people to read.
    package let facts: [(name: String, value: String)]
    package let findings: [Finding]
}

extension PostgresStore {
    /// Whether the server keeps what it confirms, and suits this program.
    package func checkup() async throws -> Checkup {
        let connections = server.settings.connectionsMax
        return try await read { try PostgresSeen($0).checkup(connections: connections) }
    }
}

/// A server's settings, and the session's own state.
struct PostgresSeen {
    /// By name, as `pg_settings` has them.
    var settings: [String: String]
    var isStandby = false
    /// Whether this machine is the server's own.
    var isLocal = true
    var server = ""
    /// The protocol by which the connection is encrypted.
    var encryption: String?
    /// The most connections that the role, or the database, is allowed; -1 without a bound.
    var roleConnections: Int64 = -1
    var databaseConnections: Int64 = -1

    init(settings: [String: String]) { self.settings = settings }

    init(_ connection: any Connection) throws {
        let names = [
            "server_version", "fsync", "full_page_writes", "synchronous_commit", "data_checksums",
            "zero_damaged_pages", "ignore_checksum_failure", "default_transaction_read_only",
            "default_transaction_isolation", "statement_timeout", "idle_in_transaction_session_timeout",
            "max_connections", "superuser_reserved_connections", "reserved_connections", "wal_level",
            "archive_mode",
        ]
        let rows = try connection.rows("SELECT name, setting FROM pg_settings WHERE name IN \(list: names)")
        self.init(
            settings: Dictionary(uniqueKeysWithValues: rows.map { ($0.text("name"), $0.text("setting")) }))
        let session = try connection.first(
            """
            SELECT pg_is_in_recovery() AS is_standby, current_database() AS database,
                   inet_server_addr() IS NULL OR inet_server_addr() <<= '127.0.0.0/8'
                   OR inet_server_addr() = '::1' AS is_local,
                   COALESCE(host(inet_server_addr()), 'a socket') AS address,
                   (SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl) AS encryption,
                   (SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user) AS role_connections,
                   (SELECT datconnlimit FROM pg_database WHERE datname = current_database())
                   AS database_connections
            """)
        guard let session else { return }
        isStandby = session.bool("is_standby")
        isLocal = session.bool("is_local")
        server = "\(session.text("database")) at \(session.text("address"))"
        encryption = session.text(ifAny: "encryption")
        roleConnections = session.integer(ifAny: "role_connections") ?? -1
        databaseConnections = session.integer(ifAny: "database_connections") ?? -1
    }

    /// - Parameter connections: the most that one of our processes opens.
    func checkup(connections: Int) -> Checkup {
        Checkup(
            facts: facts(connections),
            findings: losses + obstacles + advice + [crowd(connections)].compactMap { $0 })
    }

    private subscript(_ name: String) -> String { settings[name] ?? "unknown" }

    private func isOff(_ name: String) -> Bool { settings[name] == "off" }

    private func number(_ name: String) -> Int64 { Int64(settings[name] ?? "") ?? 0 }

    private func facts(_ connections: Int) -> [(name: String, value: String)] {
        let durable = ["fsync", "full_page_writes", "synchronous_commit"].map { "\($0) \(self[$0])" }
        let limits = [
            ("statements", "statement_timeout"),
            ("idle transactions", "idle_in_transaction_session_timeout"),
        ].map { name, setting in "\(name) \(counted(number(setting) / 1_000, "second"))" }
        return [
            ("server", "PostgreSQL \(self["server_version"]), \(server)"),
            ("durable", durable.joined(separator: ", ")),
            ("checksums", self["data_checksums"]),
            ("archive", "wal_level \(self["wal_level"]), archive_mode \(self["archive_mode"])"),
            ("encrypted", encryption ?? (isLocal ? "no, on this machine" : "no")),
            ("limits", limits.joined(separator: ", ")),
            ("connections", "\(roomForConnections), of which one server uses up to \(connections)"),
        ]
    }

    /// What makes an answer a promise that a power failure breaks.
    private var losses: [Checkup.Finding] {
        [
            isOff("fsync")
                ? "fsync is off: a power failure can destroy the whole database; set it on and reload."
                : nil,
            isOff("full_page_writes")
                ? """
                full_page_writes is off: a page that was half written when the power fell stays broken; set \
                it on and reload.
                """ : nil,
            isOff("synchronous_commit")
                ? """
                synchronous_commit is off: what was answered as kept can be gone after a crash; set it on \
                for the server, the database or the role, wherever it was set off.
                """ : nil,
            settings["zero_damaged_pages"] == "on"
                ? "zero_damaged_pages is on: damaged rows vanish without a word; set it off." : nil,
            settings["ignore_checksum_failure"] == "on"
                ? "ignore_checksum_failure is on: damaged pages are read as if they were whole; set it off."
                : nil,
        ].compactMap { $0.map { Checkup.Finding(isGrave: true, $0) } }
    }

    private var obstacles: [Checkup.Finding] {
        [
            isStandby ? "The server is a standby, which takes no writes: name the primary." : nil,
            settings["default_transaction_read_only"] == "on" && !isStandby
                ? "default_transaction_read_only is on: nothing can be written; set it off." : nil,
        ].compactMap { $0.map { Checkup.Finding(isGrave: true, $0) } }
    }

    private var advice: [Checkup.Finding] {
        [
            !isLocal && encryption == nil
                ? """
                The connection is not encrypted and leaves this machine: add sslmode=verify-full to the \
                address.
                """ : nil,
            isOff("data_checksums")
                ? """
                Checksums are off: damage on the disk is noticed late; pg_checksums --enable turns them on \
                while the server is stopped.
                """ : nil,
            settings["default_transaction_isolation"].map { $0 != "read committed" } == true
                ? """
                default_transaction_isolation is \(self["default_transaction_isolation"]): each program's \
                head is locked as it is, and read committed is faster.
                """ : nil,
            settings["statement_timeout"] == "0"
                ? """
                Our time limits do not reach the server: a pooler between them has to pass on startup \
                options.
                """ : nil,
        ].compactMap { $0.map { Checkup.Finding(isGrave: false, $0) } }
    }

    private var roomForConnections: Int64 {
        let reserved = number("superuser_reserved_connections") + number("reserved_connections")
        let bounds = [number("max_connections") - reserved, roleConnections, databaseConnections]
        return bounds.filter { $0 >= 0 }.min() ?? 0
    }

    private func crowd(_ connections: Int) -> Checkup.Finding? {
        guard roomForConnections < connections else { return nil }
        return Checkup.Finding(
            isGrave: false,
            """
            There is room for \(counted(roomForConnections, "connection")), and one server uses up to \
            \(connections): raise max_connections, or the limit of the role or the database.
            """)
    }
}
