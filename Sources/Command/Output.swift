import ArgumentParser
import Foundation
import Reports
import Store
import Synchronization
import Terms
import Values

/// What commands print: results on standard output, one sentence on standard error when refused.
enum Output {
    static func line(_ text: String) { print(text) }

    static func error(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

    /// How far long work has come: on a terminal one line that is written over, elsewhere a line every some
    /// seconds.
    static func progress(_ text: @autoclosure () -> String) {
        let isTerminal = isatty(2) == 1
        guard pace.isDue(every: isTerminal ? .milliseconds(100) : .seconds(10), first: isTerminal) else {
            return
        }
        let line = isTerminal ? "\r\u{1B}[K\(text())" : text() + "\n"
        FileHandle.standardError.write(Data(line.utf8))
    }

    private static let pace = Pace()

    static func endProgress() {
        guard isatty(2) == 1 else { return }
        FileHandle.standardError.write(Data("\r\u{1B}[K".utf8))
    }

    static func table(_ rows: [[String]]) { for text in aligned(rows) { line(text) } }
}

/// Says when the next line of progress is due.
private final class Pace: Sendable {
    private let next = Mutex<ContinuousClock.Instant?>(nil)

    /// - Parameter first: whether the first time that it is asked is one.
    func isDue(every interval: Duration, first: Bool) -> Bool {
        let now = ContinuousClock.now
        return next.withLock { next in
            let isDue = next.map { $0 <= now } ?? first
            if isDue || next == nil { next = now.advanced(by: interval) }
            return isDue
        }
    }
}

/// Does a command's work; a refusal becomes one sentence and exit status 1.
func answering(_ work: () async throws -> Void) async throws {
    do {
        try await work()
    } catch let refusal as Refusal {
        Output.endProgress()
        Output.error("tallystick: \(refusal.sentence).")
        throw ExitCode(1)
    } catch let refusal as ProgramFileRefusal {
        for complaint in refusal.complaints { Output.error(complaint.text()) }
        throw ExitCode(1)
    } catch let error as StoreError {
        Output.endProgress()
        Output.error("tallystick: \(error)")
        throw ExitCode(1)
    } catch let error as CocoaError {
        Output.endProgress()
        let path = error.filePath.map { " (\($0))" } ?? ""
        Output.error("tallystick: \(error.localizedDescription)\(path)")
        throw ExitCode(1)
    }
}

extension String {
    /// The bytes of a file, as text; what is no UTF-8 is replaced, and refused by its reader.
    static func file(_ path: String) throws -> String {
        String(decoding: try bytesOfFile(path), as: UTF8.self)
    }
}

func bytesOfFile(_ path: String) throws -> [UInt8] {
    guard let data = FileManager.default.contents(atPath: path) else {
        throw Refusal.unavailable(unreadable(path))
    }
    return Array(data)
}

/// Writes a file that only its owner reads. One that is there stays, unless it is the same.
func writeFile(_ text: String, _ path: String) throws {
    if let there = FileManager.default.contents(atPath: path) {
        guard there == Data(text.utf8) else {
            throw Refusal.unavailable("the file \(path) is there already and is another; nothing was written")
        }
        return
    }
    let draft = "\(path).part-\(getpid())"
    let isWritten = FileManager.default.createFile(
        atPath: draft, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
    guard isWritten, rename(draft, path) == 0 else {
        unlink(draft)
        throw Refusal.unavailable("the file \(path) cannot be written")
    }
}
