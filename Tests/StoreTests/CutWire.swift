import Foundation
import Synchronization

/// Stands between a store and its server, and cuts the wire where a test wants it.
final class CutWire: Sendable {
    enum Cut: Sendable {
        /// The COMMIT never comes to the server, which is told that the client is gone.
        case beforeCommit
        /// The COMMIT never comes, and the server does not notice that the client is gone.
        case silently
        /// The server commits, and its answer is lost.
        case answer
        /// The server commits, its answer is lost, and it cannot be reached again.
        case answerForGood
    }

    let port: UInt16
    private let listening: Int32
    private let target: UInt16
    private let state = Mutex(State())

    private struct State: Sendable {
        var next: Cut?
        var isGone = false
        var cuts = 0
    }

    init(to target: UInt16) throws {
        let listening = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = Self.loopback(0)
        let length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(listening, $0, length) }
        }
        guard isBound == 0, listen(listening, 64) == 0 else { throw POSIXError(.EADDRINUSE) }
        var found = length
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = getsockname(listening, $0, &found)
            }
        }
        (self.listening, self.target) = (listening, target)
        port = UInt16(bigEndian: address.sin_port)
        Thread { [self] in accepting() }.start()
    }

    /// The next COMMIT is cut so.
    func cut(_ cut: Cut) { state.withLock { $0.next = cut } }

    var cuts: Int { state.withLock { $0.cuts } }

    func close() { shutdown(listening, Int32(SHUT_RDWR)) }

    private func accepting() {
        while true {
            let client = accept(listening, nil, nil)
            guard client >= 0 else { return }
            guard !state.withLock({ $0.isGone }), let server = connect() else {
                _ = Foundation.close(client)
                continue
            }
            let pair = Pair(client: client, server: server)
            Thread { [self] in upward(pair) }.start()
            Thread { [self] in downward(pair) }.start()
        }
    }

    /// Both ends of one connection. Closed by nobody: a test ends soon.
    private final class Pair: Sendable {
        let client: Int32
        let server: Int32
        let isDeaf = Mutex(false)

        init(client: Int32, server: Int32) { (self.client, self.server) = (client, server) }

        func hangUp(_ ends: Int32...) { for end in ends { shutdown(end, Int32(SHUT_RDWR)) } }
    }

    private func upward(_ pair: Pair) {
        while let bytes = Self.read(pair.client) {
            let cut = Self.isCommit(bytes) ? takeCut() : nil
            switch cut {
            case nil: Self.write(bytes, to: pair.server)
            case .beforeCommit: return pair.hangUp(pair.client, pair.server)
            case .silently: return pair.hangUp(pair.client)
            case .answer, .answerForGood:
                pair.isDeaf.withLock { $0 = true }
                Self.write(bytes, to: pair.server)
                return
            }
        }
        pair.hangUp(pair.server)
    }

    private func takeCut() -> Cut? {
        state.withLock { state in
            defer { state.next = nil }
            if state.next != nil { state.cuts += 1 }
            if case .answerForGood = state.next { state.isGone = true }
            return state.next
        }
    }

    private func downward(_ pair: Pair) {
        while let bytes = Self.read(pair.server) {
            if pair.isDeaf.withLock({ $0 }) { break }
            Self.write(bytes, to: pair.client)
        }
        pair.hangUp(pair.client, pair.server)
    }

    private static func isCommit(_ bytes: [UInt8]) -> Bool {
        String(decoding: bytes, as: UTF8.self).contains("COMMIT")
    }

    private static func read(_ file: Int32) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = recv(file, &bytes, bytes.count, 0)
        return count > 0 ? Array(bytes.prefix(count)) : nil
    }

    private static func write(_ bytes: [UInt8], to file: Int32) {
        _ = send(file, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    private static func loopback(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr = in_addr(s_addr: UInt32(0x7f00_0001).bigEndian)
        return address
    }

    private func connect() -> Int32? {
        let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = Self.loopback(target)
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Foundation.connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        return isConnected == 0 ? server : nil
    }
}
