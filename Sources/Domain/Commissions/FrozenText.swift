import Engine
import Values

/// What else an earning was reckoned by, as its row keeps it: JSON with exact numbers, of each part that it
/// has.
enum FrozenText {
    static func text(_ frozen: Frozen?) -> String? {
        guard let frozen else { return nil }
        return JSON.record([
            "capped": frozen.capped.map { json($0) }, "sale": frozen.sale.map { json($0) },
            "resale": frozen.resale.map { json($0) },
        ]).canonical
    }

    /// Nil for what cannot be read; `verify` says so.
    static func frozen(_ text: String) -> Frozen? {
        guard let json = try? JSON(reading: text.utf8) else { return nil }
        var frozen = Frozen()
        if let capped = json["capped"] { frozen.capped = self.capped(capped) }
        frozen.sale = json["sale"].flatMap { money($0) }
        frozen.resale = json["resale"].flatMap { resale($0) }
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

    private static func json(_ resale: Resale) -> JSON {
        .record([
            "list": .int(resale.list), "discount": .int(resale.discount),
            "numerator": .int(resale.share.numerator), "denominator": .int(resale.share.denominator),
        ])
    }

    private static func resale(_ json: JSON) -> Resale? {
        guard let list = json["list"]?.whole, let discount = json["discount"]?.whole,
            let top = json["numerator"]?.whole, let bottom = json["denominator"]?.whole,
            let share = Fraction(top, bottom)
        else { return nil }
        return Resale(list: list, discount: discount, share: share)
    }

    private static func json(_ capped: Capped) -> JSON {
        .record([
            "rule": .int(Int64(capped.rule)), "counted": .array(capped.counted.map(JSON.int)),
            "lost": .int(capped.lost),
        ])
    }

    private static func capped(_ json: JSON) -> Capped? {
        guard let rule = json["rule"]?.whole.flatMap({ UInt16(exactly: $0) }),
            let counted = json["counted"]?.elements?.compactMap(\.whole), let lost = json["lost"]?.whole
        else { return nil }
        return Capped(rule, counted: counted, lost: lost)
    }
}
