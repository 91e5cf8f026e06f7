import Replay
import Store
import Synchronization
import Values
import Work

/// Compiled terms, kept in memory as books that hold nothing but them. A head that counts more versions than
/// the shelf has makes it read them again, so that a version published elsewhere is seen at the next write.
package final class TermsShelf: Sendable {
    private let books = Mutex<[String: (versions: Int64, book: Book)]>([:])

    package init() {}

    /// A fresh book with the program's terms.
    package func book(_ program: String, versions: Int64, _ rows: (SQL) throws -> [Row]) throws -> Book {
        if let kept = books.withLock({ $0[program] }), kept.versions == versions { return kept.book }
        var book = Book(program: program, isWhole: false)
        let published = try ProgramRows.versions(program, rows)
        for version in published {
            book.publish(version.file, version: version.number, effectiveAt: version.effectiveAt)
        }
        let fresh = book
        if Int64(published.count) == versions { books.withLock { $0[program] = (versions, fresh) } }
        return fresh
    }
}
