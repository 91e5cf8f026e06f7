import Facts
import Replay
import Testing
import Values

@Suite("A claim is dropped")
struct GateTests {
    @Test(
        "when the click's window has elapsed, to the millisecond: its start counts, its end does not",
        arguments: [
            ("30d", "2026-01-01T00:00:00.000Z", true), ("30d", "2026-01-15T12:00:00.000Z", true),
            ("30d", "2026-01-30T23:59:59.999Z", true), ("30d", "2026-01-31T00:00:00.000Z", false),
            ("30d", "2026-02-06T23:59:59.999Z", false), ("12h", "2026-01-01T11:59:59.999Z", true),
            ("12h", "2026-01-01T12:00:00.000Z", false), ("1d", "2026-01-02T00:00:00.000Z", false),
        ])
    func window(_ window: String, _ at: String, _ counts: Bool) {
        let story = Story(
            program(attribution: "click: {window: \(window)}"),
            [partner("ada"), click("k", at: "2026-01-01", of: "ada"), sale("s", at: at)])
        #expect(story.source("s") == (counts ? "ada" : "direct"))
        #expect(story.claims("s") == [counts ? "click k won" : "click k dropped window_elapsed"])
    }

    @Test("when the window has elapsed, whatever daylight saving does to the days")
    func daylight() {
        let told = [partner("ada"), click("k", at: "2026-03-01T12:00:00+01:00", of: "ada")]
        let program = program(timezone: "Europe/Berlin")
        #expect(Story(program, told + [sale("s", at: "2026-03-31T12:59:59.999+02:00")]).source("s") == "ada")
        #expect(Story(program, told + [sale("s", at: "2026-03-31T13:00:00+02:00")]).source("s") == "direct")
    }

    @Test("and is no longer told of a week after its window")
    func reach() {
        let story = Story(
            program(),
            [
                partner("ada"), click("old", at: "2026-01-01", of: "ada"), sale("near", at: "2026-02-07"),
                sale("far", at: "2026-02-07T00:00:00.001Z"),
            ])
        #expect(story.claims("near") == ["click old dropped window_elapsed"])
        #expect(story.claims("far") == [])
    }

    @Test("when it came after the conversion, which only a click named by the conversion can")
    func after() {
        let story = Story(
            program(),
            [
                partner("ada"), click("k", at: "2026-01-05T00:00:00.001Z", of: "ada"),
                sale("named", at: "2026-01-05", "100.00", "USD", [("click", "k")]),
                sale("found", at: "2026-01-05"),
            ])
        #expect(story.claims("named") == ["click k dropped after_conversion"])
        #expect(story.claims("found") == [])
    }

    @Test("never for being of the conversion's own instant")
    func sameInstant() {
        let story = Story(
            program(),
            [
                partner("ada", at: "2026-01-05T10:00:00Z"), click("k", at: "2026-01-05T10:00:00Z", of: "ada"),
                coupon("c", "TEN", at: "2026-01-05T10:00:00Z", of: "ada"),
                sale("s", at: "2026-01-05T10:00:00Z", "100.00", "USD", [("coupon", "TEN")]),
            ])
        #expect(story.claims("s") == ["coupon c won", "click k lost lower_class"])
    }

    @Test(
        "when a machine clicked",
        arguments: [
            [("bot", true)], [("user_agent", "Mozilla/5.0 (compatible; Googlebot/2.1)")],
            [("user_agent", "curl/8.5.0")],
            [("user_agent", "Mozilla/5.0 HeadlessChrome/120")],
        ] as [Fields])
    func bot(_ fields: Fields) {
        let story = Story(
            program(),
            [
                partner("ada"), click("k", at: "2026-01-01", of: "ada", fields), sale("s", at: "2026-01-02"),
                sale("named", at: "2026-01-02", "1.00", "USD", [("click", "k")]),
            ])
        #expect(story.claims("s") == ["click k dropped bot"])
        #expect(story.claims("named") == ["click k dropped bot"])
    }

    @Test("when consent was denied, unless the conversion itself names the click")
    func consent() {
        let story = Story(
            program(),
            [
                partner("ada"), click("k", at: "2026-01-01", of: "ada", [("consent", false)]),
                sale("s", at: "2026-01-02"),
                sale("named", at: "2026-01-02", "1.00", "USD", [("click", "k")]),
                click("k2", at: "2026-01-03", of: "ada", by: "w", [("consent", true)]),
                sale("given", at: "2026-01-04", "1.00", "USD", [("visitor", "w")]),
            ])
        #expect(story.claims("s") == ["click k dropped consent_denied"])
        #expect(story.claims("named") == ["click k won"])
        #expect(story.claims("given") == ["click k2 won"])
    }

    @Test("when its partner had not joined yet, or had left: at the click or at the sale")
    func activity() {
        let story = Story(
            program(),
            [
                click("early", at: "2026-01-01", of: "ada", by: "a"),
                partner("ada", at: "2026-01-01T00:00:00.001Z"),
                sale("before", at: "2026-01-02", "1.00", "USD", [("visitor", "a")]),
                click("k", at: "2026-01-03", of: "ada", by: "b"), leaving("ada", at: "2026-01-05"),
                sale("with", at: "2026-01-04T23:59:59.999Z", "1.00", "USD", [("visitor", "b")]),
                click("late", at: "2026-01-06", of: "ada", by: "c"),
                sale("after", at: "2026-01-07", "1.00", "USD", [("visitor", "c")]),
            ])
        #expect(story.claims("before") == ["click early dropped partner_not_active"])
        #expect(story.claims("with") == ["click k won"])
        #expect(story.claims("after") == ["click late dropped partner_not_active"])
    }

