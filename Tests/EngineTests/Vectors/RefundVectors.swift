import Facts
import Replay
import Terms
import Testing
import Values

/// What is taken back, and what is owed for it.
enum RefundVectors {
    static let cases = [
        VectorCase("CM-54", thirds), VectorCase("CM-55", whole), VectorCase("CM-56", offset),
        VectorCase("CM-57", halfOffset), VectorCase("CM-58", fromAShare),
        VectorCase("CM-80", at: .statements, writeOff),
    ]

    static func thirds(_ v: Vector) throws {
        let refunds = v.texts("input refunds").enumerated().map {
            refund("r\($0)", of: "s", at: "2026-01-0\($0 + 6)", $1)
        }
        let rule = "{rule: r, on: sale, pay: \(v.percent("rule rate"))}"
        let sold = sale("s", at: "2026-01-05", v.text("input sale"), v.code)
        guard let story = v.story(programText(rules: [rule]), adaClicked + [sold] + refunds) else { return }
        #expect(story.lines("s") == v.lines("expected original") + v.linesOf("expected deltas"))
        #expect(story.total("ada", in: v.currency) == v.money("expected final"))
        // Rounded one by one they would take more than there was.
        let naive = try v.moneys("input refunds").map {
            try $0.times(v.fraction("rule rate"), .halfEven).negated()
        }
        #expect(naive == v.moneys("expected naive_deltas"))
        let sum = try naive.reduce(v.money("expected original")) { try $0.adding($1) }
        #expect(sum == v.money("expected naive_final"))
        #expect(story.total("ada", in: v.currency) != sum)
    }

    static func whole(_ v: Vector) {
        let rule = "{rule: r, on: sale, pay: \(v.percent("rule rate"))}"
        let facts = [
            sale("s", at: "2026-01-05", v.text("input sale"), v.code),
            refund("r", of: "s", at: "2026-01-06", v.text("input refund")),
        ]
        guard let story = v.story(programText(rules: [rule]), adaClicked + facts) else { return }
        #expect(story.lines("s") == v.linesOf("expected entries"))
        #expect(story.entries == ["earned 2026-01-05", "reversed 2026-01-06"])
        #expect(story.total("ada", in: v.currency) == v.money("expected balance") && story.standing() == "")
    }

    /// `paid` is stated in January and `taken` of it refunded in February.
    private static func owing(
        _ v: Vector, _ payouts: String, paid: Money, taken: Money, then earned: [String] = []
    ) -> Story? {
        let story = v.story(
            programText(rules: ["{rule: all, on: sale, pay: 100%}"], payouts: payouts),
            adaClicked + [sale("s", at: "2026-01-05", paid.amount, v.code)])
        guard var story else { return nil }
        story.settle("2026-02-01")
        #expect(story.statements() == ["2026-02-01: \(paid)"])
        story.tell([
            click("k2", at: "2026-02-01", of: "ada"), refund("r", of: "s", at: "2026-02-02", taken.amount),
        ])
        story.tell(earned.enumerated().map { sale("t\($0)", at: "2026-02-03T10:0\($0):00Z", $1, v.code) })
        return story
    }

    static func offset(_ v: Vector) throws {
        let events = v.moneys("input events")
        let paid = v.money("input already_paid")
        let later = events.dropFirst().map(\.amount)
        let story = owing(
            v, "clawback: {offset: 100%}", paid: paid, taken: events[0].negated(), then: later)
        guard var story else { return }
        // Money owed and money that comes, after each event.
        let sums = events.indices.map { events[...$0].reduce(0) { $0 + $1.minor } }
        #expect(sums.map { Money($0, v.currency) } == v.moneys("expected running"))
        #expect(
            story.balance("Assets:ClawbackReceivable:P-ada", v.code) == events[0].negated().amount)
        story.settle("2026-03-01")
        let taken = events[0].negated().amount
        #expect(
            story.statements().last == "2026-03-01: \(v.money("expected payable")) after \(taken)")
        #expect(story.standing() == "payable \(try paid.adding(v.money("expected payable")).amount)")
    }

    static func halfOffset(_ v: Vector) throws {
        let owed = v.money("input receivable")
        let story = owing(
            v, "clawback: {offset: \(v.percent("rule max_share"))}", paid: owed, taken: owed,
            then: [v.text("input earned")])
        guard var story else { return }
        story.settle("2026-03-01")
        #expect(
            story.statements().last
                == "2026-03-01: \(v.money("expected paid")) after \(v.text("expected recovered"))")
        let payable = try owed.adding(v.money("expected paid")).amount
        #expect(story.standing() == "payable \(payable), clawback \(v.text("expected receivable_left"))")
    }

    static func fromAShare(_ v: Vector) throws {
        let rule =
            "{rule: r, on: sale, pay: \(v.text("rule amount")), "
            + "refund: {full-from: \(v.percent("rule clawback_from_share"))}}"
        func left(_ refunds: [Money]) -> Money? {
            v.story(
                programText(rules: [rule]), needs: [.refundPolicies],
                adaClicked + [sale("s", at: "2026-01-05", v.text("input sale"), v.code)]
                    + refunds.enumerated().map {
                        refund("r\($0)", of: "s", at: "2026-01-0\($0 + 6)", $1.amount)
                    })?.total("ada", in: v.currency)
        }
        let (a, b) = (v.money("input refund_a"), v.money("input refund_b"))
        #expect(left([a]) == v.money("expected after_a"))
        #expect(left([b]) == v.money("expected after_b"))
        // They count together.
        #expect(left([a, try b.subtracting(a)]) == v.money("expected after_b"))
        #expect(left([a, b]) == v.money("expected after_b"))
    }

    static func writeOff(_ v: Vector) {
        let owed = v.money("input receivable")
        let payouts = "clawback: {write-off-after: \(v.count("rule writeoff_after_days"))d}"
        guard var story = owing(v, payouts, paid: owed, taken: owed) else { return }
        let receivable = "Assets:ClawbackReceivable:P-ada"
        #expect(story.balance(receivable, v.code) == owed.amount)
        // Refunded on 2 February; the 181st day after is past it.
        let writeOff = v.newFact(
            "write_off", "w",
            at: day("2026-02-02").adding(days: v.count("rule writeoff_after_days") + 1).text,
            [
                ("partner", "ada"), ("amount", .string(owed.amount)), ("currency", .string(v.code)),
                ("by", .texts(["usr_paul", "usr_quinn"])),
            ], new: "fact")
        guard let writeOff else { return }
        story.tell([writeOff])
        #expect(story.refusals == [])
        let debit = v.text("expected entry_dr").split(separator: " ").map(String.init)
        #expect(story.balance(debit[0], v.code) == debit[1])
        #expect(story.balance(receivable, v.code) == v.text("expected balance"))
        #expect(story.sealed.last?.entry.postings.contains { "-\(debit[1])" == $0.amount.amount } == true)
    }
}
