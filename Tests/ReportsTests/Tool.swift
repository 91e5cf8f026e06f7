import Foundation

/// Someone else's program, which judges our books.
struct Tool: Sendable, CustomStringConvertible {
    let format: String
    let path: String
    let arguments: @Sendable (String) -> [String]

    static let all = [
        Tool(format: "hledger", path: "/usr/bin/hledger") {
            ["-f", $0, "check", "--strict", "ordereddates"]
        },
        Tool(format: "ledger", path: "/usr/bin/ledger") { ["-f", $0, "--strict", "--pedantic", "stats"] },
        Tool(format: "beancount", path: "/usr/bin/bean-check") { [$0] },
    ]

    static let areThere = all.allSatisfy { FileManager.default.isExecutableFile(atPath: $0.path) }

    var description: String { format }

    /// Nil when it accepts the text, else what it says.
    func complaint(about text: String) throws -> String? {
        let (status, output) = try run(arguments, on: text)
        return status == 0 && (format == "ledger" || output.isEmpty) ? nil : "\(status): \(output)"
    }

    func run(_ arguments: (String) -> [String], on text: String, path: String? = nil) throws -> (
        Int32, String
    ) {
        let file = NSTemporaryDirectory() + "/books-\(UUID().uuidString).\(format)"
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: file) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path ?? self.path)
        process.arguments = arguments(file)
        var environment = ProcessInfo.processInfo.environment
        environment["LC_ALL"] = "C.UTF-8"
        process.environment = environment
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }
}
