import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import Store
import Values

/// What is said about a request that could not be answered: a status, a code and a sentence.
package struct Problem: Sendable {
    package let status: HTTPResponse.Status
    package let code: String
    package let detail: String
    package var faults: [Fault] = []
    /// Seconds.
    package var retryAfter: Int?
    /// Whether the connection ends with it: nobody knows where in its bytes a next request would begin.
    private var isLast = false

    package init(_ error: any Error) {
        switch error {
        case let refusal as Refusal: self.init(refusal)
        case let error as StoreError: self.init(error)
        case is NIOTooManyBytesError:
            self.init(.contentTooLarge, "too_large", "The body is larger than is taken here.")
        case is HTTPParserError:
            self.init(.badRequest)
            isLast = true
        case let error as any HTTPResponseError: self.init(error.status)
        case is CancellationError:
            self.init(.serviceUnavailable, "unavailable", "The server is stopping.", retryAfter: 5)
        default: self.init(.internalServerError)
        }
    }

    private init(_ status: HTTPResponse.Status, _ code: String, _ detail: String, retryAfter: Int? = nil) {
        self.status = status
        self.code = code
        self.detail = detail
        self.retryAfter = retryAfter
    }

    private init(_ refusal: Refusal) {
        self.init(Self.status(of: refusal), refusal.code, refusal.sentence.asSentence)
        faults = refusal.faults
        if case .unavailable = refusal { retryAfter = 1 }
    }

    private init(_ error: StoreError) {
        switch error {
        case .busy, .locked, .conflict, .timeout:
            self.init(.serviceUnavailable, "unavailable", error.description, retryAfter: 1)
        case .closed:
            self.init(
                .serviceUnavailable, "unavailable", "The server is stopping; try again shortly.",
                retryAfter: 1)
        case .away, .cannotOpen:
            let sentence = """
                The database is away. Send it again, with the same id or Idempotency-Key: if it was \
                recorded, the repeat is answered as the first.
                """
            self.init(.serviceUnavailable, "unavailable", sentence, retryAfter: 5)
        case .commitFailed(let why): self.init(why)
        case .full:
            self.init(
                .serviceUnavailable, "unavailable", "The disk is full; nothing was written.", retryAfter: 60)
        default: self.init(.internalServerError)
        }
    }

    private init(_ status: HTTPResponse.Status) {
        switch status {
        case .notFound: self.init(status, "not_found", "There is nothing here.")
        case .badRequest: self.init(status, "bad_request", "The request cannot be read.")
        case .contentTooLarge: self.init(status, "too_large", "The body is larger than is taken here.")
        case .unsupportedMediaType:
            self.init(status, "unsupported_encoding", "The body must come without a Content-Encoding.")
        case .internalServerError:
            self.init(status, "internal", "Something went wrong here; the request's id names it in the log.")
        default: self.init(status, "http_\(status.code)", status.reasonPhrase.asSentence)
        }
    }

    private static func status(of refusal: Refusal) -> HTTPResponse.Status {
        switch refusal {
        case .invalid(let faults): faults.contains(where: \.isMalformed) ? .badRequest : .unprocessableContent
        case .notFound: .notFound
        case .notAllowed: .forbidden
        case .notSignedIn: .unauthorized
        case .wrongState, .sameHands, .approvedAlready, .nothingDue, .conflict: .conflict
        case .currencyMismatch, .overflow: .unprocessableContent
        case .tooLarge: .contentTooLarge
        case .unavailable: .serviceUnavailable
        }
    }
}

extension Problem {
    /// RFC 9457 §3: `application/problem+json`.
    package func json(requestID: String) -> JSON {
        .record([
            "type": .string("about:blank"), "title": .string(status.reasonPhrase),
            "status": .int(status.code),
            "code": .string(code), "detail": .string(detail), "request_id": .string(requestID),
            "errors": faults.isEmpty ? nil : .array(faults.map(\.json)),
        ])
    }

    var headers: HTTPFields {
        var headers = HTTPFields()
        headers[.retryAfter] = retryAfter.map(String.init)
        // RFC 9110 §15.5.2: a 401 says how to sign in; §15.5.16: a 415 says what would be taken.
        if status == .unauthorized { headers[.wwwAuthenticate] = "Bearer" }
        if status == .unsupportedMediaType { headers[.acceptEncoding] = "identity" }
        if isLast { headers[.connection] = "close" }
        return headers
    }
}

extension Fault {
    fileprivate var isMalformed: Bool { if case .notJSON = reason { true } else { false } }

    /// As in `errors[]`: pointer, code, detail.
    package var json: JSON {
        .record(["pointer": .string(pointer), "code": .string(code), "detail": .string(detail)])
    }
}

extension String {
    /// With a capital and a full stop.
    package var asSentence: String {
        guard let first, last != "." else { return self }
        return first.uppercased() + dropFirst() + "."
    }
}
