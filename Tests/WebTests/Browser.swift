import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Store
import Synchronization
import TestStores
import Values
import Work

@testable import Access
@testable import Web

/// Asks a router as a browser would, and keeps its cookie.
final class Browser: Sendable {
    private let responder: RouterResponder<Visit>
    private let cookie = Mutex<String?>(nil)
    let log = Lines()

    init(_ router: Router<Visit>) { responder = router.buildResponder() }

    var session: String? { cookie.withLock { $0 } }

    func get(_ path: String, _ headers: HTTPFields = [:]) async throws -> Answer {
        try await send(.get, path, headers, nil)
    }

    /// As a form on one of our own pages.
    func post(_ path: String, _ form: String, from origin: String? = "http://localhost") async throws
        -> Answer
    {
        var headers: HTTPFields = [.contentType: "application/x-www-form-urlencoded"]
        headers[.origin] = origin
        return try await send(.post, path, headers, Array(form.utf8))
    }

    func send(
        _ method: HTTPRequest.Method, _ path: String, _ headers: HTTPFields = [:], _ body: [UInt8]? = nil
    ) async throws -> Answer {
        var headers = headers
        if let token = session { headers[.cookie] = "\(Request.sessionCookie)=\(token)" }
        let request = Request(
            head: HTTPRequest(
                method: method, scheme: "http", authority: "localhost", path: path, headerFields: headers),
            body: RequestBody(buffer: ByteBuffer(bytes: body ?? [])))
        var logger = Logger(label: "test", factory: { _ in JSONLog(label: "test", write: self.log.add) })
        logger[metadataKey: "hb.request.id"] = "r1"
        let response = try await responder.respond(to: request, context: Visit(logger: logger))
        if let set = response.headers[.setCookie], let value = set.split(separator: ";").first {
            let token = value.dropFirst(Request.sessionCookie.utf8.count + 1)
            cookie.withLock { $0 = token.isEmpty ? nil : String(token) }
        }
        let written = Written()
        try await response.body.write(written)
        return Answer(status: response.status.code, headers: response.headers, body: written.text)
    }
}

struct Answer: Sendable {
    let status: Int
    let headers: HTTPFields
    let body: String

    func header(_ name: String) -> String? { HTTPField.Name(name).flatMap { headers[$0] } }
    var json: JSON? { try? JSON(reading: body.utf8) }
}

final class Lines: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }
    var add: @Sendable (String) -> Void { { line in self.lines.withLock { $0.append(line) } } }
}

private final class Written: ResponseBodyWriter, Sendable {
    private let bytes = Mutex<[UInt8]>([])
    var text: String { String(decoding: bytes.withLock { $0 }, as: UTF8.self) }

    func write(_ buffer: ByteBuffer) async throws { bytes.withLock { $0 += Array(buffer.readableBytesView) } }
    func finish(_ trailers: HTTPFields?) async throws {}
}

/// A house with an empty database and a stopped clock.
func emptyHouse() async throws -> House {
    let now = Instant(text: "2026-11-03T10:00:00Z")!
    let store = try await Stage.current.store(at: now)
    let path = NSTemporaryDirectory() + "/tallystick-\(UUID().uuidString).key"
    let vault = try KeyFile.make(path, .system)
    try FileManager.default.removeItem(atPath: path)
    return House(
        store: store, clock: .stopped(at: now), chance: .system, vault: vault,
        hashKey: HashKey([UInt8](repeating: 7, count: 32)))
}

extension House {
    func signInLink(_ email: String, _ role: Role, to program: String) async throws -> SignInLink {
        try await work(in: program, as: .operator(person: "usr_root", role: .owner)) {
            try Person.add(email: email, role: role, in: $0)
        }
    }
}
