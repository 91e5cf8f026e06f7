import Dispatch
import Store
import Testing

@Suite("Writing together")
struct GroupCommitTests {
    @Test("closures that wait share a commit, each has its own answer", arguments: Backend.allCases)
    func shares(_ backend: Backend) async throws {
        let store = try await backend.open()
        let before = store.figures.commits
        let hold = await Hold(store)
        let answers = try await withThrowingTaskGroup(of: (Int, Int64?).self) { group in
            for number in 0..<50 {
                group.addTask {
                    let answer = try await store.write { connection in
                        try connection.put("jar \(number)", Int64(number))
                        return try connection.amount("jar \(number)")
                    }
                    return (number, answer)
                }
            }
            await hold.release(after: 50, in: store)
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        #expect(answers == Dictionary(uniqueKeysWithValues: (0..<50).map { ($0, Int64($0)) }))
        #expect(store.figures.commits - before < 20)
        #expect(store.figures.groupLargest > 1)
        await store.close()
    }

    @Test("a closure that throws undoes its own writes only", arguments: Backend.allCases)
    func undoesItsOwn(_ backend: Backend) async throws {
        let store = try await backend.open()
        let hold = await Hold(store)
        let kept = Task { try await store.write { try $0.put("kept", 1) } }
        let spilled = Task {
            try await store.write { connection in
                try connection.put("spilled", 2)
                throw Spilled()
            }
        }
        let twice = Task {
            try await store.write { connection in
                try connection.put("alone", 3)
                try connection.put("alone", 4)
            }
        }
        let after = Task { try await store.write { try $0.put("after", 5) } }
        await hold.release(after: 4, in: store)
        try await kept.value
        try await after.value
        await #expect(throws: Spilled.self) { try await spilled.value }
        await #expect(throws: StoreError.notUnique("jar.name")) { try await twice.value }
        #expect(try await store.read { try $0.names() } == ["after", "kept"])
        await store.close()
    }

    @Test("a closure that is alone and throws leaves nothing", arguments: Backend.allCases)
    func undoesAlone(_ backend: Backend) async throws {
        let store = try await backend.open()
        await #expect(throws: Spilled.self) {
            try await store.write { connection in
                try connection.put("spilled", 2)
                throw Spilled()
            }
        }
        #expect(try await store.read { try $0.names() } == [])
        await store.close()
    }

    @Test("nothing is run after a failed statement, even if it is hidden", arguments: Backend.allCases)
    func noHiding(_ backend: Backend) async throws {
        let store = try await backend.open()
        try await store.write { try $0.put("first", 1) }
        await #expect(throws: StoreError.notUnique("jar.name")) {
            try await store.write { connection in
                try connection.put("second", 2)
                do { try connection.put("first", 9) } catch {}
                #expect(throws: StoreError.spoiled) { try connection.put("third", 3) }
            }
        }
        await #expect(throws: StoreError.self) { try await store.write { try $0.put("negative", -1) } }
        #expect(try await store.read { try $0.names() } == ["first"])
        await store.close()
    }

    @Test("acts come after the commit, and none of a closure that throws", arguments: Backend.allCases)
    func acts(_ backend: Backend) async throws {
        let store = try await backend.open()
        let done = Seen()
        let hold = await Hold(store)
        try await withThrowingDiscardingTaskGroup { group in
            for number in 0..<10 {
                group.addTask {
                    try? await store.write { connection in
                        try connection.put("jar \(number)", 1)
                        connection.afterCommit { done.add("\(number)") }
                        if number % 2 == 1 { throw Spilled() }
                    }
                    if number % 2 == 0 { #expect(done.all.contains("\(number)")) }
                }
            }
            await hold.release(after: 10, in: store)
        }
        #expect(done.all.sorted() == ["0", "2", "4", "6", "8"])
        await store.close()
    }

    @Test("200 writers at once lose no step and see each other's", arguments: Backend.allCases)
    func atomicity(_ backend: Backend) async throws {
        let store = try await backend.open()
        try await store.write { try $0.put("sum", 0) }
        let seen = try await withThrowingTaskGroup(of: Int64.self) { group in
            for number in 0..<200 {
                let lane: Lane = [.facts, .clicks, .long, .bulk][number % 4]
                group.addTask {
                    try await store.write(lane) { connection in
                        let row = try connection.first(
                            "UPDATE jar SET amount = amount + 1 WHERE name = \("sum") RETURNING amount")
                        return row?.integer("amount") ?? 0
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(seen.sorted() == Array(1...200))
        #expect(try await store.read { try $0.amount("sum") } == 200)
        await store.close()
    }

    @Test("clicks go first, and a long piece does not hold up who came before", arguments: Backend.allCases)
    func lanes(_ backend: Backend) async throws {
        let store = try await backend.open()
        let order = Seen()
        let hold = await Hold(store)
        let group = DispatchGroup()
        for (lane, name) in [(Lane.long, "long"), (.facts, "fact"), (.clicks, "click"), (.facts, "later")] {
            group.enter()
            store.write(lane, { _ in order.add(name) }, then: { _ in group.leave() })
        }
        // On a server clicks have a connection of their own and are done meanwhile.
        await hold.release(after: backend == .sqlite ? 4 : 3, in: store)
        await withCheckedContinuation { done in group.notify(queue: .global()) { done.resume() } }
        if backend == .sqlite {
            #expect(order.all == ["click", "long", "fact", "later"])
        } else {
            #expect(order.all.filter { $0 != "click" } == ["long", "fact", "later"])
        }
        await store.close()
    }
}

/// Keeps the writer busy until others wait in line.
struct Hold {
    private let gate = DispatchSemaphore(value: 0)

    init(_ store: any Store) async {
        let gate = gate
        store.write(.facts, { _ in gate.wait() }, then: { _ in })
        while store.figures.waiting > 0 { await Task.yield() }
    }

    func release(after count: Int, in store: any Store) async {
        while store.figures.waiting < count { await Task.yield() }
        gate.signal()
    }
}
