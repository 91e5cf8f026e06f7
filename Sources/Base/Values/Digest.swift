import Crypto

/// SHA-256 (FIPS 180-4), and HMAC-SHA-256 (RFC 2104) where a key keeps outsiders from guessing.
package enum Digest {
    package static func hex(_ bytes: some Sequence<UInt8>) -> String {
        hexadecimal(SHA256.hash(data: Array(bytes)))
    }

    package static func hex(_ text: String) -> String {
        var text = text
        return text.withUTF8 { hexadecimal(SHA256.hash(data: $0)) }
    }

    package static func bytes(_ text: String) -> [UInt8] {
        var text = text
        return text.withUTF8 { Array(SHA256.hash(data: $0)) }
    }

    /// The hash of several texts: a NUL, which no text of ours holds, stands between them.
    package static func bytes(of texts: String...) -> [UInt8] { bytes(texts.joined(separator: "\u{0}")) }

    package static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        let digits: StaticString = "0123456789abcdef"
        var text: [UInt8] = []
        text.reserveCapacity(64)
        for byte in bytes {
            text.append(digits.utf8Start[Int(byte >> 4)])
            text.append(digits.utf8Start[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}

/// A key for hashes of personal values: who has only the hashes cannot test guesses.
package struct HashKey: Sendable {
    /// The key, taken in: to copy it is cheaper than to begin anew for every text.
    private let begun: HMAC<SHA256>

    package init(_ bytes: [UInt8]) { begun = HMAC<SHA256>(key: SymmetricKey(data: bytes)) }

    /// 128 bits as hex: `purpose` keeps equal texts of different fields apart.
    package func hash(_ text: String, purpose: String) -> String {
        Digest.hexadecimal(bytes("\(purpose)\u{0}\(text)").prefix(16))
    }

    package func bytes(_ text: String) -> [UInt8] {
        var code = begun
        var text = text
        text.withUTF8 { code.update(data: $0) }
        return Array(code.finalize())
    }
}
