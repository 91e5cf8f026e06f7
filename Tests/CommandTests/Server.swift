import Foundation

/// `tallystick serve` in a workshop, on a port that was free. Ended by its pid, at the latest when let go of.
final class Server: @unchecked Sendable {
    let port: UInt16
    private let process: Process

    /// Starts it and waits until it listens.
    /// - Parameter own: its environment; two servers of a workshop have a spool each.
    static func start(in workshop: Workshop, with own: [String: String] = [:]) async throws -> Server {
        try await apart { try Server(workshop, own) }
    }

    private init(_ workshop: Workshop, _ own: [String: String]) throws {
        let log = workshop.folder.appending(path: ".log-\(UUID().uuidString)")
        try Data().write(to: log)
        process = Process()
        process.executableURL = URL(filePath: Binary.path)
        process.arguments = ["serve", "--listen", "127.0.0.1:0"]
        process.currentDirectoryURL = workshop.folder
        process.environment = workshop.environment.merging(own) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = try FileHandle(forWritingTo: log)
        try process.run()
        for _ in 0..<600 {
            let text = String(decoding: try Data(contentsOf: log), as: UTF8.self)
            if let match = text.firstMatch(of: /listening on 127\.0\.0\.1:(\d+)/), let found = UInt16(match.1)
            {
                port = found
                return
            }
            guard process.isRunning else { break }
            usleep(50_000)
        }
        kill(process.processIdentifier, SIGKILL)
        throw Silent(log: String(decoding: try Data(contentsOf: log), as: UTF8.self))
    }

    deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

    struct Silent: Error { let log: String }

    /// What it measures under a name.
    func measured(_ name: String) -> Double? {
        let text = Client(port: port).get("/metrics")?.body ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix(name + " ") }
        return line?.split(separator: " ").last.flatMap { Double($0) }
    }

    /// As a power cut would end it.
    func crash() async throws {
        kill(process.processIdentifier, SIGKILL)
        _ = try await ended()
    }

    /// As an operator ends it: the exit status, and how many seconds it took.
    func stop() async throws -> (status: Int32, seconds: Double) {
        let start = ContinuousClock.now
        kill(process.processIdentifier, SIGTERM)
        let status = try await ended()
        return (status, Double((ContinuousClock.now - start).components.seconds) + 1)
    }

    private func ended() async throws -> Int32 {
        try await apart {
            self.process.waitUntilExit()
            return self.process.terminationReason == .exit ? self.process.terminationStatus : -1
        }
    }
}

/// A client that keeps one connection and speaks plain HTTP/1.1 over it, so that it is known what was
/// answered.
final class Client {
    struct Answer: Sendable {
        let status: Int
        let head: String
        let body: String

        func field(_ name: String) -> String? {
            head.components(separatedBy: "\r\n").first { $0.lowercased().hasPrefix(name + ":") }
                .map { $0.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces) }
        }
    }

    private let port: UInt16
    private let key: String
    private var socket: Int32 = -1

    init(port: UInt16, key: String = "") {
        self.port = port
        self.key = key
    }

    deinit { if socket >= 0 { close(socket) } }

    /// Nothing when the other side was gone before it had answered.
    func post(_ path: String, _ body: String) -> Answer? {
        send(
            "POST \(path) HTTP/1.1",
            ["Content-Type: application/json", "Content-Length: \(body.utf8.count)"], body)
    }

    func get(_ path: String, _ fields: [String] = []) -> Answer? { send("GET \(path) HTTP/1.1", fields, "") }

    private func send(_ line: String, _ fields: [String], _ body: String) -> Answer? {
        guard connected() else { return nil }
        let own = ["Host: 127.0.0.1", "Authorization: Bearer \(key)"]
        let bytes = Array((([line] + own + fields).joined(separator: "\r\n") + "\r\n\r\n" + body).utf8)
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Foundation.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return hangUp() }
            sent += count
        }
        return answer() ?? hangUp()
    }

    private func connected() -> Bool {
        if socket >= 0 { return true }
        socket = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var patience = timeval(tv_sec: 30, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let failed = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if failed != 0 { _ = hangUp() }
        return failed == 0
    }

    private func hangUp() -> Answer? {
        if socket >= 0 { close(socket) }
        socket = -1
        return nil
    }

    private func answer() -> Answer? {
        var received: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while true {
            if let end = received.firstRange(of: Array("\r\n\r\n".utf8)) {
                let head = String(decoding: received[..<end.lowerBound], as: UTF8.self)
                let length = head.firstMatch(of: /(?i)content-length: *(\d+)/).flatMap { Int($0.1) } ?? 0
                if received.count >= end.upperBound + length {
                    let status = head.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
                    let body = received[end.upperBound..<end.upperBound + length]
                    if head.lowercased().contains("connection: close") { _ = hangUp() }
                    return Answer(status: status, head: head, body: String(decoding: body, as: UTF8.self))
                }
            }
            let count = recv(socket, &chunk, chunk.count, 0)
            guard count > 0 else { return nil }
            received += chunk[..<count]
        }
    }
}
