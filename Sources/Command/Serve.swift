import ArgumentParser
import Foundation
import Server
import Store
import Tracking
import Values
import Work

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Serve everything on one port.")

    @OptionGroup var place: DatabasePlace
    @Option(help: "HOST:PORT (default 127.0.0.1:8080, or TALLYSTICK_LISTEN).") var listen: String?
    @Option(help: "HOST:PORT of its own for the public tracking face.") var tracker: String?

    func run() async throws {
        try await answering {
            let deployment = try await Deployment.open(place)
            try await deployment.serve(listen: listen, tracker: tracker)
        }
    }
}

extension Deployment {
    func serve(listen: String?, tracker: String?) async throws {
        guard let address = try settings.find("TALLYSTICK_LISTEN", flag: listen).map(Address.init) else {
            preconditionFailure("there is a usual address")
        }
        let tracker = try settings.find("TALLYSTICK_TRACKER", flag: tracker).map(Address.init)
        var habits = Server.Habits()
        habits.spool = try await spool()
        try await Server.run(
            house, listen: (address.host, address.port), tracker: tracker.map { ($0.host, $0.port) },
            habits: habits)
    }

    /// Where clicks wait while the server of the database is away. A file is never away.
    private func spool() async throws -> ClickSpool? {
        guard house.store.backend == .postgres else { return nil }
        let bound = settings.value("TALLYSTICK_SPOOL_CLICKS").map(Int.init) ?? ClickSpool.clicksMaxUsual
        guard let bound, bound >= 0 else {
            throw Refusal.invalid("TALLYSTICK_SPOOL_CLICKS", .notWhole)
        }
        let path = settings.value("TALLYSTICK_SPOOL") ?? Self.spoolPath(beside: keyPath)
        try lock(path)
        return try await ClickSpool(in: SQLiteStore.open(path: path), clicksMax: bound, now: house.now())
    }
}

extension Deployment {
    /// Where the spool is when no setting says so.
    static func spoolPath(beside keyPath: String) -> String {
        URL(filePath: keyPath).deletingLastPathComponent().appending(path: "clicks-away.sqlite").relativePath
    }

    /// Keeps a spool for this process until it ends, however it ends: two that count one file would let in
    /// more than may wait.
    private func lock(_ path: String) throws {
        let beside = "\(path).lock"
        let file = Foundation.open(beside, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw Refusal.unavailable("the file \(beside) cannot be written") }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            _ = Foundation.close(file)
            throw Refusal.unavailable(
                "another server keeps its waiting clicks in \(path); give TALLYSTICK_SPOOL another file")
        }
    }
}

/// `HOST:PORT`.
struct Address {
    let host: String
    let port: Int

    init(_ setting: Settings.Setting) throws {
        let text = setting.value
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65_535).contains(port), colon > text.startIndex
        else { throw Refusal.invalid(setting.typed, .because("must be HOST:PORT, such as 127.0.0.1:8080")) }
        host = String(text[..<colon])
        self.port = port
    }
}
