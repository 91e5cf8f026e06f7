import Values

/// A thing's number inside one fold: given out at the edge, where its name is known. It means nothing elsewhere
/// and is never stored.
package struct Ref<Thing>: Hashable, Sendable, BitwiseCopyable {
    package let number: Int32
    package init(_ number: Int32) { self.number = number }
}

package enum Partner {}
package enum Click {}
package enum Coupon {}
package enum Conversion {}
package enum Statement {}
package enum Batch {}
package enum Person {}
/// A customer by the best name we have: the company's own id, else a hashed e-mail, else a visitor.
package enum Identity {}
/// A word that rules compare, such as an event, a country, a coupon code or a metadata value.
package enum Word {}

package typealias Symbol = Ref<Word>

/// An id's first 32 bytes, so that ties are broken by the id itself and never by the order of arrival.
package struct Tie: Hashable, Comparable, Sendable, BitwiseCopyable {
    private let a: UInt64, b: UInt64, c: UInt64, d: UInt64

    package init(_ id: String) {
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        for (index, byte) in Tie.kept(id).enumerated() {
            let shifted = UInt64(byte) << UInt64(56 - 8 * (index % 8))
            switch index / 8 {
            case 0: words.0 |= shifted
            case 1: words.1 |= shifted
            case 2: words.2 |= shifted
            default: words.3 |= shifted
            }
        }
        (a, b, c, d) = words
    }

    /// At most 32 bytes, cut between characters so that they stay text.
    private static func kept(_ id: String) -> Substring.UTF8View {
        guard id.utf8.count > 32 else { return id[...].utf8 }
        var end = id.utf8.index(id.startIndex, offsetBy: 32)
        while end.samePosition(in: id.unicodeScalars) == nil { end = id.utf8.index(before: end) }
        return id[..<end].utf8
    }

    /// The bytes that are kept, as text: the whole id where it has no more than 32 bytes.
    package var text: String {
        let bytes = [a, b, c, d].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * $0)) } }
        return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }

    package static func < (x: Self, y: Self) -> Bool {
        if x.a != y.a { return x.a < y.a }
        if x.b != y.b { return x.b < y.b }
        return x.c != y.c ? x.c < y.c : x.d < y.d
    }
}

/// Where something stands in time: by its instant, then by its id.
package struct Place: Hashable, Comparable, Sendable, BitwiseCopyable {
    package let at: Instant
    package let tie: Tie

    package init(at: Instant, tie: Tie) {
        self.at = at
        self.tie = tie
    }

    package static func < (x: Self, y: Self) -> Bool { x.at != y.at ? x.at < y.at : x.tie < y.tie }
}
