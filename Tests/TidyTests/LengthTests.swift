import Foundation
import Testing

@Suite("Every source")
struct LengthTests {
    static let linesMax = 500
    static let functionLinesMax = 70
    static let columnsMax = 110

    /// Data in columns, which reads worse when it is broken.
    private static let tables: Set = [
        "Sources/Base/Values/Currency.swift", "Sources/Engine/Facts/PayoutAccount.swift",
    ]

    @Test("is shorter than 500 lines")
    func files() {
        for file in SwiftText.all + SwiftText.files("sql", under: "Sources") {
            #expect(file.lines.count <= Self.linesMax, "\(file.path) has \(file.lines.count) lines")
        }
    }

    @Test("is at most 110 columns wide")
    func columns() {
        // Migrations are never edited, so they are not held to it.
        for file in SwiftText.all
        where !Self.tables.contains(file.path) {
            let wide = file.lines.enumerated().filter { $0.element.count > Self.columnsMax }.map {
                $0.offset + 1
            }
            #expect(wide.isEmpty, "\(file.path) is too wide on lines \(wide)")
        }
    }

    @Test("has no function of 70 lines or more")
    func functions() {
        var count = 0
        for file in SwiftText.all {
            for function in Function.all(in: file) {
                count += 1
                #expect(
                    function.lines < Self.functionLinesMax,
                    "\(file.path):\(function.start): \(function.name) has \(function.lines) lines")
            }
        }
        #expect(count > 500, "the reader of functions finds only \(count)")
    }
}

/// A function or initialiser with a body.
struct Function {
    let name: String
    let start: Int
    let lines: Int

    static func all(in file: SwiftText) -> [Function] {
        file.code.indices.compactMap { index in
            guard let match = file.code[index].firstMatch(of: /\b(?:func\s+(\S+?)[(<]|(init)[?(])/),
                !file.code[index].contains(/\.init|case |= init/)
            else { return nil }
            guard let lines = length(file.code, from: index) else { return nil }
            return Function(name: String(match.1 ?? match.2 ?? ""), start: index + 1, lines: lines)
        }
    }

    /// The lines up to the brace that closes the body; nil for a requirement of a protocol, or a call.
    private static func length(_ code: [String], from start: Int) -> Int? {
        var parentheses = 0
        var braces = 0
        for index in start..<code.count {
            if braces == 0, parentheses == 0, index > start, code[index].allSatisfy(\.isWhitespace) {
                return nil
            }
            for sign in code[index] {
                switch sign {
                case "(": parentheses += 1
                case ")": parentheses -= 1
                case "{" where parentheses == 0: braces += 1
                case "}" where parentheses == 0:
                    braces -= 1
                    if braces == 0 { return index - start + 1 }
                    if braces < 0 { return nil }
                default: break
                }
            }
        }
        return nil
    }
}
