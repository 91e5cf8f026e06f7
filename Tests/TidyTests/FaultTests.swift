import Foundation
import Testing

@Suite("The faults of scripts/mutate")
struct FaultTests {
    @Test("are all where they are looked for, and change what is there")
    func areThere() throws {
        let process = Process()
        let words = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", root.appending(path: "scripts/mutate").path, "--check"]
        (process.standardOutput, process.standardError) = (words, words)
        try process.run()
        let said = String(decoding: try words.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(said)")
    }
}
