import Foundation
import Values

/// A client that writes bytes and reads bytes, so that a test can say what no library would.
struct Wire: Sendable {
    let port: Int

    struct Heard: Sendable {
        let status: Int
        let fields: [(name: String, value: String)]
        let body: [UInt8]

        func field(_ name: String) -> String? { fields.first { $0.name == name.lowercased() }?.value }
        var text: String { String(decoding: body, as: UTF8.self) }
        var json: JSON? { try? JSON(reading: body) }
        /// `errors[].pointer` and `code`.
        var faults: [String] {
            (json?["errors"]?.elements ?? []).map {
                "\($0["pointer"]?.text ?? "?") \($0["code"]?.text ?? "?")"
            }
        }
    }

    struct Broken: Error {
        let what: String
    }

    func send(_ method: String, _ target: String, _ fields: [String: String] = [:], _ body: [UInt8] = [])
        async throws
        -> Heard
    {
        var head = "\(method) \(target) HTTP/1.1\r\nHost: localhost:\(port)\r\n"
        for (name, value) in fields { head += "\(name): \(value)\r\n" }
        if method != "GET", method != "HEAD" { head += "Content-Length: \(body.count)\r\n" }
        return try await say(Array((head + "\r\n").utf8) + body, hasBody: method != "HEAD")
    }

    /// A request as it is. On a thread of its own: it blocks, and the server in the same process must not
    /// wait for it.
    func say(_ bytes: [UInt8], hasBody: Bool = true) async throws -> Heard {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(with: Result { try exchange(bytes, hasBody: hasBody) })
            }
        }
    }

    private func exchange(_ bytes: [UInt8], hasBody: Bool) throws -> Heard {
        let socket = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard socket >= 0 else { throw Broken(what: "no socket") }
        defer { close(socket) }
        var patience = timeval(tv_sec: 30, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw Broken(what: "not connected") }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Foundation.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { break }
            rest = rest.dropFirst(count)
        }
        return try hear(socket, hasBody: hasBody)
    }

    private func hear(_ socket: Int32, hasBody: Bool) throws -> Heard {
        var all: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            if let heard = parse(all, hasBody: hasBody) { return heard }
            let count = recv(socket, &chunk, chunk.count, 0)
            guard count > 0 else { throw Broken(what: "the answer ended after \(all.count) bytes") }
            all += chunk[..<count]
        }
    }

    private func parse(_ all: [UInt8], hasBody: Bool) -> Heard? {
        let text = String(decoding: all, as: UTF8.self)
        guard let end = all.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: all[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        let status = Int(text.dropFirst(9).prefix(3)) ?? 0
        let fields = lines.dropFirst().map { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            return (
                name: parts[0].lowercased(),
                value: parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
            )
        }
        let length = fields.first { $0.name == "content-length" }.flatMap { Int($0.value) } ?? 0
        let body = all[end.upperBound...]
        guard !hasBody || body.count >= length else { return nil }
        return Heard(status: status, fields: fields, body: hasBody ? Array(body.prefix(length)) : [])
    }
}
