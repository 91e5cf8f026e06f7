import Facts
import Replay
import Testing
import Values

private let kim: Fields = [("customer", "kim")]

/// A sale to the customer Kim, seen as `visitor`.
private func kims(
    _ id: String, at: String, by visitor: String = "none", _ amount: String = "100.00", _ more: Fields = []
) -> FactRecord {
    sale(id, at: at, amount, "USD", kim + [("visitor", .string(visitor))] + more)
}

@Suite("A customer")
struct CustomerTests {
    private let partners = [partner("ada"), partner("bo"), partner("cy")]

    @Test("is bound by the first conversion with a source, of any event, paid or not, an amount of zero too")
    func binds() {
        let story = Story(
            program(),
            partners + [
                kims("direct", at: "2026-01-01"), click("k1", at: "2026-01-02", of: "ada"),
                kims("sign-up", at: "2026-01-03", by: "v", "0.00", [("event", "signup")]),
                click("k2", at: "2026-01-04", of: "bo", by: "w"), kims("later", at: "2027-06-01"),
                kims("other", at: "2026-01-05", by: "w"),
            ])
        #expect(story.source("direct") == "direct" && story.source("sign-up") == "ada")
        #expect(story.claims("other") == ["customer sign-up won", "click k2 lost lower_class"])
        #expect(story.claims("later") == ["customer sign-up won"])
        #expect(story.lines("sign-up") == [] && story.lines("later") == ["20.00 USD"])
    }

    @Test("is known by its id, else by its e-mail; a visitor is nobody to bind")
    func identities() {
        let story = Story(
            program(),
            partners + [
                click("k", at: "2026-01-01", of: "ada"),
                sale("m1", at: "2026-01-02", "1.00", "USD", [("email", "Kim@home.test")]),
                sale(
                    "m2", at: "2026-05-02", "1.00", "USD", [("email", " kim@HOME.test"), ("visitor", .null)]),
                sale("v1", at: "2026-01-02"), sale("v2", at: "2026-05-02"),
                sale("c1", at: "2026-05-02", "1.00", "USD", kim + [("email", "kim@home.test")]),
            ])
        #expect(story.claims("m2") == ["customer m1 won"])
        #expect(story.claims("v2") == [])
        #expect(story.claims("c1") == [])
    }

    @Test("is free again when the partner leaves, and is bound anew by the next with a source")
    func leaves() {
        var story = Story(
            program(),
            partners + [
                click("k1", at: "2026-01-01", of: "ada"), kims("s1", at: "2026-01-02", by: "v"),
                leaving("ada", at: "2026-02-01"),
                kims("s2", at: "2026-01-31T23:59:59.999Z"), click("k2", at: "2026-02-02", of: "bo", by: "w"),
                kims("s4", at: "2026-02-03", by: "w"), kims("s5", at: "2026-06-01"),
            ])
        story.tell([kims("s3", at: "2026-02-01")])
        #expect(story.claims("s2") == ["customer s1 won"])
        #expect(story.claims("s3") == ["customer s1 dropped partner_not_active"])
        #expect(story.claims("s4") == ["click k2 won", "customer s1 dropped partner_not_active"])
        #expect(story.claims("s5") == ["customer s4 won"])
    }

    @Test("stays bound by a conversion that was rejected or refunded")
    func rejected() {
        let story = Story(
            program(),
            partners + [
                click("k1", at: "2026-01-01", of: "ada"), kims("s1", at: "2026-01-02", by: "v"),
                note("rejection", of: "s1", at: "2026-01-03"), refund("r", of: "s1", at: "2026-01-03"),
                kims("s2", at: "2026-03-01"),
            ])
        #expect(story.claims("s2") == ["customer s1 won"])
    }

    @Test("that is the partner itself is bound, yet earns it nothing")
    func own() {
        let story = Story(
            program(),
            [
                partner("ada", [("account", "acme.test")]), click("k1", at: "2026-01-01", of: "ada"),
                kims("s1", at: "2026-01-02", by: "v"),
                kims("s2", at: "2026-01-03", "100.00", [("account", "acme.test")]),
            ])
        #expect(story.claims("s2") == ["customer s1 dropped self_referral"])
    }

    @Test("whose earlier conversion comes to be known later is decided again")
    func insertion() {
        var story = Story(
            program(),
            partners + [
                click("k1", at: "2026-01-01", of: "ada"), click("k2", at: "2026-01-03", of: "bo", by: "w"),
                kims("s2", at: "2026-01-04", by: "w"),
            ])
        #expect(story.source("s2") == "bo" && story.earned("bo") == [.usd: 20_00])
        story.tell([kims("s1", at: "2026-01-02", by: "v")])
        #expect(story.source("s1") == "ada" && story.source("s2") == "ada")
        #expect(story.claims("s2") == ["customer s1 won", "click k2 lost lower_class"])
        #expect(story.earned("bo") == [.usd: 0] && story.earned("ada") == [.usd: 40_00])
        #expect(story.entries == ["earned 2026-01-04", "earned 2026-01-02", "adjusted 2026-01-04"])
        let again = story.decision("s2")
        #expect(again?.number == 1 && again?.json["previous"]?.text?.hasPrefix("dec_") == true)
        #expect(again?.json["cause"]?.text == "conversion:s1")
    }

