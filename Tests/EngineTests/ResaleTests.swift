import Facts
import Replay
import Terms
import Testing
import Values

/// Affiliates have 15 %, resellers a margin of 20 % and 10 points on their registered deals, who helps 5 %.
private func channel(_ combine: String = "add") -> ProgramFile {
    reading(
        """
        program: acme
        currency: USD
        attribution: {hold: 0d}
        partners:
          affiliate: {plan: affiliate}
          reseller: {plan: resale}
          technology: {plan: integration}
        plans:
          affiliate: [{rule: share, on: sale, pay: 15%}]
          resale:
            - {rule: referral, on: sale, pay: 10%}
            - margin: {base: 20%, registered: 10%, combine: \(combine)}
          integration: [assist: 5%]
        payouts: {net-days: 0}

        """)
}

/// Ada is an affiliate, Rita and Xaver are resellers, Tim and Tom technology partners.
private let cast = [
    partner("ada"), partner("rita", [("type", "reseller"), ("account", "rita.test")]),
    partner("xaver", [("type", "reseller")]), partner("tim", [("type", "technology")]),
    partner("tom", [("type", "technology")]), partner("tess", [("type", "technology")]),
]

private let touched = click("k", at: "2026-01-01", of: "ada")

private func registration(
    _ id: String = "reg", by partner: String = "rita", of account: String = "buyer.test",
    at: String = "2026-01-02", approved: String? = "2026-01-03", _ more: Fields = []
) -> FactRecord {
    let approval: Fields = approved.map { [("approved_at", .string($0))] } ?? []
    return fact(
        "registration", id, at: at,
        [("partner", .string(partner)), ("account", .string(account)), ("completed_at", .string(at))]
            + approval + more)
}

private func assist(
    _ id: String, by partner: String, at: String = "2026-01-02", confirmed: String? = nil
) -> FactRecord {
    fact(
        "assist", id, at: at,
        [
            ("partner", .string(partner)), ("account", "Buyer.test "),
            ("confirmed_at", .string(confirmed ?? at)),
        ])
}

private func sold(
    by seller: String?, _ amount: String = "10000.00", at: String = "2026-01-10", _ more: Fields = []
) -> FactRecord {
    let seller: Fields = seller.map { [("seller", .string($0))] } ?? []
    let account: Fields = more.contains { $0.0 == "account" } ? [] : [("account", "buyer.test")]
    return sale("s", at: at, amount, "USD", seller + account + more)
}

extension Story {
    /// `margin rita 2000.00, commission ada 1200.00`, in the order in which they were posted.
    fileprivate var told: String {
        records.flatMap(\.lines).map { "\($0.kind) \($0.partner) \($0.amount.amount)" }
            .joined(separator: ", ")
    }

    fileprivate func book(_ account: String) -> String { balance(account, "USD") }
}

@Suite("Who sells on its own account")
struct ResaleTests {
    @Test("keeps its margin, and the uplift on a deal that it registered; the books show the whole order")
    func order() {
        let story = Story(channel(), cast + [touched, registration(), sold(by: "rita")])
        #expect(story.told.hasPrefix("margin rita 3000.00"))
        #expect(story.book("Assets:Receivable:Resellers:P-rita") == "7000.00")
        #expect(story.book("Income:Revenue:Contra:Margin") == "2000.00")
        #expect(story.book("Income:Revenue:Contra:Uplift") == "1000.00")
        #expect(story.book("Income:Revenue:Reference") == "-10000.00")
        #expect(story.standing("rita") == "" && story.statements("rita") == [])
    }

    @Test("compounds where the terms say so")
    func compound() {
        let story = Story(channel("compound"), cast + [registration(), sold(by: "rita")])
        #expect(story.told == "margin rita 2800.00")
        #expect(story.book("Income:Revenue:Contra:Uplift") == "800.00")
    }

    @Test("leaves the source its share of what the vendor receives, and has no second part in the sale")
    func source() {
        let affiliate = Story(channel(), cast + [touched, sold(by: "rita")])
        #expect(affiliate.told == "margin rita 2000.00, commission ada 1200.00")
        let both = Story(
            channel(), cast + [click("k", at: "2026-01-01", of: "rita"), sold(by: "rita")])
        #expect(both.told == "margin rita 2000.00")
        // Who only brings it has its share, and so has a reseller without a margin of its own.
        let brought = Story(channel(), cast + [click("k", at: "2026-01-01", of: "rita"), sold(by: nil)])
        #expect(brought.told == "commission rita 1000.00")
        let other = Story(
            channel(), cast + [click("k", at: "2026-01-01", of: "rita"), sold(by: "xaver")])
        #expect(other.told == "margin xaver 2000.00, commission rita 800.00")
    }

    @Test("has its margin of the price after a coupon; the books show the price before it")
    func coupon() {
        let story = Story(
            channel(), cast + [registration(), sold(by: "rita", "9000.00", [("discount", "1000.00")])])
        #expect(story.told == "margin rita 2700.00")
        #expect(story.book("Income:Revenue:Reference") == "-10000.00")
        #expect(story.book("Income:Revenue:Contra:Coupon") == "1000.00")
        #expect(story.book("Assets:Receivable:Resellers:P-rita") == "6300.00")
        let taxed = Story(channel(), cast + [sold(by: "rita", "11900.00", [("tax", "1900.00")])])
        #expect(taxed.told == "margin rita 2000.00")
    }

