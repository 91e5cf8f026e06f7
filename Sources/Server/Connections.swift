import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix

/// HTTP/1.1 connections, each handled on its own event loop: bytes, router and answer meet on one thread,
/// where the usual pool would wake another for every request.
struct Connections: ServerChildChannel {
    private let http: HTTP1Channel
    private let threads: [ObjectIdentifier: LoopThread]

    init(_ http: HTTP1Channel, on group: any EventLoopGroup) {
        self.http = http
        threads = Dictionary(
            uniqueKeysWithValues: group.makeIterator().map { (ObjectIdentifier($0), LoopThread(loop: $0)) })
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        http.setup(channel: channel, logger: logger)
    }

    func handle(value: HTTP1Channel.Value, logger: Logger) async {
        await withTaskExecutorPreference(threads[ObjectIdentifier(value.channel.eventLoop)]) {
            await http.handle(value: value, logger: logger)
        }
    }
}

/// An event loop as a place for tasks.
private final class LoopThread: TaskExecutor {
    private let loop: any EventLoop

    init(loop: any EventLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