    @Test("is new until a conversion with an amount above zero, of the same instant by id")
    func new() {
        let program = program(rules: [
            "{rule: first, on: [sale, signup], when: {customer: new}, pay: 50%}",
            "{rule: later, on: sale, when: {customer: returning}, pay: 10%}",
        ])
        let story = Story(
            program,
            partners + [
                click("k", at: "2026-01-01", of: "ada"),
                kims("s0", at: "2026-01-02", by: "v", "0.00", [("event", "signup")]),
                kims("s2", at: "2026-01-03", by: "v"), kims("s1", at: "2026-01-03", by: "v"),
                kims("s3", at: "2026-01-03", by: "v"),
                sale("u1", at: "2026-01-03", "100.00", "USD", [("click", "k"), ("visitor", .null)]),
                sale("u2", at: "2026-01-04", "100.00", "USD", [("click", "k"), ("visitor", .null)]),
                sale("v1", at: "2026-01-05"), sale("v2", at: "2026-01-06"),
            ])
        #expect(
            story.lines("s1") == ["50.00 USD"] && story.lines("s2") == ["10.00 USD"]
                && story.lines("s3") == ["10.00 USD"])
        // Who is unknown counts as new every time; a visitor is known by being seen again.
        #expect(story.lines("u1") == ["50.00 USD"] && story.lines("u2") == ["50.00 USD"])
        #expect(story.lines("v1") == ["50.00 USD"] && story.lines("v2") == ["10.00 USD"])
    }

    @Test("is no longer new when its first sale comes to be known later: the difference is posted")
    func notNewAnymore() {
        let program = program(rules: [
            "{rule: first, on: sale, when: {customer: new}, pay: 50%}", "{rule: later, on: sale, pay: 10%}",
        ])
        var story = Story(
            program,
            partners + [click("k", at: "2026-01-01", of: "ada"), kims("s2", at: "2026-01-03", by: "v")])
        story.tell([kims("s1", at: "2026-01-02", by: "v")])
        #expect(story.lines("s2").sorted() == ["-50.00 USD", "10.00 USD", "50.00 USD"])
        #expect(story.lines("s1") == ["50.00 USD"])
    }

    @Test("whose lead came late earns by the rules of a bound customer, as if it had come in time")
    func lateLead() {
        let program = program(rules: [
            "{rule: campaign, on: sale, when: {sub1: spring}, pay: 50%}", "{rule: plain, on: sale, pay: 10%}",
        ])
        let lead = kims("lead", at: "2026-01-02", by: "v", "0.00", [("event", "lead")])
        let facts =
            partners + [
                click("k1", at: "2026-01-01", of: "ada"),
                click("k2", at: "2026-01-03", of: "ada", by: "v", [("sub1", "spring")]),
            ]
        let bought = kims("s", at: "2026-01-04", by: "v")
        let timely = Story(program, facts + [lead, bought])
        var late = Story(program, facts + [bought])
        late.tell([lead])
        #expect(
            timely.claims("s") == [
                "customer lead won", "click k2 lost lower_class", "click k1 lost lower_class",
            ])
        #expect(timely.ending == late.ending)
    }
}

@Suite("Evidence that comes after its conversion")
struct ReviewTests {
    private let start = [
        partner("ada"), partner("bo"), click("k1", at: "2026-01-01", of: "ada"), sale("s", at: "2026-01-03"),
    ]

    @Test("makes another decision that points to the first, and posts the difference")
    func reviews() {
        var story = Story(program(), start)
        story.tell([click("k2", at: "2026-01-02", of: "bo")])
        story.tell([review(of: "s", at: "2026-01-09")])
        #expect(story.claims("s") == ["click k2 won", "click k1 lost earlier_click"])
        #expect(story.lines("s").sorted() == ["-20.00 USD", "20.00 USD", "20.00 USD"])
        #expect(story.earned("ada") == [.usd: 0] && story.earned("bo") == [.usd: 20_00])
        let records = story.records.flatMap(\.decisions)
        #expect(records.map(\.number) == [0, 1] && records.last?.json["previous"]?.text == records.first?.id)
        #expect(records.last?.json["sequence"]?.whole == story.records.last?.sequence)
        #expect(story.entries == ["earned 2026-01-03", "adjusted 2026-01-03"])
    }

    @Test("that changes nothing is told and posts nothing")
    func idle() {
        var story = Story(program(), start)
        story.tell([click("k0", at: "2026-01-01", of: "bo", by: "v"), review(of: "s", at: "2026-01-09")])
        #expect(story.claims("s") == ["click k1 won", "click k0 lost earlier_click"])
        #expect(story.lines("s") == ["20.00 USD"])
    }

    @Test("leaves a refund where it belongs: the one who lost the sale gets nothing back by it")
    func refundAfterReview() {
        var story = Story(program(), start)
        story.tell([click("k2", at: "2026-01-02", of: "bo"), review(of: "s", at: "2026-01-09")])
        story.tell([refund("r1", of: "s", at: "2026-01-10", "50.00")])
        #expect(story.earned("ada") == [.usd: 0] && story.earned("bo") == [.usd: 10_00])
        story.tell([refund("r2", of: "s", at: "2026-01-11")])
        #expect(story.earned("ada") == [.usd: 0] && story.earned("bo") == [.usd: 0])
    }

