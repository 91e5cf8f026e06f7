/// The time, handed in; stopped in tests.
package struct Clock: Sendable {
    package let now: @Sendable () -> Instant

    package init(now: @escaping @Sendable () -> Instant) { self.now = now }

    package static let wall = Clock { .wallClock }

    package static func stopped(at instant: Instant) -> Clock { Clock { instant } }
}

/// Randomness, from one place; seeded in tests.
package struct Chance: Sendable {
    /// As many unpredictable bytes as asked for.
    package let bytes: @Sendable (Int) -> [UInt8]

    package init(bytes: @escaping @Sendable (Int) -> [UInt8]) { self.bytes = bytes }

    package static let system = Chance { count in
        var generator = SystemRandomNumberGenerator()
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 8)
        while bytes.count < count { withUnsafeBytes(of: generator.next()) { bytes.append(contentsOf: $0) } }
        return Array(bytes.prefix(count))
    }
}

extension Chance {
    /// A new id, prefixed and time-ordered: `par_01jd…` (48 bits of milliseconds, 80 of chance).
    package func id(_ prefix: String, at instant: Instant) -> String {
        "\(prefix)_\(timeOrdered(instant, bytes(10)))"
    }

    /// A secret of 160 bits for links and keys, in base 32.
    package func token() -> String { base32(bytes(20)) }
}

/// 48 bits of milliseconds followed by 80 bits, in base 32; sorts by time.
package func timeOrdered(_ instant: Instant, _ rest: [UInt8]) -> String {
    let milliseconds = UInt64(clamping: instant.milliseconds)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(16)
    for shift in stride(from: UInt64(40), through: 0, by: -8) {
        bytes.append(UInt8(truncatingIfNeeded: milliseconds >> shift))
    }
    bytes.append(contentsOf: rest.prefix(10))
    return base32(bytes)
}

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

private func base32Digit(_ value: UInt32) -> UInt8 {
    let alphabet: StaticString = "0123456789abcdefghjkmnpqrstvwxyz"
    return alphabet.utf8Start[Int(value)]
}
