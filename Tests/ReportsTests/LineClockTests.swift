import Programs
import Recording
import Reports
import Store
import Terms
import TestStores
import Testing
import Values
import Work

@Suite("The money clock of a line", .onEachDatabase)
struct LineClockTests {
    private static let terms = Given.terms
        .replacing("timezone: Europe/Berlin", with: "timezone: America/St_Johns")
        .replacing("hold: 30d", with: "hold: 20d")
        .replacing("threshold: {EUR: 1.00, JPY: 5000}", with: "threshold: {EUR: 9.00, USD: 3.00}")

    /// Three months of sales to three partners, some refunded at once, later or ahead of time, some held.
    private static func facts(_ seed: Int) -> [String] {
        var state = UInt64(seed) &+ 1
        func draw(_ count: UInt64) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % count)
        }
        func time(_ first: Int, _ days: UInt64) -> String {
            let day = Day(text: "2025-12-01")!.adding(days: first + draw(days))
            return "\(day.text)T\(["00:00:00", "03:30:00", "17:20:30.123"][draw(3)])Z"
        }
        func fact(_ kind: String, _ id: String, _ at: String, _ rest: String) -> String {
            #"{"fact":"\#(kind)","id":"\#(id)","at":"\#(at)",\#(rest)}"#
        }
        var facts: [String] = []
        for (partner, currency) in [
            ("ada", #","currency":"EUR""#), ("bo", #","currency":"USD""#), ("cy", ""),
        ] {
            let rest = #""type":"affiliate","payout_method":{"kind":"manual"}\#(currency)"#
            facts.append(fact("partner", partner, "2025-11-01T00:00:00Z", rest))
            let code = #""partner":"\#(partner)","code":"\#(partner)""#
            facts.append(fact("coupon", "c-\(partner)", "2025-11-02T00:00:00Z", code))
        }
        for week in 0..<9 where week != 6 {
            let date = Day(text: "2025-12-28")!.adding(days: 7 * week).text
            let rest = #""date":"\#(date)","base":"EUR","quote":"USD","rate":"1.1\#(week)""#
            facts.append(fact("rate", "r-\(week)", "\(date)T15:00:00Z", rest))
        }
        for number in 0..<60 {
            let at = time(0, 90)
            let amount = Money(Int64(100 + draw(9000)), draw(4) == 0 ? .usd : .eur)
            let rest =
                #""event":"sale","amount":"\#(amount.amount)","currency":"\#(amount.currency.code)","#
                + #""coupon":"\#(["ada", "bo", "cy"][draw(3)])","visitor":"v\#(number)""#
            facts.append(fact("conversion", "s\(number)", at, rest))
            let of = #""of":"s\#(number)""#
            switch draw(12) {
            case 0: facts.append(fact("refund", "f\(number)", at, of))
            case 1, 2: facts.append(fact("refund", "f\(number)", time(90, 60), of + #","amount":"0.70""#))
            case 3: facts.append(fact("refund", "f\(number)", time(90, 50), of))
            case 4: facts.append(fact("hold", "h\(number)", at, of))
            case 5:
                facts.append(fact("hold", "h\(number)", at, of))
                facts.append(fact("release", "l\(number)", time(90, 50), of))
            default: break
            }
        }
        return facts
    }

    private func lines(_ given: Given) async throws -> [String: JSON] {
        let shelf = given.shelf
        let lines = try await given.look {
            try LineList.page(before: nil, of: nil, limit: 500, shelf, at: $0)
        }
        return Dictionary(uniqueKeysWithValues: lines.map { ($0.id, $0.json) })
    }

    @Test("promises what settling then does, settled before or not", arguments: 0..<6)
    func promises(_ seed: Int) async throws {
        let given = try await Given.program(Self.terms)
        try await given.record(Self.facts(seed))
        if seed % 2 == 0 { try await given.settle("2026-02-20T12:00:00Z") }
        // From May on, other terms.
        let later = try ProgramFile.read(Self.terms.replacing("net-days: 15", with: "net-days: 40"))
        let (shelf, from) = (given.shelf, Instant(text: "2026-04-20T12:00:00Z")!)
        try await given.house.work(in: given.program, as: Given.owner, at: Given.now) {
            _ = try Act.publish(later, from: from, shelf, in: $0)
        }
        let before = try await lines(given)
        for date in ["2026-03-01", "2026-04-01", "2026-05-01", "2026-06-01", "2026-07-01", "2027-01-01"] {
            try await given.settle("\(date)T12:00:00Z")
        }
        let after = try await lines(given)
        #expect(before.count == after.count && before.count > 50)
        var seen: Set<String> = []
        for (id, line) in before {
            let reason = line["waits_for"]?.text
            seen.insert(reason ?? "a day")
            if reason == "reversed" { continue }
            #expect(line["pay_date"] == after[id]?["pay_date"], "\(id) \(line.compact)")
            let then = after[id]?["waits_for"]?.text
            switch reason {
            case nil: #expect(after[id]?["statement"] != nil && then == nil, "\(id)")
            case "not_settled": #expect(after[id]?["statement"] != nil && then == "no_batch", "\(id)")
            case "offset": #expect(then == reason, "\(id)")
            default: #expect(after[id]?["statement"] == line["statement"] && then == reason, "\(id)")
            }
        }
        #expect(seen.isSuperset(of: ["a day", "held", "reversed"]))
        await given.house.store.close()
    }
}