    @Test(
        "has the uplift only by an approved registration of its own that holds at the sale",
        arguments: [
            (registration(approved: nil), "2000.00"), (registration(approved: "2026-01-10"), "3000.00"),
            (registration(approved: "2026-01-11"), "2000.00"), (registration(by: "xaver"), "2000.00"),
            (registration(of: "other.test"), "2000.00"), (registration(of: " BUYER.test"), "3000.00"),
            (registration(approved: "2026-01-03", [("expires_at", "2026-01-10")]), "2000.00"),
            (registration(approved: "2026-01-03", [("expires_at", "2026-01-11")]), "3000.00"),
            (registration(approved: "2026-01-03", [("mode", "fulfil")]), "2000.00"),
            (registration(approved: "2026-01-03", [("scope", "pro")]), "2000.00"),
        ])
    func uplift(_ registration: FactRecord, _ margin: String) {
        #expect(Story(channel(), cast + [registration, sold(by: "rita")]).told == "margin rita \(margin)")
    }

    @Test("has none where another was first, none on its own company, and none once it has left")
    func none() {
        let second = [registration("a", by: "xaver"), registration("b", at: "2026-01-03"), sold(by: "rita")]
        #expect(Story(channel(), cast + second).told == "margin rita 2000.00")
        let own = [registration(of: "rita.test"), sold(by: "rita", "10000.00", [("account", "rita.test")])]
        #expect(Story(channel(), cast + own).told == "margin rita 2000.00")
        let gone = [registration(), leaving("rita", at: "2026-01-05"), sold(by: "rita")]
        #expect(Story(channel(), cast + gone).told == "")
    }

    @Test("gives back with each refund, to exactly nothing in every book")
    func refunds() {
        var story = Story(
            channel(),
            cast + [
                touched, registration(), assist("a", by: "tim"),
                sold(by: "rita", "9999.99", [("discount", "333.33"), ("tax", "777.77")]),
            ])
        for (number, amount) in ["0.01", "3333.33", "1.11"].enumerated() {
            story.tell([refund("r\(number)", of: "s", at: "2026-01-1\(number + 1)", amount)])
            #expect(story.faultBelowZero == nil)
        }
        story.tell([refund("last", of: "s", at: "2026-01-20")])
        #expect(story.balances.all.allSatisfy { $0.amount.minor == 0 })
        #expect(story.balances.all.count > 5)
    }

    @Test("leaves nothing in the books where it turns out to have left before")
    func left() {
        var story = Story(channel(), cast + [registration(), sold(by: "rita")])
        story.tell([leaving("rita", at: "2026-01-09"), review(of: "s", at: "2026-01-12")])
        #expect(story.told == "margin rita 3000.00, reversal rita -3000.00")
        #expect(story.balances.all.allSatisfy { $0.amount.minor == 0 })
    }

    @Test("is known by its registration also where that is told late, and waits until it is a partner")
    func late() {
        var story = Story(channel(), cast + [touched, sold(by: "rita")])
        story.tell([registration(), review(of: "s", at: "2026-01-12")])
        #expect(
            story.told
                == "margin rita 2000.00, commission ada 1200.00, margin rita 1000.00, reversal ada -150.00")
        #expect(story.book("Income:Revenue:Contra:Uplift") == "1000.00")
        let stranger = Story(channel(), [sold(by: "nobody")])
        #expect(stranger.simulation.parked.values.joined().map(\.name) == ["conversion:s"])
    }
}

@Suite("Who helped with a deal")
struct AssistTests {
    @Test("has its share of what is left after the margin, beside the source, in an account of its own")
    func share() {
        let story = Story(
            channel(), cast + [touched, registration(), assist("a", by: "tim"), sold(by: "rita")])
        #expect(story.told == "margin rita 3000.00, commission ada 1050.00, commission tim 350.00")
        #expect(story.book("Expenses:Commission:Assist") == "350.00")
        let direct = Story(channel(), cast + [assist("a", by: "tim"), sold(by: nil, "7000.00")])
        #expect(direct.told == "commission tim 350.00")
    }

    @Test("is one of two at most, the first confirmed ones, and each once")
    func first() {
        let facts = [
            assist("a", by: "tess", at: "2026-01-05"), assist("c", by: "tom"), assist("b", by: "tim"),
            assist("d", by: "tim", at: "2026-01-04"), sold(by: nil, "100.00"),
        ]
        #expect(Story(channel(), cast + facts).told == "commission tim 5.00, commission tom 5.00")
    }

    @Test("has nothing where it was confirmed later, is the source itself, has left, or has no assist")
    func nothing() {
        #expect(
            Story(channel(), cast + [assist("a", by: "tim", at: "2026-01-11"), sold(by: nil)]).told == "")
        let early = assist("a", by: "tim", at: "2026-01-02", confirmed: "2026-01-11")
        #expect(Story(channel(), cast + [early, sold(by: nil)]).told == "")
        let source = [click("k", at: "2026-01-01", of: "tim"), assist("a", by: "tim"), sold(by: nil)]
        #expect(Story(channel(), cast + source).told == "")
        let gone = [assist("a", by: "tim"), leaving("tim", at: "2026-01-09"), sold(by: nil)]
        #expect(Story(channel(), cast + gone).told == "")
        #expect(Story(channel(), cast + [assist("a", by: "ada"), sold(by: nil)]).told == "")
        #expect(
            Story(
                channel(),
                cast + [assist("a", by: "tim"), sold(by: nil, "10000.00", [("account", "other.test")])]
            ).told
                == "")
    }
}
