import Foundation
import Synchronization
import TestStores
import Testing
import Values

@testable import Store

@Suite("The store")
struct StoreTests {
    @Test("readers see what is committed, all of it, and nothing else", arguments: Backend.allCases)
    func isolation(_ backend: Backend) async throws {
        let store = try await backend.open()
        try await store.write { connection in
            try connection.put("left", 100)
            try connection.put("right", 0)
        }
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask {
                for _ in 0..<50 {
                    try await store.write { connection in
                        try connection.run("UPDATE jar SET amount = amount - 1 WHERE name = \("left")")
                        try connection.run("UPDATE jar SET amount = amount + 1 WHERE name = \("right")")
                    }
                }
            }
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<100 {
                        let sum = try await store.read { connection in
                            let left = try connection.amount("left") ?? 0
                            return left + (try connection.amount("right") ?? 0)
                        }
                        #expect(sum == 100)
                    }
                }
            }
        }
        #expect(try await store.read { try $0.amount("right") } == 50)
        await store.close()
    }

    @Test("a sum beyond 64 bits is refused, and what was there stays", arguments: Backend.allCases)
    func overflow(_ backend: Backend) async throws {
        let store = try backend.temporary()
        try await store.write { connection in
            switch backend {
            case .sqlite: try connection.run("CREATE TABLE total (sum INTEGER NOT NULL) STRICT")
            case .postgres: try connection.run("CREATE TABLE total (sum BIGINT NOT NULL)")
            }
            try connection.run("INSERT INTO total (sum) VALUES (\(Int64.max))")
        }
        await #expect(throws: StoreError.self) {
            try await store.write { try $0.run("UPDATE total SET sum = sum + 1") }
        }
        let sum = try await store.read { try $0.first("SELECT sum FROM total")?.integer("sum") }
        #expect(sum == .max)
        await store.close()
    }

    @Test("a reader cannot write", arguments: Backend.allCases)
    func readsOnly(_ backend: Backend) async throws {
        let store = try await backend.open()
        await #expect(throws: StoreError.self) { try await store.read { try $0.put("a", 1) } }
        await store.close()
    }

    @Test("closing answers what was accepted and refuses the rest", arguments: Backend.allCases)
    func closing(_ backend: Backend) async throws {
        let store = try await backend.open()
        let answers = Mutex<[Bool]>([])
        for number in 0..<100 {
            store.write(.facts, { try $0.put("jar \(number)", 1) }) { answer in
                answers.withLock { $0.append((try? answer.get()) != nil) }
            }
        }
        await store.close()
        #expect(answers.withLock { $0 } == Array(repeating: true, count: 100))
        await #expect(throws: StoreError.closed) { try await store.write { try $0.put("late", 1) } }
        await #expect(throws: StoreError.closed) { try await store.read { try $0.names() } }
        await store.close()
    }

    @Test("a file closed is whole, private, and opens again with what was answered")
    func reopening() async throws {
        let path = NSTemporaryDirectory() + "/reopen-\(UUID().uuidString).sqlite"
        defer { SQLiteFile.remove(path) }
        for round in 1...3 {
            let store = try SQLiteStore.open(path: path)
            try await store.write { connection in
                try connection.run("CREATE TABLE IF NOT EXISTS round (n INTEGER) STRICT")
                try connection.run("INSERT INTO round (n) VALUES (\(round))")
            }
            let settings = try await store.write { connection in
                [
                    try connection.rows("PRAGMA journal_mode")[0].text(0),
                    String(try connection.rows("PRAGMA synchronous")[0].integer(0)),
                    String(try connection.rows("PRAGMA foreign_keys")[0].integer(0)),
                ]
            }
            #expect(settings == ["wal", "2", "1"])
            #expect(try await store.read { try $0.rows("SELECT n FROM round") }.count == round)
            await store.close()
            #expect(!FileManager.default.fileExists(atPath: path + "-wal"))
        }
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test("a file that is no database cannot be opened")
    func noDatabase() throws {
        let path = NSTemporaryDirectory() + "/no-\(UUID().uuidString).sqlite"
        defer { SQLiteFile.remove(path) }
        try String(repeating: "This is a letter, not a database. ", count: 100)
            .write(toFile: path, atomically: true, encoding: .utf8)
        #expect(throws: StoreError.self) { try SQLiteStore.open(path: path) }
        #expect(throws: StoreError.self) { try SQLiteStore.open(path: "/nowhere/at/all.sqlite") }
    }

    @Test("a backup taken while others write is whole, and overwrites nothing")
    func backup() async throws {
        let store = try await Backend.sqlite.open()
        let path = NSTemporaryDirectory() + "/backup-\(UUID().uuidString).sqlite"
        defer { SQLiteFile.remove(path) }
        try await store.write { connection in
            try connection.insert(
                "INSERT INTO jar (name, amount) VALUES", columns: 2,
                rows: (1...5_000).map { [.text("jar \($0)"), .integer($0)] })
        }
        async let writing: Void = {
            for number in 0..<200 { try await store.write { try $0.put("later \(number)", 1) } }
        }()
        try await store.backup(to: path)
        try await writing
        await #expect(throws: StoreError.targetExists(path)) { try await store.backup(to: path) }
        await store.close()

        let restored = try SQLiteStore.open(path: path)
        #expect(try await restored.read { try $0.amount("jar 5000") } == 5_000)
        try await restored.write { try $0.put("new", 1) }
        await restored.close()
        #expect(!FileManager.default.fileExists(atPath: path + ".partial"))
    }

    @Test("the write-ahead log is moved into the file beside the writer")
    func checkpoints() async throws {
        let store = try SQLiteStore.temporary()
        try await store.write { try $0.run(jar) }
        let path = store.path
        let text = String(repeating: "x", count: 3_000)
        for round in 0..<40 {
            try await store.write { connection in
                try connection.insert(
                    "INSERT INTO jar (name, amount) VALUES", columns: 2,
                    rows: (0..<200).map { [.text("\(text) \(round) \($0)"), .integer(1)] })
            }
        }
        let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
        #expect(size > 4_000_000)
        #expect(store.figures.checkpointsFailed == 0)
        await store.close()
    }

    @Test("a commit that fails is told to everyone in it, and nothing is kept")
    func failedCommit() async throws {
        let store = try await Backend.sqlite.open()
        try await store.write { connection in
            try connection.run(
                """
                CREATE TABLE lid (
                    jar TEXT PRIMARY KEY REFERENCES jar (name) DEFERRABLE INITIALLY DEFERRED
                )
                """)
        }
        let hold = await Hold(store)
        let lid = Task {
            try await store.write(.clicks) { try $0.run("INSERT INTO lid (jar) VALUES (\("none"))") }
        }
        let jar = Task { try await store.write(.clicks) { try $0.put("innocent", 1) } }
        await hold.release(after: 2, in: store)
        let failure = StoreError.commitFailed(.constraint("FOREIGN KEY constraint failed"))
        await #expect(throws: failure) { try await lid.value }
        await #expect(throws: failure) { try await jar.value }
        try await store.write { try $0.put("next", 1) }
        #expect(try await store.read { try $0.names() } == ["next"])
        await store.close()
    }

    @Test("a full disk is said, and the store goes on when there is room")
    func full() async throws {
        let store = try await Backend.sqlite.open()
        try await store.write { _ = try $0.rows("PRAGMA max_page_count = 20") }
        let rows: [[SQLValue]] = (0..<5_000).map { [.text("jar \($0)"), .integer(1)] }
        let hold = await Hold(store)
        let before = Task { try await store.write { try $0.put("before", 1) } }
        let much = Task {
            try await store.write {
                try $0.insert("INSERT INTO jar (name, amount) VALUES", columns: 2, rows: rows)
            }
        }
        await hold.release(after: 2, in: store)
        await #expect(throws: StoreError.self) { try await much.value }
        var isKept = true
        do { try await before.value } catch {
            // SQLite ended the whole transaction.
            #expect(error as? StoreError == .commitFailed(.full))
            isKept = false
        }
        try await store.write { _ = try $0.rows("PRAGMA max_page_count = 100000") }
        let kept = try await store.read { try $0.names() }
        #expect(kept == (isKept ? ["before"] : []))
        try await store.write {
            try $0.insert("INSERT INTO jar (name, amount) VALUES", columns: 2, rows: rows)
        }
        await store.close()
    }

    @Test("more writes than may wait are refused at once")
    func busy() async throws {
        let store = try await Backend.sqlite.open()
        let hold = await Hold(store)
        for _ in 0..<WritersLine.waitingWritesMax { store.write(.facts, { _ in }, then: { _ in }) }
        await #expect(throws: StoreError.busy) { try await store.write { try $0.put("late", 1) } }
        await hold.release(after: 0, in: store)
        await store.close()
    }

    @Test("a store that is let go of closes itself")
    func lettingGo() async throws {
        var store: SQLiteStore? = try .temporary()
        let path = try #require(store?.path)
        try await store?.write { try $0.run("CREATE TABLE t (a TEXT) STRICT") }
        #expect(FileManager.default.fileExists(atPath: path))
        store = nil
        while FileManager.default.fileExists(atPath: path) { await Task.yield() }
    }
}
