import Access
import Hummingbird
import Logging
import Values
import Work

/// One request on its way through the house: who asks, and under which id it is in the log.
package struct Visit: RequestContext {
    package typealias Source = ApplicationRequestContextSource

    package var coreContext: CoreRequestContextStorage
    package let requestID: String
    /// Set by whatever checked a key or a session; nil for strangers.
    package var principal: Principal?
    /// The program that an API key belongs to.
    package var program: String?
    package var session: Session?

    package init(source: ApplicationRequestContextSource) { self.init(logger: source.logger) }

    /// A visit without a connection, as tests make it.
    package init(logger: Logger) {
        coreContext = CoreRequestContextStorage(source: LoggerSource(logger: logger))
        requestID = logger[metadataKey: JSONLog.hummingbirdRequestID].map { "\($0)" } ?? "none"
    }

    /// Who asks.
    /// - Throws: `Refusal.notSignedIn`.
    package func mustBeKnown() throws(Refusal) -> Principal {
        guard let principal else { throw .notSignedIn }
        return principal
    }

    /// A part of the path, decoded: ids may hold any visible character.
    /// - Throws: `Refusal.notFound`.
    package func part(_ name: String, of kind: String) throws(Refusal) -> String {
        let raw = parameters.get(name) ?? ""
        guard let text = raw.percentDecoded, !text.isEmpty, text.utf8.count <= 512 else {
            throw .notFound(kind: kind, id: "")
        }
        return text
    }
}

private struct LoggerSource: RequestContextSource {
    let logger: Logger
}
