import Values

// The parts of a conversion that come in numbers of their own: items, a measure, components.

extension FactReader {
    static let itemsMax = 500
    static let componentsMax = 50

    func items(_ unit: Currency, _ fields: inout Fields, _ body: inout Body) -> [ConversionContent.Item] {
        guard let value = fields.value("items") else { return [] }
        guard let elements = value.elements, elements.count <= Self.itemsMax else {
            fields.fault("items", .because("must be a list of at most \(Self.itemsMax) items"))
            return []
        }
        var items: [ConversionContent.Item] = []
        var kept: [JSON] = []
        for (index, element) in elements.enumerated() {
            guard let members = element.members else {
                fields.fault("items/\(index)", .notObject)
                continue
            }
            var inner = Fields(members, at: "/items/\(index)", areKnown: door.isStore)
            let (sku, category) = (inner.text("sku"), inner.text("category"))
            let count = inner.text("quantity", max: 40)
            if let count, quantity(count) == nil { inner.fault("quantity", .notADecimal) }
            let before = inner.faults.count
            let amount = inner.amount("amount", unit)
            if amount == nil, inner.faults.count == before { inner.fault("amount", .missing) }
            try? inner.finish()
            fields.absorb(inner)
            items.append(.init(sku: sku, category: category, amount: amount?.minor ?? 0))
            kept.append(
                .record([
                    "sku": sku.json, "category": category.json, "quantity": count.json,
                    "amount": (amount?.amount).json,
                ]))
        }
        body.keep("items", .array(kept))
        return items
    }

    func measure(_ fields: inout Fields, _ body: inout Body) -> (unit: String, quantity: Fraction)? {
        let text = body.keep("quantity", fields.text("quantity", max: 40))
        let unit = body.keep("unit", fields.text("unit", max: 64))
        switch (text, unit) {
        case (nil, nil): return nil
        case (let text?, let unit?):
            guard let quantity = quantity(text) else {
                fields.fault("quantity", .notADecimal)
                return nil
            }
            if unit.isEmpty { fields.fault("unit", .missing) }
            return (unit, quantity)
        case (nil, _):
            fields.fault("quantity", .missing)
            return nil
        case (_, nil):
            fields.fault("unit", .missing)
            return nil
        }
    }

    /// At most a billion, with at most nine places: so that a price times it stays exact.
    private func quantity(_ text: String) -> Fraction? {
        guard let quantity = Fraction(decimal: text, places: 9), quantity >= .zero,
            quantity <= Fraction(1_000_000_000, 1)!
        else { return nil }
        return quantity
    }

    func components(
        _ unit: Currency, _ fields: inout Fields, _ body: inout Body
    ) -> [(name: String, amount: Int64)] {
        guard let value = fields.value("components") else { return [] }
        guard let members = value.members, members.count <= Self.componentsMax else {
            fields.fault(
                "components", .because("must be an object of at most \(Self.componentsMax) amounts"))
            return []
        }
        var inner = Fields(members, at: "/components", areKnown: door.isStore)
        var components: [(name: String, amount: Int64)] = []
        for member in members {
            guard let money = inner.signedAmount(member.key, unit) else { continue }
            components.append((member.key, money.minor))
        }
        fields.absorb(inner)
        body.keep(
            "components",
            .object(components.map { JSON.Member($0.name, .string(Money($0.amount, unit).amount)) }))
        return components
    }
}
