/// What is known of each thing of a kind, by its number: an array, so that a look-up costs an index.
///
/// Absent means unknown in a partial memory, and zero or nothing in a whole one.
package struct Column<Thing, Value: Sendable>: Sendable {
    private var values: [Value?] = []

    package init() {}

    package subscript(_ ref: Ref<Thing>) -> Value? {
        get {
            let index = Int(ref.number)
            return index < values.count ? values[index] : nil
        }
        _modify {
            let index = Int(ref.number)
            if index >= values.count {
                values.append(contentsOf: repeatElement(nil, count: index + 1 - values.count))
            }
            yield &values[index]
        }
    }

    /// Everything that is known, in the order of the numbers.
    package var all: [Value] { values.compactMap(\.self) }
}

/// Elements that stand together in an array.
package struct Run: Hashable, Sendable, BitwiseCopyable {
    private let start: Int32
    private let count: Int32

    package static let none = Run(0..<0)

    init(_ range: Range<Int>) {
        start = Int32(range.lowerBound)
        count = Int32(range.count)
    }

    package var range: Range<Int> { Int(start)..<Int(start + count) }
}

extension Array {
    package subscript(run: Run) -> ArraySlice<Element> { self[run.range] }
}
