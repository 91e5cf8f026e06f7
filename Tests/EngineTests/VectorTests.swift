import Facts
import Foundation
import Replay
import Terms
import Testing
import Values

// Of the 80 vectors in Tests/Vectors/commission.json those below run on what this version does. The others
// wait:
//
//     CM-03 04 46(per statement) 74   money per click and impression, rounded on the statement
//     CM-08 50–53                     net gaming revenue and carry-over
//     CM-10 58                        qualification; refunds that take back only from a share on
//     CM-11 12 14                     recurring limits; per unit
//     CM-15–17                        reseller margin, market development funds
//     CM-18–26 77 78                  tiers and true-ups
//     CM-33–36                        overrides
//     CM-37–44                        bounds, caps, boosts
//     CM-63 64                        realised exchange result; rates fixed at conversion or approval
//     CM-68–73 79                     withholding, invoices, tax forms, payout fees, coins
//     CM-80                           write-offs

private enum Vectors {
    static let all: [String: JSON] = {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../Vectors/commission.json")
        let json = try! JSON(reading: Data(contentsOf: file))
        return Dictionary(uniqueKeysWithValues: json["vectors"]!.elements!.map { ($0["id"]!.text!, $0) })
    }()

    /// The value at a path such as `CM-05 input gross`.
    static func value(_ path: String) -> JSON {
        let words = path.split(separator: " ").map(String.init)
        return words.dropFirst().reduce(all[words[0]]!) { $0[$1]! }
    }

    static func text(_ path: String) -> String { value(path).text! }
    static func texts(_ path: String) -> [String] { value(path).elements!.map { $0.text! } }
    static func currency(_ id: String) -> Currency { Currency(text("\(id) currency"))! }
    static func money(_ path: String) -> Money {
        try! Money(amount: text(path), currency(String(path.prefix(5))))
    }
    static func percent(_ path: String) -> String { Fraction(decimal: text(path))!.percentText }
}

private let ada = [partner("ada"), click("k", at: "2026-01-01", of: "ada")]

@Suite("The commission vectors")
struct VectorTests {
    struct Share: Sendable {
        let id: String
        var amount = "input sale"
        var rate = "rate"
        var base = ""
        var parts: [String: String] = [:]
        var rounding = "half-even"
        var total = "total"
    }

    @Test(
        "shares of a base",
        arguments: [
            Share(id: "CM-05", amount: "input gross", base: "base: {without: []}, "),
            // Of 114.00 paid, 19.00 is tax and 5.00 shipping without its tax.
            Share(
                id: "CM-06", amount: "expected paid",
                parts: ["tax": "19.00", "shipping": "5.00", "discount": "10.00"]),
            Share(
                id: "CM-07", amount: "CM-06 expected paid",
                base: "base: {without: [tax, shipping, discount, fees]}, ",
                parts: ["tax": "19.00", "shipping": "5.00", "discount": "10.00", "fees": "expected fee"]),
            Share(id: "CM-47", total: "half_even"), Share(id: "CM-47", rounding: "half-up", total: "half_up"),
            Share(id: "CM-48"),
            Share(id: "CM-49", total: "half_even"), Share(id: "CM-49", rounding: "half-up", total: "half_up"),
            Share(id: "CM-75", amount: "expected invoice"),
        ])
    func shares(_ share: Share) {
        let code = Vectors.currency(share.id).code
        func text(_ path: String) -> String {
            path.contains(" ") ? Vectors.text(path.hasPrefix("CM") ? path : "\(share.id) \(path)") : path
        }
        let rule = "{rule: r, on: sale, \(share.base)pay: \(Vectors.percent("\(share.id) rule rate"))}"
        let parts = share.parts.map { ($0.key, JSON.string(text($0.value))) }
        let story = Story(
            program(rules: [rule], rounding: share.rounding),
            ada + [sale("s", at: "2026-01-05", text(share.amount), code, parts)])
        #expect(story.lines("s") == ["\(Vectors.text("\(share.id) expected \(share.total)")) \(code)"])
    }

