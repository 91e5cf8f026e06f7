import Engine
import Facts
import Foundation
import Terms
import Testing
import Values

@Suite("What changed between two program files")
struct ChangesTests {
    private func sentences(_ old: String, _ new: String) throws -> [String] {
        try changes(old, new).map(\.sentence)
    }

    private func changes(_ old: String, _ new: String) throws -> [TermsChange] {
        try ProgramFile.read(new, refusing: []).changes(from: try ProgramFile.read(old, refusing: []))
    }

    private func ofRule(_ old: String..., to new: String...) throws -> [String] {
        let sentences = try sentences(tiered(ruled(old)), tiered(ruled(new)))
        return sentences.map { sentence in
            #expect(sentence.hasPrefix("rule `sale` of plan `standard`: "))
            return String(sentence.dropFirst("rule `sale` of plan `standard`: ".count))
        }
    }

    @Test("is nothing where only the writing differs")
    func writing() throws {
        let same = """
            # The same in other words.
            plans: {standard: [{on: [sale], pay: 20.0%, rule: "sale", hold: ~}]}
            partners: {affiliate: {approval: automatic, plan: 'standard'}}
            attribution: {click: {window: 720h}, hold: 30d}
            payouts: {net-days: 15, rate: {spread: 0.00%}}
            timezone: UTC
            currency: USD
            program: acme

            """.replacing(", hold: ~", with: "")
        #expect(try sentences(small, same) == [])
        #expect(try sentences(same, small) == [])
        #expect(
            try ofRule(
                "when: {country: [DE, AT], amount: \">= 50.00\"}", "caps: [{per: customer, amount: 200}]",
                to: "when: {amount: \">=50 USD\", country: [at, DE]}",
                "caps: [{amount: 200.00 USD, per: customer, period: lifetime, reopen: false}]") == [])
    }

    @Test("is told in the file's own words")
    func words() throws {
        #expect(
            try sentences(small, small.replacing("20%", with: "22%")) == [
                "rule `sale` of plan `standard`: pay 20% → 22%"
            ])
        #expect(try ofRule(to: "hold: 14d") == ["hold none → 14d"])
        #expect(
            try ofRule(to: "refund: {full-from: 50%}") == [
                "refund proportional (unsaid) → {full-from: 50%}"
            ])
        #expect(
            try ofRule("then: {pay: 10%, lasts: 12 months}", to: "then: {pay: 10%, payments: 6}") == [
                "then.payments none → 6", "then.lasts 12 months → none",
            ])
        #expect(
            try ofRule("when: {country: DE}", to: "when: {country: [DE, AT], customer: new}") == [
                "when.country DE → [DE, AT]", "when.customer none → new",
            ])
        #expect(
            try sentences(small, small + "attribution: {hold: 14d, click: {model: first}}\n") == [
                "attribution: hold 30d (unsaid) → 14d", "attribution: click.model last (unsaid) → first",
            ])
        #expect(
            try sentences(small, small + "payouts: {threshold: {USD: 50.00}, net-days: 30}\n") == [
                "payouts: threshold.USD none → 50.00", "payouts: net-days 15 (unsaid) → 30",
            ])
        #expect(
            try sentences(small, small.replacing("currency: USD", with: "currency: EUR")) == [
                "the program: currency USD → EUR"
            ])
    }

    @Test("names caps, steps, boosts and deductions for what they are")
    func entries() throws {
        #expect(
            try ofRule(
                "caps: [{per: customer, amount: 200.00}, {per: partner, period: month, amount: 5000.00}]",
                to: "caps: [{per: partner, period: month, amount: 4000.00}, {per: program, amount: 9000.00}]")
                == [
                    "caps (per partner and month).amount 5000.00 → 4000.00",
                    "caps: {per: program, amount: 9000.00} is new",
                    "caps: {per: customer, amount: 200.00} is gone",
                ])
        #expect(
            try ofRule(
                "tiers: {by: revenue, shape: progressive, steps: [[0, 20%], [10000.00, 22%]]}",
                to: "tiers: {by: revenue, shape: retroactive, steps: [[0, 20%], [10000, 23%], [20000, 25%]]}")
                == [
                    "tiers.shape progressive → retroactive", "tiers.steps (from 10000) 22% → 23%",
                    "tiers.steps: [20000, 25%] is new",
                ])
        #expect(
            try ofRule(
                "boosts: [{points: 2%}, {times: 1.25, when: {tier: gold}}]",
                to: "boosts: [{points: 3%}, {times: 1.25, when: {tier: gold}}]")
                == ["boosts.points 2% → 3%"])
        let net = ruled("base: {from: ggr, less: [{component: a}, {percent: 2%, of: ggr, name: b}]}")
        #expect(
            try sentences(
                net,
                net.replacing(
                    "{component: a}, {percent: 2%, of: ggr, name: b}",
                    with: "{percent: 2%, of: ggr, name: b}, {component: a}")) == [
                    "rule `sale` of plan `standard`: base.less in another order: "
                        + "[{percent: 2%, of: ggr, name: b}, {component: a}]"
                ])
    }

    @Test("knows rules by their names, and says which have moved")
    func rules() throws {
        func plan(_ rules: String...) -> String {
            small.replacing(
                "    - rule: sale\n      on: sale\n      pay: 20%\n",
                with: rules.map { "    - \($0)\n" }.joined())
        }
        let (a, b, c) = (
            "{rule: a, on: sale, when: {country: DE}, pay: 1%}",
            "{rule: b, on: sale, when: {country: AT}, pay: 2%}", "{rule: c, on: sale, pay: 3%}"
        )
        #expect(
            try sentences(plan(a, b, c), plan(b, a, c)) == [
                "rule `b` of plan `standard` moved: tried first now, tried after `a` before"
            ])
        #expect(
            try sentences(plan(a, c), plan(a, b, c)) == [
                "rule `b` of plan `standard` is new, tried after `a`: on sale, when {country: AT}, pay 2%"
            ])
        #expect(
            try sentences(plan(a, b, c), plan(b, c)) == [
                "rule `a` of plan `standard` is gone: on sale, when {country: DE}, pay 1%"
            ])
        #expect(
            try sentences(plan(a, b, c), plan(a, b.replacing("2%", with: "5%"), c)) == [
                "rule `b` of plan `standard`: pay 2% → 5%"
            ])
        #expect(
            try sentences(
                beside("override: {levels: [5%, 2%]}"), beside("override: {levels: [5%, 1%], of: commission}")
            )
                == [
                    "the override of plan `standard`: levels [5%, 2%] → [5%, 1%]",
                    "the override of plan `standard`: of sale (unsaid) → commission",
                ])
        #expect(try sentences(small, beside("assist: 5%")) == ["the assist of plan `standard`: new (5%)"])
        #expect(
            try sentences(beside("assist: 5%"), beside("assist: 6%")) == [
                "the assist of plan `standard`: 5% → 6%"
            ])
        #expect(
            try sentences(
                tiered(small),
                small.replacing(
                    "plans:\n", with: "tiers: [{name: gold}, {name: silver}, {name: iron}]\nplans:\n")
            ).count == 2)
    }

    // MARK: Nothing is forgotten

    private static let everything: String = {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        return (try? String(contentsOf: root.appending(path: "examples/everything.yaml"), encoding: .utf8))
            ?? ""
    }()

    /// What the engine makes of a file, as one text.
    private func compiled(_ file: ProgramFile) -> String {
        var names = Names()
        // The words of the whole example first, so that equal words have equal numbers.
        if let all = try? ProgramFile.read(Self.everything, refusing: []) {
            _ = all.compile(version: 1, effectiveAt: nil, &names)
        }
        let terms = file.compile(version: 1, effectiveAt: nil, &names)
        return "\(terms) \(file.slug) \(file.name) \(file.destinations) \(file.types) \(file.rateSource) "
            + "\(String(describing: file.payer)) \(file.planNames)"
    }

    /// Every number and word of the example is changed, one at a time, and every line left out.
    @Test("is told of whatever the engine reads otherwise")
    func complete() throws {
        let old = try ProgramFile.read(Self.everything, refusing: [])
        let before = compiled(old)
        #expect(old.changes(from: old) == [])
        let lines = Self.everything.components(separatedBy: "\n")
        var variants: [String] = []
        for index in lines.indices {
            let line = lines[index].components(separatedBy: "   #")[0]
            func put(_ text: String?) {
                var all = lines
                if let text { all[index] = text } else { all.remove(at: index) }
                variants.append(all.joined(separator: "\n"))
            }
            put(nil)
            for match in line.matches(of: /[0-9]+/) {
                put(line.replacingCharacters(in: match.range, with: "\((Int(match.output) ?? 0) + 1)"))
            }
            for match in line.matches(of: /[a-z-]{3,}/) {
                for _ in 0..<3 {
                    let word = Self.words[variants.count * 5 % Self.words.count]
                    put(line.replacingCharacters(in: match.range, with: word))
                }
            }
        }
        var told = 0
        for yaml in variants {
            guard let new = try? ProgramFile.read(yaml, refusing: []) else { continue }
            let isSame = compiled(new) == before
            let changes = new.changes(from: old)
            if isSame { continue }
            told += 1
            #expect(!changes.isEmpty, "\(yaml)")
        }
        #expect(told > 200, "only \(told) variants were read")
    }

    private static let words = [
        "last", "commission", "program", "partner", "customer", "quarter", "retroactive", "never", "manual",
        "weekly", "true", "compound", "other", "all",
    ]

    /// A standard that is written out means what the file without it means.
    @Test("has the reader's own standards")
    func standards() throws {
        let written = """
            program: acme
            currency: USD
            timezone: UTC
            destinations: []
            attribution:
              order: [override, registration, customer, lead, coupon, click]
              click: {window: 30d, model: last}
              lead: {window: 180d}
              coupon: {requires-click: false}
              hold: 30d
            partners: {affiliate: {plan: standard, approval: automatic}}
            tiers: [{name: silver}, {name: gold, when: {count: ">= 5", period: lifetime}, grace: 0d}]
            plans:
              standard:
                - rule: sale
                  on: sale
                  base: {without: [tax, shipping, discount]}
                  pay: 20%
                  tiers: {by: revenue, shape: progressive, period: month, slices: own, steps: [[10, 21%]]}
                  caps: [{per: program, amount: 9, period: lifetime, when-full: first-come, reopen: false}]
                  refund: proportional
                  also: false
                - rule: net
                  on: activity
                  base: {from: ggr}
                  pay: 1%
                  period: month
                  carry-over: {what: base, pool: all}
                - override: {levels: [5%], of: sale, ceiling: 30%, cut: deepest-first}
                - mdf: {accrue: 3%, of: sale, reimburse: 100%}
                - margin: {base: 18%, registered: 0%, combine: add}
                - bonus: {name: ten, when: {count: 10, period: lifetime}, pay: 1}
            payouts:
              schedule: monthly
              net-days: 15
              rate: {source: ecb, fixed: statement, spread: 0%}
              clawback: {offset: 100%}
              approval: {people: 1}
            rounding: half-even

            """
        let bare = """
            program: acme
            currency: USD
            partners: {affiliate: {plan: standard}}
            tiers: [{name: silver}, {name: gold, when: {count: ">= 5"}}]
            plans:
              standard:
                - rule: sale
                  on: sale
                  pay: 20%
                  tiers: {by: revenue, shape: progressive, steps: [[10, 21%]]}
                  caps: [{per: program, amount: 9}]
                - {rule: net, on: activity, base: {from: ggr}, pay: 1%, carry-over: {what: base}}
                - override: {levels: [5%], ceiling: 30%}
                - mdf: {accrue: 3%}
                - margin: {base: 18%}
                - bonus: {name: ten, when: {count: 10}, pay: 1}

            """
        let (long, short) = (
            try ProgramFile.read(written, refusing: []), try ProgramFile.read(bare, refusing: [])
        )
        #expect(compiled(long) == compiled(short))
        #expect(long.changes(from: short).map(\.sentence) == [])
        #expect(short.changes(from: long).map(\.sentence) == [])
    }
}
