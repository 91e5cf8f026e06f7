import Engine
import Facts
import Values

/// An earning's step as its row keeps it: JSON with exact numbers.
enum TieringText {
    static func text(_ tiering: Tiering?, _ names: Names) -> String? {
        guard let tiering else { return nil }
        return JSON.record([
            "volume": .int(tiering.volume), "before": .int(tiering.before), "step": .int(Int64(tiering.step)),
            "promise": json(tiering.promise, names), "quantity": .string(tiering.quantity.text),
            "points": .string(tiering.points.text), "times": .string(tiering.times.text),
            "stepped": .bool(tiering.isStepped),
        ]).canonical
    }

    /// Nil for what cannot be read; `verify` says so.
    static func tiering(_ text: String, _ names: inout Names) -> Tiering? {
        guard let json = try? JSON(reading: text.utf8), let volume = json["volume"]?.whole,
            let before = json["before"]?.whole,
            let step = json["step"]?.whole.flatMap({ Int32(exactly: $0) }),
            let promise = json["promise"].flatMap({ self.promise($0, &names) }),
            let quantity = fraction(json["quantity"]), let points = fraction(json["points"]),
            let times = fraction(json["times"])
        else { return nil }
        return Tiering(
            volume: volume, before: before, step: step, promise: promise, quantity: quantity, points: points,
            times: times, isStepped: json["stepped"]?.flag ?? true)
    }

    private static func json(_ promise: Promise, _ names: Names) -> JSON {
        switch promise {
        case .percent(let share): .texts(["share", share.text])
        case .flat(let reward): .texts(["amount", String(reward.minor), reward.currency.code])
        case .each(let price):
            switch price.per {
            case .unit(let unit):
                .texts(["each", price.exact.text, price.currency.code, names.text(unit)])
            // Traffic has no tiers.
            case .click, .thousandImpressions: .null
            }
        }
    }

    private static func promise(_ json: JSON, _ names: inout Names) -> Promise? {
        let words = (json.elements ?? []).compactMap(\.text)
        switch (words.first, words.count) {
        case ("share", 2): return fraction(words[1]).map(Promise.percent)
        case ("amount", 3):
            return Int64(words[1]).flatMap { minor in
                Currency(words[2]).map { .flat(Money(minor, $0)) }
            }
        case ("each", 4):
            guard let exact = fraction(words[1]), let currency = Currency(words[2]) else { return nil }
            return .each(Price(exact: exact, currency: currency, per: .unit(names.word(words[3]))))
        default: return nil
        }
    }

    private static func fraction(_ json: JSON?) -> Fraction? { json?.text.flatMap { fraction($0) } }

    static func fraction(_ text: String) -> Fraction? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int64($0) }
        switch parts.count {
        case 1: return parts[0].flatMap { Fraction($0, 1) }
        case 2: return parts[0].flatMap { top in parts[1].flatMap { Fraction(top, $0) } }
        default: return nil
        }
    }
}
