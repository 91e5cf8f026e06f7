import Dispatch
import Foundation
internal import GRDB

extension SQLiteStore {
    /// The copy is made beside its name and takes the name when it is whole and checked, so that a file of
    /// that name is always a good one.
    package func backup(to path: String) async throws {
        let source = self.path
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            DispatchQueue(label: "store.backup").async {
                continuation.resume(with: Result { try Self.copy(source, to: path) })
            }
        }
    }

    private static func copy(_ source: String, to path: String) throws {
        guard !FileManager.default.fileExists(atPath: path) else { throw StoreError.targetExists(path) }
        let partial = path + ".partial"
        SQLiteFile.remove(partial)
        do {
            let reading = try SQLiteFile.open(source, readOnly: true)
            let writing = try SQLiteFile.open(partial)
            try reading.backup(to: writing)
            try reading.close()
            try check(writing)
            try writing.close()
            // A hard link, unlike a rename, never takes the place of a file that came in the meantime.
            guard link(partial, path) == 0 else { throw StoreError.targetExists(path) }
            SQLiteFile.remove(partial)
        } catch let error as DatabaseError {
            SQLiteFile.remove(partial)
            throw StoreError.io(error.message ?? error.description)
        } catch {
            SQLiteFile.remove(partial)
            throw error
        }
    }

    private static func check(_ file: DatabaseQueue) throws {
        let complaints = try file.inDatabase { database in
            // One file and no log beside it: what is copied further is whole.
            try database.execute(sql: "PRAGMA journal_mode = DELETE")
            return try String.fetchAll(database, sql: "PRAGMA integrity_check(10)")
        }
        guard complaints == ["ok"] else { throw StoreError.damaged(complaints.joined(separator: "; ")) }
    }
}
