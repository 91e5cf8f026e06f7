import HTTPTypes
import Hummingbird
import Logging
import Metrics
import Synchronization

/// A line in the log and a measurement for every request. Routes are told, paths are not: ids are in them.
struct RequestLog: RouterMiddleware {
    private let timers = Timers()

    func handle(
        _ request: Request, context: Visit, next: (Request, Visit) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        var response = try await next(request, context)
        let elapsed = (ContinuousClock.now - start).nanoseconds
        let method = Self.methods.contains(request.method) ? request.method.rawValue : "OTHER"
        let route = context.endpointPath ?? "NotFound"
        context.logger.info(
            "request",
            metadata: [
                "method": .string(method), "route": .string(route),
                "status": .stringConvertible(response.status.code),
                "ms": .stringConvertible(elapsed / 1_000_000),
            ])
        timers.timer(method, route, response.status.code).recordNanoseconds(elapsed)
        if let name = HTTPField.Name("X-Request-Id") { response.headers[name] = context.requestID }
        return response
    }

    /// Others are counted together: a stranger can make up as many as they like.
    private static let methods: Set<HTTPRequest.Method> = [
        .get, .head, .post, .put, .patch, .delete, .options,
    ]
}

/// The timers by method, route and status, looked up without making one a request.
private final class Timers: Sendable {
    private struct Key: Hashable {
        let method: String, route: String, status: Int
    }

    private let known = Mutex<[Key: Metrics.Timer]>([:])

    func timer(_ method: String, _ route: String, _ status: Int) -> Metrics.Timer {
        known.withLock { known in
            let key = Key(method: method, route: route, status: status)
            if let timer = known[key] { return timer }
            let timer = Metrics.Timer(
                label: "http_request_duration_seconds",
                dimensions: [("method", method), ("route", route), ("status", String(status))])
            known[key] = timer
            return timer
        }
    }
}

extension Duration {
    fileprivate var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds &* 1_000_000_000 &+ attoseconds / 1_000_000_000
    }
}
