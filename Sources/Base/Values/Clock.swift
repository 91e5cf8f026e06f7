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
