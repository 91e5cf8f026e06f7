import Access
import HTTPTypes
import Hummingbird
import Values

/// Lets only signed-in people through, and says who they are.
package struct SignedIn: RouterMiddleware {
    private let keys: KeyRing

    package init(keys: KeyRing) { self.keys = keys }

    package func handle(
        _ request: Request, context: Visit, next: (Request, Visit) async throws -> Response
    ) async throws -> Response {
        guard let token = request.sessionToken, let session = try await keys.session(token) else {
            throw Refusal.notSignedIn
        }
        var visit = context
        visit.session = session
        return try await next(request, visit)
    }
}

/// Refuses what another site makes a browser send: beside the cookie's SameSite, the browser's own word for
/// where a request comes from. A request that says nothing of it is refused.
package struct SameOrigin: RouterMiddleware {
    package init() {}

    package func handle(
        _ request: Request, context: Visit, next: (Request, Visit) async throws -> Response
    ) async throws -> Response {
        let isRead = request.method == .get || request.method == .head
        guard isRead || request.isFromHere else { throw Refusal.notAllowed("send this from another site") }
        return try await next(request, context)
    }
}

extension Request {
    package static let sessionCookie = "tallystick_session"

    package var sessionToken: String? { cookies[Self.sessionCookie]?.value }

    /// Whether the browser speaks TLS, to us or to the proxy before us.
    package var isSecure: Bool {
        head.scheme == "https" || HTTPField.Name("X-Forwarded-Proto").flatMap { headers[$0] } == "https"
    }

    fileprivate var isFromHere: Bool {
        if let site = HTTPField.Name("Sec-Fetch-Site").flatMap({ headers[$0] }) {
            return site == "same-origin"
        }
        guard let origin = headers[.origin]?.lowercased(), let authority = head.authority?.lowercased() else {
            return false
        }
        return origin == "http://\(authority)" || origin == "https://\(authority)"
    }
}

extension Response {
    /// Gives the browser a session, or takes it away.
    package mutating func setSession(_ token: String?, for request: Request) {
        setCookie(
            Cookie(
                name: Request.sessionCookie, value: token ?? "",
                maxAge: token == nil ? 0 : Int(Session.ageMax.milliseconds / 1000), path: "/",
                secure: request.isSecure, httpOnly: true, sameSite: .lax))
    }
}
