import ArgumentParser
import Foundation
import Server
import Store
import Tracking
import Values
import Work

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Serve everything on one port.")

    @OptionGroup var place: Place
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
        guard let listen = settings.value("TALLYSTICK_LISTEN", flag: listen) else {
            preconditionFailure("there is a usual address")
        }
        let address = try Address(listen, of: "listen")
        let tracker = try settings.value("TALLYSTICK_TRACKER", flag: tracker).map {
            try Address($0, of: "tracker")
        }
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
            throw Refusal.invalid("/TALLYSTICK_SPOOL_CLICKS", .notWhole)
        }
        let beside = URL(filePath: keyPath).deletingLastPathComponent().appending(path: "clicks-away.sqlite")
        let path = settings.value("TALLYSTICK_SPOOL") ?? beside.path
        return try await ClickSpool(in: SQLiteStore.open(path: path), clicksMax: bound, now: house.now())
    }
}

/// `HOST:PORT`.
struct Address {
    let host: String
    let port: Int

    /// - Parameter option: what it is handed in by, for the refusal.
    init(_ text: String, of option: String) throws {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65_535).contains(port), colon > text.startIndex
        else { throw Refusal.invalid("/\(option)", .because("must be HOST:PORT, such as 127.0.0.1:8080")) }
        host = String(text[..<colon])
        self.port = port
    }
}
