import ArgumentParser
import Foundation
import Terms
import Values

// What commands are handed, and what they say when it will not do: by the names that were typed.

/// Why a file cannot be read.
func unreadable(_ path: String) -> String {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
        return "the file \(path) does not exist"
    }
    return isFolder.boolValue ? "\(path) is a folder, not a file" : "the file \(path) cannot be read"
}

/// A program file; all that is wrong with it is told by its own name.
func programFile(_ path: String) throws -> ProgramFile {
    do {
        return try ProgramFile.read(try .file(path))
    } catch let refusal as ProgramFileRefusal {
        for complaint in refusal.complaints { Output.error(complaint.text(in: path)) }
        throw ExitCode(1)
    }
}

/// An instant from an option: RFC 3339, or a day for its midnight in UTC.
func instant(_ text: String?, _ option: String) throws -> Instant? {
    guard let text else { return nil }
    guard let instant = Instant(text: text) else {
        throw Refusal.invalid(
            "--\(option)",
            .because(
                "must be a day such as 2026-11-03, which is its midnight in UTC, or an RFC 3339 instant such "
                    + "as 2026-11-03T10:12:00Z, in whole milliseconds"))
    }
    return instant
}

/// Does some work; what it finds wrong with a field is told by what was typed.
func naming<T: Sendable>(
    _ names: [String: String], _ work: () async throws -> T
) async throws -> T {
    do {
        return try await work()
    } catch let refusal as Refusal {
        throw refusal.naming(names)
    }
}

enum Shell {
    /// For a shell: plain, or in single quotes.
    static func quoted(_ word: String) -> String {
        let isPlain =
            !word.isEmpty
            && word.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "/._-:".contains($0)) }
        return isPlain ? word : "'" + word.replacing("'", with: #"'\''"#) + "'"
    }
}
