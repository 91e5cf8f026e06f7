import Engine
import Facts
import Values

/// What else an earning was reckoned by, as its row keeps it: JSON with exact numbers, of each part that it
/// has.
enum FrozenText {
    static func text(_ frozen: Frozen?) -> String? {
        guard let frozen else { return nil }
        return JSON.record([
            "capped": frozen.capped.map { json($0) }, "sale": frozen.sale.map { json($0) },
            "portion": frozen.portion.map { json($0) },
            "guarded": frozen.guarded.map(JSON.int),
            "rank": frozen.rank.map { .int(Int64($0)) },
        ]).canonical
    }

    /// Nil for what cannot be read; `verify` says so.
    static func frozen(_ text: String) -> Frozen? {
        guard let json = try? JSON(reading: text.utf8) else { return nil }
        var frozen = Frozen()
        if let capped = json["capped"] { frozen.capped = self.capped(capped) }
        if let portion = json["portion"] { frozen.portion = self.portion(portion) }
        frozen.rank = json["rank"]?.whole.flatMap { Int32(exactly: $0) }
        frozen.guarded = json["guarded"]?.whole
        frozen.sale = json["sale"].flatMap { money($0) }
        return frozen
    }

    private static func json(_ money: Money) -> JSON {
        .record(["minor": .int(money.minor), "currency": .string(money.currency.code)])
    }

    private static func money(_ json: JSON) -> Money? {
        guard let minor = json["minor"]?.whole, let currency = json["currency"]?.text.flatMap(Currency.init)
        else { return nil }
        return Money(minor, currency)
    }

    private static func json(_ capped: Capped) -> JSON {
        .record([
            "rule": .int(Int64(capped.rule)), "counted": .array(capped.counted.map(JSON.int)),
            "lost": .int(capped.lost),
        ])
    }

    private static func json(_ portion: Portion) -> JSON {
        .record([
            "share": .string(portion.share.text), "weights": .array(portion.weights.map(JSON.int)),
            "index": .int(Int64(portion.index)),
        ])
    }

    private static func portion(_ json: JSON) -> Portion? {
        guard let share = json["share"]?.text.flatMap({ Fraction(share: $0) }),
            let weights = json["weights"]?.elements?.compactMap(\.whole),
            let index = json["index"]?.whole.flatMap({ Int(exactly: $0) }),
            weights.isEmpty || weights.indices.contains(index), weights.allSatisfy({ $0 >= 0 }),
            weights.isEmpty || weights.contains(where: { $0 > 0 })
        else { return nil }
        return Portion(share: share, weights: weights, index: index)
    }

    private static func capped(_ json: JSON) -> Capped? {
        guard let rule = json["rule"]?.whole.flatMap({ UInt16(exactly: $0) }),
            let counted = json["counted"]?.elements?.compactMap(\.whole), let lost = json["lost"]?.whole
        else { return nil }
        return Capped(rule, counted: counted, lost: lost)
    }
}
