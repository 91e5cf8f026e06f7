import Engine
import Values

extension Reader {
    mutating func conditions(_ item: Item?) -> [Condition] {
        guard let item, var section = section(item) else { return [] }
        var conditions: [Condition] = []
        func add(_ condition: Condition?) {
            if let condition { conditions.append(condition) }
        }
        add(symbols(section.take("country")) { $0.country($1) }.map(Condition.country))
        add(word(section.take("customer"), of: Customer.allCases).map { .customerIsNew($0 == .new) })
        add(symbols(section.take("coupon")) { $0.text($1, max: 128)?.lowercased() }.map(Condition.coupon))
        add(symbols(section.take("product")) { $0.text($1, max: 255) }.map(Condition.product))
        let sku = offered(section.take("sku"), by: .items)
        add(symbols(sku) { $0.text($1, max: 255) }.map(Condition.sku))
        let category = offered(section.take("category"), by: .items)
        add(symbols(category) { $0.text($1, max: 255) }.map(Condition.category))
        for lane in 0..<10 {
            let values = symbols(section.take("sub\(lane + 1)")) { $0.text($1, max: 255) }
            add(values.map { .sub(lane: lane, $0) })
        }
        let tier = offered(section.take("tier"), by: .tierCondition)
        add(symbols(tier) { $0.tier($1) }.map(Condition.tier))
        conditions += comparisons(section.take("amount"))
        conditions += dates(&section)
        conditions += metadata(section.take("metadata"))
        close(section)
        return conditions
    }

    /// The section's `from` and `until`.
    mutating func dates(_ section: inout Section) -> [Condition] {
        let start = moment(section.take("from"), isEnd: false)
        let end = moment(section.take("until"), isEnd: true)
        return [start.map(Condition.from), end.map(Condition.until)].compactMap(\.self)
    }

    /// One of the program's tiers.
    mutating func tier(_ item: Item) -> String? {
        guard let text = text(item, max: 40) else { return nil }
        if tierNames.contains(text) { return text }
        let known = tierNames.isEmpty ? "; it has no `tiers`" : "; there are: \(joined(tierNames))"
        refuse(item, "names no tier of this file\(suggestion(text, tierNames))\(known)")
        return nil
    }

    private enum Customer: String, CaseIterable { case new, returning }

    private mutating func symbols(_ item: Item?, _ read: (inout Reader, Item) -> String?) -> [Symbol]? {
        list(item, single: true, read)?.map { words($0) }
    }

    private mutating func country(_ item: Item) -> String? {
        guard let text = text(item, max: 200) else { return nil }
        let code = text.uppercased()
        guard code.utf8.count == 2, code.utf8.allSatisfy({ (0x41...0x5A).contains($0) }) else {
            refuse(item, "must be a country of two letters (ISO 3166-1), such as DE, not \(shown(text))")
            return nil
        }
        return code
    }

    private mutating func comparisons(_ item: Item?) -> [Condition] {
        list(item, single: true) { $0.comparison($1) } ?? []
    }

    private mutating func comparison(_ item: Item) -> Condition? {
        guard let text = text(item, max: 200) else { return nil }
        // The longer signs first: `>=` begins with `>`.
        let signs = [Comparison.atLeast, .atMost, .more, .less]
        guard let sign = signs.first(where: { text.hasPrefix($0.rawValue) }) else {
            refuse(
                item, "must be a comparison such as \">= 50.00 USD\" with >=, >, <= or <, not \(shown(text))")
            return nil
        }
        return money(String(text.dropFirst(sign.rawValue.count)), of: item).map { .amount(sign, $0) }
    }

    private mutating func metadata(_ item: Item?) -> [Condition] {
        guard let item, let members = members(item) else { return [] }
        return members.compactMap { member in
            symbols(item.below(member)) { $0.text($1, max: 255) }
                .map { .metadata(key: words(member.key), $0) }
        }
    }
}

extension Condition {
    var isForRanks: Bool { if case .tier = self { true } else { false } }

    /// Whether a click or an impression has what it asks for.
    var isForTraffic: Bool {
        switch self {
        case .country, .sub, .tier, .from, .until: true
        case .customerIsNew, .product, .sku, .category, .coupon, .metadata, .amount: false
        }
    }
}
