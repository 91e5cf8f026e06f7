import Facts
import Terms
import Testing
import Values

/// Margins of resellers and their funds.
enum ResellerVectors {
    static let cases = [
        VectorCase("CM-15", margin), VectorCase("CM-16", margin), VectorCase("CM-17", fund),
    ]

    /// A deal that the reseller registered and sells itself.
    private static func deal(_ v: Vector, _ amount: Money) -> [FactRecord] {
        let fields: Fields = [
            ("seller", "ada"), ("account", "buyer.test"), ("amount", .string(amount.amount)),
            ("currency", .string(v.code)), ("event", "sale"),
        ]
        return [
            partner("ada", [("type", "reseller")]),
            v.newFact(
                "registration", "reg", at: "2026-01-02",
                [
                    ("partner", "ada"), ("account", "buyer.test"), ("completed_at", "2026-01-02"),
                    ("approved_at", "2026-01-03"),
                ], new: "fact"),
            v.newFact("conversion", "s", at: "2026-01-05", fields, new: "seller"),
        ].compactMap(\.self)
    }

    /// CM-15 adds the two discounts, CM-16 takes one off what the other leaves.
    static func margin(_ v: Vector) throws {
        let list = try v.money("input list_unit").times(Fraction(Int64(v.count("input qty")), 1)!, .halfEven)
        let margin =
            "margin: {base: \(v.percent("rule tier_discount")), "
            + "registered: \(v.percent("rule dealreg_discount")), combine: \(v.text("rule combine"))}"
        let file = programText(types: ["reseller"], rules: [margin])
        if v.text("rule combine") == "compound" {
            let kept = try list.times(v.fraction("expected effective"), .halfEven)
            #expect(kept == v.money("expected margin"))
        } else {
            #expect(list == v.money("expected list"))
        }
        guard let story = v.story(file, needs: [.margins], deal(v, list)) else { return }
        #expect(story.total("ada", kind: "margin", in: v.currency) == v.money("expected margin"))
        #expect(try list.subtracting(v.money("expected margin")) == v.money("expected buy"))
        // It is no commission: nobody is paid it.
        #expect(story.standing() == "")
    }

    static func fund(_ v: Vector) throws {
        let fund =
            "mdf: {accrue: \(v.percent("rule accrual")), of: sale, "
            + "reimburse: \(v.percent("rule reimburse"))}"
        let invoice = v.money("input claim_invoice")
        #expect(try invoice.times(v.fraction("rule reimburse"), .halfEven) == v.money("expected eligible"))
        let story = v.story(
            programText(rules: ["{rule: r, on: sale, pay: 10%}", fund]), needs: [.funds],
            adaClicked + [sale("s", at: "2026-01-05", v.text("input sales"), v.code)])
        guard var story else { return }
        let available = "Liabilities:MDF:P-ada:Available"
        #expect(story.total("ada", kind: "mdf", in: v.currency) == v.money("expected accrued"))
        #expect(story.balance(available, v.code) == "-\(v.text("expected accrued"))")
        let claim = v.newFact(
            "mdf_claim", "claim", at: "2026-01-10",
            [("partner", "ada"), ("amount", .string(invoice.amount)), ("currency", .string(v.code))],
            new: "fact")
        guard let claim else { return }
        story.tell([claim])
        let left = v.money("expected left")
        #expect(story.balance(available, v.code) == left.amount)
        #expect(try v.money("expected accrued").subtracting(v.money("expected reimbursed")) == left)
    }
}
