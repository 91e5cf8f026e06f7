import Engine
import Values

/// A promise, and how the explanation of a line shows it.
struct WrittenPromise {
    let promise: Promise
    /// `20%` as written, `50.00 USD` in full, `0.035 USD per click`.
    let text: String
}

extension Reader {
    mutating func promise(_ item: Item?) -> WrittenPromise? {
        guard let text = text(item, max: 200), let item else { return nil }
        if let rate = share(text, most: 100) { return WrittenPromise(promise: .percent(rate), text: text) }
        if let range = text.firstRange(of: " per ") {
            return price(
                String(text[..<range.lowerBound]), per: String(text[range.upperBound...]), of: item)
        }
        guard !text.contains("%"), text.split(separator: " ").count <= 2 else {
            refuse(
                item,
                "must be a share up to 100% such as 20%, an amount such as 50.00 USD, or a price such as "
                    + "7.50 USD per lot, not \(shown(text))")
            return nil
        }
        return money(text, of: item).map { WrittenPromise(promise: .flat($0), text: $0.description) }
    }

    private mutating func price(_ amount: String, per unit: String, of item: Item) -> WrittenPromise? {
        let parts = amount.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard let number = parts.first, parts.count <= 2, let exact = exactPrice(number) else {
            refuse(
                item,
                "must be a price such as 0.035 USD per click in plain digits, at most "
                    + "\(Price.majorMax) with \(Price.placesMax) decimals, not \(shown(amount))")
            return nil
        }
        if parts.count == 2, Currency(parts[1]) == nil {
            refuse(
                item,
                "must be a price such as 0.035 USD per click; \(shown(parts[1])) is no currency of ISO 4217")
            return nil
        }
        guard let per = per(unit, of: item),
            let currency = parts.count == 2 ? Currency(parts[1]) : self.currency
        else { return nil }
        return WrittenPromise(
            promise: .each(Price(exact: exact, currency: currency, per: per)),
            text: "\(number) \(currency.code) per \(unit)")
    }

    private func exactPrice(_ number: String) -> Fraction? {
        guard !number.hasPrefix("-"), let exact = Fraction(decimal: number, places: Price.placesMax),
            let limit = Fraction(Price.majorMax, 1), exact <= limit
        else { return nil }
        return exact
    }

    private mutating func per(_ unit: String, of item: Item) -> Price.Per? {
        switch unit {
        case "click": return offers("per click", of: item, by: .clicks) ? .click : nil
        case "1000 impressions":
            return offers("per 1000 impressions", of: item, by: .impressions) ? .thousandImpressions : nil
        case "clicks": refuse(item, "must be a price per click, not per clicks")
        case "impression", "impressions", "1,000 impressions", "1000 impression", "thousand impressions":
            refuse(item, "must be a price per 1000 impressions, not per \(shown(unit))")
        case _ where unit.utf8.count <= 40 && unit.utf8.allSatisfy(isNamePart):
            return offers("per \(unit)", of: item, by: .units) ? .unit(words(unit)) : nil
        default:
            refuse(
                item,
                "must be a price per click, per 1000 impressions or per a unit of one word such as lot, "
                    + "not per \(shown(unit))")
        }
        return nil
    }

    private func isNamePart(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || "_-".utf8.contains(byte)
    }
}

extension Promise {
    /// Whether both are shares, or amounts in one currency, or prices of one thing in one currency.
    func isAlike(_ other: Promise) -> Bool {
        switch (self, other) {
        case (.percent, .percent): true
        case (.flat(let a), .flat(let b)): a.currency == b.currency
        case (.each(let a), .each(let b)): a.currency == b.currency && a.per == b.per
        default: false
        }
    }

    var share: Fraction? {
        if case .percent(let share) = self { share } else { nil }
    }

    var flat: Money? {
        if case .flat(let money) = self { money } else { nil }
    }

    /// Whether it is for clicks or impressions, which have no amount.
    var isForTraffic: Bool {
        guard case .each(let price) = self else { return false }
        switch price.per {
        case .click, .thousandImpressions: return true
        case .unit: return false
        }
    }
}