    @Test(
        "a reward for each that is accepted",
        arguments: [("CM-01", "accepted", "rejected", false), ("CM-02", "submitted", "rejected", true)])
    func counts(_ id: String, _ key: String, _ rejectedKey: String, _ isOfAll: Bool) {
        let rejected = Int(Vectors.value("\(id) input \(rejectedKey)").whole!)
        let all = Int(Vectors.value("\(id) input \(key)").whole!) + (isOfAll ? 0 : rejected)
        let leads = (0..<all).map { sale("s\($0)", at: "2026-01-05", "0.00", "USD", [("event", "lead")]) }
        let refusals = (0..<rejected).map { note("rejection", of: "s\($0)", at: "2026-01-06") }
        let story = Story(
            program(rules: ["{rule: r, on: lead, pay: \(Vectors.text("\(id) rule amount"))}"]),
            ada + leads + refusals)
        #expect(story.earned("ada") == [.usd: Vectors.money("\(id) expected total").minor])
    }

    @Test("CM-09: a flat reward and a share beside it are two lines")
    func hybrid() {
        let rules = [
            "{rule: flat, on: sale, pay: \(Vectors.text("CM-09 rule cpa")), also: true}",
            "{rule: share, on: sale, pay: \(Vectors.percent("CM-09 rule rate"))}",
        ]
        let story = Story(
            program(rules: rules), ada + [sale("s", at: "2026-01-05", Vectors.text("CM-09 input ngr"))])
        #expect(
            story.lines("s") == [
                "\(Vectors.text("CM-09 expected cpa")) USD", "\(Vectors.text("CM-09 expected revshare")) USD",
            ])
    }

    @Test("CM-13: the first payment earns more than renewals")
    func renewals() {
        let first = Vectors.percent("CM-13 rule first_rate")
        let rules = [
            "{rule: first, on: renewal, when: {customer: new}, pay: \(first)}",
            "{rule: later, on: renewal, pay: \(Vectors.percent("CM-13 rule renewal_rate"))}",
        ]
        let sales = Vectors.texts("CM-13 input invoices").enumerated().map { index, amount in
            sale(
                "s\(index)", at: "2026-01-0\(index + 2)", amount, "USD",
                [("event", "renewal"), ("customer", "kim")])
        }
        #expect(
            Story(program(rules: rules), ada + sales).lines()
                == Vectors.texts("CM-13 expected lines").map { "\($0) USD" })
    }

    @Test("CM-46: a thousand lines are rounded one by one")
    func manyLines() {
        let count = Int(Vectors.value("CM-46 input lines").whole!)
        let sales = (0..<count).map { sale("s\($0)", at: "2026-01-05", Vectors.text("CM-46 input sale")) }
        let story = Story(
            program(rules: ["{rule: r, on: sale, pay: \(Vectors.percent("CM-46 rule rate"))}"]), ada + sales)
        #expect(story.earned("ada") == [.usd: Vectors.money("CM-46 expected per_line").minor])
    }

    @Test("CM-45: ties", arguments: [(Rounding.halfEven, "half_even"), (.halfUp, "half_up")])
    func ties(_ rounding: Rounding, _ key: String) {
        let rounded = Vectors.texts("CM-45 input values").map { text in
            let exact = Fraction(decimal: text)!
            let minor = rounding.divide(Int128(exact.numerator) * 100, by: Int128(exact.denominator))
            return Money(Int64(minor), .usd).amount
        }
        #expect(rounded == Vectors.texts("CM-45 expected \(key)"))
    }

    /// The weights of CM-31 are 40, 20/3, 20/3, 20/3 and 40.
    @Test(
        "splits by the largest remainder",
        arguments: [
            ("CM-27", [1, 1, 1]), ("CM-28", [40, 35, 25]), ("CM-29", [1, 1, 1]),
            ("CM-30", [1, 1, 1, 1, 1, 1, 1]),
            ("CM-31", [120, 20, 20, 20, 120]), ("CM-76", [40, 35, 25]),
        ])
    func splits(_ id: String, _ weights: [Int64]) {
        let parts = Vectors.money("\(id) input total").split(over: weights)
        #expect(parts.map(\.amount) == Vectors.texts("\(id) expected parts"))
    }

    @Test("CM-32: what is left of a split is split again")
    func splitRefund() {
        let whole = Vectors.money("CM-32 input original").split(over: [1, 1, 1])
        let left = Vectors.money("CM-32 input remaining").split(over: [1, 1, 1])
        #expect(left.map(\.amount) == Vectors.texts("CM-32 expected target_parts"))
        #expect(
            zip(whole, left).map { Money($1.minor - $0.minor, .usd).amount }
                == Vectors.texts("CM-32 expected delta_parts"))
    }

    @Test("CM-54 and CM-55: refunds come to exactly nothing")
    func refunds() {
        let thirds = Vectors.texts("CM-54 input refunds").enumerated().map {
            refund("r\($0)", of: "s", at: "2026-01-0\($0 + 6)", $1)
        }
        let story = Story(
            program(), ada + [sale("s", at: "2026-01-05", Vectors.text("CM-54 input sale"))] + thirds)
        #expect(
            story.lines("s")
                == ([Vectors.text("CM-54 expected original")] + Vectors.texts("CM-54 expected deltas")).map {
                    "\($0) USD"
                })
        #expect(story.earned("ada") == [.usd: Vectors.money("CM-54 expected final").minor])
        let whole = Story(
            program(rules: ["{rule: r, on: sale, pay: 30%}"]),
            ada + [
                sale("s", at: "2026-01-05", Vectors.text("CM-55 input sale")),
                refund("r", of: "s", at: "2026-01-06", Vectors.text("CM-55 input refund")),
            ])
        #expect(
            whole.lines("s") == Vectors.texts("CM-55 expected entries").map { "\($0) USD" }
                && whole.standing() == "")
    }

    @Test("CM-56 and CM-57: what is owed is taken from later earnings, at most the share that is agreed")
    func clawbacks() {
        func story(_ offset: String, paid: String, taken: String, earned: [String]) -> Story {
            var story = Story(
                program(
                    rules: ["{rule: all, on: sale, pay: 100%}"], payouts: "clawback: {offset: \(offset)}"),
                ada + [sale("s", at: "2026-01-05", paid)])
            story.settle("2026-02-01")
            story.tell([
                click("k2", at: "2026-02-01", of: "ada"), refund("r", of: "s", at: "2026-02-02", taken),
            ])
            story.tell(earned.enumerated().map { sale("t\($0)", at: "2026-02-03", $1) })
            story.settle("2026-03-01")
            return story
        }
        let events = Vectors.texts("CM-56 input events")
        let full = story(
            "100%", paid: Vectors.text("CM-56 input already_paid"), taken: String(events[0].dropFirst()),
            earned: Array(events[1...]))
        #expect(
            full.statements().last == "2026-03-01: \(Vectors.text("CM-56 expected payable")) USD after 60.00")
        let owed = Vectors.text("CM-57 input receivable")
        let half = story(
            Vectors.percent("CM-57 rule max_share"), paid: owed, taken: owed,
            earned: [Vectors.text("CM-57 input earned")])
        #expect(
            half.statements().last
                == "2026-03-01: \(Vectors.text("CM-57 expected paid")) USD after "
                + Vectors.text("CM-57 expected recovered")
        )
        #expect(half.standing().hasSuffix("clawback \(Vectors.text("CM-57 expected receivable_left"))"))
    }

    private func exchanged(_ amounts: [String], to currency: String, payouts: String = "") -> Story {
        let published = Vectors.rates("2026-10-30")
        let sales = amounts.enumerated().map { index, text in
            let parts = text.split(separator: " ").map(String.init)
            return sale("s\(index)", at: "2026-10-05", parts[0], parts[1])
        }
        var story = Story(
            program(rules: ["{rule: all, on: sale, pay: 100%}"], payouts: payouts),
            [partner("ada", [("currency", .string(currency))]), click("k", at: "2026-10-01", of: "ada")]
                + published + sales)
        story.settle("2026-11-01")
        return story
    }

    @Test("conversion over the euro", arguments: ["CM-59", "CM-60", "CM-61"])
    func conversions(_ id: String) {
        let story = exchanged([Vectors.text("\(id) input amount")], to: Vectors.currency(id).code)
        #expect(
            story.statements() == [
                "2026-11-01: \(Vectors.text("\(id) expected total")) \(Vectors.currency(id))"
            ])
        let earned = story.records.flatMap { $0.statements }.first?.json["earned"]?.elements?.first
        #expect(earned?["rate_date"]?.text == Vectors.text("CM-61 expected rate_date"))
    }

    @Test("CM-62 and CM-65: the spread, and several balances in one payment")
    func spreadAndSeveral() {
        let spread = exchanged(
            [Vectors.text("CM-62 input amount")], to: "EUR",
            payouts: "rate: {spread: \(Vectors.percent("CM-62 rule spread"))}")
        #expect(spread.statements() == ["2026-11-01: \(Vectors.text("CM-62 expected total")) EUR"])
        #expect(spread.balance("Equity:FX", "EUR") == Vectors.text("CM-62 expected mid_total"))
        #expect(spread.balance("Income:FXSpread", "EUR") == "-\(Vectors.text("CM-62 expected spread_cost"))")
        let several = exchanged(Vectors.texts("CM-65 input balances"), to: "EUR")
        #expect(several.statements() == ["2026-11-01: \(Vectors.text("CM-65 expected total")) EUR"])
        let earned = several.records.flatMap { $0.statements }.first?.json["earned"]?.elements ?? []
        #expect(
            Set(earned.compactMap { $0["converted"]?.text }) == Set(Vectors.texts("CM-65 expected converted"))
        )
    }

    @Test("CM-66: a refund takes the rate of its statement")
    func originalRate() {
        let share = "{rule: r, on: sale, pay: \(Vectors.percent("CM-66 rule rate"))}"
        var story = Story(
            program(rules: [share], payouts: "schedule: twice-monthly"),
            [
                partner("ada", [("currency", "EUR")]), click("k", at: "2026-09-01", of: "ada"),
                sale("s", at: Vectors.text("CM-66 input sale_date"), "100.00"),
            ] + Vectors.rates("2026-09-15") + Vectors.rates("2026-10-30"))
        story.settle("2026-09-16")
        #expect(story.statements() == ["2026-09-16: \(Vectors.text("CM-66 expected original")) EUR"])
        story.tell([refund("r", of: "s", at: Vectors.text("CM-66 input refund_date"))])
        #expect(
            story.balance("Assets:ClawbackReceivable:P-ada", "EUR") == Vectors.text("CM-66 expected original")
        )
    }

    @Test("CM-67: the threshold is inclusive")
    func thresholds() {
        let paid = Vectors.texts("CM-67 input balances").map { text in
            let parts = text.split(separator: " ").map(String.init)
            var story = Story(
                program(
                    rules: ["{rule: all, on: sale, pay: 100%}"],
                    payouts: "threshold: {EUR: 50.00, USD: 50.00, JPY: 5000}"),
                ada + [sale("s", at: "2026-01-05", parts[0], parts[1])])
            story.settle("2026-02-01")
            return !story.statements().isEmpty
        }
        #expect(paid == Vectors.value("CM-67 expected pay").elements?.compactMap(\.flag))
    }
}

extension Vectors {
    /// The rates that the file carries for a day.
    fileprivate static func rates(_ date: String) -> [FactRecord] {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../Vectors/commission.json")
        let json = try! JSON(reading: Data(contentsOf: file))
        return json["ecb_rates"]![date]!.members!.map { rate(date, $0.key, $0.value.text!) }
    }
}
