import Foundation

/// How a store uses its server.
package struct PostgresSettings: Sendable {
    /// Connections for reading, each with a thread; they are opened as they are needed.
    package var readersMax = 8
    /// Whether writes that wait together share a commit; a bench measures what that is worth.
    package var isGrouping = true
    /// A read that has waited longer for a connection is answered `StoreError.busy`.
    package var readWaitMax = Duration.seconds(5)
    /// A write that nobody has begun for so long is answered `StoreError.busy`.
    package var writeWaitMax = Duration.seconds(10)
    package var statementMax = Duration.seconds(30)
    package var lockMax = Duration.seconds(10)
    /// A transaction of ours that asks nothing for so long is given up by the server.
    package var idleMax = Duration.seconds(60)
    /// How long a connection that was lost is sought before anyone is told that the server is away.
    package var searchMax = Duration.seconds(3)
    /// How long the outcome of a COMMIT whose answer was lost is sought.
    package var outcomeMax = Duration.seconds(10)

    package init() {}

    /// With the two that write and the one that listens.
    var connectionsMax: Int { readersMax + 3 }
}

/// Where a server is and how it is spoken to: an ordinary connection address with libpq's own options.
struct PostgresAddress: Sendable {
    /// As libpq takes them: the address's own over ours.
    let options: [String: String]

    private static let unreadable = StoreError.cannotOpen(
        """
        the address is not of the form postgres://user:password@host:5432/database?sslmode=verify-full \
        (in a password write %40 for @, %3A for :, %2F for /, %25 for %)
        """)

    /// - Throws: `StoreError.cannotOpen`, which never quotes the address: a part of it is a password.
    init(_ url: String, _ settings: PostgresSettings, _ library: LibPQ) throws(StoreError) {
        guard Self.isPlain(url), let given = Self.parse(url, library) else { throw Self.unreadable }
        guard (given["port"] ?? "").allSatisfy({ $0.isNumber || $0 == "," }) else { throw Self.unreadable }
        // Of two `-c` for one setting the server takes the later: the address's.
        let own = Self.session(settings).map { "-c \($0)" }
        options = Self.defaults.merging(given) { _, given in given }.merging(
            ["options": (own + [given["options"] ?? ""]).joined(separator: " "), "client_encoding": "UTF8"]
        ) { _, last in last }
    }

    private static let defaults = [
        "application_name": "tallystick", "connect_timeout": "5", "ssl_min_protocol_version": "TLSv1.2",
        "keepalives": "1", "keepalives_idle": "15", "keepalives_interval": "5", "keepalives_count": "3",
        // Milliseconds until a peer that confirms nothing is given up (tcp(7), TCP_USER_TIMEOUT).
        "tcp_user_timeout": "10000",
    ]

    /// `synchronous_commit` is left as the server has it.
    private static func session(_ settings: PostgresSettings) -> [String] {
        [
            "TimeZone=UTC", "standard_conforming_strings=on", "client_min_messages=warning",
            "statement_timeout=\(settings.statementMax.milliseconds)",
            "lock_timeout=\(settings.lockMax.milliseconds)",
            "idle_in_transaction_session_timeout=\(settings.idleMax.milliseconds)",
        ]
    }

    /// An `@` in a password would end it early, and libpq would quote the rest in its complaint.
    private static func isPlain(_ url: String) -> Bool {
        guard let start = url.range(of: "://"),
            ["postgres", "postgresql"].contains(String(url[..<start.lowerBound]))
        else { return false }
        let rest = url[start.upperBound...].prefix { $0 != "?" }
        let authority = rest.prefix { $0 != "/" }
        return authority.count { $0 == "@" } <= 1 && !rest.dropFirst(authority.count).contains("@")
    }

    /// `PQconninfoOption`.
    private struct Option {
        let keyword, environment, compiled, value, label, display: UnsafePointer<CChar>?
        let size: Int32
    }

    private static func parse(_ url: String, _ library: LibPQ) -> [String: String]? {
        var complaint: UnsafeMutablePointer<CChar>?
        let parsed = library.parse(url, &complaint)
        library.free(complaint)
        guard let parsed else { return nil }
        defer { library.freeParsed(parsed) }
        var given: [String: String] = [:]
        var option = parsed.assumingMemoryBound(to: Option.self)
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.value { given[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        return given
    }

    /// The address for people to read, without what is secret in it.
    static func masked(_ url: String) -> String {
        url.replacing(#/://([^:@/?]*):[^/?]*@/#) { "://\($0.1):…@" }
            .replacing(#/([?&](?:ssl)?password=)[^&]*/#) { "\($0.1)…" }
    }

    /// The address for a tool that is told the password otherwise.
    static func withoutPassword(_ url: String) -> String {
        let parts = url.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let head = String(parts[0]).replacing(#/://([^:@/?]*):[^/?]*@/#) { "://\($0.1)@" }
        let options = parts.dropFirst().joined().split(separator: "&").filter {
            !$0.hasPrefix("password=") && !$0.hasPrefix("sslpassword=")
        }
        return options.isEmpty ? head : head + "?" + options.joined(separator: "&")
    }

    /// What libpq says about a failure, as one line and without the password.
    func sentence(_ message: String) -> String {
        var lines: [String] = []
        // A line that is set in is a hint for whoever runs the server.
        for line in message.split(separator: "\n") where line.first?.isWhitespace == false {
            let line = String(line).replacing("FATAL:  ", with: "").replacing("ERROR:  ", with: "")
            if !lines.contains(line) { lines.append(line) }
        }
        var sentence = lines.joined(separator: "; ")
        if sentence.last == "." { sentence.removeLast() }
        guard let password = options["password"], !password.isEmpty else { return sentence }
        return sentence.replacing(password, with: "…")
    }
}

extension Duration {
    var milliseconds: Int64 { components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000 }
}
