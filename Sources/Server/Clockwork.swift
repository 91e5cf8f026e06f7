import Logging
import Programs
import Recording
import ServiceLifecycle
import Store
import Tracking
import Values
import Work

/// Takes in links and terms as soon as they are announced. Now and then it looks by itself, since something
/// may have been missed; often where other processes have no way to announce.
struct LinkWatch: Service {
    private static let retry = Duration.seconds(1)
    private static let safetyNet = Duration.seconds(30)

    let house: House
    let links: LinkBook
    let logger: Logger

    func run() async throws {
        let (calls, bell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        for topic in [Topic.links, .terms] { house.listen(topic) { bell.yield() } }
        let round = house.store.backend == .postgres ? Self.safetyNet : Self.retry
        await cancelWhenGracefulShutdown {
            await withTaskGroup { group in
                group.addTask {
                    while !Task.isCancelled {
                        bell.yield()
                        try? await Task.sleep(for: round)
                    }
                }
                var isAway = false
                for await _ in calls {
                    isAway = await !refresh(again: isAway)
                    guard isAway else { continue }
                    try? await Task.sleep(for: Self.retry)
                    bell.yield()
                }
            }
        }
    }

    /// Whether nothing was in the way. What is in the way is told once.
    private func refresh(again: Bool) async -> Bool {
        do {
            try await links.refresh()
            return true
        } catch {
            guard !again else { return false }
            logger.warning("links were not looked for", metadata: ["error": "\(Server.kind(of: error))"])
            return false
        }
    }
}

/// Settles every program once in each of its days, as a job, so that of many servers one does it, and another
/// does when that one dies.
struct DailySettlement: Service {
    private static let seconds = 60
    private static let kind = "settle"
    private static let renewal = Duration.seconds(20)

    let house: House
    let shelf: TermsShelf
    let logger: Logger
    private let worker: String

    init(house: House, shelf: TermsShelf, logger: Logger) {
        self.house = house
        self.shelf = shelf
        self.logger = logger
        worker = house.chance.id("wrk", at: house.now())
    }

    func run() async throws {
        await everySeconds(Self.seconds) {
            let programs: [String]
            do {
                programs = try await house.store.read { try ProgramRows.all($0).map(\.id) }
            } catch is CancellationError {
                return
            } catch {
                return logger.warning("nothing was settled", metadata: ["error": "\(Server.kind(of: error))"])
            }
            // What stops one program is no reason to leave the others.
            for program in programs {
                do {
                    try await settle(program)
                } catch is CancellationError {
                    return
                } catch {
                    logger.warning(
                        "a program was not settled",
                        metadata: ["program": .string(program), "error": "\(Server.kind(of: error))"])
                }
            }
        }
    }

    func settle(_ program: String) async throws {
        let now = house.now()
        let shelf = shelf
        guard let view = try await house.look(at: program, { try ProgramQueries.find(shelf, at: $0) }) else {
            return
        }
        let key = "\(Self.kind):\(view.day(of: now).text)"
        let worker = worker
        let job = try await house.work(in: program, as: .clock, at: now) { work -> Job? in
            try Job.plan(Self.kind, key: key, dueAt: now, in: work)
            return try Job.claim(by: worker, in: work)
        }
        guard let job else { return }
        try await holding(job, in: program) {
            do {
                let settled = try await Settlement(house, shelf, in: program, as: .clock).run(asOf: now) {
                    _, _ in
                }
                logger.info("settled", metadata: ["statements": .stringConvertible(settled.statements)])
            } catch let refusal as Refusal {
                // A person settled beyond this instant already; there is nothing left for today.
                logger.notice("not settled", metadata: ["because": "\(refusal.code)"])
            }
        }
        try await house.work(in: program, as: .clock) { _ = try job.finish(by: worker, in: $0) }
    }

    /// Does a job's work while the lease is renewed; when it is lost, the work is another's and is broken
    /// off.
    private func holding(
        _ job: Job, in program: String, _ work: @escaping @Sendable () async throws -> Void
    ) async throws {
        let (house, worker) = (house, worker)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await work() }
            group.addTask {
                repeat {
                    try await Task.sleep(for: Self.renewal)
                } while try await house.work(in: program, as: .clock) { try job.renew(by: worker, in: $0) }
                throw Refusal.unavailable("the lease of \(job.key) was lost")
            }
            try await group.next()
            group.cancelAll()
        }
    }
}

extension Server {
    /// An error's kind; its words could hold a person's data.
    static func kind(of error: any Error) -> String {
        (error as? StoreError)?.description ?? "\(type(of: error))"
    }
}

extension Service {
    /// Acts now and then every so often, until the house stops.
    fileprivate func everySeconds(_ seconds: Int, _ act: @escaping @Sendable () async -> Void) async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await act()
                try? await Task.sleep(for: .seconds(seconds))
            }
        }
    }
}
