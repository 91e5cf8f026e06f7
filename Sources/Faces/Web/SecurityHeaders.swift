import HTTPTypes
import Hummingbird

/// Headers that keep a page to itself: nothing from elsewhere, no script, no frame, no referrer.
struct SecurityHeaders: RouterMiddleware {
    func handle(
        _ request: Request, context: Visit, next: (Request, Visit) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        for field in Self.fields where response.headers[field.name] == nil { response.headers.append(field) }
        return response
    }

    private static let fields = HTTPFields(
        [
            (.contentSecurityPolicy, policy), (.xContentTypeOptions, "nosniff"),
            (.crossOriginResourcePolicy, "same-origin"), (HTTPField.Name("Referrer-Policy"), "no-referrer"),
            (HTTPField.Name("Cross-Origin-Opener-Policy"), "same-origin"),
        ].compactMap { name, value in name.map { HTTPField(name: $0, value: value) } })

    private static let policy = """
        default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; \
        frame-ancestors 'none'
        """
}