    @Test("when its partner left at the very instant of the sale and that is known")
    func departure() {
        var story = Story(
            program(),
            [
                partner("ada"), click("k", at: "2026-01-03", of: "ada"), leaving("ada", at: "2026-01-05"),
            ])
        story.tell([sale("s", at: "2026-01-05"), sale("just", at: "2026-01-04T23:59:59.999Z")])
        #expect(story.claims("s") == ["click k dropped partner_not_active"])
        #expect(story.claims("just") == ["click k won"])
    }

    @Test(
        "when the partner is the buyer, by account or by e-mail, however they are written",
        arguments: [
            ([("account", "Acme.Test ")], [("account", " acme.test")]),
            ([("email", "Ada@Acme.test")], [("email", " ada@ACME.test ")]),
            (
                [("account", "acme.test"), ("email", "a@acme.test")],
                [("account", "other.test"), ("email", "A@acme.test")]
            ),
        ] as [(Fields, Fields)])
    func selfReferral(_ own: Fields, _ buyer: Fields) {
        let story = Story(
            program(),
            [
                partner("ada", own), partner("bo"), coupon("c", "TEN", of: "ada"),
                click("k", at: "2026-01-01", of: "ada"),
                click("b", at: "2026-01-01", of: "bo"),
                sale("s", at: "2026-01-02", "100.00", "USD", [("coupon", "ten")] + buyer),
            ])
        #expect(
            story.claims("s") == [
                "click b won", "coupon c dropped self_referral", "click k dropped self_referral",
            ])
    }

    @Test("as the buyer's own only with a name that both have")
    func notSelf() {
        let story = Story(
            program(),
            [
                partner("ada"), click("k", at: "2026-01-01", of: "ada"), sale("s", at: "2026-01-02"),
            ])
        #expect(story.claims("s") == ["click k won"])
    }

    @Test("when the coupon is not valid yet, or nobody's")
    func couponTime() {
        var story = Story(program(), [partner("ada"), coupon("c", "TEN", at: "2026-01-05", of: "ada")])
        story.tell([
            sale("early", at: "2026-01-04T23:59:59.999Z", "1.00", "USD", [("coupon", "TEN")]),
            sale("first", at: "2026-01-05", "1.00", "USD", [("coupon", " ten ")]),
            sale("other", at: "2026-01-06", "1.00", "USD", [("coupon", "ELEVEN")]),
        ])
        #expect(story.claims("early") == ["coupon c dropped coupon_not_yet_valid"])
        #expect(story.claims("first") == ["coupon c won"])
        #expect(story.claims("other") == [])
    }

    @Test("when the coupon needs a click and has none that counts")
    func requiresClick() {
        let program = program(attribution: "coupon: {requires-click: true}")
        let story = Story(
            program,
            [
                partner("ada"), partner("bo"), coupon("c", "TEN", of: "ada"),
                click("other", at: "2026-01-01", of: "bo"),
                click("own", at: "2026-01-01", of: "ada", by: "w"),
                click("bot", at: "2026-01-01", of: "ada", by: "x", [("bot", true)]),
                sale("others", at: "2026-01-02", "1.00", "USD", [("coupon", "TEN")]),
                sale("owns", at: "2026-01-02", "1.00", "USD", [("coupon", "TEN"), ("visitor", "w")]),
                sale("bots", at: "2026-01-02", "1.00", "USD", [("coupon", "TEN"), ("visitor", "x")]),
                sale("nones", at: "2026-01-02", "1.00", "USD", [("coupon", "TEN"), ("visitor", "y")]),
            ])
        #expect(story.claims("others") == ["click other won", "coupon c dropped requires_click"])
        #expect(story.claims("owns") == ["coupon c won", "click own lost lower_class"])
        #expect(story.claims("bots") == ["coupon c dropped requires_click", "click bot dropped bot"])
        #expect(story.claims("nones") == ["coupon c dropped requires_click"])
    }

    @Test("for the first gate that it fails")
    func gateOrder() {
        var story = Story(
            program(attribution: "coupon: {requires-click: true}"),
            [
                partner("ada", [("account", "acme.test")]), leaving("ada", at: "2026-02-01"),
                click("k", at: "2026-01-01", of: "ada", [("bot", true), ("consent", false)]),
                coupon("c", "TEN", at: "2026-03-01", of: "ada"),
            ])
        let own: Fields = [("account", "acme.test"), ("coupon", "TEN")]
        story.tell([
            sale("s1", at: "2026-02-02", "1.00", "USD", own),
            sale("s2", at: "2026-01-02", "1.00", "USD", own),
        ])
        #expect(
            story.claims("s1") == ["coupon c dropped coupon_not_yet_valid", "click k dropped window_elapsed"])
        #expect(story.claims("s2") == ["coupon c dropped coupon_not_yet_valid", "click k dropped bot"])
        story.tell([sale("s3", at: "2026-03-02", "1.00", "USD", own)])
        #expect(story.claims("s3") == ["coupon c dropped partner_not_active"])
    }
}
