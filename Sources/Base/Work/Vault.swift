import Crypto
import Foundation
import Values

/// Keeps secrets at rest: AES-256-GCM under the keys of a key file, which lies beside the database and never
/// in it or in a backup. Each value names its key, so that keys can be rotated while old values are still
/// read.
package struct Vault: Sendable {
    private let keys: [(id: String, key: SymmetricKey)]

    /// The keys of a file, the one in use first.
    /// - Parameter lines: `id base64`, one a line.
    init(lines: String) throws(Refusal) {
        var keys: [(String, SymmetricKey)] = []
        for line in lines.split(separator: "\n") {
            let parts = line.split(separator: " ")
            guard parts.count == 2, let bytes = Data(base64Encoded: String(parts[1])), bytes.count == 32
            else {
                throw .unavailable("the key file holds a line that is no key")
            }
            keys.append((String(parts[0]), SymmetricKey(data: bytes)))
        }
        guard !keys.isEmpty else { throw .unavailable("the key file is empty") }
        self.keys = keys
    }

    package var keyID: String { keys[0].id }

    /// `keyid.base64`, bound to its purpose: a value moved to another place does not open there.
    package func seal(_ text: String, for purpose: String) throws -> String {
        let box = try AES.GCM.seal(Data(text.utf8), using: keys[0].key, authenticating: Data(purpose.utf8))
        guard let combined = box.combined else { throw Refusal.unavailable("a value could not be sealed") }
        return "\(keys[0].id).\(combined.base64EncodedString())"
    }

    package func open(_ sealed: String, for purpose: String) throws -> String {
        let parts = sealed.split(separator: ".", maxSplits: 1)
        guard parts.count == 2, let key = keys.first(where: { $0.id == parts[0] })?.key,
            let data = Data(base64Encoded: String(parts[1])),
            let box = try? AES.GCM.SealedBox(combined: data),
            let clear = try? AES.GCM.open(box, using: key, authenticating: Data(purpose.utf8))
        else { throw Refusal.unavailable("a sealed value does not open with the key file at hand") }
        return String(decoding: clear, as: UTF8.self)
    }

    /// Whether a value is sealed with the key in use.
    package func isCurrent(_ sealed: String) -> Bool { sealed.hasPrefix(keys[0].id + ".") }
}

/// The key file: made once, mode 0600.
package enum KeyFile {
    package static func read(_ path: String) throws -> Vault {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw Refusal.unavailable("the key file \(path) cannot be read; TALLYSTICK_KEY_FILE names it")
        }
        return try Vault(lines: text)
    }

    /// Makes a key file, or reads the one that is there. Of two who make it at once both read the same.
    package static func make(_ path: String, _ chance: Chance) throws -> Vault {
        if FileManager.default.fileExists(atPath: path) { return try read(path) }
        let new = try draft([line(chance)], of: path, chance)
        defer { unlink(new) }
        // A hard link, unlike a rename, never takes the place of a file that came in the meantime.
        guard link(new, path) == 0 || errno == EEXIST else { throw unwritable(path) }
        return try read(path)
    }

    /// Puts a new key before the others. A file that changes meanwhile is left as it is.
    package static func rotate(_ path: String, _ chance: Chance) throws -> Vault {
        let before = try String(contentsOfFile: path, encoding: .utf8)
        let lock = open(path, O_RDONLY | O_CLOEXEC)
        defer { close(lock) }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0, try String(contentsOfFile: path, encoding: .utf8) == before
        else { throw Refusal.unavailable("another rotates the key file at the same time") }
        let new = try draft([line(chance)] + before.split(separator: "\n").map(String.init), of: path, chance)
        guard rename(new, path) == 0 else { throw unwritable(path) }
        return try read(path)
    }

    private static func line(_ chance: Chance) -> String {
        "k\(base32(chance.bytes(5))) \(Data(chance.bytes(32)).base64EncodedString())"
    }

    /// A file beside the one that it is to become, so that a crash leaves the old file or the new one.
    private static func draft(_ lines: [String], of path: String, _ chance: Chance) throws -> String {
        let draft = "\(path).\(base32(chance.bytes(5))).new"
        guard
            FileManager.default.createFile(
                atPath: draft, contents: Data((lines.joined(separator: "\n") + "\n").utf8),
                attributes: [.posixPermissions: 0o600])
        else { throw unwritable(path) }
        return draft
    }

    private static func unwritable(_ path: String) -> Refusal {
        .unavailable("the key file \(path) cannot be written")
    }
}
