import ArgumentParser
import Server
import Values

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
        guard let address = try Address(settings.value("TALLYSTICK_LISTEN", flag: listen)) else { return }
        let tracker = try Address(settings.value("TALLYSTICK_TRACKER", flag: tracker))
        try await Server.run(
            house, listen: (address.host, address.port), tracker: tracker.map { ($0.host, $0.port) })
    }
}

/// `HOST:PORT`; nothing for nothing.
struct Address {
    let host: String
    let port: Int

    init?(_ text: String?) throws {
        guard let text else { return nil }
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65_535).contains(port), colon > text.startIndex
        else { throw Refusal.invalid("/listen", .because("must be HOST:PORT, such as 127.0.0.1:8080")) }
        host = String(text[..<colon])
        self.port = port
    }
}
