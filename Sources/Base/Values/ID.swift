import Foundation

/// An identifier that belongs to one kind of thing: a `Partner.ID` never fits where a `Batch.ID` is asked
/// for.
package struct ID<Thing>: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let text: String

    package init(_ text: String) { self.text = text }

    package var description: String { text }

    /// By UTF-8 bytes, as facts are ordered.
    package static func < (a: Self, b: Self) -> Bool { a.text.utf8.lexicographicallyPrecedes(b.text.utf8) }
}

extension String {
    /// Whether `self` comes before `other` by UTF-8 bytes; Swift's own `<` compares normalised characters.
    package func precedes(_ other: String) -> Bool { utf8.lexicographicallyPrecedes(other.utf8) }
}

extension String {
    /// The same text in Unicode's composed form (NFC).
    package var composed: String {
        utf8.allSatisfy { $0 < 0x80 } ? self : precomposedStringWithCanonicalMapping
    }
}
