import API
import Console
import Foundation
import Hummingbird
import HummingbirdCore
import Logging
import Metrics
import NIOCore
import NIOPosix
import Programs
import ServiceLifecycle
import Store
import Synchronization
import Tracker
import Tracking
import UnixSignals
import Values
import Web
import Work

/// The house, open: its faces on a port, its clock wound. The only one that knows everybody.
package enum Server {
    /// Requests that were accepted are answered within this; then what still runs is cancelled.
    static let stoppingSeconds = 8
    /// Connections that wait to be accepted; the kernel's own limit may be lower.
    private static let backlog = 1024
    private static let idleSeconds: Int64 = 75

    /// How a server differs from the usual.
    package struct Habits: Sendable {
        package var logLevel = Logger.Level.info
        /// Whether it settles programs when their days are due.
        package var settles = true
        /// Whether SIGTERM and SIGINT stop it.
        package var obeysSignals = true
        /// Where clicks wait while the database is away. Closed at the end.
        package var spool: ClickSpool?

        package init() {}
    }

    /// Serves until it is told to stop, answers what it accepted, and closes the store.
    /// - Parameter tracker: a port of its own for the tracking face, which the other then does not show.
    /// - Parameter onReady: told the port once connections are accepted; port 0 means any that is free.
    /// - Throws: when a port cannot be had.
    package static func run(
        _ house: House, listen: (host: String, port: Int), tracker: (host: String, port: Int)? = nil,
        habits: Habits = Habits(), onReady: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws {
        Observing.begin(at: habits.logLevel)
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await serve(house, listen, tracker, habits, onReady))
        } catch is CancellationError {
            // What did not end in time was cancelled; nothing that was answered is lost.
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        await house.store.close()
        await habits.spool?.close()
        try outcome.get()
    }

    private static func serve(
        _ house: House, _ listen: (host: String, port: Int), _ tracker: (host: String, port: Int)?,
        _ habits: Habits,
        _ onReady: @escaping @Sendable (Int) -> Void
    ) async throws {
        var logger = Logger(label: "tallystick")
        logger.logLevel = habits.logLevel
        let shelf = TermsShelf()
        let links = LinkBook(house: house) { try ProgramQueries.destinations($0, $1) }
        try await links.refresh()
        let main = Router.web()
        PlainRoutes(house: house, measures: Observing.measures).routes(on: main)
        ConsolePages(house: house).routes(on: main)
        API(house: house, shelf: shelf, links: links).routes(on: main)
        let queue = ClickQueue(house: house, spool: habits.spool)
        let tracking = Tracker(house: house, links: links, queue: queue)
        var services: [any Service] = [LinkWatch(house: house, links: links, logger: logger)]
        if let spool = habits.spool {
            Observing.measure(spool)
            services.append(
                SpoolFlow(house: house, shelf: shelf, spool: spool, queue: queue, logger: logger))
        }
        if habits.settles { services.append(DailySettlement(house: house, shelf: shelf, logger: logger)) }
        if let tracker {
            let router = Router.web()
            tracking.routes(on: router)
            services.append(face(router, tracker, logger) { _ in })
        } else {
            tracking.routes(on: main)
        }
        // Stopped in reverse: first nobody new comes in, last the clock stands still.
        services.append(face(main, listen, logger, onReady))
        var configuration = ServiceGroupConfiguration(
            services: services.map { .init(service: $0) },
            gracefulShutdownSignals: habits.obeysSignals ? [.sigterm, .sigint] : [], logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(stoppingSeconds)
        try await ServiceGroup(configuration: configuration).run()
    }

    private static func face(
        _ router: Router<Visit>, _ address: (host: String, port: Int), _ logger: Logger,
        _ onReady: @escaping @Sendable (Int) -> Void
    ) -> any Service {
        let group = MultiThreadedEventLoopGroup.singleton
        let http = HTTP1Channel.Configuration(idleTimeout: .seconds(idleSeconds))
        let application = Application(
            router: router,
            server: HTTPServerBuilder {
                Connections(HTTP1Channel(responder: $0, configuration: http), on: group)
            },
            configuration: ApplicationConfiguration(
                address: .hostname(address.host, port: address.port), backlog: backlog),
            onServerRunning: { channel in onReady(channel.localAddress?.port ?? address.port) },
            eventLoopGroupProvider: .shared(group), logger: logger)
        return Face(name: "\(address.host):\(address.port)", application: application)
    }
}

/// An application on its address.
private struct Face<Application: Service>: Service {
    let name: String
    let application: Application

    /// - Throws: `Refusal.unavailable` when the address cannot be had.
    func run() async throws {
        do {
            try await application.run()
        } catch let error as IOError {
            let why = String(cString: strerror(error.errnoCode)).lowercased()
            throw Refusal.unavailable("nothing can be served on \(name): \(why)")
        } catch is SocketAddressError.UnknownHost {
            throw Refusal.unavailable("nothing can be served on \(name): this host is not known")
        }
    }
}

/// Logs and measures of the process: libraries find them by themselves, so they can be set only once.
private enum Observing {
    static let measures = Measures()

    static func begin(at level: Logger.Level) { _ = (logs(level), metrics) }

    private static let logged = Mutex(false)

    private static func logs(_ level: Logger.Level) {
        logged.withLock { isDone in
            guard !isDone else { return }
            isDone = true
            LoggingSystem.bootstrap { JSONLog(label: $0, level: level) }
        }
    }

    static func measure(_ spool: ClickSpool) {
        measures.gauge("tallystick_spool_waiting") { Double(spool.figures.waiting) }
        measures.gauge("tallystick_spool_spilled") { Double(spool.figures.spilled) }
        measures.gauge("tallystick_spool_flowed_in") { Double(spool.figures.flowedIn) }
        measures.gauge("tallystick_spool_refused") { Double(spool.figures.refused) }
    }

    private static let metrics: Void = MetricsSystem.bootstrap(measures)
}