    @Test("comes to the same when the refund came before it")
    func refundBeforeReview() {
        var story = Story(program(), start)
        story.tell([refund("r1", of: "s", at: "2026-01-10", "50.00")])
        story.tell([click("k2", at: "2026-01-02", of: "bo"), review(of: "s", at: "2026-01-11")])
        #expect(story.earned("ada") == [.usd: 0] && story.earned("bo") == [.usd: 10_00])
    }

    @Test("can move a sale there and back")
    func thereAndBack() {
        var story = Story(program(), start)
        story.tell([click("k2", at: "2026-01-02", of: "bo"), review(of: "s", at: "2026-01-09")])
        story.tell([click("k3", at: "2026-01-02T01:00:00Z", of: "ada"), review(of: "s", at: "2026-01-10")])
        #expect(story.source("s") == "ada")
        #expect(story.earned("ada") == [.usd: 20_00] && story.earned("bo") == [.usd: 0])
        story.tell([refund("r", of: "s", at: "2026-01-11", "25.00")])
        #expect(story.earned("ada") == [.usd: 15_00] && story.earned("bo") == [.usd: 0])
    }

    @Test("after the statement claims back from the one and earns the other afresh")
    func afterStatement() {
        var story = Story(program(), start)
        story.settle("2026-02-01")
        story.tell([click("k2", at: "2026-01-02", of: "bo"), review(of: "s", at: "2026-02-09")])
        #expect(
            story.standing("ada") == "payable 20.00, clawback 20.00"
                && story.standing("bo") == "pending 20.00")
        story.tell([click("k3", at: "2026-01-02T01:00:00Z", of: "ada"), review(of: "s", at: "2026-02-10")])
        #expect(
            story.standing("ada") == "pending 20.00, payable 20.00, clawback 20.00"
                && story.standing("bo") == "")
        story.settle("2026-03-01")
        #expect(story.faultBelowZero == nil)
        // Now it was earned twice and owed once; a full refund comes back to what was paid.
        story.tell([refund("r", of: "s", at: "2026-03-02")])
        #expect(story.earned("ada") == [.usd: 0] && story.earned("bo") == [.usd: 0])
    }
}

@Suite("A bind that expires")
struct ExpiringBindTests {
    private let people = [
        partner("ada"), partner("bo"), click("k1", at: "2026-01-01", of: "ada"),
        click("k2", at: "2026-03-01", of: "bo", by: "w"),
    ]
    private let file = program(attribution: "customer: {expires: 60d}")
    private let bound = kims("s1", at: "2026-01-02T10:00:00Z", by: "v")

    @Test("holds until its span is over, to the millisecond")
    func ends() {
        let story = Story(
            file,
            people + [
                bound, kims("in", at: "2026-03-03T09:59:59.999Z"), kims("out", at: "2026-03-03T10:00:00Z"),
                kims("after", at: "2026-03-04"),
            ])
        #expect(story.claims("in") == ["customer s1 won"])
        #expect(story.claims("out") == ["customer s1 dropped window_elapsed"])
        #expect(story.claims("after") == [] && story.source("after") == "direct")
    }

    @Test("is not made longer by what the customer buys meanwhile")
    func renews() {
        let story = Story(
            file, people + [bound, kims("in", at: "2026-02-20"), kims("out", at: "2026-03-10")])
        #expect(story.source("in") == "ada" && story.source("out") == "direct")
    }

    @Test("leaves the customer to be bound anew, by the next with a source, from then on")
    func anew() {
        let story = Story(
            file,
            people + [bound, kims("s2", at: "2026-03-20", by: "w"), kims("s3", at: "2026-05-18T23:59:59Z")])
        #expect(
            story.claims("s2") == ["click k2 won", "customer s1 dropped window_elapsed"])
        #expect(story.claims("s3") == ["customer s2 won"])
    }

    @Test("comes to the same in every order of arrival")
    func orders() {
        let sales = [
            bound, kims("s2", at: "2026-02-20", by: "w"), kims("s3", at: "2026-03-20", by: "w"),
            kims("s4", at: "2026-04-30"),
        ]
        let inTime = Story(file, people + sales).ending
        for first in sales {
            for second in sales where second.id != first.id {
                let rest = sales.filter { ![first.id, second.id].contains($0.id) }
                var story = Story(file, people)
                for fact in [second, first] + rest.reversed() { story.tell([fact]) }
                #expect(story.ending == inTime)
            }
        }
    }

    @Test("goes by the version that judges the sale; terms that are kept bring their own span")
    func versions() {
        let keeping = program(attribution: "customer: {expires: 60d, keeps-terms: true}")
        let story = Story(
            keeping, people + [bound, kims("in", at: "2026-03-03"), kims("out", at: "2026-03-04")])
        #expect(story.source("in") == "ada" && story.source("out") == "direct")
    }
}
