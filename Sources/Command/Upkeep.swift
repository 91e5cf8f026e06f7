import ArgumentParser
import Foundation
import Store
import Values
import Work

struct Backup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Copy the database to a new file, while it is in use. The key file is not in it.")
    @OptionGroup var place: Place
    @Argument var file: String

    func run() async throws {
        try await answering {
            let deployment = try await Deployment.open(place)
            try await deployment.house.store.backup(to: file)
            await deployment.close()
            Output.line("\(file) is a whole and checked copy. Keep the key file too, elsewhere.")
        }
    }
}

struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Check a deployment and say what to fix.")
    @OptionGroup var place: Place

    func run() async throws {
        try await answering {
            let settings = try Settings()
            Output.line("Settings")
            Output.table(
                try Settings.names.map { name in
                    let flag = name == "TALLYSTICK_DATABASE" ? place.database : nil
                    if let setting = settings.find(name, flag: flag) {
                        return ["  \(name)", masked(setting.value), "(\(setting.source))"]
                    }
                    let value = name == "TALLYSTICK_KEY_FILE" ? try settings.keyPath(place) : "-"
                    return ["  \(name)", value, "(not set)"]
                })
            var findings: [String] = []
            let keyPath = try settings.keyPath(place)
            let mode =
                (try? FileManager.default.attributesOfItem(atPath: keyPath))?[.posixPermissions] as? Int
            if let mode, mode & 0o077 != 0 {
                findings.append("\(keyPath) can be read by others: chmod 600 it.")
            }
            let store = try settings.database(place).open()
            let pending = try await store.pendingMigrations()
            if !pending.isEmpty {
                findings.append(
                    "\(counted(pending.count, "migration")) still to apply, which the next command does.")
            }
            await store.close()
            let deployment = try await Deployment.open(place)
            if deployment.house.store.backend == .sqlite {
                let journal = try await deployment.house.store.read {
                    try $0.first("PRAGMA journal_mode")?.text(0) ?? ""
                }
                Output.line("Database\n  journal \(journal), every commit is synced before it is answered")
                if journal != "wal" { findings.append("the journal mode is \(journal), not wal") }
            }
            await deployment.close()
            for finding in findings { Output.line("To fix: \(finding)") }
            if findings.isEmpty { Output.line("All is well.") } else { throw ExitCode(1) }
        }
    }

    /// What stands between `://` and `@` in an address is a secret.
    private func masked(_ value: String) -> String { value.replacing(/:\/\/[^@\/]*@/, with: "://…@") }
}
