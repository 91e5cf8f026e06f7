import Facts
import Replay
import Terms
import Testing
import Values

@Suite("A customer that keeps its terms")
struct KeptTermsTests {
    private let people = [
        partner("ada"), partner("bo"), click("k1", at: "2026-01-02", of: "ada", by: "v"),
        click("k2", at: "2026-03-02", of: "bo", by: "w"),
    ]

    private static func terms(_ share: String, keeps: Bool, window: String = "30d") -> ProgramFile {
        program(
            attribution: "order: [customer, click], click: {window: \(window)}"
                + (keeps ? ", customer: {keeps-terms: true}" : ""),
            rules: ["{rule: sale, on: sale, pay: \(share)}"])
    }

    private func story(_ first: ProgramFile, _ second: ProgramFile, _ more: [FactRecord] = []) -> Story {
        let publish = act(
            .terms, "2", at: "2026-02-01",
            ["version": .int(2), "effective_at": "2026-02-01T00:00:00Z", "yaml": .string(second.yaml)])
        return Story(
            first,
            people + [publish] + more + [
                sale("old", at: "2026-01-03", "100.00", "USD", [("customer", "kim")]),
                sale(
                    "kept", at: "2026-03-03", "100.00", "USD",
                    [("customer", "kim"), ("visitor", "w")]),
                sale("new", at: "2026-03-03", "100.00", "USD", [("customer", "lee"), ("visitor", "w")]),
            ])
    }

    private func terms(_ conversion: String, in story: Story) -> Int64? {
        story.decision(conversion)?.json["terms"]?.whole
    }

    @Test("is judged by the version under which it was bound, and its lines name it")
    func keeps() {
        let story = story(Self.terms("20%", keeps: true), Self.terms("15%", keeps: false))
        #expect(story.refusals == [])
        #expect(story.lines("old") == ["20.00 USD"] && story.lines("kept") == ["20.00 USD"])
        #expect(story.source("kept") == "ada" && terms("kept", in: story) == 1)
        #expect(story.lines("new") == ["15.00 USD"] && terms("new", in: story) == 2)
    }

    @Test("keeps nothing where its own version does not say so, whatever a later one says")
    func own() {
        let story = story(Self.terms("20%", keeps: false), Self.terms("15%", keeps: true))
        #expect(story.lines("kept") == ["15.00 USD"] && terms("kept", in: story) == 2)
    }

    @Test("has the terms in force again when its partner has left")
    func left() {
        let story = story(
            Self.terms("20%", keeps: true), Self.terms("15%", keeps: false),
            [leaving("ada", at: "2026-02-15")])
        #expect(story.source("kept") == "bo" && story.lines("kept") == ["15.00 USD"])
    }

    @Test("has its windows, too")
    func windows() {
        let wide = Self.terms("20%", keeps: true, window: "90d")
        let narrow = Self.terms("15%", keeps: true, window: "1d")
        let more = [
            sale("b1", at: "2026-03-03", "1.00", "USD", [("customer", "mo"), ("visitor", "w")]),
            sale("b2", at: "2026-03-09", "1.00", "USD", [("customer", "mo"), ("visitor", "w")]),
        ]
        let story = story(wide, narrow, more)
        // The click of a week ago is near enough for Kim, and too far away for Mo.
        #expect(story.claims("kept").first == "customer old won")
        #expect(story.claims("b2").contains("click k2 dropped window_elapsed"))
    }
}
