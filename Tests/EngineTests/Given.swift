import Facts
import Replay
import Terms
import Testing
import Values

// The people of these tests: Ada, Bo and Cy are partners; Olga opens batches, Paul and Quinn approve them.

extension JSON: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByDictionaryLiteral {
    package init(stringLiteral text: String) { self = .string(text) }
    package init(booleanLiteral flag: Bool) { self = .bool(flag) }
    package init(dictionaryLiteral members: (String, JSON)...) {
        self = .object(members.map { Member($0.0, $0.1) })
    }
}

typealias Fields = [(String, JSON)]

func instant(_ text: String) -> Instant { Instant(text: text)! }

func day(_ text: String) -> Day { Day(text: text)! }

func zone(_ name: String) -> Zone { Zone(name: name)! }

/// A fact as one line of a file from outside.
func fact(_ kind: String, _ id: String, at: String, _ fields: Fields = []) -> FactRecord {
    let head: Fields = [("fact", .string(kind)), ("id", .string(id)), ("at", .string(at))]
    let line = JSON.object((head + fields).map { JSON.Member($0.0, $0.1) }).compact
    do {
        return try FactReader(.outside(HashKey([1]))).line(Array(line.utf8))
    } catch {
        fatalError("\(line): \(error.sentence)")
    }
}

func partner(_ id: String, at: String = "2020-01-01", _ fields: Fields = []) -> FactRecord {
    let type: Fields = fields.contains { $0.0 == "type" } ? [] : [("type", "affiliate")]
    return fact("partner", id, at: at, type + fields)
}

/// A partner with an account at a bank.
func payee(_ id: String, _ fields: Fields = []) -> FactRecord {
    let account: JSON = ["kind": "manual", "holder": .string(id)]
    return partner(id, fields + [("payout_method", account)])
}

func leaving(_ of: String, at: String) -> FactRecord {
    fact("departure", "leaving-\(of)", at: at, [("partner", .string(of))])
}

func click(_ id: String, at: String, of partner: String, by visitor: String? = "v", _ fields: Fields = [])
    -> FactRecord
{
    let visitor: Fields = visitor.map { [("visitor", .string($0))] } ?? []
    return fact("click", id, at: at, [("partner", .string(partner))] + visitor + fields)
}

func coupon(_ id: String, _ code: String, at: String = "2020-01-02", of partner: String) -> FactRecord {
    fact("coupon", id, at: at, [("partner", .string(partner)), ("code", .string(code))])
}

/// A sale to visitor `v`, unless the fields say more of the buyer.
func sale(
    _ id: String, at: String, _ amount: String = "100.00", _ currency: String = "USD", _ fields: Fields = []
) -> FactRecord {
    let event: Fields = fields.contains { $0.0 == "event" } ? [] : [("event", "sale")]
    let visitor: Fields = fields.contains { $0.0 == "visitor" } ? [] : [("visitor", "v")]
    let money: Fields = [("amount", .string(amount)), ("currency", .string(currency))]
    return fact("conversion", id, at: at, event + visitor + money + fields.filter { $0.1 != .null })
}

func refund(_ id: String, of conversion: String, at: String, _ amount: String? = nil) -> FactRecord {
    let amount: Fields = amount.map { [("amount", .string($0))] } ?? []
    return fact("refund", id, at: at, [("of", .string(conversion))] + amount)
}

/// A fact of `kind` about a conversion: a hold, a release, a rejection.
func note(_ kind: String, of conversion: String, at: String) -> FactRecord {
    fact(kind, "\(kind)-\(conversion)", at: at, [("of", .string(conversion))])
}

func rate(_ date: String, _ quote: String, _ rate: String) -> FactRecord {
    fact(
        "rate", "\(date)-\(quote)", at: date,
        [("date", .string(date)), ("base", "EUR"), ("quote", .string(quote)), ("rate", .string(rate))])
}

/// A fact of our own making.
func act(_ kind: FactKind, _ id: String, at: String, _ members: KeyValuePairs<String, JSON?>) -> FactRecord {
    try! FactRecord.act(kind, id: id, at: instant(at), receivedAt: instant(at), members)
}

func review(of conversion: String, at: String) -> FactRecord {
    act(.review, "review-\(conversion)-\(at)", at: at, ["of": .string(conversion)])
}

/// A program file's text. The parts that a test does not name are these: 20% of a sale at once, statements at
/// the month's end, paid the same day.
func programText(
    currency: String = "USD", timezone: String = "UTC", attribution: String = "", hold: String = "0d",
    types: [String] = ["affiliate", "referral"], rules: [String] = ["{rule: sale, on: sale, pay: 20%}"],
    netDays: Int = 0, payouts: String = "", rounding: String = "half-even", plans: String = ""
) -> String {
    """
    program: acme
    currency: \(currency)
    timezone: \(timezone)
    rounding: \(rounding)
    attribution: {hold: \(hold)\(attribution.isEmpty ? "" : ", ")\(attribution)}
    partners: {\(types.map { "\($0): {plan: standard}" }.joined(separator: ", "))}
    plans:
      standard:
    \(rules.map { "    - \($0)\n" }.joined())\(plans)
    payouts: {net-days: \(netDays)\(payouts.isEmpty ? "" : ", ")\(payouts)}

    """
}

/// The same, read.
func program(
    currency: String = "USD", timezone: String = "UTC", attribution: String = "", hold: String = "0d",
    rules: [String] = ["{rule: sale, on: sale, pay: 20%}"], netDays: Int = 0, payouts: String = "",
    rounding: String = "half-even", plans: String = ""
) -> ProgramFile {
    reading(
        programText(
            currency: currency, timezone: timezone, attribution: attribution, hold: hold, rules: rules,
            netDays: netDays, payouts: payouts, rounding: rounding, plans: plans))
}

func reading(_ yaml: String) -> ProgramFile {
    do {
        return try ProgramFile.read(yaml)
    } catch {
        fatalError(error.complaints.map { $0.text() }.joined(separator: "\n") + "\n" + yaml)
    }
}
