import Foundation
import Store
import TestStores
import Testing

/// Text files of commands and what they print, in `Cases`:
///
///     $ a command
///     > its next line
///     what it prints, standard error among it; … stands for any text, a line of only … for any lines
///     [its exit status, when that is not 0]
///
/// `{database}` and `{key}` stand for the database's name and its key file. Each runs on both databases, but
/// for those whose name ends in `.sqlite.txt` or `.postgres.txt`.
@Suite("The command")
struct CaseTests {
    @Test("does and says what its cases show", arguments: Case.runs)
    func runs(_ example: Case, on backend: Backend) async throws {
        try await Stage.on(backend) { try await run(example) }
    }

    private func run(_ example: Case) async throws {
        let workshop = try Workshop()
        let example = example.with(database: workshop.database, key: workshop.keyFile)
        let script = "exec 2>&1\n" + example.steps.map { $0.command + "\nprintf '\\001%d\\n' $?\n" }.joined()
        let outcome = try await workshop.run(script)
        let parts = outcome.output.components(separatedBy: "\u{1}")
        var printed = parts[0]
        for (step, part) in zip(example.steps, parts.dropFirst()) {
            let split = part.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
            var lines = printed.isEmpty ? [] : printed.components(separatedBy: "\n")
            if lines.last == "" { lines.removeLast() }
            if split[0] != "0" { lines.append("[\(split[0])]") }
            let fits = Case.matches(lines[...], step.expected[...])
            #expect(
                fits,
                "\(example.name):\(step.line): $ \(step.command)\nprinted\n\(lines.joined(separator: "\n"))")
            printed = split.count > 1 ? String(split[1]) : ""
        }
        #expect(parts.count == example.steps.count + 1, "\(example.name) did not run to its end")
    }

    @Test("has cases, and they are really compared")
    func compared() {
        #expect(Case.runs.count >= 14)
        for backend in Backend.allCases { #expect(Case.runs.count { $0.1 == backend } >= 7) }
        #expect(Case.matches(["a 1 b", "x", "y"], ["a … b", "…", "y"]))
        #expect(Case.matches(["a"], ["…", "a"]))
        #expect(!Case.matches(["a 1 c"], ["a … b"]))
        #expect(!Case.matches(["a", "b"], ["a"]))
        #expect(!Case.matches([], ["a"]))
    }
}

struct Case: Sendable, CustomStringConvertible {
    struct Step: Sendable {
        let line: Int
        var command: String
        var expected: [String] = []
    }

    let name: String
    var steps: [Step] = []

    var description: String { name }

    static let runs: [(Case, Backend)] = all.flatMap { example in
        let only = Backend.allCases.filter { example.name.hasSuffix(".\($0).txt") }
        return (only.isEmpty ? Backend.allCases : only).map { (example, $0) }
    }

    private static let all: [Case] = {
        let folder = root.appending(path: "Tests/CommandTests/Cases").path
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasSuffix(".txt") }.sorted().compactMap { name in
            (try? String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)).map { Case(name, $0) }
        }
    }()

    init(_ name: String, _ text: String) {
        self.name = name
        for (index, line) in text.components(separatedBy: "\n").enumerated() {
            if line.hasPrefix("$ ") {
                steps.append(Step(line: index + 1, command: String(line.dropFirst(2))))
            } else if line.hasPrefix("#") {
                continue
            } else if line.hasPrefix(">"), steps.last?.expected.isEmpty == true {
                steps[steps.count - 1].command += "\n" + line.dropFirst(line.hasPrefix("> ") ? 2 : 1)
            } else if !steps.isEmpty {
                steps[steps.count - 1].expected.append(line)
            }
        }
        for index in steps.indices {
            while steps[index].expected.last == "" { steps[index].expected.removeLast() }
        }
    }

    func with(database: String, key: String) -> Case {
        var example = self
        let place = { (text: String) in
            text.replacing("{database}", with: database).replacing("{key}", with: key)
        }
        for index in steps.indices {
            example.steps[index].command = place(steps[index].command)
            example.steps[index].expected = steps[index].expected.map(place)
        }
        return example
    }

    static func matches(_ lines: ArraySlice<String>, _ expected: ArraySlice<String>) -> Bool {
        guard let first = expected.first else { return lines.isEmpty }
        if first == "…" {
            return (lines.startIndex...lines.endIndex).contains {
                matches(lines[$0...], expected.dropFirst())
            }
        }
        guard let line = lines.first, fits(line, first) else { return false }
        return matches(lines.dropFirst(), expected.dropFirst())
    }

    private static func fits(_ line: String, _ expected: String) -> Bool {
        let parts = expected.components(separatedBy: "…")
        guard parts.count > 1 else { return line == expected }
        guard line.hasPrefix(parts[0]) else { return false }
        var rest = line.dropFirst(parts[0].count)
        for part in parts.dropFirst().dropLast() {
            guard let range = rest.range(of: part) else { return false }
            rest = rest[range.upperBound...]
        }
        return rest.hasSuffix(parts[parts.count - 1])
    }
}
