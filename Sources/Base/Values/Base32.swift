/// Crockford's base 32 in lower case: digits and letters without i, l, o and u, so that it sorts as its bytes
/// do.
package func base32(_ bytes: [UInt8]) -> String {
    let length = (bytes.count * 8 + 4) / 5
    return String(unsafeUninitializedCapacity: length) { out in
        var buffer: UInt32 = 0
        var bits: UInt32 = 0
        var index = 0
        for byte in bytes {
            buffer = buffer << 8 | UInt32(byte)
            bits += 8
            while bits >= 5 {
                bits -= 5
                out[index] = base32Digit(buffer >> bits & 31)
                index += 1
            }
            buffer &= (1 << bits) - 1
        }
        if bits > 0 { out[index] = base32Digit(buffer << (5 - bits) & 31) }
        return length
    }
}

/// The bytes that `base32` wrote so; nil for any other text, so that no two texts are the same bytes.
package func base32Bytes(_ text: some StringProtocol) -> [UInt8]? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count * 5 / 8)
    var buffer: UInt32 = 0
    var bits: UInt32 = 0
    for digit in text.utf8 {
        let value = base32Values[Int(digit)]
        guard value < 32 else { return nil }
        buffer = buffer << 5 | UInt32(value)
        bits += 5
        guard bits >= 8 else { continue }
        bits -= 8
        bytes.append(UInt8(truncatingIfNeeded: buffer >> bits))
        buffer &= (1 << bits) - 1
    }
    return bits < 5 && buffer == 0 ? bytes : nil
}

private let alphabet: StaticString = "0123456789abcdefghjkmnpqrstvwxyz"

private func base32Digit(_ value: UInt32) -> UInt8 { alphabet.utf8Start[Int(value)] }

/// By digit; 255 for what is none.
private let base32Values: [UInt8] = {
    var values = [UInt8](repeating: 255, count: 256)
    for value in 0..<32 { values[Int(base32Digit(UInt32(value)))] = UInt8(value) }
    return values
}()
