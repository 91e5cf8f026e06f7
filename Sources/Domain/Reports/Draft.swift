import Foundation
import Values

/// A file that is being written under another name beside its place, so that nobody finds half of it there.
///
/// It holds at most `bufferMax` bytes in memory.
final class Draft {
    let path: String
    private let draft: String
    private let file: FileHandle
    private var buffer = Data()
    private static let bufferMax = 1 << 20

    /// Takes the place of a draft that was left behind.
    init(_ path: String) throws {
        self.path = path
        draft = path + ".new"
        try? FileManager.default.removeItem(atPath: draft)
        guard
            FileManager.default.createFile(
                atPath: draft, contents: nil, attributes: [.posixPermissions: 0o600]),
            let file = FileHandle(forWritingAtPath: draft)
        else { throw Refusal.unavailable("\(draft) cannot be written") }
        self.file = file
    }

    func line(_ text: String) throws {
        buffer.append(contentsOf: text.utf8)
        buffer.append(0x0A)
        if buffer.count >= Self.bufferMax { try flush() }
    }

    /// Forgets what was written.
    func restart() throws {
        buffer.removeAll()
        try file.truncate(atOffset: 0)
    }

    /// Writes the rest, durably. The draft stays a draft.
    func finish() throws {
        try flush()
        try file.synchronize()
        try file.close()
    }

    /// Puts the finished draft into its place.
    func publish() throws {
        guard rename(draft, path) == 0 else { throw Refusal.unavailable("\(path) cannot be written") }
    }

    func discard() {
        try? file.close()
        try? FileManager.default.removeItem(atPath: draft)
    }

    private func flush() throws {
        guard !buffer.isEmpty else { return }
        try file.write(contentsOf: buffer)
        buffer.removeAll(keepingCapacity: true)
    }
}
