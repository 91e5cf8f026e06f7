/// A JSON value (RFC 8259), read strictly: a duplicate key is refused, not guessed, and numbers keep their
/// text, so that `1e2` is never taken for a whole number.
package enum JSON: Hashable, Sendable {
    case null
    case bool(Bool)
    case number(String)
    case string(String)
    case array([JSON])
    /// In the order written; keys are unique.
    case object([Member])

    package struct Member: Hashable, Sendable {
        package let key: String
        package let value: JSON

        package init(_ key: String, _ value: JSON) {
            self.key = key
            self.value = value
        }
    }

    /// Nesting beyond this is refused.
    package static let depthMax = 32
}

extension JSON {
    package static func int(_ value: some BinaryInteger) -> JSON { .number(String(value)) }

    /// An object without the members whose value is nil.
    package static func record(_ members: KeyValuePairs<String, JSON?>) -> JSON {
        .object(members.compactMap { member in member.value.map { Member(member.key, $0) } })
    }

    package static func texts(_ texts: [String]) -> JSON { .array(texts.map(JSON.string)) }

    package var members: [Member]? { if case .object(let members) = self { members } else { nil } }
    package var elements: [JSON]? { if case .array(let elements) = self { elements } else { nil } }
    package var text: String? { if case .string(let text) = self { text } else { nil } }
    package var flag: Bool? { if case .bool(let flag) = self { flag } else { nil } }

    /// A whole number written as digits only.
    package var whole: Int64? {
        guard case .number(let text) = self, !text.utf8.contains(where: { $0 == 0x2E || $0 | 0x20 == 0x65 })
        else {
            return nil
        }
        return Int64(text)
    }

    package subscript(_ key: String) -> JSON? { members?.first { $0.key == key }?.value }
}

extension Optional where Wrapped == String {
    package var json: JSON? { map(JSON.string) }
}

// MARK: Canonical form

extension JSON {
    /// The canonical form of RFC 8785: no blanks, keys sorted by UTF-16 code units, the shortest escapes.
    /// Numbers are written as they were read; we only ever write whole ones.
    package var canonical: String {
        var out: [UInt8] = []
        out.reserveCapacity(1024)
        write(to: &out, sorted: true)
        return String(decoding: out, as: UTF8.self)
    }

    /// The same without sorting: the order in which a person reads the fields.
    package var compact: String {
        var out: [UInt8] = []
        out.reserveCapacity(1024)
        write(to: &out, sorted: false)
        return String(decoding: out, as: UTF8.self)
    }

    private func write(to out: inout [UInt8], sorted: Bool) {
        switch self {
        case .null: out += "null".utf8
        case .bool(let flag): out += (flag ? "true" : "false").utf8
        case .number(let text): out += text.utf8
        case .string(let text): JSON.write(text, to: &out)
        case .array(let elements):
            out.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                element.write(to: &out, sorted: sorted)
            }
            out.append(UInt8(ascii: "]"))
        case .object(let members):
            out.append(UInt8(ascii: "{"))
            let ordered = sorted ? members.sorted { JSON.keyPrecedes($0.key, $1.key) } : members
            for (index, member) in ordered.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                JSON.write(member.key, to: &out)
                out.append(UInt8(ascii: ":"))
                member.value.write(to: &out, sorted: sorted)
            }
            out.append(UInt8(ascii: "}"))
        }
    }

    /// UTF-8 order equals UTF-16 order but for characters beyond the basic plane, so ASCII keys take the
    /// short way.
    private static func keyPrecedes(_ a: String, _ b: String) -> Bool {
        if a.utf8.allSatisfy({ $0 < 0x80 }), b.utf8.allSatisfy({ $0 < 0x80 }) { return a.precedes(b) }
        return a.utf16.lexicographicallyPrecedes(b.utf16)
    }

    static func write(_ text: String, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { bytes in
            // Almost every text needs no escape and is copied in one piece.
            if bytes.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
                out.append(contentsOf: bytes)
            } else {
                for byte in bytes { writeEscaped(byte, to: &out) }
            }
        }
        out.append(UInt8(ascii: "\""))
    }

    private static func writeEscaped(_ byte: UInt8, to out: inout [UInt8]) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): out += [UInt8(ascii: "\\"), byte]
        case 0x08: out += "\\b".utf8
        case 0x09: out += "\\t".utf8
        case 0x0A: out += "\\n".utf8
        case 0x0C: out += "\\f".utf8
        case 0x0D: out += "\\r".utf8
        case 0..<0x20: out += "\\u00\(Digest.hexadecimal([byte]))".utf8
        default: out.append(byte)
        }
    }
}
