import ArgumentParser
import Foundation
import Programs
import Recording
import Reports
import Store
import Values
import Work

struct Copy: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Copy a whole database into another, and prove that it is the same.",
        discussion: """
            Each side is sqlite:FILE or postgres://…; the target is empty. Stop the servers of the source \
            first: what they write meanwhile is left behind, and the proof says so. Both sides are read \
            with the source's key file, which goes on to serve the target.
            """)

    @Option(help: "What is copied: sqlite:FILE or postgres://….") var from: String
    @Option(help: "Where to: an empty database, or a file that does not exist.") var to: String
    @Flag(help: "Print JSON.") var json = false

    func run() async throws {
        try await answering {
            let settings = try Settings()
            let (source, target) = (try Database(from), try Database(to))
            let keyPath = settings.value("TALLYSTICK_KEY_FILE") ?? source.keyPath
            let vault = try KeyFile.read(keyPath)
            guard try await source.isThere() else {
                throw Refusal.unavailable("there is no database \(source.name)")
            }
            guard try await !target.isThere() else {
                throw Refusal.unavailable(
                    "\(target.name) is there already: a copy goes into an empty database")
            }
            let old = try await Side(source)
            let new = try await Side(target)
            let counts: [(table: String, rows: Int)]
            do {
                counts = try await Transfer(from: old.store, to: new.store).run { table, rows in
                    Output.progress("\(table): \(counted(rows, "row"))")
                }
            } catch {
                await new.store.close()
                target.removeFile()
                throw error
            }
            Output.endProgress()
            let differences = try await Proof(old, new, vault, counts).differences()
            await old.store.close()
            await new.store.close()
            report(counts, differences, keyPath, target)
            if !differences.isEmpty { throw ExitCode(1) }
        }
    }

    private func report(
        _ counts: [(table: String, rows: Int)], _ differences: [String], _ keyPath: String, _ target: Database
    ) {
        let rows = counts.reduce(0) { $0 + $1.rows }
        if json {
            let tables = counts.map { JSON.Member($0.table, .int($0.rows)) }
            Output.line(
                JSON.record([
                    "rows": .int(rows), "tables": .object(tables), "differences": .texts(differences),
                ]).compact)
            return
        }
        Output.line("Copied \(counted(rows, "row")) of \(counted(counts.count, "table")).")
        for difference in differences { Output.error(difference) }
        guard differences.isEmpty else { return }
        let (keys, address) = (Shell.quoted(keyPath), Shell.quoted(target.address))
        Output.line(
            """
            The same rows, the same journal, the same audit files to the byte; verify found no difference.
            Serve it with the same keys:
              TALLYSTICK_KEY_FILE=\(keys) tallystick serve --database \(address)
            """)
    }
}

/// One of the two databases.
private struct Side {
    let store: any Store

    init(_ database: Database) async throws {
        store = try database.open()
        try await store.migrate(now: Clock.wall.now())
    }

    func house(_ vault: Vault) async throws -> House {
        let hashKey = try await store.write { try Secret.hashKey($0, vault, .system) }
        return House(store: store, clock: .wall, chance: .system, vault: vault, hashKey: hashKey)
    }
}

/// Holds the copy against what it was made from.
private struct Proof {
    private let old: Side
    private let new: Side
    private let vault: Vault
    private let copied: [(table: String, rows: Int)]

    init(_ old: Side, _ new: Side, _ vault: Vault, _ copied: [(table: String, rows: Int)]) {
        (self.old, self.new, self.vault, self.copied) = (old, new, vault, copied)
    }

    /// In words; none when the two are the same.
    func differences() async throws -> [String] {
        var found = try await countDifferences()
        let (from, to) = (try await old.house(vault), try await new.house(vault))
        let programs = try await old.store.read { try ProgramRows.all($0).map(\.id) }
        if programs != (try await new.store.read { try ProgramRows.all($0).map(\.id) }) {
            found.append("the programs are not the same")
        }
        for program in programs { found += try await differences(in: program, from, to) }
        return found
    }

    private func countDifferences() async throws -> [String] {
        let there = try await Transfer.counts(of: new.store)
        let here = try await Transfer.counts(of: old.store)
        let byTable = Dictionary(uniqueKeysWithValues: copied.map { ($0.table, $0.rows) })
        return zip(here, there).compactMap { before, after in
            if before.rows == after.rows, byTable[after.table] == after.rows { return nil }
            return "\(after.table): \(counted(before.rows, "row")) in the source, \(after.rows) in the copy"
        }
    }

    private func differences(in program: String, _ from: House, _ to: House) async throws -> [String] {
        var found: [String] = []
        let heads = (
            try await from.look(at: program) { try $0.head() },
            try await to.look(at: program) { try $0.head() }
        )
        if heads.0 != heads.1 {
            found.append("\(program): the source was written to meanwhile; stop its servers and copy again")
        }
        var verification = Verification(to, program: program)
        try await verification.run { Output.progress("\(program): \(counted($0, "fact")) verified") }
        Output.endProgress()
        found += verification.differences.map { "\(program): \($0)" }
        let name = from.chance.id("tallystick-copy", at: from.now())
        let folder = FileManager.default.temporaryDirectory.appending(path: name)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (before, after) = (folder.appending(path: "from").path, folder.appending(path: "to").path)
        try await AuditExport.write(to: before, house: from, program: program)
        try await AuditExport.write(to: after, house: to, program: program)
        let files = try [before, after].flatMap { try FileManager.default.contentsOfDirectory(atPath: $0) }
        for file in Set(files).sorted()
        where !FileManager.default.contentsEqual(atPath: "\(before)/\(file)", andPath: "\(after)/\(file)") {
            found.append("\(program): the audit file \(file) differs")
        }
        return found
    }
}
