import Foundation

/// One connection to the server: what is sent, and what comes back. One thread uses it.
final class PostgresWire {
    /// Something to send. Several go out together and cost one round trip.
    enum Message {
        /// A statement without values.
        case command(String)
        case prepare(name: String, text: String, types: [UInt32])
        case execute(name: String, PostgresValues)
    }

    /// The answers up to the first failure.
    struct Exchange {
        var answers: [PostgresAnswer] = []
        var failure: PostgresFailure?
    }

    /// The number of the process that serves this connection.
    let process: Int32
    /// How long an answer may take; the server's own bound is a little shorter. Nil: as long as it wants.
    var answerMax: Duration?
    let statements = PostgresStatements()
    private(set) var isLost = false

    private let library: LibPQ
    private let handle: LibPQ.Connection
    private let address: PostgresAddress
    private let answerMaxOtherwise: Duration

    private static let versionMin: Int32 = 13_00_00

    /// - Throws: `StoreError.cannotOpen`.
    init(_ library: LibPQ, _ address: PostgresAddress, _ settings: PostgresSettings) throws(StoreError) {
        let options = Array(address.options)
        let handle = Self.withTexts(options.map(\.key)) { keys in
            Self.withTexts(options.map(\.value)) { library.connect(keys, $0, 0) }
        }
        guard let handle else { throw .cannotOpen("there is no memory for a connection") }
        var complaint: String?
        if library.status(handle) != LibPQ.connectionIsGood {
            complaint = address.sentence(library.errorMessage(handle).map { String(cString: $0) } ?? "")
        } else if library.serverVersion(handle) < Self.versionMin {
            complaint = "the server is older than PostgreSQL 13"
        } else if let encoding = library.serverSetting(handle, "server_encoding"),
            String(cString: encoding) != "UTF8"
        {
            complaint = "the database's encoding is \(String(cString: encoding)), not UTF8"
        }
        if let complaint {
            library.finish(handle)
            throw .cannotOpen(complaint)
        }
        // By itself libpq writes notices to standard error.
        _ = library.setNoticeReceiver(handle, { _, _ in }, nil)
        self.library = library
        self.handle = handle
        self.address = address
        process = library.backendPID(handle)
        answerMaxOtherwise = settings.statementMax + .seconds(5)
        answerMax = answerMaxOtherwise
    }

    deinit { library.finish(handle) }

    /// Whether the server has not hung up since it was last asked.
    var isAlive: Bool {
        guard !isLost else { return false }
        var waiting = pollfd(fd: library.socket(handle), events: Int16(POLLIN), revents: 0)
        guard poll(&waiting, 1, 0) != 0 else { return true }
        guard library.consumeInput(handle) == 1, library.status(handle) == LibPQ.connectionIsGood else {
            isLost = true
            return false
        }
        // What comes unasked is a farewell, or a setting that changed.
        waiting.revents = 0
        return poll(&waiting, 1, 0) == 0
    }

    func hurry() { answerMax = answerMaxOtherwise }

    /// - Throws: `StoreError.away` when the connection is lost.
    func exchange(_ messages: [Message]) throws(StoreError) -> Exchange {
        guard let first = messages.first else { return Exchange() }
        guard messages.count > 1 else {
            try send(first)
            return try receive()
        }
        try check(library.enterPipeline(handle))
        for message in messages { try send(message) }
        try check(library.pipelineSync(handle))
        var exchange = Exchange()
        for _ in messages {
            guard let answer = try next() else { throw lost() }
            note(answer, in: &exchange)
            // The end of this one's answers.
            guard try next() == nil else { throw lost() }
        }
        guard try next()?.status == .pipelineSync else { throw lost() }
        try check(library.exitPipeline(handle))
        return exchange
    }

    /// Sends statements without values, then the rows that the last of them, a COPY, takes.
    func copy(_ text: String, _ rows: CopyText) throws(StoreError) -> Exchange {
        try check(library.send(handle, text))
        var exchange = Exchange()
        while let answer = try next() {
            note(answer, in: &exchange)
            guard answer.status == .copyIn else { continue }
            let isSent = rows.withPieces { library.putCopyData(handle, $0, $1) == 1 }
            guard isSent, library.putCopyEnd(handle, nil) == 1 else { throw lost() }
        }
        return exchange
    }

