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

    package static func bytes(_ text: String) -> [UInt8] { Array(SHA256.hash(data: Array(text.utf8))) }

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
    private let key: SymmetricKey

    package init(_ bytes: [UInt8]) { key = SymmetricKey(data: bytes) }

    /// 128 bits as hex: `purpose` keeps equal texts of different fields apart.
    package func hash(_ text: String, purpose: String) -> String {
        let code = HMAC<SHA256>.authenticationCode(for: Array("\(purpose)\u{0}\(text)".utf8), using: key)
        return Digest.hexadecimal(code.prefix(16))
    }

    package func bytes(_ text: String) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key))
    }
}
