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
        set {
            let index = Int(ref.number)
            // Numbers are given out in turn, so the next one is what comes.
            if index == values.count { return values.append(newValue) }
            grow(to: index)
            values[index] = newValue
        }
        _modify {
            grow(to: Int(ref.number))
            yield &values[Int(ref.number)]
        }
    }

    mutating func reserve(_ count: Int) { values.reserveCapacity(count) }

    private mutating func grow(to index: Int) {
        if index >= values.count {
            values.append(contentsOf: repeatElement(nil, count: index + 1 - values.count))
        }
    }

    /// Everything that is known, in the order of the numbers.
    package var all: [Value] { values.compactMap(\.self) }

    package var pairs: [(ref: Ref<Thing>, value: Value)] {
        values.enumerated().compactMap { number, value in value.map { (Ref(Int32(number)), $0) } }
    }
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
    /// Removes all and keeps the room.
    mutating func empty() {
        if !isEmpty { removeAll(keepingCapacity: true) }
    }

    package subscript(run: Run) -> ArraySlice<Element> { self[run.range] }
}
