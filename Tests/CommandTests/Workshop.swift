import Foundation
import Store
import TestStores
import Testing

/// The top of the checkout.
let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

/// The real binary, as the build put it beside these tests.
enum Binary {
    static let path: String = {
        let beside = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(
            path: "tallystick")
        let built = root.appending(path: ".build/debug/tallystick")
        return [beside, built].map(\.path).first { FileManager.default.isExecutableFile(atPath: $0) }
            ?? built.path
    }()
}

/// A folder of its own with the example files, in which `tallystick` and other commands run, and a database
/// that is not made yet. Removed at the end.
final class Workshop: Sendable {
    let folder: URL
    /// Where the server's database is, when it is on one.
    private let url: String?
    private let server: TestServer?

    /// - Parameter server: for a test of servers; else the test's stage says on which database it is.
    init(on server: TestServer? = nil) throws {
        self.server = server ?? (Stage.current.backend == .postgres ? .shared : nil)
        url = try self.server?.makeDatabase()
        folder = FileManager.default.temporaryDirectory.appending(path: "tallystick-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: folder.appending(path: ".bin"), withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        try FileManager.default.createSymbolicLink(
            atPath: folder.appending(path: ".bin/tallystick").path, withDestinationPath: Binary.path)
        for name in ["shop.yaml", "facts.ndjson"] {
            let file = root.appending(path: "Tests/CommandTests/Cases/\(name)")
            try FileManager.default.copyItem(at: file, to: folder.appending(path: name))
        }
        for (name, script) in url == nil ? Self.scriptsOfFile : Self.scriptsOfServer {
            let file = folder.appending(path: ".bin/\(name)")
            try Data("#!/bin/bash\nset -euo pipefail\n\(script)\n".utf8).write(to: file)
            try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: file.path)
        }
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
        // A server that a test has of its own goes with all that is in it.
        if let url, let server, server === TestServer.shared { try? server.drop(url) }
    }

    /// `sql STATEMENT` changes the database behind tallystick's back; `dump` prints all that is in it.
    private static let scriptsOfFile = [
        "sql": #"""
        python3 -c 'import sqlite3, sys
        with sqlite3.connect("shop.db") as shop: shop.execute(sys.argv[1])' "$1"
        """#,
        "dump": "cat shop.db*",
    ]
    private static let scriptsOfServer = [
        "sql": #"psql -X -q -v ON_ERROR_STOP=1 -c "$1" "$TALLYSTICK_DATABASE""#,
        "dump": #"pg_dump "$TALLYSTICK_DATABASE""#,
    ]

    /// What the database is called where it is shown.
    var database: String { url.map(PostgresStore.masked) ?? "shop.db" }
    var keyFile: String { url == nil ? "shop.db.key" : "tallystick.key" }

    /// A shop with an admin, an API key and the example facts.
    static func open(
        on server: TestServer? = nil, importing: Bool = true
    ) async throws -> (workshop: Workshop, key: String) {
        let workshop = try Workshop(on: server)
        let made = try await workshop.json(
            "tallystick init --program shop.yaml --admin olga@shop.test --json")
        if importing { try await workshop.expect("tallystick import facts facts.ndjson") }
        return (workshop, made["api_key"] as? String ?? "")
    }

    struct Outcome: Sendable {
        let status: Int32
        let output: String
        let errors: String
    }

    /// Runs a script of bash; whatever it started is over when it ends.
    func run(_ script: String, seconds: Int = 300, with own: [String: String] = [:]) async throws -> Outcome {
        try await apart { try self.runHere(script, seconds, own) }
    }

    /// What a command prints; it must end well.
    @discardableResult
    func expect(_ script: String, _ location: SourceLocation = #_sourceLocation) async throws -> String {
        let outcome = try await run(script)
        #expect(outcome.status == 0, "\(script): \(outcome.errors)", sourceLocation: location)
        return outcome.output
    }

    /// The rows of a question to PostgreSQL, a line each.
    func ask(_ question: String) async throws -> [String] {
        let text = try await expect("psql -X -At -c \"\(question)\" \"$TALLYSTICK_DATABASE\"")
        return text.split(separator: "\n").map(String.init)
    }

    func json(_ script: String) async throws -> [String: Any] {
        let text = try await expect(script)
        return try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] ?? [:]
    }

    /// A fresh environment: nothing of whoever runs the tests reaches the command.
    var environment: [String: String] {
        [
            "PATH": "\(folder.path)/.bin:\(root.path)/.build-venv/bin:/usr/local/bin:/usr/bin:/bin",
            "HOME": folder.path, "TALLYSTICK_DATABASE": url ?? "sqlite:shop.db", "LC_ALL": "C.UTF-8",
            "TZ": "UTC", "SWIFT_BACKTRACE": "enable=no",
        ]
    }

    private func runHere(_ script: String, _ seconds: Int, _ own: [String: String]) throws -> Outcome {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/timeout")
        process.arguments = ["-k", "5", "\(seconds)", "bash", "-c", script]
        process.currentDirectoryURL = folder
        process.environment = environment.merging(own) { $1 }
        let name = UUID().uuidString
        let (output, errors) = (
            folder.appending(path: ".out-\(name)"), folder.appending(path: ".err-\(name)")
        )
        for file in [output, errors] { try Data().write(to: file) }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        process.waitUntilExit()
        defer { for file in [output, errors] { try? FileManager.default.removeItem(at: file) } }
        return Outcome(
            status: process.terminationStatus,
            output: String(decoding: try Data(contentsOf: output), as: UTF8.self),
            errors: String(decoding: try Data(contentsOf: errors), as: UTF8.self))
    }
}

/// Does work that blocks on a thread of its own, so that other tests go on.
func apart<T: Sendable>(_ work: @escaping @Sendable () throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try work() }) }
    }
}
