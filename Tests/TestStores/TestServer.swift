import Foundation
import Synchronization
import Values

@testable import Store

/// A PostgreSQL server of the tests' own, or the one that TALLYSTICK_TEST_POSTGRES_URL names. It ends with the
/// process, however that ends: `scripts/postgres` serves as long as its standard input is open.
package final class TestServer: Sendable {
    /// The address of its database `postgres`, as somebody who may make databases.
    package let url: String

    private let script: Script?
    /// The databases that others are copied from, one an instant, and the next copy of each.
    private let templates = Mutex<[Instant: Task<String, any Error>]>([:])
    private let spares = Mutex<[String: Task<String, any Error>]>([:])

    /// One for the whole run, which ends here without it: no test would say what it promises.
    package static let shared: TestServer = {
        do {
            return try TestServer()
        } catch {
            FileHandle.standardError.write(Data("The tests need PostgreSQL: \(error)\n".utf8))
            exit(1)
        }
    }()

    /// Owned by the lock.
    private final class Script: Sendable {
        private let pipes = Mutex<(words: FileHandle, answers: FileHandle)?>(nil)
        private let process = Mutex<Process?>(nil)

        init(_ settings: [String]) throws {
            let (process, words, answers) = (Process(), Pipe(), Pipe())
            process.executableURL = root.appending(path: "scripts/postgres")
            process.arguments = settings
            (process.standardInput, process.standardOutput) = (words, answers)
            try process.run()
            let handles = (words.fileHandleForWriting, answers.fileHandleForReading)
            pipes.withLock { $0 = handles }
            self.process.withLock { $0 = process }
        }

        func say(_ word: String) {
            pipes.withLock { $0?.words.write(Data((word + "\n").utf8)) }
            _ = hear()
        }

        func hear() -> String {
            pipes.withLock { pipes in
                var line: [UInt8] = []
                while let byte = pipes?.answers.readData(ofLength: 1).first, byte != UInt8(ascii: "\n") {
                    line.append(byte)
                }
                return String(decoding: line, as: UTF8.self)
            }
        }

        func end() {
            pipes.withLock { try? $0?.words.close() }
            process.withLock { $0?.waitUntilExit() }
        }
    }

    private struct NoServer: Error, CustomStringConvertible {
        let description = "scripts/postgres started no server; scripts/setup test installs what it needs."
    }

    private init() throws {
        let given = ProcessInfo.processInfo.environment["TALLYSTICK_TEST_POSTGRES_URL"]
        // Nothing in it outlives the run.
        script = given == nil ? try Script(["fsync=off", "full_page_writes=off"]) : nil
        url = given ?? script?.hear() ?? ""
        guard url.contains("://") else { throw NoServer() }
    }

    /// A server beside the shared one, which a test may stop and start.
    package init(settings: [String]) throws {
        let script = try Script(settings)
        self.script = script
        url = script.hear()
        guard url.contains("://") else { throw NoServer() }
    }

    deinit { script?.end() }

    package var port: UInt16 { url.firstMatch(of: #/:(\d+)\//#).flatMap { UInt16($0.1) } ?? 5432 }

    package func stop() { script?.say("stop") }
    package func kill() { script?.say("kill") }
    package func start() { script?.say("start") }

    /// Runs statements outside of a transaction, as the server's owner.
    package func run(_ texts: String...) throws {
        let library = try LibPQ.ofThisMachine.get()
        let settings = PostgresSettings()
        let wire = try PostgresWire(library, try PostgresAddress(url, settings, library), settings)
        for text in texts {
            if let failure = try wire.exchange([.command(text)]).failure { throw failure.error(in: text) }
        }
    }

    /// A fresh database's address. `drop` leaves nothing of it.
    package func makeDatabase(language: String? = nil, like template: String = "template0") throws -> String {
        let name =
            "test_\(ProcessInfo.processInfo.processIdentifier)_\(Self.count.withLock { $0 += 1; return $0 })"
        let order = language.map { "LOCALE_PROVIDER icu ICU_LOCALE '\($0)'" } ?? ""
        try run("CREATE DATABASE \(name) TEMPLATE \(template) ENCODING 'UTF8' LOCALE 'C' \(order)")
        return url.replacing(#/\/[^\/?]*(\?|$)/#) { "/\(name)\($0.1)" }
    }

    /// The address of a database that has every migration: a copy, which is faster than to migrate each, and
    /// made while the test before runs. A server that is not ours keeps neither: there it is empty.
    package func makeMigrated(now: Instant) async throws -> String {
        guard script != nil else { return try makeDatabase() }
        let template = try await template(now)
        let spare = spares.withLock { spares in
            defer { spares[template] = Task { try await apart { try self.makeDatabase(like: template) } } }
            return spares[template]
        }
        return try await spare?.value ?? makeDatabase(like: template)
    }

    private func template(_ now: Instant) async throws -> String {
        let making = templates.withLock { templates in
            let making = templates[now] ?? Task { try await makeTemplate(now) }
            templates[now] = making
            return making
        }
        return try await making.value
    }

    private func makeTemplate(_ now: Instant) async throws -> String {
        let url = try makeDatabase()
        let store = try PostgresStore.open(url: url)
        try await store.migrate(now: now)
        await store.close()
        guard let name = Self.name(of: url) else { throw NoServer() }
        return String(name)
    }

    private static func name(of url: String) -> Substring? {
        url.firstMatch(of: #/\/(test_\w+)(?:\?|$)/#)?.1
    }

    package func drop(_ database: String) throws {
        guard let name = Self.name(of: database) else { return }
        try run("DROP DATABASE IF EXISTS \(name) WITH (FORCE)")
    }

    private static let count = Mutex(0)
}

/// On a thread of its own, so that no test waits for it.
private func apart<T: Sendable>(_ work: @escaping @Sendable () throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try work() }) }
    }
}

private let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
