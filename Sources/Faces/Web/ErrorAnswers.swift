import HTTPTypes
import Hummingbird
import Logging
import Store
import Values

/// Turns what is thrown into an answer: a problem for programs, a page for people.
struct ErrorAnswers: RouterMiddleware {
    func handle(
        _ request: Request, context: Visit, next: (Request, Visit) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            let problem = Problem(error)
            if problem.status.code >= 500, problem.retryAfter == nil { note(error, context) }
            let isRead = request.method == .get || request.method == .head
            if request.isForPrograms { return .problem(problem, context) }
            if problem.status == .unauthorized, isRead { return .seeOther("/sign-in") }
            return page(problem, context)
        }
    }

    /// The kind of error only, where its words could hold a person's data.
    private func note(_ error: any Error, _ visit: Visit) {
        let words = (error as? StoreError)?.description ?? "\(type(of: error))"
        visit.logger.error("failed", metadata: ["error": "\(words)"])
    }

    private func page(_ problem: Problem, _ visit: Visit) -> Response {
        let page = ErrorPage(
            title: problem.status.reasonPhrase, sentence: problem.detail, requestID: visit.requestID,
            status: problem.status.code)
        var response = PageBook.web.answer("error", page, to: visit, status: problem.status)
        for field in problem.headers where field.name != .wwwAuthenticate { response.headers.append(field) }
        return response
    }
}

package struct ErrorPage: Sendable {
    let title: String
    let sentence: String
    let requestID: String
    let status: Int

    package init(title: String, sentence: String, requestID: String, status: Int) {
        self.title = title
        self.sentence = sentence
        self.requestID = requestID
        self.status = status
    }
}

extension Request {
    /// Whether a program asks, which reads problems and no pages.
    package var isForPrograms: Bool { uri.path == "/v1" || uri.path.hasPrefix("/v1/") }
}
