import ArgumentParser
import Store
import Values
import Work

struct Backup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Copy the database to a new file, while it is in use. The key file is not in it.",
        discussion: "For PostgreSQL it says what to run: its own tools do it better.")
    @OptionGroup var place: Place
    @Argument var file: String

    func run() async throws {
        try await answering {
            let settings = try Settings()
            if case .server(let url) = try settings.database(place) {
                Output.line(PostgresBackup(url, file).words(keys: try settings.keyPath(place)))
                throw StoreError.backedUpElsewhere
            }
            let deployment = try await Deployment.open(place)
            try await deployment.house.store.backup(to: file)
            await deployment.close()
            Output.line("\(file) is a whole and checked copy. Keep the key file too, elsewhere.")
        }
    }
}

/// What to run for a backup of a PostgreSQL database: commands for a shell, as they stand.
struct PostgresBackup {
    private let address: String
    private let restored: (name: String, address: String)
    private let file: String

    init(_ url: String, _ file: String) {
        address = PostgresStore.withoutPassword(url)
        self.file = Self.quoted(file)
        let parts = address.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let way = parts[0].split(separator: "/", omittingEmptySubsequences: false)
        let name = (way.count > 3 && !way[3].isEmpty ? String(way[3]) : "tallystick") + "_restored"
        let options = parts.count > 1 ? "?\(parts[1])" : ""
        restored = (name, way.prefix(3).joined(separator: "/") + "/\(name)\(options)")
    }

    func words(keys: String) -> String {
        let from = Self.quoted(address)
        return """
            The password comes from ~/.pgpass or PGPASSWORD.

            A copy of this moment, while the database is in use, and back from it into a database of its own:
              pg_dump --format=custom --file=\(file) \(from)
              createdb --maintenance-db=\(from) --template=template0 --encoding=UTF8 \(restored.name)
              pg_restore --exit-on-error --no-owner --dbname=\(Self.quoted(restored.address)) \(file)
            Then, with the same keys, `tallystick verify` says whether it is whole.

            Every commit, to go back to any moment: in postgresql.conf
              wal_level = replica
              archive_mode = on
              archive_command = 'test ! -f /backup/wal/%f && cp %p /backup/wal/%f'
            and every night, with a role that may replicate
              pg_basebackup --format=tar --gzip --checkpoint=fast --pgdata="/backup/$(date +%F)" \
            --dbname=\(from)
            In a cluster (Citus) each node is kept so; citus_create_restore_point names one moment on all.

            The key file is in none of them. Keep \(keys) too, elsewhere: without it nobody can be paid.
            """
    }

    /// For a shell: plain, or in single quotes.
    private static func quoted(_ word: String) -> String {
        let isPlain =
            !word.isEmpty
            && word.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "/._-".contains($0)) }
        return isPlain ? word : "'" + word.replacing("'", with: #"'\''"#) + "'"
    }
}
