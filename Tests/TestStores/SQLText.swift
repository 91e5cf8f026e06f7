@testable import Store

/// A text of SQL as a row of signs, without what only people read.
struct SQLText {
    enum Sign: Hashable {
        case word(String)
        /// A value that stands in the text.
        case constant(String)
        /// `$3`
        case hole(Int)
        /// `(`, `,`, `<=` …
        case mark(String)
    }

    let signs: [Sign]
    /// For each `(` where its `)` stands.
    let closing: [Int: Int]

    private static let parts: Set<Character> = ["<", ">", "=", "!", "|", ":"]

    init(_ text: String) {
        var signs: [Sign] = []
        var isBeside = false
        for token in Dialect.tokens(text) {
            defer { isBeside = token.kind == .sign || token.kind == .quoted }
            switch token.kind {
            case .space, .comment: continue
            case .quoted where token.text.hasPrefix("'"):
                if isBeside, case .constant(let before) = signs.last {
                    signs[signs.count - 1] = .constant(before + token.text)
                } else {
                    signs.append(.constant(token.text))
                }
            case .quoted: signs.append(.word(String(token.text.dropFirst().dropLast())))
            case .word: Self.add(word: token.text, to: &signs)
            case .sign:
                if isBeside, case .mark(let before) = signs.last,
                    (before + token.text).allSatisfy(Self.parts.contains)
                {
                    signs[signs.count - 1] = .mark(before + token.text)
                } else {
                    signs.append(.mark(token.text))
                }
            }
        }
        self.signs = signs
        closing = Self.pairs(signs)
    }

    private static func add(word: String, to signs: inout [Sign]) {
        if let number = Int(word), signs.last == .mark("$") {
            signs[signs.count - 1] = .hole(number)
        } else if word.first?.isNumber == true || ["TRUE", "FALSE", "NULL"].contains(word.uppercased()) {
            signs.append(.constant(word))
        } else {
            signs.append(.word(word))
        }
    }

    private static func pairs(_ signs: [Sign]) -> [Int: Int] {
        var (open, closing): ([Int], [Int: Int]) = ([], [:])
        for (index, sign) in signs.enumerated() {
            if sign == .mark("(") { open.append(index) }
            if sign == .mark(")"), let start = open.popLast() { closing[start] = index }
        }
        return closing
    }

    /// The word there, in capitals; empty where there is none.
    func keyword(_ index: Int) -> String {
        guard signs.indices.contains(index), case .word(let word) = signs[index] else { return "" }
        return word.uppercased()
    }

    func isMark(_ mark: String, at index: Int) -> Bool {
        signs.indices.contains(index) && signs[index] == .mark(mark)
    }

    /// The places of a range that are in no parentheses there; those that open some are among them.
    func level(_ range: Range<Int>) -> [Int] {
        var places: [Int] = []
        var index = range.lowerBound
        while index < range.upperBound {
            places.append(index)
            index = (closing[index] ?? index) + 1
        }
        return places
    }

    /// What stands between the `(` there and its `)`.
    func inside(_ open: Int) -> Range<Int>? {
        closing[open].map { open + 1..<$0 }
    }
}
