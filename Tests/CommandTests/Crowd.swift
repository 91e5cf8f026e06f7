import Foundation
import Synchronization
import Testing

/// Many clients at once, and what came of what they sent.
enum Crowd {
    static let isLong = ProcessInfo.processInfo.environment["TALLYSTICK_TORTURE"] != nil

    /// The same id is always the same sale.
    static func sale(_ id: String, click: String? = nil) -> String {
        let customer = id.utf8.reduce(0) { $0 + Int($1) } % 7
        let claim = click.map { #""click":"\#($0)""# } ?? #""customer":"t\#(customer)","coupon":"BEN10""#
        return #"{"id":"\#(id)","event":"sale","amount":"119.00","tax":"19.00","currency":"EUR",\#(claim)}"#
    }

    /// Runs `work` for each client on a thread of its own, until `stop` says so.
    static func run(
        _ count: Int, _ work: @escaping @Sendable (Int) -> Void,
        meanwhile act: @Sendable () async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<count { group.addTask { try await apart { work(number) } } }
            try await act()
            try await group.waitForAll()
        }
    }

    /// The ids of a kind of fact in the audit export, each with how often it is there.
    static func exported(
        _ file: String, _ kind: String, from workshop: Workshop
    ) async throws -> [String: Int] {
        try await workshop.expect("rm -rf audit && tallystick audit export --out audit")
        let text = try String(contentsOf: workshop.folder.appending(path: "audit/\(file)"), encoding: .utf8)
        var counts: [String: Int] = [:]
        for line in text.split(separator: "\n") where line.hasPrefix(#"{"fact":"\#(kind)""#) {
            if let match = line.firstMatch(of: /"id":"([^"]*)"/) { counts[String(match.1), default: 0] += 1 }
        }
        return counts
    }
}

/// What came of posting: the ids that were answered, and those that were sent and never were.
final class Tally: Sendable {
    private let state = Mutex((answered: Set<String>(), open: Set<String>(), wrong: [String](), refused: 0))

    func note(_ id: String, _ answer: Client.Answer?) {
        state.withLock { state in
            guard let answer else {
                state.open.insert(id)
                return
            }
            state.open.remove(id)
            if [200, 201, 302].contains(answer.status) {
                state.answered.insert(id)
            } else {
                state.wrong.append("\(id): \(answer.status) \(answer.body.prefix(200))")
            }
        }
    }

    /// One that was refused for now is sent again some day.
    func postpone(_ id: String?, _ answer: Client.Answer) {
        state.withLock { state in
            state.refused += 1
            if let id { state.open.insert(id) }
            if answer.field("retry-after").flatMap({ Int($0) }) == nil {
                state.wrong.append("\(id ?? "a click"): 503 without Retry-After")
            }
        }
    }

    /// Waits for so many answers more, and then for a moment that nobody chose.
    func wait(for count: Int) async throws {
        let enough = answered.count + count
        for _ in 0..<1_500 where answered.count < enough { try await Task.sleep(for: .milliseconds(10)) }
        try await Task.sleep(for: .microseconds(Int.random(in: 0...20_000)))
    }

    var answered: Set<String> { state.withLock { $0.answered } }
    var open: Set<String> { state.withLock { $0.open } }
    var wrong: [String] { state.withLock { $0.wrong } }
    var refused: Int { state.withLock { $0.refused } }
}

extension Client.Answer {
    /// The click that a redirect has kept.
    var click: String? {
        field("location")?.firstMatch(of: /tally_click=([a-z0-9_]+)/).map { String($0.1) }
    }
}
