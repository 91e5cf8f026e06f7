import Facts
import Terms
import TestPlans
import Values

/// A random program and what happened in it from January to April: some seventy facts, many of one instant.
struct History {
    let program: ProgramFile
    /// Partners, coupons and clicks: what conversions are decided by.
    private(set) var evidence: [FactRecord] = []
    private(set) var conversions: [FactRecord] = []
    /// Refunds, chargebacks and rejections.
    private(set) var reversals: [FactRecord] = []
    private(set) var rates: [FactRecord] = []
    /// Departures, holds and releases: what counts from when it is known.
    private(set) var steering: [FactRecord] = []
    private var chance: Seeded

    var all: [FactRecord] { evidence + rates + conversions + reversals + steering }

    init(_ seed: Int) {
        chance = Seeded(seed)
        program = History.program(&chance)
        addPartners()
        addClicks()
        addConversions()
        addReversals()
        addRates()
        addSteering()
    }

    /// One of few instants, so that many things happen at the same.
    private mutating func time(_ days: ClosedRange<Int> = 0...119) -> String {
        let day = day("2026-01-01").adding(days: Int.random(in: days, using: &chance))
        return "\(day.text)T\(["00:00:00", "09:30:00", "23:00:00"].randomElement(using: &chance)!)Z"
    }

    private mutating func pick<Element>(_ list: [Element]) -> Element { list.randomElement(using: &chance)! }

    private static func program(_ chance: inout Seeded) -> ProgramFile {
        func pick(_ texts: [String]) -> String { texts.randomElement(using: &chance)! }
        // Beside the others, which stay as they were.
        var aside = chance
        let fixed = ["statement", "conversion"].randomElement(using: &aside)!
        let order = ["customer", "coupon", "click"].shuffled(using: &chance).joined(separator: ", ")
        return EngineTests.program(
            timezone: pick([
                "UTC", "Europe/Berlin", "America/Santiago", "Asia/Tokyo", "Pacific/Kiritimati",
                "America/St_Johns",
            ]),
            attribution:
                "order: [\(order)], click: {window: \(pick(["7d", "30d"])), "
                + "model: \(pick(["first", "last"]))}, "
                + "coupon: {requires-click: \(pick(["true", "false"]))}",
            hold: pick(["0d", "10d", "30d"]),
            rules: [
                "{rule: campaign, on: sale, when: {sub1: spring}, pay: 33.3%}",
                "{rule: new, on: sale, when: {customer: new}, pay: 12.5%}",
                "{rule: later, on: [sale, renewal], pay: 7%}",
                "{rule: bonus, on: sale, when: {amount: \"> 50.00 USD\"}, pay: 1.01 EUR, also: true}",
            ],
            payouts:
                "schedule: \(pick(["weekly", "monthly", "twice-monthly"])), "
                + "threshold: {USD: \(pick(["0.00", "20.00"])), EUR: 5.00}, "
                + "rate: {fixed: \(fixed), spread: \(pick(["0%", "1.5%"]))}, "
                + "clawback: {offset: \(pick(["100%", "50%"]))}",
            rounding: pick(["half-even", "half-up"]))
    }

    private mutating func addPartners() {
        evidence += [
            payee("ada", [("currency", "EUR"), ("email", "ada@home.test")]),
            payee("bo", [("type", "referral")]),
            payee("cy", [("currency", "USD"), ("account", "cy.test")]), partner("di", at: "2026-01-20"),
        ]
        evidence += [
            coupon("c1", "ADA", of: "ada"), coupon("c2", "BO", of: "bo"),
            coupon("c3", "DI", at: "2026-02-01", of: "di"),
        ]
    }

    private mutating func addClicks() {
        for number in 0..<24 {
            var fields: Fields = []
            if Int.random(in: 0..<4, using: &chance) == 0 { fields.append(("sub1", "spring")) }
            if Int.random(in: 0..<8, using: &chance) == 0 { fields.append(("bot", true)) }
            if Int.random(in: 0..<8, using: &chance) == 0 { fields.append(("consent", false)) }
            let at = time(0...100)
            evidence.append(
                click(
                    "k\(number)", at: at, of: pick(["ada", "bo", "cy", "di"]),
                    by: pick(["v", "w", "x", "y"]), fields))
        }
    }

    private mutating func addConversions() {
        for number in 0..<20 {
            var fields: Fields = [
                ("visitor", .string(pick(["v", "w", "x", "y"]))),
                ("event", .string(pick(["sale", "sale", "renewal"]))),
            ]
            if Bool.random(using: &chance) {
                fields.append(("customer", .string(pick(["kim", "lee", "max"]))))
            }
            if Int.random(in: 0..<4, using: &chance) == 0 {
                fields.append(("coupon", .string(pick(["ADA", "bo", "di", "none"]))))
            }
            if Int.random(in: 0..<4, using: &chance) == 0 {
                fields.append(("click", .string("k\(Int.random(in: 0..<26, using: &chance))")))
            }
            if Int.random(in: 0..<6, using: &chance) == 0 {
                fields.append(("email", .string(pick(["ada@home.test", "kim@home.test"]))))
            }
            if Int.random(in: 0..<8, using: &chance) == 0 { fields.append(("account", "cy.test")) }
            let cents = Int64.random(in: 100...30_000, using: &chance)
            fields.append(("tax", .string(Money(cents / 6, .usd).amount)))
            conversions.append(
                sale(
                    "s\(number)", at: time(), Money(cents, .usd).amount, pick(["USD", "USD", "EUR", "GBP"]),
                    fields))
        }
    }

    private mutating func addReversals() {
        for number in 0..<9 {
            let of = "s\(Int.random(in: 0..<20, using: &chance))"
            let amount =
                Int.random(in: 0..<3, using: &chance) == 0
                ? nil : Money(Int64.random(in: 1...9_000, using: &chance), .usd).amount
            let kind = pick(["refund", "refund", "chargeback"])
            let fields: Fields = amount.map { [("amount", .string($0))] } ?? []
            reversals.append(fact(kind, "r\(number)", at: time(), [("of", .string(of))] + fields))
        }
        reversals.append(note("rejection", of: "s\(Int.random(in: 0..<20, using: &chance))", at: time()))
    }

    /// Never of a day on which a statement may be dated: see `oneLateSettlement`.
    private mutating func addRates() {
        for week in 0..<17 where Int.random(in: 0..<8, using: &chance) > 0 {
            var day = day("2026-01-02").adding(days: 7 * week)
            if [1, 16].contains(day.parts.day) { day = day.adding(days: 1) }
            rates.append(rate(day.text, "USD", "1.\(Int.random(in: 1000...1999, using: &chance))"))
            if Int.random(in: 0..<4, using: &chance) > 0 {
                rates.append(rate(day.text, "GBP", "0.8\(Int.random(in: 100...999, using: &chance))"))
            }
        }
    }

    private mutating func addSteering() {
        steering.append(leaving(pick(["ada", "bo", "cy", "di"]), at: time(30...119)))
        for number in Set((0..<3).map { _ in Int.random(in: 0..<20, using: &chance) }).sorted() {
            steering.append(note("hold", of: "s\(number)", at: time()))
            if Bool.random(using: &chance) { steering.append(note("release", of: "s\(number)", at: time())) }
        }
    }
}
