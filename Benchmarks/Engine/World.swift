import Engine
import Values

/// Ninety days of clicks and sales in columns, in the order of time, the same for the same numbers.
struct World {
    static let partners = 500
    static let countries = ["DE", "FR", "IT", "ES", "NL", "AT", "CH", "PL"]
    private static let start = Instant(text: "2026-01-01") ?? .earliest
    private static let span = Span.days(90)

    struct Sales {
        var at: [Instant] = []
        var visitor: [Int32] = []
        var amount: [Int64] = []
        var tax: [Int64] = []
        var shipping: [Int64] = []
        var country: [UInt8] = []
    }

    private(set) var clicks = TouchColumns()
    private(set) var sales = Sales()
    let visitors: Int

    init(clicks: Int, sales: Int) {
        visitors = max(1, clicks / 10)
        var chance = Chance(state: 42)
        for index in 0..<clicks {
            let at = World.instant(index, of: clicks, &chance)
            let visitor = Ref<Visitor>(Int32(chance.next(below: visitors)))
            let partner = Ref<Partner>(Int32(chance.next(below: World.partners)))
            let kind = chance.next(below: 64)
            self.clicks.add(at: at, by: visitor, of: partner, isBot: kind == 0, deniedConsent: kind == 1)
        }
        for index in 0..<sales {
            let amount = 1_000 + Int64(chance.next(below: 60_000))
            self.sales.at.append(World.instant(index, of: sales, &chance))
            self.sales.visitor.append(Int32(chance.next(below: visitors)))
            self.sales.amount.append(amount)
            self.sales.tax.append(amount * 19 / 119)
            self.sales.shipping.append(chance.next(below: 2) == 0 ? 0 : 499)
            self.sales.country.append(UInt8(chance.next(below: World.countries.count)))
        }
    }

    /// Each has a part of the span to itself, so that no two are of one instant.
    private static func instant(_ index: Int, of count: Int, _ chance: inout Chance) -> Instant {
        let part = span.milliseconds / Int64(count)
        let after = Int64(index) * part + Int64(chance.next(below: Int(part)))
        return start.moved(by: Span(milliseconds: after))
    }
}

/// SplitMix64.
private struct Chance {
    var state: UInt64

    mutating func next(below bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        mixed ^= mixed >> 31
        return Int(mixed.multipliedFullWidth(by: UInt64(bound)).high)
    }
}
