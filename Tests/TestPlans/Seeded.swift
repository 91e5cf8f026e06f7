import Foundation

/// Whether the long tests run, which try ten times as many plans and histories: `TALLYSTICK_TORTURE=1`.
package let isTorture = ProcessInfo.processInfo.environment["TALLYSTICK_TORTURE"] != nil

/// Chance that repeats itself (SplitMix64), so that a failed property names its seed.
package struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    package init(_ seed: Int) { state = UInt64(seed) &* 0x5851_F42D_4C95_7F2D }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    package mutating func number(_ range: ClosedRange<Int>) -> Int { .random(in: range, using: &self) }
    package mutating func cents(_ range: ClosedRange<Int64>) -> Int64 { .random(in: range, using: &self) }
    package mutating func pick<Element>(_ list: [Element]) -> Element { list.randomElement(using: &self)! }

    /// True once in so many times.
    package mutating func once(in count: Int) -> Bool { number(1...count) == 1 }
}
