import Facts
import Terms
import Testing

@Suite("A program file of any size and shape")
struct LimitTests {
    /// Debug builds are slower; released ones take a tenth.
    private static let timeMax = Duration.seconds(10)

    @Test("is answered at once when it is 5 MB")
    func large() {
        let yaml = small + String(repeating: "    - {rule: a, on: sale, pay: 1%}\n", count: 150_000)
        #expect(yaml.utf8.count > 5_000_000)
        #expect(toldOfAll(yaml) == ["1:1: the file is larger than 1 MiB"])
    }

    private static func ruled(_ count: Int) -> String {
        let rules = (0..<count).map { index in
            "    - {rule: r-\(index), on: sale, when: {product: p-\(index)}, pay: 5%, caps: [{per: partner, "
                + "amount: 9}]}\n"
        }
        return small.replacing("on: sale", with: "on: last") + rules.joined()
    }

    @Test("may have 10,000 rules")
    func manyRules() throws {
        let yaml = Self.ruled(10_000)
        let time = try ContinuousClock().measure {
            let file = try ProgramFile.read(yaml, refusing: [])
            #expect(file.ruleName(10_000) == "r-9999" && file.warnings.isEmpty)
        }
        #expect(time < Self.timeMax)
    }

    /// The best of three, and half as much again: other things run on the machine, too.
    @Test("costs as much for ten times the rules as ten of it")
    func linear() {
        func cost(_ count: Int) -> Duration {
            let yaml = Self.ruled(count)
            return (0..<3).map { _ in ContinuousClock().measure { _ = complaints(about: yaml) } }.min()!
        }
        let (few, many) = (cost(1_000), cost(10_000))
        #expect(many <= few * 15, "1,000 rules take \(few), 10,000 take \(many)")
    }

    @Test("has no deadline to miss for one long list, or for many that are nearly the same")
    func longLists() {
        let all = (0..<60_000).map { "s\($0)" }.joined(separator: ", ")
        let long = "    - {rule: r, on: e, when: {sku: [\(all)]}, pay: 5%}\n"
        let alike = (0..<9).map { first in
            let words = (first..<7_000 + first).map { "s\($0)" }.joined(separator: ", ")
            return "    - {rule: r\(first), on: e, when: {sku: [\(words)]}, pay: 5%}\n"
        }
        let time = ContinuousClock().measure {
            #expect(toldOfAll(small + long) == [] && toldOfAll(small + alike.joined()) == [])
        }
        #expect(time < Self.timeMax)
    }

    @Test("may have rules that all take the same, and is not compared for ever")
    func alikeRules() {
        let countries = ["DE", "AT", "CH", "FR", "IT", "ES", "PT", "NL", "BE", "LU"].joined(separator: ", ")
        let rules = (0..<5_000).map {
            "    - {rule: r-\($0), on: e, when: {country: [\(countries)], sub1: [a, b]}, pay: \($0 % 90)%}\n"
        }
        let time = ContinuousClock().measure {
            #expect(!complaints(about: small + rules.joined(), refusing: []).contains { !$0.isWarning })
            #expect(toldOfAll(small + rules.prefix(150).joined()).count == 100)
        }
        #expect(time < Self.timeMax)
    }

    @Test(
        "is refused when it is one strange thing over and over",
        arguments: [
            "key-#: x\n", "destination#: [a]\n", "? [a]\n", "a#: &a# b\n", "  #:\n    - assist: 5%\n",
        ])
    func strange(_ line: String) {
        let yaml = small + (0..<30_000).map { line.replacing("#", with: String($0)) }.joined()
        let time = ContinuousClock().measure {
            #expect(toldOfAll(yaml).count >= 1)
        }
        #expect(time < Self.timeMax)
    }

    @Test(
        "is refused, not obeyed, where numbers are monstrous",
        arguments: [
            "pay: 1e400%", "pay: 99999999999999999999%", "pay: 0.0000000000000000001%", "pay: -0%",
            "pay: 99999999999999999999.00", "pay: 1e400 per lot", "pay: 0.000000000000001 per lot",
        ])
    func monstrous(_ pay: String) {
        #expect(!complaints(about: small.replacing("pay: 20%", with: pay), refusing: []).isEmpty)
    }

    @Test("is never a trap, whatever is changed in it")
    func mutations() throws {
        var state: UInt64 = 0x5EED
        func draw(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
        let whole = Array(Self.everything.unicodeScalars)
        let pieces = Self.everything.split { " ,\n".contains($0) }.map { Array($0.unicodeScalars) }
        let signs = Array("{}[]:,-\"'%&*!|>?#\n 0199.e~".unicodeScalars)
        for _ in 0..<800 {
            var text = whole
            for _ in 0...draw(3) {
                let place = draw(text.count)
                let end = min(text.count, place + draw(20))
                switch draw(4) {
                case 0: text.insert(signs[draw(signs.count)], at: place)
                case 1: text.removeSubrange(place..<end)
                case 2: text.replaceSubrange(place..<end, with: pieces[draw(pieces.count)])
                default: text.insert(contentsOf: pieces[draw(pieces.count)], at: place)
                }
            }
            var yaml = ""
            yaml.unicodeScalars.append(contentsOf: text)
            for complaint in complaints(about: yaml, refusing: draw(2) == 0 ? [] : Provision.notYetPaid) {
                #expect(complaint.line >= 1 && complaint.column >= 1 && !complaint.message.isEmpty)
            }
            if let file = try? ProgramFile.read(yaml, refusing: []) {
                var names = Names()
                _ = file.compile(version: 1, effectiveAt: nil, &names)
            }
        }
    }

    private static let everything =
        tiered(small).replacing(
            "tiers: [{name: silver}, {name: gold}]",
            with: """
                tiers: [{name: silver}, {name: gold, when: {revenue: ">= 5.00", period: week}, grace: 6d}]
                """) + """
                  then: {pay: 10%, lasts: 12 months}
                  tiers: {by: revenue, shape: progressive, slices: own, steps: [[0, 20%], [10000.00, 22%]]}
                  boosts: [{points: 2%, until: 2026-12-31}, {times: 1.25, when: {tier: gold}}]
                  per-conversion: {min: 5.00, max: 100.00}
                  caps: [{per: customer, amount: 200.00}, {per: program, amount: 9, period: day}]
                  refund: {full-from: 50%}
                  round: statement
                - {rule: q, on: deposit, pay: 9, qualify: {first-deposit: 20.00, within: 30d}}
                - {rule: c, on: click, pay: 0.035 per click}
                - rule: net
                  on: activity
                  base: {from: ggr, less: [{component: bonuses}, {percent: 12%, of: ggr, name: admin}]}
                  pay: 35%
                  carry-over: {what: base, pool: product, expires: 3 months, high-roller: -10000.00}
                - override: {levels: [5%, 2%], of: sale, ceiling: 30%, cut: deepest-first}
                - mdf: {accrue: 3%, of: sale, reimburse: 50%}
                - assist: 5%
                - margin: {base: 18%, tier: {silver: 20%, gold: 22%}, registered: 10%, combine: add}
                - bonus: {name: ten, when: {count: 10, of: sale}, pay: 100.00}
            attribution: {click: {model: position 40/20/40}, guard: {max-share: 90%}}

            """

    @Test("is right as these changes found it")
    func untouched() {
        #expect(toldOfAll(Self.everything) == [])
    }
}
