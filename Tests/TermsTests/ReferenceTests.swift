import Foundation
import Terms
import Testing

@Suite("The reference of the program file")
struct ReferenceTests {
    private static let text: String = {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        return (try? String(contentsOf: root.appending(path: "docs/program-file.md"), encoding: .utf8)) ?? ""
    }()

    private static let examples = text.components(separatedBy: "```yaml\n").dropFirst().map {
        $0.components(separatedBy: "```")[0]
    }

    /// An example made whole by the least that it lacks.
    private func program(_ example: String) -> String {
        if example.hasPrefix("program:") { return example }
        var head = "program: acme\ncurrency: USD\n"
        if !example.hasPrefix("partners:") { head += "partners: {affiliate: {plan: standard}}\n" }
        guard example.hasPrefix("- ") else {
            return head + example + "plans: {standard: [{rule: sale, on: sale, pay: 20%}]}\n"
        }
        let entries = example.split(separator: "\n").map { "    \($0)\n" }.joined()
        return head + "plans:\n  standard:\n" + entries
    }

    @Test("has examples that are all right, and without a warning", arguments: examples)
    func right(_ example: String) {
        #expect(toldOfAll(program(example)) == [])
    }

    @Test("has enough of them")
    func enough() { #expect(Self.examples.count > 30) }

    /// A stranger's key in each mapping of the grammar, so that the complaint tells all that may stand there.
    @Test(
        "speaks of every key that there is",
        arguments: [
            "zz: 1", "attribution: {zz: 1}", "attribution: {click: {zz: 1}}", "attribution: {lead: {zz: 1}}",
            "attribution: {coupon: {zz: 1}}", "attribution: {customer: {zz: 1}}",
            "attribution: {guard: {zz: 1}}", "tiers: [{zz: 1}]", "payouts: {zz: 1}",
            "payouts: {rate: {zz: 1}}",
            "payouts: {clawback: {zz: 1}}", "payouts: {approval: {zz: 1}}", "payouts: {from: {zz: 1}}",
            "payouts: {from: {sepa: {zz: 1}}}", "- {rule: a, zz: 1}", "- {rule: a, when: {zz: 1}}",
            "- {rule: a, base: {zz: 1}}", "- {rule: a, base: {from: b, less: [{percent: 1%, zz: 1}]}}",
            "- {rule: a, base: {from: b, less: [{component: b, zz: 1}]}}", "- {rule: a, then: {zz: 1}}",
            "- {rule: a, tiers: {zz: 1}}", "- {rule: a, boosts: [{zz: 1}]}",
            "- {rule: a, per-conversion: {zz: 1}}",
            "- {rule: a, caps: [{zz: 1}]}", "- {rule: a, qualify: {zz: 1}}", "- {rule: a, refund: {zz: 1}}",
            "- {rule: a, base: {from: b}, carry-over: {zz: 1}}", "- override: {zz: 1}", "- mdf: {zz: 1}",
            "- margin: {zz: 1}", "- bonus: {zz: 1}", "- bonus: {when: {zz: 1}}",
        ])
    func keys(_ example: String) throws {
        let told = try #require(
            toldOfAll(program(example + "\n")).first { $0.contains("zz is not a key here") })
        let keys = told.components(separatedBy: "there are: ")[1].components(separatedBy: ", ")
        for key in keys where key.wholeMatch(of: /sub[2-9]/) == nil {
            #expect(Self.text.contains(try Regex("[`{ ,(]\(key)[`:,}]")), "the reference has no `\(key)`")
        }
    }

    @Test("speaks of every kind of partner, model, shape and policy")
    func words() {
        for word in [
            "affiliate", "referral", "reseller", "technology", "automatic", "review", "two-people", "last",
            "first", "linear", "position", "decay", "progressive", "retroactive", "prospective", "own", "top",
            "customer", "partner", "program", "first-come", "pro-rata", "proportional", "never", "full-from",
            "none", "base", "commission", "all", "product", "deepest-first", "add", "compound", "line",
            "statement", "half-even", "half-up", "ecb", "manual", "conversion", "weekly", "twice-monthly",
            "monthly", "day", "week", "month", "quarter", "rolling", "lifetime", "rest",
        ] {
            #expect(Self.text.contains("`\(word)") || Self.text.contains("`{\(word)"), "no `\(word)`")
        }
    }
}
