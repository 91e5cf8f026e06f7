import Foundation
import Logging
import Values

/// One JSON object a line on standard error. Nothing personal comes here: no path, no query, no address.
package struct JSONLog: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?
    package var logLevel: Logger.Level
    private let label: String
    private let clock: Clock
    private let write: @Sendable (String) -> Void

    static let hummingbirdRequestID = "hb.request.id"

    package init(
        label: String, level: Logger.Level = .info, clock: Clock = .wall,
        write: @escaping @Sendable (String) -> Void = JSONLog.toStandardError
    ) {
        self.label = label
        logLevel = level
        self.clock = clock
        self.write = write
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var members: [JSON.Member] = [
            .init("time", .string(clock.now().text)), .init("level", .string(event.level.rawValue)),
            .init("message", .string("\(event.message)")),
        ]
        var values = metadata
        if let provided = metadataProvider?.get() { values.merge(provided) { _, new in new } }
        if let own = event.metadata { values.merge(own) { _, new in new } }
        if let id = values.removeValue(forKey: Self.hummingbirdRequestID) {
            members.append(.init("request_id", id.json))
        }
        members += values.sorted { $0.key.precedes($1.key) }.map { .init($0.key, $0.value.json) }
        members.append(.init("source", .string(label)))
        write(JSON.object(members).compact + "\n")
    }

    /// One call a line, which the kernel keeps whole, so that no lock is needed between threads.
    package static let toStandardError: @Sendable (String) -> Void = { line in
        var rest = Array(line.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(2, $0.baseAddress, $0.count) }
            // Where standard error is gone nobody can be told.
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}

extension Logger.MetadataValue {
    fileprivate var json: JSON {
        switch self {
        case .string(let text): .string(text)
        case .stringConvertible(let number as any BinaryInteger): .int(number)
        case .stringConvertible(let flag as Bool): .bool(flag)
        case .stringConvertible(let value): .string(value.description)
        case .array(let values): .array(values.map(\.json))
        case .dictionary(let values):
            .object(values.sorted { $0.key.precedes($1.key) }.map { .init($0.key, $0.value.json) })
        }
    }
}
