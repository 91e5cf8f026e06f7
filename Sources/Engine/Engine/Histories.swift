/// The conversions of each customer by place, each leading to the one before.
package struct Histories: Sendable {
    private var previous: Column<Conversion, Int32> = Column()
    /// The last of each customer whose history is known; −1: there is none.
    private var last: Column<Identity, Int32> = Column()

    package init() {}

    mutating func reserve(_ count: Int) { previous.reserve(count) }

    /// Nil where it is not known.
    package subscript(_ identity: Ref<Identity>) -> [Ref<Conversion>]? {
        get { last[identity].map { until($0 < 0 ? nil : Ref($0)) } }
        set {
            last[identity] = newValue.map { $0.last?.number ?? -1 }
            link(newValue ?? [])
        }
    }

    /// The history that ends with `last`.
    func until(_ last: Ref<Conversion>?) -> [Ref<Conversion>] {
        var found: [Ref<Conversion>] = []
        var number = last?.number ?? -1
        while number >= 0 {
            found.append(Ref(number))
            number = previous[Ref(number)] ?? -1
        }
        return found.reversed()
    }

    mutating func link(_ history: [Ref<Conversion>]) {
        var before: Ref<Conversion>?
        for conversion in history {
            link(conversion, to: before)
            before = conversion
        }
    }

    mutating func link(_ conversion: Ref<Conversion>, to before: Ref<Conversion>?) {
        previous[conversion] = before?.number ?? -1
    }

    /// Adds the customer's latest conversion, where the others are known.
    mutating func add(_ conversion: Ref<Conversion>, to identity: Ref<Identity>) {
        guard let before = last[identity] else { return }
        link(conversion, to: before < 0 ? nil : Ref(before))
        last[identity] = conversion.number
    }
}
