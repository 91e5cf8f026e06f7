import Foundation

/// The top of the checkout.
let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

/// A source file, with its code, its comments and its strings told apart.
struct SwiftText: Sendable, CustomStringConvertible {
    /// From the top of the checkout: `Sources/Base/Store/SQL.swift`.
    let path: String
    let lines: [String]
    /// The same lines with comments and the insides of strings blanked.
    let code: [String]
    /// What stands between quotes, with the line on which it begins.
    let strings: [(line: Int, text: String)]

    var description: String { path }

    /// `Payouts` of `Sources/Domain/Payouts/…`; `Command` of `Sources/Command/…`.
    var room: String {
        let parts = path.split(separator: "/").map(String.init)
        let wings: Set = ["Base", "Engine", "Domain", "Faces"]
        return parts.count > 3 && wings.contains(parts[1]) ? parts[2] : parts[1]
    }

    var wing: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }
    var name: String { String(path.split(separator: "/").last ?? "") }

    var imports: [String] {
        code.compactMap { line in
            let words = line.split(separator: " ")
            guard let at = words.firstIndex(of: "import"), at <= 1, words.count > at + 1 else { return nil }
            return String(words[at + 1])
        }
    }

    /// Where a pattern stands in the code: `path:line`.
    func places(of pattern: Regex<some Any>) -> [String] {
        // A boundary between a dot and a letter too: `Foundation.Date()`.
        let simple = pattern.wordBoundaryKind(.simple)
        return code.enumerated().filter { $0.element.contains(simple) }.map { "\(path):\($0.offset + 1)" }
    }

    static let all: [SwiftText] = files("swift", under: "Sources")

    static func files(_ suffix: String, under folder: String) -> [SwiftText] {
        paths(suffix, under: folder).compactMap { path in
            guard let text = try? String(contentsOf: root.appending(path: path), encoding: .utf8) else {
                return nil
            }
            return SwiftText(path, text)
        }
    }

    static func paths(_ suffix: String, under folder: String) -> [String] {
        let top = root.appending(path: folder).path
        let found = FileManager.default.enumerator(atPath: top)?.compactMap { $0 as? String } ?? []
        return found.filter { $0.hasSuffix("." + suffix) }.map { "\(folder)/\($0)" }.sorted()
    }

    init(_ path: String, _ text: String) {
        self.path = path
        lines = text.components(separatedBy: "\n")
        var masking = Masking(Array(text.utf8))
        masking.run()
        code = String(decoding: masking.code, as: UTF8.self).components(separatedBy: "\n")
        strings = masking.strings
    }
}

/// Goes through a file once and blanks what is not code. It knows line and block comments, plain, raw and
/// multi-line strings, and code inside strings; not regex literals, which hold no quotes here.
private struct Masking {
    private let text: [UInt8]
    private(set) var code: [UInt8]
    private(set) var strings: [(line: Int, text: String)] = []
    private var at = 0
    private var line = 1

    init(_ text: [UInt8]) {
        self.text = text
        code = text
    }

    mutating func run() { skipCode(until: nil) }

    /// Reads code up to the `)` that closes an interpolation, or to the end.
    private mutating func skipCode(until end: UInt8?) {
        var depth = 0
        while at < text.count {
            if has("//") {
                while at < text.count, text[at] != UInt8(ascii: "\n") { blank() }
            } else if has("/*") {
                while at < text.count, !has("*/") { blank() }
                blank(2)
            } else if let quote = quote() {
                skipString(quote)
            } else {
                if end != nil {
                    if text[at] == UInt8(ascii: "(") { depth += 1 }
                    if text[at] == UInt8(ascii: ")") {
                        if depth == 0 { return }
                        depth -= 1
                    }
                }
                step()
            }
        }
    }

    private struct Quote {
        let hashes: Int
        let isLong: Bool
    }

    private func quote() -> Quote? {
        var ahead = at
        while ahead < text.count, text[ahead] == UInt8(ascii: "#") { ahead += 1 }
        guard ahead < text.count, text[ahead] == UInt8(ascii: "\"") else { return nil }
        let isLong = ahead + 2 < text.count && text[ahead + 1] == 0x22 && text[ahead + 2] == 0x22
        return Quote(hashes: ahead - at, isLong: isLong)
    }

    private mutating func skipString(_ quote: Quote) {
        let hashes = String(repeating: "#", count: quote.hashes)
        let end = (quote.isLong ? "\"\"\"" : "\"") + hashes
        let start = line
        step(end.utf8.count)
        var inside: [UInt8] = []
        while at < text.count, !has(end) {
            if has("\\" + hashes + "(") {
                let from = at
                blank(2 + quote.hashes)
                skipCode(until: UInt8(ascii: ")"))
                blank()
                inside += text[from..<min(at, text.count)]
            } else {
                if quote.hashes == 0, text[at] == UInt8(ascii: "\\") { inside.append(text[at]); blank() }
                guard at < text.count else { break }
                inside.append(text[at])
                blank()
            }
        }
        step(end.utf8.count)
        strings.append((start, String(decoding: inside, as: UTF8.self)))
    }

    private func has(_ word: String) -> Bool { text[at...].starts(with: word.utf8) }

    private mutating func step(_ count: Int = 1) {
        for _ in 0..<count where at < text.count {
            if text[at] == UInt8(ascii: "\n") { line += 1 }
            at += 1
        }
    }

    private mutating func blank(_ count: Int = 1) {
        for _ in 0..<count where at < text.count {
            if text[at] != UInt8(ascii: "\n") { code[at] = UInt8(ascii: " ") }
            step()
        }
    }
}
