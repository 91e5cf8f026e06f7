extension JSON {
    /// Reads one JSON text and nothing after it.
    /// - Throws: `Refusal.invalid` with the place and the cause.
    package init(reading bytes: some Collection<UInt8>) throws(Refusal) {
        var reader = JSONReader(Array(bytes))
        do {
            self = try reader.text()
        } catch {
            throw .invalid("", .notJSON("\(error.cause) at byte \(error.offset)"))
        }
    }
}

private struct Malformed: Error {
    let cause: String
    let offset: Int
}

/// One pass over the bytes. Every index is compared with the end before it is used, and nesting is bounded,
/// so that no input can make it trap.
private struct JSONReader {
    private let bytes: [UInt8]
    private var index = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func text() throws(Malformed) -> JSON {
        skipBlanks()
        let value = try value(depth: 0)
        skipBlanks()
        guard index == bytes.count else { throw fault("something follows the value") }
        return value
    }

    private func fault(_ cause: String) -> Malformed { Malformed(cause: cause, offset: index) }

    private var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func skipBlanks() {
        while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { index += 1 }
    }

    private mutating func value(depth: Int) throws(Malformed) -> JSON {
        guard depth <= JSON.depthMax else { throw fault("nesting deeper than \(JSON.depthMax)") }
        switch peek {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"): return .number(try number())
        case .some(UInt8(ascii: "0")...UInt8(ascii: "9")): return .number(try number())
        case nil: throw fault("the end comes too early")
        default: throw fault("an unexpected character")
        }
    }

    private mutating func word(_ word: StaticString, _ value: JSON) throws(Malformed) -> JSON {
        let end = index + word.utf8CodeUnitCount
        guard end <= bytes.count else { throw fault("an unknown word") }
        for offset in 0..<word.utf8CodeUnitCount where bytes[index + offset] != word.utf8Start[offset] {
            throw fault("an unknown word")
        }
        index = end
        return value
    }

    private mutating func array(depth: Int) throws(Malformed) -> JSON {
        index += 1
        var elements: [JSON] = []
        skipBlanks()
        if peek == UInt8(ascii: "]") {
            index += 1
            return .array([])
        }
        while true {
            skipBlanks()
            elements.append(try value(depth: depth + 1))
            skipBlanks()
            guard try another(until: UInt8(ascii: "]")) else { return .array(elements) }
        }
    }

    private mutating func object(depth: Int) throws(Malformed) -> JSON {
        index += 1
        var members: [JSON.Member] = []
        var keys: Set<String> = []
        skipBlanks()
        if peek == UInt8(ascii: "}") {
            index += 1
            return .object([])
        }
        while true {
            skipBlanks()
            guard peek == UInt8(ascii: "\"") else { throw fault("a key in quotes was expected") }
            let key = try string()
            if members.count < 12 {
                guard !members.contains(where: { $0.key == key }) else { throw duplicate(key) }
            } else {
                if keys.isEmpty { keys = Set(members.map(\.key)) }
                guard keys.insert(key).inserted else { throw duplicate(key) }
            }
            skipBlanks()
            guard peek == UInt8(ascii: ":") else { throw fault("a colon was expected") }
            index += 1
            skipBlanks()
            members.append(.init(key, try value(depth: depth + 1)))
            skipBlanks()
            guard try another(until: UInt8(ascii: "}")) else { return .object(members) }
        }
    }

    private func duplicate(_ key: String) -> Malformed { fault("the key \(key.prefix(60)) stands twice") }

    /// Steps over a comma (true) or the closing bracket (false).
    private mutating func another(until close: UInt8) throws(Malformed) -> Bool {
        guard let byte = peek, byte == close || byte == UInt8(ascii: ",") else {
            throw fault("a comma or a closing bracket was expected")
        }
        index += 1
        return byte != close
    }

    private mutating func number() throws(Malformed) -> String {
        let start = index
        if peek == UInt8(ascii: "-") { index += 1 }
        if peek == UInt8(ascii: "0") { index += 1 } else { try digits() }
        if peek == UInt8(ascii: ".") {
            index += 1
            try digits()
        }
        if let byte = peek, byte | 0x20 == UInt8(ascii: "e") {
            index += 1
            if let sign = peek, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { index += 1 }
            try digits()
        }
        guard index - start <= 64 else { throw fault("a number of more than 64 characters") }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    private mutating func digits() throws(Malformed) {
        let start = index
        while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { index += 1 }
        guard index > start else { throw fault("a digit was expected") }
    }

    private mutating func string() throws(Malformed) -> String {
        index += 1
        let start = index
        while index < bytes.count, bytes[index] != UInt8(ascii: "\""), bytes[index] != UInt8(ascii: "\\"),
            bytes[index] >= 0x20
        { index += 1 }
        if peek == UInt8(ascii: "\"") {
            defer { index += 1 }
            return try utf8(bytes[start..<index])
        }
        var text = Array(bytes[start..<index])
        while let byte = peek {
            index += 1
            switch byte {
            case UInt8(ascii: "\""): return try utf8(text[...])
            case UInt8(ascii: "\\"): try escape(into: &text)
            case 0..<0x20: throw fault("a control character in a string")
            default: text.append(byte)
            }
        }
        throw fault("a string without an end")
    }

    private func utf8(_ slice: ArraySlice<UInt8>) throws(Malformed) -> String {
        guard let text = String(validating: slice, as: UTF8.self) else { throw fault("invalid UTF-8") }
        return text
    }

    private mutating func escape(into text: inout [UInt8]) throws(Malformed) {
        guard let byte = peek else { throw fault("a string without an end") }
        index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"): text += Array(String(Character(try scalar())).utf8)
        default: throw fault("an unknown escape")
        }
    }

    /// The scalar of `\uXXXX`, or of two that are a surrogate pair; a lone surrogate is refused.
    private mutating func scalar() throws(Malformed) -> Unicode.Scalar {
        let first = try unit()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard (0xD800..<0xDC00).contains(first), peek == UInt8(ascii: "\\") else {
            throw fault("a lone surrogate")
        }
        index += 1
        guard peek == UInt8(ascii: "u") else { throw fault("a lone surrogate") }
        index += 1
        let second = try unit()
        guard (0xDC00..<0xE000).contains(second) else { throw fault("a lone surrogate") }
        let value = 0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00)
        guard let scalar = Unicode.Scalar(value) else { throw fault("a lone surrogate") }
        return scalar
    }

    private mutating func unit() throws(Malformed) -> UInt16 {
        guard index + 4 <= bytes.count else { throw fault("a short escape") }
        var value: UInt16 = 0
        for byte in bytes[index..<index + 4] {
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: throw fault("a short escape")
            }
            value = value << 4 | UInt16(digit)
        }
        index += 4
        return value
    }
}
