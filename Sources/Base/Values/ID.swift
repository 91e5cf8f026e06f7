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
    package func precedes(_ other: String) -> Bool {
        withBytes { own in other.withBytes { own.lexicographicallyPrecedes($0) } }
    }

    /// Whether the bytes are the same; Swift's own `==` takes two spellings of one letter for the same.
    package func isSame(as other: String) -> Bool {
        withBytes { own in other.withBytes { own.count == $0.count && own.elementsEqual($0) } }
    }

    /// Goes with `isSame(as:)`.
    package func hashBytes(into hasher: inout Hasher) {
        withBytes { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }

    private func withBytes<T>(_ work: (UnsafeBufferPointer<UInt8>) -> T) -> T {
        var text = self
        return text.withUTF8(work)
    }
}

extension String {
    /// The same text in Unicode's composed form (NFC).
    package var composed: String {
        utf8.allSatisfy { $0 < 0x80 } ? self : precomposedStringWithCanonicalMapping
    }
}
