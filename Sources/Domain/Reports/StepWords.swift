import Values

/// What stands beside rules in words, from the steps that a line keeps.
enum StepWords {
    /// What takes the place of the sentences about a rule's base and rate; nil for lines of rules.
    static func sentences(of body: JSON) -> [String]? {
        let steps = body["workings"]?.elements ?? []
        let titles = [
            "level": "gives those above the seller shares.",
            "margin": "lets the seller keep a share of the price.",
            "assist": "gives who helped with the deal a share.",
        ]
        for step in steps {
            guard let title = step["step"]?.text.flatMap({ titles[$0] }) else { continue }
            let name = (body["rule"]?.text ?? "it").sentenceCase
            return ["\(name) of terms version \(body["terms"]?.whole ?? 0) \(title)"]
                + (steps + [.record(["step": .string("rate"), "rate": body["rate"], "base": body["base"]])])
                .compactMap(sentence)
        }
        return nil
    }

    /// What a ceiling took from the seller's own line.
    static func cuts(of body: JSON) -> [String] {
        (body["workings"]?.elements ?? []).filter {
            ["ceiling", "guard"].contains($0["step"]?.text)
        }.compactMap(sentence)
    }

    private static func sentence(_ step: JSON) -> String? {
        func text(_ name: String) -> String { step[name]?.text ?? "?" }
        switch step["step"]?.text {
        case "level":
            return "Level \(step["level"]?.whole ?? 0) above the seller is reckoned on \(text("of"))."
        case "share": return "Its \(text("share")) of that is \(text("amount"))."
        case "ceiling":
            return "The ceiling over the seller and the levels cuts \(text("from")) to \(text("amount"))."
        case "margin": return "It keeps \(text("share")) of \(text("of"))."
        case "uplift":
            let way = text("combine") == "add" ? "added to it" : "taken of what that leaves"
            return "It registered the deal: \(text("share")), \(way)."
        case "assist":
            return "What the sale leaves after tax, shipping and the seller's margin is \(text("amount"))."
        case "rate": return "So it is \(text("rate")) of \(text("base"))."
        case "guard":
            return "The guard of the price cuts \(text("from")) to \(text("amount")), rounded down."
        default: return nil
        }
    }
}
