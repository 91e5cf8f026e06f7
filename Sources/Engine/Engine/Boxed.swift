/// Something large that few have: whoever has none carries one word, not the room for it.
@propertyWrapper
package struct Boxed<Value: Hashable & Sendable>: Hashable, Sendable {
    private final class Box: Sendable {
        let value: Value
        init(_ value: Value) { self.value = value }
    }

    private var box: Box?

    package init(wrappedValue: Value?) { box = wrappedValue.map(Box.init) }

    package var wrappedValue: Value? {
        get { box?.value }
        set { box = newValue.map(Box.init) }
    }

    /// Itself, to be handed on for the price of a count.
    package var projectedValue: Self {
        get { self }
        set { self = newValue }
    }

    var isEmpty: Bool { box == nil }

    package static func == (a: Self, b: Self) -> Bool { a.box === b.box || a.box?.value == b.box?.value }
    package func hash(into hasher: inout Hasher) { hasher.combine(box?.value) }
}
