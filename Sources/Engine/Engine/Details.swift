import Values

package struct Label: Hashable, Sendable, BitwiseCopyable {
    package let key: Symbol
    package let value: Symbol

    package init(key: Symbol, value: Symbol) {
        self.key = key
        self.value = value
    }
}

/// A part of a sale that has a kind of its own. Its amount is net of tax, in the sale's currency.
package struct Item: Hashable, Sendable, BitwiseCopyable {
    @Packed package var sku: Symbol?
    @Packed package var category: Symbol?
    package let amount: Int64

    package init(sku: Symbol?, category: Symbol?, amount: Int64) {
        self.amount = amount
        self.sku = sku
        self.category = category
    }
}

package struct Measure: Hashable, Sendable, BitwiseCopyable {
    package let unit: Symbol
    /// Zero or more.
    package let quantity: Fraction

    package init(unit: Symbol, quantity: Fraction) {
        self.unit = unit
        self.quantity = quantity
    }
}

/// A part of net revenue, such as `ggr`; in the sale's currency, and it may be negative.
package struct Component: Hashable, Sendable, BitwiseCopyable {
    package let name: Symbol
    package let amount: Int64

    package init(name: Symbol, amount: Int64) {
        self.name = name
        self.amount = amount
    }
}

/// What sales bring in numbers that differ from sale to sale; each sale knows where its own stand.
package struct Details: Sendable {
    /// All that one sale brings.
    private struct Parts: Hashable, BitwiseCopyable {
        var labels = Run.none
        var items = Run.none
        var measure = Run.none
        var components = Run.none
    }

    private var parts: [Parts] = []
    private var labels: [Label] = []
    private var items: [Item] = []
    private var measures: [Measure] = []
    private var components: [Component] = []

    package init() {}

    /// Its metadata.
    package func labels(of sale: Sale) -> ArraySlice<Label> { labels[parts(of: sale).labels] }
    package func items(of sale: Sale) -> ArraySlice<Item> { items[parts(of: sale).items] }
    /// What its net revenue is made of.
    package func components(of sale: Sale) -> ArraySlice<Component> {
        components[parts(of: sale).components]
    }
    /// How much of something it was, such as 37.42 lots.
    package func measure(of sale: Sale) -> Measure? { measures[parts(of: sale).measure].first }

    private func parts(of sale: Sale) -> Parts {
        sale.details < 0 ? Parts() : parts[Int(sale.details)]
    }

    /// Keeps what a sale brings.
    /// - Returns: where it stands; −1 where there is nothing.
    package mutating func keep(
        labels: [Label], items: [Item], measure: Measure?, components: [Component]
    ) -> Int32 {
        var new = Parts()
        new.labels = Self.keep(labels, in: &self.labels)
        new.items = Self.keep(items, in: &self.items)
        new.measure = Self.keep(measure.map { [$0] } ?? [], in: &measures)
        new.components = Self.keep(components, in: &self.components)
        if new == Parts() { return -1 }
        if new != parts.last { parts.append(new) }
        return Int32(parts.count - 1)
    }

    /// A sale that is judged again brings the same again, and it is kept once.
    private static func keep<Thing: Equatable>(_ new: [Thing], in all: inout [Thing]) -> Run {
        if new.isEmpty { return .none }
        if !all.suffix(new.count).elementsEqual(new) { all += new }
        return Run(all.count - new.count..<all.count)
    }
}
