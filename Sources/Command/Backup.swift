import ArgumentParser
import Foundation
import Store
import Values
import Work

struct Backup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Copy the database to a new file, while it is in use. The key file is not in it.",
        discussion: "For PostgreSQL it prints what to run: its own tools do it better.")
    @OptionGroup var place: DatabasePlace
    @Argument var file: String

    func run() async throws {
        try await answering {
            let settings = try Settings()
            if case .server(let url) = try settings.database(place) {
                return Output.line(PostgresBackup(url, file).words(keys: try settings.keyPath(place)))
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
    /// Whose the restored database is to be.
    private let owner: String
    private let file: String

    init(_ url: String, _ file: String) {
        address = PostgresStore.withoutPassword(url)
        self.file = Shell.quoted(file)
        let parts = address.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let way = parts[0].split(separator: "/", omittingEmptySubsequences: false)
        let name = (way.count > 3 && !way[3].isEmpty ? String(way[3]) : "tallystick") + "_restored"
        let person = way.count > 2 ? way[2].split(separator: "@").dropLast().first : nil
        owner = person.flatMap { $0.removingPercentEncoding }.map { " --owner=\(Shell.quoted($0))" } ?? ""
        let options = parts.count > 1 ? "?\(parts[1])" : ""
        restored = (name, way.prefix(3).joined(separator: "/") + "/\(name)\(options)")
    }

    func words(keys: String) -> String {
        let from = Shell.quoted(address)
        return """
            PostgreSQL is backed up by its own tools. The password comes from ~/.pgpass or PGPASSWORD;
            $ADMIN is the address of somebody who may make databases, and replicate.

            A copy of this moment, while the database is in use, and back from it into a database of its own:
              pg_dump --format=custom --file=\(file) \(from)
              createdb --maintenance-db="$ADMIN"\(owner) --template=template0 --encoding=UTF8 \
            \(Shell.quoted(restored.name))
              pg_restore --exit-on-error --no-owner --dbname=\(Shell.quoted(restored.address)) \(file)
            Then, with the same keys, `tallystick verify` says whether it is whole.

            Every commit, to go back to any moment: in postgresql.conf
              wal_level = replica
              archive_mode = on
              archive_command = 'test ! -f /backup/wal/%f && cp %p /backup/wal/%f'
            and every night
              pg_basebackup --format=tar --gzip --checkpoint=fast --pgdata="/backup/$(date +%F)" \
            --dbname="$ADMIN"
            In a cluster (Citus) each node is kept so; citus_create_restore_point names one moment on all.

            The key file is in none of them. Keep \(keys) too, elsewhere: without it nobody can be paid.
            """
    }
}
