import Foundation
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

/// A folder of its own with the example files, in which `tallystick` and other commands run. Removed at the
/// end.
final class Workshop: Sendable {
    let folder: URL

    init() throws {
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
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// A shop with an admin, an API key and the example facts.
    static func open(importing: Bool = true) async throws -> (workshop: Workshop, key: String) {
        let workshop = try Workshop()
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

    func json(_ script: String) async throws -> [String: Any] {
        let text = try await expect(script)
        return try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] ?? [:]
    }

    /// A fresh environment: nothing of whoever runs the tests reaches the command.
    var environment: [String: String] {
        [
            "PATH": "\(folder.path)/.bin:\(root.path)/.build-venv/bin:/usr/local/bin:/usr/bin:/bin",
            "HOME": folder.path, "TALLYSTICK_DATABASE": "sqlite:shop.db", "LC_ALL": "C.UTF-8", "TZ": "UTC",
            "SWIFT_BACKTRACE": "enable=no",
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
