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
    private var labels: [Label] = []
    private var items: [Item] = []
    private var measures: [Measure] = []
    private var components: [Component] = []

    package init() {}

    package func labels(of sale: Sale) -> ArraySlice<Label> { labels[sale.labels] }
    package func items(of sale: Sale) -> ArraySlice<Item> { items[sale.items] }
    package func components(of sale: Sale) -> ArraySlice<Component> { components[sale.components] }
    package func measure(of sale: Sale) -> Measure? { measures[sale.measure].first }

    package mutating func keep(_ new: [Label]) -> Run { Self.keep(new, in: &labels) }
    package mutating func keep(_ new: [Item]) -> Run { Self.keep(new, in: &items) }
    package mutating func keep(_ new: Measure) -> Run { Self.keep([new], in: &measures) }
    package mutating func keep(_ new: [Component]) -> Run { Self.keep(new, in: &components) }

    /// A sale that is judged again brings the same again, and it is kept once.
    private static func keep<Thing: Equatable>(_ new: [Thing], in all: inout [Thing]) -> Run {
        if new.isEmpty { return .none }
        if !all.suffix(new.count).elementsEqual(new) { all += new }
        return Run(all.count - new.count..<all.count)
    }
}
