/// What comes from outside the rules, from one place: the time. Stopped in tests.
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
package func timeOrdered(_ instant: Instant, _ rest: some Sequence<UInt8>) -> String {
    let milliseconds = UInt64(clamping: instant.milliseconds)
    let time = (0..<6).map { UInt8(truncatingIfNeeded: milliseconds >> (40 - 8 * $0)) }
    return base32(time + rest.prefix(10))
}

/// Crockford's base 32 in lower case: digits and letters without i, l, o and u, so that it sorts as its bytes do.
package func base32(_ bytes: [UInt8]) -> String {
    let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count * 8 + 4) / 5)
    var buffer: UInt32 = 0
    var bits = 0
    for byte in bytes {
        buffer = buffer << 8 | UInt32(byte)
        bits += 8
        while bits >= 5 {
            bits -= 5
            text.append(alphabet[Int(buffer >> UInt32(bits)) & 31])
        }
        buffer &= (1 << UInt32(bits)) - 1
    }
    if bits > 0 { text.append(alphabet[Int(buffer << UInt32(5 - bits)) & 31]) }
    return String(decoding: text, as: UTF8.self)
}
