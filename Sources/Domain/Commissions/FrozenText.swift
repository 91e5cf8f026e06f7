import Engine
import Facts
import Values

/// What else an earning was reckoned by, as its row keeps it: JSON with exact numbers.
package enum FrozenText {
    static func text(_ frozen: Frozen?, _ names: Names) -> String? {
        guard let frozen else { return nil }
        return JSON.record([
            "capped": frozen.capped.map { json($0) }, "accrual": frozen.accrual.map { json($0, names) },
            "sale": frozen.sale.map { json($0) }, "resale": frozen.resale.map { json($0) },
            "portion": frozen.portion.map { json($0) }, "guarded": frozen.guarded.map { json($0) },
            "rank": frozen.rank.map { .int(Int64($0)) },
            "net": frozen.net.map { json($0, names) },
        ]).canonical
    }

    /// Nil for what cannot be read; `verify` says so.
    package static func frozen(_ text: String, _ names: inout Names) -> Frozen? {
        guard let json = try? JSON(reading: text.utf8) else { return nil }
        var frozen = Frozen()
        if let capped = json["capped"] { frozen.capped = self.capped(capped) }
        if let portion = json["portion"] { frozen.portion = self.portion(portion) }
        frozen.rank = json["rank"]?.whole.flatMap { Int32(exactly: $0) }
        frozen.guarded = json["guarded"].flatMap { guarded($0) }
        frozen.sale = json["sale"].flatMap { money($0) }
        frozen.resale = json["resale"].flatMap { resale($0) }
        if let accrual = json["accrual"] { frozen.accrual = self.accrual(accrual, &names) }
        if let net = json["net"] { frozen.net = self.net(net, &names) }
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
            "rule": .int(Int64(capped.rule)), "counted": .array(capped.counted.map { json($0) }),
            "lost": json(capped.lost), "closes_at": capped.closesAt.map { .string($0.text) },
        ])
    }

    /// Whole minor units, or a fraction of them as text.
    static func json(_ exact: Exact) -> JSON { exact.isWhole ? .int(exact.whole) : .string(exact.text) }

    static func exact(_ json: JSON) -> Exact? {
        json.whole.map { Exact($0) } ?? json.text.flatMap { Exact(text: $0) }
    }

    private static func json(_ guarded: Guarded) -> JSON {
        .array([.int(guarded.part), .int(guarded.whole)])
    }

    private static func guarded(_ json: JSON) -> Guarded? {
        guard let cells = json.elements?.compactMap(\.whole), cells.count == 2, cells[1] > 0 else {
            return nil
        }
        return Guarded(part: cells[0], whole: cells[1])
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

    private static func json(_ accrual: Accrual, _ names: Names) -> JSON {
        let sum = accrual.sum.map { key in
            JSON.array([
                .string(names.text(key.conversion)), .string(names.text(key.partner)),
                .int(Int64(key.rule)), .int(Int64(key.generation)),
            ])
        }
        return .record([
            "terms": .int(Int64(accrual.terms)), "exact": .string(accrual.exact.text), "sum": sum,
        ])
    }

    private static func accrual(_ json: JSON, _ names: inout Names) -> Accrual? {
        guard let terms = json["terms"]?.whole.flatMap({ Int32(exactly: $0) }),
            let exact = json["exact"]?.text.flatMap({ Exact(text: $0) })
        else { return nil }
        guard let sum = json["sum"]?.elements else { return Accrual(terms: terms, exact: exact) }
        guard sum.count == 4, let conversion = sum[0].text, let partner = sum[1].text,
            let rule = sum[2].whole.flatMap({ UInt16(exactly: $0) }),
            let generation = sum[3].whole.flatMap({ UInt16(exactly: $0) })
        else { return nil }
        let key = EarningKey(
            conversion: names.conversion(conversion), partner: names.partner(partner), rule: rule,
            generation: generation)
        return Accrual(terms: terms, exact: exact, sum: key)
    }

    private static func capped(_ json: JSON) -> Capped? {
        guard let rule = json["rule"]?.whole.flatMap({ UInt16(exactly: $0) }),
            let counted = json["counted"]?.elements?.compactMap({ exact($0) }),
            let lost = json["lost"].flatMap({ exact($0) })
        else { return nil }
        var capped = Capped(rule, counted: counted, lost: lost)
        capped.closesAt = json["closes_at"]?.text.flatMap { Instant(text: $0) }
        return capped
    }

    private static func json(_ net: NetShare, _ names: Names) -> JSON {
        .record([
            "compared": .int(net.compared), "boosts": NetRows.json(net.boosts), "alone": .bool(net.isAlone),
            "below": net.below.map { NetRows.json($0, names) },
        ])
    }

    private static func net(_ json: JSON, _ names: inout Names) -> NetShare? {
        guard let compared = json["compared"]?.whole, let isAlone = json["alone"]?.flag else { return nil }
        return NetShare(
            compared: compared, boosts: NetRows.boosts(json["boosts"]), isAlone: isAlone,
            below: json["below"].flatMap { NetRows.link($0, &names) })
    }
}
