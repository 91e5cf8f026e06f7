import ArgumentParser
import Foundation
import Programs
import Store
import Tracking
import Values
import Work

struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check a deployment and say what to fix. It changes nothing, but with --citus --apply.")
    @OptionGroup var place: DatabasePlace
    @Flag(help: "Print what a Citus coordinator is to be told, so that the tables are spread over its nodes.")
    var citus = false
    @Flag(help: "With --citus: tell it. A table's rows move to their nodes, and writes to it wait.")
    var apply = false

    func validate() throws {
        if apply && !citus { throw ValidationError("--apply goes with --citus.") }
    }

    func run() async throws {
        try await answering {
            let settings = try Settings()
            let database = try settings.database(place)
            guard try await database.isThere() else {
                throw Refusal.unavailable(
                    "there is no database \(database.name); `tallystick init` makes one")
            }
            if citus { return try await ClusterPlan(database).follow(apply: apply) }
            Output.line("Settings")
            Output.table(try lines(settings))
            var findings = keyFindings(try settings.keyPath(place))
            let store = try database.open()
            findings += try await look(at: store)
            let vault = try KeyFile.read(settings.keyPath(place))
            let house = House(
                store: store, clock: .wall, chance: .system, vault: vault,
                hashKey: try await hashKey(store, vault))
            if try await store.pendingMigrations().isEmpty { findings += try await settledAhead(house) }
            await store.close()
            Output.line("Time zones\n  \(ZoneRules.words)")
            findings += ZoneRules.findings(at: Clock.wall.now())
            for finding in findings {
                Output.line("\(finding.isGrave ? "To fix" : "Advice"): \(finding.sentence)")
            }
            if findings.contains(where: \.isGrave) { throw ExitCode(1) }
            if findings.isEmpty { Output.line("All is well.") }
        }
    }

    private func lines(_ settings: Settings) throws -> [[String]] {
        try Settings.names.map { name in
            let flag = name == "TALLYSTICK_DATABASE" ? place.database : nil
            if let setting = settings.find(name, flag: flag) {
                return ["  \(name)", masked(setting.value), "(\(setting.source))"]
            }
            guard let usual = try usual(name, settings) else { return ["  \(name)", "-", "(not set)"] }
            return ["  \(name)", usual, "(default)"]
        }
    }

    /// What holds where nothing is set.
    private func usual(_ name: String, _ settings: Settings) throws -> String? {
        let keyPath = try settings.keyPath(place)
        // A file is never away, so nothing waits for it.
        guard case .server = try settings.database(place) else {
            return name == "TALLYSTICK_KEY_FILE" ? keyPath : nil
        }
        switch name {
        case "TALLYSTICK_KEY_FILE": return keyPath
        case "TALLYSTICK_SPOOL": return Deployment.spoolPath(beside: keyPath)
        case "TALLYSTICK_SPOOL_CLICKS": return String(ClickSpool.clicksMaxUsual)
        default: return nil
        }
    }

    private func keyFindings(_ path: String) -> [Checkup.Finding] {
        let mode = (try? FileManager.default.attributesOfItem(atPath: path))?[.posixPermissions] as? Int
        guard let mode, mode & 0o077 != 0 else { return [] }
        return [Checkup.Finding(isGrave: true, "\(path) can be read by others: chmod 600 it.")]
    }

    private func look(at store: any Store) async throws -> [Checkup.Finding] {
        Output.line("Database")
        var findings: [Checkup.Finding] = []
        let pending = try await store.pendingMigrations()
        if !pending.isEmpty {
            let count = counted(pending.count, "migration")
            findings.append(
                Checkup.Finding(isGrave: true, "\(count) still to apply, which the next command does."))
        }
        guard let store = store as? PostgresStore else {
            let journal = try await store.read { try $0.first("PRAGMA journal_mode")?.text(0) ?? "" }
            Output.line("  journal \(journal), every commit is synced before it is answered")
            if journal != "wal" {
                findings.append(Checkup.Finding(isGrave: true, "The journal mode is \(journal), not wal."))
            }
            return findings
        }
        let checkup = try await store.checkup()
        let cluster = try await store.cluster()
        let citus = cluster.citus.map { "\($0), \(counted(cluster.steps.count, "table")) not placed" }
        Output.table(checkup.facts.map { ["  \($0.name)", $0.value] } + [["  citus", citus ?? "no"]])
        return findings + checkup.findings + ClusterPlan.findings(cluster)
    }

    /// Programs that somebody settled as of a day to come.
    private func settledAhead(_ house: House) async throws -> [Checkup.Finding] {
        var findings: [Checkup.Finding] = []
        for program in try await house.store.read({ try ProgramRows.all($0).map(\.id) }) {
            guard let until = try await house.look(at: program, { try FactLog.settledUntil(at: $0) }),
                until > house.now()
            else { continue }
            let sentence =
                "Program \(program) is settled until \(until.text), which is yet to come: until then nothing "
                + "more is settled."
            findings.append(Checkup.Finding(isGrave: false, sentence))
        }
        return findings
    }

    /// That the key file opens what the database holds.
    private func hashKey(_ store: any Store, _ vault: Vault) async throws -> HashKey {
        try await store.read { try Secret.hashKey($0, vault, .system) }
    }

    /// What stands between `://` and `@` in an address is a secret.
    private func masked(_ value: String) -> String {
        value.hasPrefix("postgres")
            ? PostgresStore.masked(value) : value.replacing(/:\/\/[^@\/]*@/, with: "://…@")
    }
}

/// What a Citus coordinator is to be told.
struct ClusterPlan {
    private let database: Database

    init(_ database: Database) { self.database = database }

    static func findings(_ cluster: Cluster) -> [Checkup.Finding] {
        guard cluster.citus != nil else { return [] }
        let misplaced = cluster.misplaced.map { Checkup.Finding(isGrave: true, $0) }
        guard !cluster.steps.isEmpty else { return misplaced }
        let count = counted(cluster.steps.count, "table")
        return misplaced + [
            Checkup.Finding(
                isGrave: false, "\(count) not placed: `tallystick doctor --citus --apply` places them.")
        ]
    }

    /// Prints the statements that are still to be run, or runs them.
    func follow(apply: Bool) async throws {
        guard let store = try database.open() as? PostgresStore else {
            throw Refusal.unavailable(
                "a SQLite file is one machine; `tallystick copy` moves it to PostgreSQL")
        }
        let cluster = try await store.cluster()
        for sentence in cluster.misplaced { Output.error("tallystick: \(sentence)") }
        if apply {
            guard cluster.citus != nil else {
                throw Refusal.unavailable(
                    """
                    the extension citus is not in this database; on a coordinator that has it, \
                    CREATE EXTENSION citus brings it in
                    """)
            }
            guard try await store.pendingMigrations().isEmpty else {
                throw Refusal.unavailable("there are migrations to apply first; any other command does")
            }
        }
        for step in cluster.steps {
            Output.line(step.statement + ";")
            if apply { try await store.distribute(step) }
        }
        await store.close()
        if !cluster.misplaced.isEmpty { throw ExitCode(1) }
        if cluster.steps.isEmpty { return Output.line("Every table is in its place.") }
        if apply { Output.line("\(counted(cluster.steps.count, "table")) placed.") }
    }
}
