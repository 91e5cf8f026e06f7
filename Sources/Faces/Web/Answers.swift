import HTTPTypes
import Hummingbird
import NIOCore
import Values

extension Response {
    package static func json(_ json: JSON, status: HTTPResponse.Status = .ok) -> Response {
        self.json(written: json.compact, status: status)
    }

    /// A body that is JSON text already.
    package static func json(written body: String, status: HTTPResponse.Status = .ok) -> Response {
        text(body, "application/json", status: status)
    }

    package static func problem(_ problem: Problem, _ visit: Visit) -> Response {
        var response = text(
            problem.json(requestID: visit.requestID).compact, "application/problem+json",
            status: problem.status)
        response.headers.append(contentsOf: problem.headers)
        return response
    }

    package static func text(_ text: String, _ type: String, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: type, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    /// 303: go there with GET, whatever was asked.
    package static func seeOther(_ path: String) -> Response {
        Response(status: .seeOther, headers: [.location: path, .cacheControl: "no-store"])
    }
}
