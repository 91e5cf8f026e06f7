/// The conversions of each customer by place, each leading to the one before.
package struct Histories: Sendable {
    /// −1: it has none.
    private var last: Column<Identity, Int32> = Column()
    private var previous: Column<Conversion, Int32> = Column()

    package init() {}

    /// Nil where it is not known.
    package subscript(_ identity: Ref<Identity>) -> [Ref<Conversion>]? {
        get {
            guard var number = last[identity] else { return nil }
            var found: [Ref<Conversion>] = []
            while number >= 0 {
                found.append(Ref(number))
                number = previous[Ref(number)] ?? -1
            }
            return found.reversed()
        }
        set {
            last[identity] = newValue.map { $0.last?.number ?? -1 }
            var before: Int32 = -1
            for conversion in newValue ?? [] {
                previous[conversion] = before
                before = conversion.number
            }
        }
    }

    func isKnown(_ identity: Ref<Identity>) -> Bool { last[identity] != nil }

    /// Adds the customer's latest conversion.
    mutating func add(_ conversion: Ref<Conversion>, to identity: Ref<Identity>) {
        previous[conversion] = last[identity] ?? -1
        last[identity] = conversion.number
    }
}
