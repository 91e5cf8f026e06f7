import HTTPTypes
import Hummingbird
import NIOCore
import Tracking
import Values
import Web
import Work

/// The public tracking face: a link's address, which keeps the click and sends the browser on.
package struct Tracker: Sendable {
    static let visitorCookie = "tally_visitor"
    /// 400 days, the most that browsers keep a cookie.
    fileprivate static let visitorSeconds = 400 * 86_400

    private let redirects: Redirects

    package init(house: House, links: LinkBook, queue: ClickQueue) {
        redirects = Redirects(house: house, links: links, queue: queue)
    }

    package func routes(on routes: some RouterMethods<Visit>) {
        routes.get("/r/:slug", use: follow)
        routes.head("/r/:slug", use: follow)
    }

    private func follow(_ request: Request, _ visit: Visit) async throws -> Response {
        let arrival = Arrival(
            slug: visit.parameters.get("slug")?.percentDecoded ?? "", fields: request.queryFields,
            visitor: request.cookies[Self.visitorCookie]?.value, userAgent: request.headers[.userAgent],
            referrer: request.headers[.referer], isHead: request.method == .head)
        guard let landing = try await redirects.follow(arrival), let location = landing.location else {
            return .text("There is nothing here.\n", "text/plain; charset=utf-8", status: .notFound)
        }
        var response = Response(
            status: .found,
            headers: [
                .location: location, .cacheControl: "no-store",
                .referrerPolicy: "strict-origin-when-cross-origin",
            ])
        if let visitor = landing.newVisitor { response.setVisitor(visitor, for: request) }
        return response
    }
}

extension Response {
    fileprivate mutating func setVisitor(_ visitor: String, for request: Request) {
        setCookie(
            Cookie(
                name: Tracker.visitorCookie, value: visitor, maxAge: Tracker.visitorSeconds, path: "/",
                secure: request.isSecure, httpOnly: true, sameSite: .lax))
    }
}

extension HTTPField.Name {
    fileprivate static let referrerPolicy = HTTPField.Name("Referrer-Policy")!
}