    private func receive() throws(StoreError) -> Exchange {
        var exchange = Exchange()
        while let answer = try next() { note(answer, in: &exchange) }
        return exchange
    }

    private func note(_ answer: PostgresAnswer, in exchange: inout Exchange) {
        guard exchange.failure == nil else { return }
        switch answer.status {
        case .commandOK, .tuplesOK, .copyIn, .emptyQuery: exchange.answers.append(answer)
        default: exchange.failure = answer.failure
        }
    }

    private func send(_ message: Message) throws(StoreError) {
        switch message {
        case .command(let text):
            try check(library.sendParameters(handle, text, 0, nil, nil, nil, nil, 0))
        case .prepare(let name, let text, let types):
            try check(library.sendPrepare(handle, name, text, Int32(types.count), types))
        case .execute(let name, let values):
            let isSent = values.withPointers { library.sendPrepared(handle, name, $1, $0, nil, nil, 0) }
            try check(isSent)
        }
    }

    /// The next answer, or nil at the end of a statement's.
    private func next() throws(StoreError) -> PostgresAnswer? {
        while library.isBusy(handle) != 0 {
            guard waitForInput(answerMax) else { throw lost("the server does not answer") }
            guard library.consumeInput(handle) == 1 else { throw lost() }
        }
        let answer = library.nextResult(handle).map { PostgresAnswer($0, library) }
        if library.status(handle) != LibPQ.connectionIsGood { throw lost(answer?.failure.message) }
        return answer
    }

    /// False when nothing came in time.
    private func waitForInput(_ max: Duration?) -> Bool {
        let end = max.map { ContinuousClock.now + $0 }
        while true {
            let left = end.map { Int32(clamping: ($0 - .now).milliseconds + 1) } ?? -1
            guard end == nil || left > 0 else { return false }
            var waiting = pollfd(fd: library.socket(handle), events: Int16(POLLIN), revents: 0)
            let count = poll(&waiting, 1, left)
            if count > 0 { return true }
            if count < 0, errno != EINTR { return true }
        }
    }

    private func check(_ isDone: Int32) throws(StoreError) {
        guard isDone == 1 else { throw lost() }
    }

    private func lost(_ why: String? = nil) -> StoreError {
        isLost = true
        let message = why ?? library.errorMessage(handle).map { String(cString: $0) } ?? ""
        let sentence = address.sentence(message)
        return .away(sentence.isEmpty ? "the connection was lost" : sentence)
    }

    private static func withTexts<T>(_ texts: [String], _ body: (LibPQ.Texts?) -> T) -> T {
        let copies = texts.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        return (copies.map { UnsafePointer($0) } + [nil]).withUnsafeBufferPointer { body($0.baseAddress) }
    }
}

// MARK: News

extension PostgresWire {
    /// `PGnotify`.
    private struct Notification {
        let channel: UnsafePointer<CChar>?
        let process: Int32
        let payload: UnsafePointer<CChar>?
    }

    /// What was announced by whom, as soon as something was, or another file can be read.
    /// - Throws: `StoreError.away`.
    func news(orReadable other: Int32) throws(StoreError) -> [(topic: String, process: Int32)] {
        var waiting = [library.socket(handle), other].map {
            pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
        }
        poll(&waiting, nfds_t(waiting.count), -1)
        if waiting[0].revents != 0, library.consumeInput(handle) != 1 { throw lost() }
        if library.status(handle) != LibPQ.connectionIsGood { throw lost() }
        var news: [(String, Int32)] = []
        while let found = library.notifies(handle) {
            let notification = found.assumingMemoryBound(to: Notification.self).pointee
            if let payload = notification.payload {
                news.append((String(cString: payload), notification.process))
            }
            library.free(found)
        }
        return news
    }
}
