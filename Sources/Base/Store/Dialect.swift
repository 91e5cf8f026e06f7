/// The SQL of the migrations, which both databases read almost as it stands.
///
/// It knows four types (TEXT, BIGINT, BOOLEAN, DOUBLE PRECISION) and ends every statement with `;`.
enum Dialect {
    /// One statement: as it is written, comments and all, and as a row of tokens.
    struct Statement: Hashable, Sendable {
        var text = ""
        var tokens: [Token] = []
    }

    struct Token: Hashable, Sendable {
        enum Kind { case word, space, quoted, comment, sign }
        let kind: Kind
        let text: String
    }

    /// The statements of a file, without the `;` at their ends.
    static func statements(_ file: String) -> [Statement] {
        var all: [Statement] = []
        var current = Statement()
        for token in tokens(file) {
            if token.kind == .sign, token.text == ";" {
                all.append(current)
                current = Statement()
            } else {
                current.text += token.text
                current.tokens.append(token)
            }
        }
        all.append(current)
        return all.filter { $0.tokens.contains { $0.kind != .space && $0.kind != .comment } }
    }

    /// The statement in SQLite's words: its names for the types, and STRICT tables that hold to them.
    static func sqlite(_ statement: Statement) -> String {
        var text = ""
        var words: [String] = []
        for token in statement.tokens {
            switch token.kind {
            case .comment: text += " "
            case .word:
                let word = token.text.uppercased()
                words.append(word)
                switch word {
                case "BIGINT", "BOOLEAN": text += "INTEGER"
                case "DOUBLE": text += "REAL"
                case "PRECISION" where words.dropLast().last == "DOUBLE": break
                default: text += token.text
                }
            case .space, .quoted, .sign: text += token.text
            }
        }
        guard words.starts(with: ["CREATE", "TABLE"]) else { return text }
        // Small rows live in their primary key alone, one tree in place of two; a long text beside a key that
        // is not searched by it would make that tree slow (sqlite.org/withoutrowid.html).
        let isKeyed = words.contains("PRIMARY") && !longTexts.contains(where: words.contains)
        return text + (isKeyed ? " STRICT, WITHOUT ROWID" : " STRICT")
    }

    /// Columns that may be longer than a few hundred bytes.
    private static let longTexts = ["BODY", "SEALED", "STATEMENTS", "PAYOUT"]

    static func tokens(_ file: String) -> [Token] {
        let text = Array(file.unicodeScalars)
        var tokens: [Token] = []
        var start = 0
        while start < text.count {
            let kind = kind(text, start)
            let end = end(of: kind, text, start)
            tokens.append(Token(kind: kind, text: String(String.UnicodeScalarView(text[start..<end]))))
            start = end
        }
        return tokens
    }

    private static func kind(_ text: [Unicode.Scalar], _ start: Int) -> Token.Kind {
        let next = start + 1 < text.count ? text[start + 1] : " "
        return switch text[start] {
        case "-" where next == "-": .comment
        case "/" where next == "*": .comment
        case "'", "\"": .quoted
        case let scalar where scalar.properties.isWhitespace: .space
        case let scalar where isWord(scalar): .word
        default: .sign
        }
    }

    private static func end(of kind: Token.Kind, _ text: [Unicode.Scalar], _ start: Int) -> Int {
        var end = start + 1
        switch kind {
        case .sign: break
        case .word: while end < text.count, isWord(text[end]) { end += 1 }
        case .space: while end < text.count, text[end].properties.isWhitespace { end += 1 }
        case .comment where text[start] == "-": while end < text.count, text[end] != "\n" { end += 1 }
        case .comment:
            end = min(start + 4, text.count)
            while end < text.count, !(text[end - 2] == "*" && text[end - 1] == "/") { end += 1 }
        case .quoted:
            // A doubled quote inside ends one quoted token and begins the next: the same in the end.
            while end < text.count, text[end] != text[start] { end += 1 }
            end = min(end + 1, text.count)
        }
        return end
    }

    private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "_" || scalar.properties.isAlphabetic || scalar.properties.numericType != nil
    }
}
