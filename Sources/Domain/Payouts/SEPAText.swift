import Foundation

/// Text in the characters that every SEPA bank carries: Latin letters without accents, digits and eleven more
/// (EPC217-08).
enum SEPAText {
    /// A text in those characters: letters in their Latin form, signs as EPC217-08 replaces them, what has no
    /// form as a full stop, blanks single, cut to `max`.
    static func transliterate(_ text: String, max: Int) -> String {
        let plain = text.utf8.allSatisfy { $0 < 0x80 }
        let latin = plain ? text : text.applyingTransform(toASCII, reverse: false) ?? text
        var taken: [UInt8] = []
        for character in latin {
            guard taken.count < max else { break }
            guard let byte = byte(for: character), byte != space || (taken.last ?? space) != space else {
                continue
            }
            taken.append(byte)
        }
        if taken.last == space { taken.removeLast() }
        return String(decoding: taken, as: UTF8.self)
    }

    /// Whether a bank carries `text` unchanged as a reference: 1 to 35 characters of the set, no slash at
    /// an end and no two together, no blank at an end.
    static func isReference(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard (1...35).contains(bytes.count), bytes.allSatisfy(isCarried) else { return false }
        let slash = UInt8(ascii: "/")
        let ends = [bytes[0], bytes[bytes.count - 1]]
        let twice = zip(bytes, bytes.dropFirst()).contains { $0 == slash && $1 == slash }
        return !ends.contains(slash) && !ends.contains(space) && !twice
    }

    /// Whether a person could read a name in it.
    static func hasWord(_ text: String) -> Bool { text.utf8.contains(where: isLetterOrDigit) }

    /// What stands for `character`; nil for marks that nobody sees.
    private static func byte(for character: Character) -> UInt8? {
        let scalar = character.unicodeScalars.first ?? " "
        if scalar.isASCII { return byte(for: UInt8(scalar.value)) }
        if character.isWhitespace { return space }
        switch scalar.properties.generalCategory {
        case .format, .nonspacingMark, .enclosingMark: return nil
        case .control: return space
        default: return UInt8(ascii: ".")
        }
    }

    private static func byte(for ascii: UInt8) -> UInt8 {
        if isCarried(ascii) { return ascii }
        switch ascii {
        case 0..<0x20, 0x7F: return space
        case UInt8(ascii: "&"): return UInt8(ascii: "+")
        case UInt8(ascii: ";"): return UInt8(ascii: ",")
        case UInt8(ascii: "`"): return UInt8(ascii: "'")
        case UInt8(ascii: "["), UInt8(ascii: "{"): return UInt8(ascii: "(")
        case UInt8(ascii: "]"), UInt8(ascii: "}"): return UInt8(ascii: ")")
        case UInt8(ascii: "\\"), UInt8(ascii: "|"): return UInt8(ascii: "/")
        case UInt8(ascii: "_"), UInt8(ascii: "~"): return UInt8(ascii: "-")
        default: return UInt8(ascii: ".")
        }
    }

    private static func isCarried(_ byte: UInt8) -> Bool { isLetterOrDigit(byte) || others.contains(byte) }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }

    private static let space = UInt8(ascii: " ")
    private static let others = Array("/-?:().,'+ ".utf8)
    private static let toASCII = StringTransform("Any-Latin; Latin-ASCII")
}

/// XML written in one pass, indented, a line an element: for documents whose shape is fixed.
struct Markup {
    private(set) var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    private var depth = 0

    /// An element that holds elements.
    mutating func element(_ name: String, namespace: String? = nil, _ inside: (inout Markup) -> Void) {
        let attribute = namespace.map { " xmlns=\"\(Self.escape($0))\"" } ?? ""
        line("<\(name)\(attribute)>")
        depth += 1
        inside(&self)
        depth -= 1
        line("</\(name)>")
    }

    /// An element that holds text.
    mutating func element(_ name: String, _ content: String, currency: String? = nil) {
        let attribute = currency.map { " Ccy=\"\(Self.escape($0))\"" } ?? ""
        line("<\(name)\(attribute)>\(Self.escape(content))</\(name)>")
    }

    /// Elements in one another, the innermost of which holds text.
    mutating func path(_ names: [String], _ content: String) {
        guard let first = names.first else { return }
        if names.count == 1 { return element(first, content) }
        element(first) { $0.path(Array(names.dropFirst()), content) }
    }

    private mutating func line(_ content: String) {
        for _ in 0..<depth { text += "  " }
        text += content
        text += "\n"
    }

    private static func escape(_ text: String) -> String {
        guard text.utf8.contains(where: special.contains) else { return text }
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&apos;"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    private static let special = Array("&<>\"'".utf8)
}
