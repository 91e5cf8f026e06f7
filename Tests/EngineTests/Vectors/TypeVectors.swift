import Terms
import Testing
import Values

/// What can be paid for.
enum TypeVectors {
    static let cases = [
        VectorCase("CM-01", accepted), VectorCase("CM-02", leads), VectorCase("CM-03", clicks),
        VectorCase("CM-04", impressions), VectorCase("CM-05", gross), VectorCase("CM-09", hybrid),
        VectorCase("CM-10", players), VectorCase("CM-14", lots),
    ]

    static func accepted(_ v: Vector) { counted(v, v.count("input accepted") + v.count("input rejected")) }

    static func leads(_ v: Vector) { counted(v, v.count("input submitted")) }

    private static func counted(_ v: Vector, _ all: Int) {
        let leads = (0..<all).map { sale("s\($0)", at: "2026-01-05", "0.00", v.code, [("event", "lead")]) }
        let rejected = (0..<v.count("input rejected")).map {
            note("rejection", of: "s\($0)", at: "2026-01-06")
        }
        let file = programText(rules: ["{rule: r, on: lead, pay: \(v.text("rule amount"))}"])
        guard let story = v.story(file, adaClicked + leads + rejected) else { return }
        #expect(story.total("ada", in: v.currency) == v.money("expected total"))
    }

    static func clicks(_ v: Vector) {
        for (rounding, key) in [("half-even", "half_even"), ("half-up", "half_up")] {
            let rule = "{rule: r, on: click, pay: \(v.text("rule amount")) per click}"
            let story = v.story(
                programText(rules: [rule], rounding: rounding), needs: [.clicks],
                [partner("ada")]
                    + (0..<v.count("input clicks")).map {
                        click("k\($0)", at: "2026-01-05", of: "ada", by: "v\($0)")
                    })
            guard var story else { return }
            story.settle("2026-02-01")
            #expect(story.statements() == ["2026-02-01: \(v.money("expected \(key)"))"])
            #expect(story.total("ada", in: v.currency) != v.money("expected wrong_per_click_half_even"))
        }
    }

    static func impressions(_ v: Vector) {
        let rule = "{rule: r, on: impression, pay: \(v.text("rule amount")) per 1000 impressions}"
        let story = v.story(
            programText(rules: [rule]), needs: [.impressions],
            [partner("ada")]
                + [
                    v.newFact(
                        "impression", "i", at: "2026-01-05",
                        [("partner", "ada"), ("count", .int(v.count("input impressions")))], new: "fact")
                ].compactMap(\.self))
        guard var story else { return }
        story.settle("2026-02-01")
        #expect(story.statements() == ["2026-02-01: \(v.money("expected total"))"])
    }

    static func gross(_ v: Vector) {
        let rule = "{rule: r, on: sale, base: {without: []}, pay: \(v.percent("rule rate"))}"
        let sold = sale("s", at: "2026-01-05", v.text("input gross"), v.code)
        guard let story = v.story(programText(rules: [rule]), adaClicked + [sold]) else { return }
        #expect(story.lines("s") == [v.money("expected total").description])
    }

    static func hybrid(_ v: Vector) {
        let rules = [
            "{rule: flat, on: sale, when: {customer: new}, pay: \(v.text("rule cpa")), also: true}",
            "{rule: share, on: sale, pay: \(v.percent("rule rate"))}",
        ]
        let sold = sale("s", at: "2026-01-05", v.text("input ngr"), v.code)
        guard let story = v.story(programText(rules: rules), adaClicked + [sold]) else { return }
        #expect(story.lines("s") == v.lines("expected cpa", "expected revshare"))
        #expect(story.total("ada", in: v.currency) == v.money("expected total"))
    }

    static func players(_ v: Vector) {
        let rule =
            "{rule: r, on: [deposit, wager], pay: \(v.text("rule amount")), "
            + "qualify: {first-deposit: \(v.text("rule min_deposit")), "
            + "total: {wager: \(v.text("rule min_wager"))}, within: 30d}}"
        let players = v.value("input players").elements!.map { $0.elements!.map { $0.text! } }
        let played = players.enumerated().flatMap { player, amounts in
            zip(["deposit", "wager"], amounts).enumerated().map { index, event in
                sale(
                    "s\(player)\(index)", at: "2026-01-0\(index + 5)", event.1, v.code,
                    [("event", .string(event.0)), ("customer", .string("c\(player)"))])
            }
        }
        let file = programText(currency: v.code, rules: [rule])
        guard let story = v.story(file, needs: [.qualifications], adaClicked + played) else { return }
        #expect(story.total("ada", in: v.currency) == v.money("expected total"))
        #expect(story.lines().count == v.count("expected qualified"))
    }

    static func lots(_ v: Vector) {
        let unit = v.text("rule unit")
        let rule = "{rule: r, on: trade, pay: \(v.text("rule amount")) \(v.code) per \(unit)}"
        let trade = sale(
            "s", at: "2026-01-05", "0.00", v.code,
            [
                ("event", "trade"), ("quantity", .string(v.text("input volume"))), ("unit", .string(unit)),
            ])
        guard let story = v.story(programText(rules: [rule]), needs: [.units], adaClicked + [trade]) else {
            return
        }
        #expect(story.lines("s") == v.lines("expected total"))
    }
}

extension Vector {
    /// `20.00 USD` for each of these paths.
    func lines(_ paths: String...) -> [String] { paths.map { money($0).description } }

    /// `20.00 USD` for each in the list at this path.
    func linesOf(_ path: String) -> [String] { moneys(path).map(\.description) }
}
