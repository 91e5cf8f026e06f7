import Values

/// A thing's number inside one fold: given out at the edge, where its name is known. It means nothing
/// elsewhere and is never stored.
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

/// An id that breaks ties, by its UTF-8 bytes: never the order of arrival.
package struct Tie: Hashable, Comparable, Sendable {
    package let text: String

    package init(_ id: String) { text = id }

    package static func < (a: Self, b: Self) -> Bool { a.text.precedes(b.text) }
}

/// Where something stands in time: by its instant, then by its id.
package struct Place: Hashable, Comparable, Sendable {
    package let at: Instant
    package let tie: Tie

    package init(at: Instant, tie: Tie) {
        self.at = at
        self.tie = tie
    }

    package static func < (x: Self, y: Self) -> Bool { x.at != y.at ? x.at < y.at : x.tie < y.tie }
}
