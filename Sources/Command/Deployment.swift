import ArgumentParser
import Foundation
import Programs
import Store
import Values
import Work

/// Where this command works: flags first, then the environment, then the file that TALLYSTICK_CONFIG names.
protocol NamesDatabase {
    var database: String? { get }
}

/// A command about one of the programs there.
protocol NamesProgram: NamesDatabase {
    var program: String? { get }
}

/// Of a command about the whole database.
struct DatabasePlace: ParsableArguments, NamesDatabase {
    @Option(help: databaseHelp) var database: String?
}

/// Of a command that prints one form only.
struct ProgramPlace: ParsableArguments, NamesProgram {
    @Option(help: databaseHelp) var database: String?
    @Option(name: .customLong("in"), help: programHelp) var program: String?
}

struct Place: ParsableArguments, NamesProgram {
    @Option(help: databaseHelp) var database: String?
    @Option(name: .customLong("in"), help: programHelp) var program: String?
    @Flag(help: "Print JSON.") var json = false
}

private let databaseHelp: ArgumentHelp =
    "sqlite:FILE or postgres://… (default TALLYSTICK_DATABASE, or sqlite:tallystick.db)."
private let programHelp: ArgumentHelp = "The program's slug, where the database holds several."

/// The settings of a deployment and where each came from.
struct Settings {
    struct Setting {
        let name: String
        let value: String
        let source: String

        /// What whoever set it has typed.
        var typed: String {
            guard source == "flag" else { return name }
            return "--" + name.split(separator: "_").dropFirst().joined(separator: "-").lowercased()
        }
    }

    static let names = [
        "TALLYSTICK_DATABASE", "TALLYSTICK_KEY_FILE", "TALLYSTICK_LISTEN", "TALLYSTICK_TRACKER",
        "TALLYSTICK_URL", "TALLYSTICK_SPOOL", "TALLYSTICK_SPOOL_CLICKS", "TALLYSTICK_TRACE_SQL",
    ]
    private static let defaults = [
        "TALLYSTICK_DATABASE": "sqlite:tallystick.db", "TALLYSTICK_LISTEN": "127.0.0.1:8080",
    ]

    private let environment = ProcessInfo.processInfo.environment
    private let file: [String: String]

    init() throws {
        guard let path = environment["TALLYSTICK_CONFIG"] else {
            file = [:]
            return
        }
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw Refusal.unavailable("the configuration file \(path) cannot be read")
        }
        var values: [String: String] = [:]
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let trimmed = line.trimmingCharacters(in: .whitespaces)
            if trimmed.isEmpty || trimmed.hasPrefix("#") { continue }
            let parts = trimmed.split(separator: "=", maxSplits: 1).map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            guard parts.count == 2, Self.names.contains(parts[0]) else {
                throw Refusal.unavailable(
                    "\(path):\(index + 1) is not NAME=value with one of \(Self.names.joined(separator: ", "))"
                )
            }
            values[parts[0]] = parts[1]
        }
        file = values
    }

    func find(_ name: String, flag: String? = nil) -> Setting? {
        if let flag { return Setting(name: name, value: flag, source: "flag") }
        if let value = environment[name] { return Setting(name: name, value: value, source: "environment") }
        if let value = file[name] { return Setting(name: name, value: value, source: "file") }
        return Self.defaults[name].map { Setting(name: name, value: $0, source: "default") }
    }

    func value(_ name: String, flag: String? = nil) -> String? { find(name, flag: flag)?.value }

    func database(_ place: any NamesDatabase) throws -> Database {
        try Database(value("TALLYSTICK_DATABASE", flag: place.database) ?? "")
    }

    func keyPath(_ place: any NamesDatabase) throws -> String {
        try value("TALLYSTICK_KEY_FILE") ?? database(place).keyPath
    }
}

/// An opened database with its keys.
struct Deployment {
    let house: House
    let settings: Settings
    let keyPath: String
    let shelf = TermsShelf()

    /// Opens what is there.
    static func open(_ place: any NamesDatabase) async throws -> Deployment {
        let settings = try Settings()
        let database = try settings.database(place)
        guard try await database.isThere() else {
            throw Refusal.unavailable("there is no database \(database.name); `tallystick init` makes one")
        }
        let keyPath = try settings.keyPath(place)
        return try await open(settings, database, keyPath, try KeyFile.read(keyPath))
    }

    /// Opens a database, or makes it, with its key file.
    static func make(_ place: any NamesDatabase) async throws -> Deployment {
        let settings = try Settings()
        let database = try settings.database(place)
        let keyPath = try settings.keyPath(place)
        if try await database.isThere(), !FileManager.default.fileExists(atPath: keyPath) {
            throw Refusal.unavailable(
                "\(database.name) has lost its key file \(keyPath); restore that first")
        }
        return try await open(settings, database, keyPath, try KeyFile.make(keyPath, .system))
    }

    private static func open(
        _ settings: Settings, _ database: Database, _ keyPath: String, _ vault: Vault
    ) async throws -> Deployment {
        // For benches: what is it worth that those who wait together share a commit?
        let isGrouping = settings.value("TALLYSTICK_GROUPS") != "off"
        let trace = settings.value("TALLYSTICK_TRACE_SQL").map(Trace.init)?.note
        let store = try database.open(isGrouping: isGrouping, trace: trace)
        try await store.migrate(now: Clock.wall.now())
        let hashKey = try await store.write { connection in
            try Secret.hashKey(connection, vault, .system)
        }
        let house = House(
            store: store, clock: .wall, chance: .system, vault: vault, hashKey: hashKey,
            isGrouping: isGrouping)
        return Deployment(house: house, settings: settings, keyPath: keyPath)
    }

    func close() async { await house.store.close() }

    func programs() async throws -> [String] {
        try await house.store.read { try ProgramRows.all($0).map(\.id) }
    }

    /// The program that a command is about.
    func program(_ place: any NamesProgram) async throws -> String {
        let all = try await programs()
        if let wanted = place.program {
            guard all.contains(wanted) else { throw Refusal.notFound(kind: "program", id: wanted) }
            return wanted
        }
        guard let only = all.first else {
            throw Refusal.unavailable(
                "the database holds no program; `tallystick program apply FILE` makes one")
        }
        guard all.count == 1 else {
            throw Refusal.unavailable("the database holds \(all.joined(separator: ", ")): name one with --in")
        }
        return only
    }

    var publicURL: String {
        settings.value("TALLYSTICK_URL")
            ?? "http://\(settings.value("TALLYSTICK_LISTEN") ?? "127.0.0.1:8080")"
    }
}

/// Appends every statement that writes to a file, as it runs: a bench repeats them elsewhere.
struct Trace: Sendable {
    private let path: String

    init(_ path: String) { self.path = path }

    @Sendable func note(_ sql: String, _ values: [SQLValue]) {
        let json = JSON.record([
            "sql": .string(sql),
            "values": .array(
                values.map { value -> JSON in
                    switch value {
                    case .null: .null
                    case .integer(let whole): .int(whole)
                    case .real(let real): .number(String(real))
                    case .text(let text): .string(text)
                    case .bool(let flag): .bool(flag)
                    }
                }),
        ])
        guard let file = fopen(path, "a") else { return }
        fputs(json.compact + "\n", file)
        fclose(file)
    }
}
