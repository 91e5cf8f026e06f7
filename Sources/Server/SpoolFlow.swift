import Logging
import Programs
import Recording
import ServiceLifecycle
import Store
import Tracking
import Values
import Work

/// Watches whether the database answers clicks, and lets those flow in that wait on this machine's disk.
struct SpoolFlow: Service {
    private static let glance = Duration.milliseconds(250)
    private static let pause = Duration.seconds(1)
    /// How often it looks whether it still counts right.
    private static let recount = Duration.seconds(30)
    /// Of one transaction: it holds up a program's conversions.
    private static let pieceMax = 256

    let house: House
    let shelf: TermsShelf
    let spool: ClickSpool
    let queue: ClickQueue
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup { group in
                group.addTask {
                    while !Task.isCancelled {
                        queue.watch()
                        try? await Task.sleep(for: Self.glance)
                    }
                }
                var isAway = false
                var counted = ContinuousClock.now
                while !Task.isCancelled {
                    let isDue = .now - counted > Self.recount
                    isAway = await !flow(again: isAway, recounting: isDue)
                    if isDue { counted = .now }
                    try? await Task.sleep(for: Self.pause)
                }
            }
        }
    }

    /// Whether nothing was in the way. What is in the way is told once.
    private func flow(again: Bool, recounting: Bool) async -> Bool {
        do {
            if recounting { try await spool.recount() }
            guard queue.isSpilling || spool.figures.waiting > 0 else { return true }
            var count = 0
            while !Task.isCancelled {
                let clicks = try await spool.page(limit: Self.pieceMax)
                guard !clicks.isEmpty else {
                    try await spool.recount()
                    break
                }
                try await LateClicks.flow(clicks, shelf, into: house)
                try await spool.drop(clicks)
                count += clicks.count
                queue.goBack()
            }
            // Nothing waited, so nothing has shown yet that the database answers.
            if count == 0 { _ = try await house.store.read { try $0.first("SELECT 1 AS one") } }
            queue.goBack()
            if count > 0 {
                logger.notice("clicks flowed in", metadata: ["clicks": .stringConvertible(count)])
            }
            return true
        } catch {
            if !again {
                logger.warning("clicks wait on disk", metadata: ["error": "\(Server.kind(of: error))"])
            }
            return false
        }
    }
}
