import Values

/// What stands beside rules in words, from the steps that a line keeps.
enum StepWords {
    /// What takes the place of the sentences about a rule's base and rate; nil for lines of rules.
    static func sentences(of body: JSON) -> [String]? {
        let steps = body["workings"]?.elements ?? []
        guard steps.contains(where: { $0["step"]?.text == "level" }) else { return nil }
        return ["Override of terms version \(body["terms"]?.whole ?? 0) gives those above the seller shares."]
            + steps.compactMap(sentence)
    }

    /// What a ceiling took from the seller's own line.
    static func cuts(of body: JSON) -> [String] {
        (body["workings"]?.elements ?? []).filter { $0["step"]?.text == "ceiling" }.compactMap(sentence)
    }

    private static func sentence(_ step: JSON) -> String? {
        func text(_ name: String) -> String { step[name]?.text ?? "?" }
        switch step["step"]?.text {
        case "level":
            return "Level \(step["level"]?.whole ?? 0) above the seller is reckoned on \(text("of"))."
        case "share": return "Its \(text("share")) of that is \(text("amount"))."
        case "ceiling":
            return "The ceiling over the seller and the levels cuts \(text("from")) to \(text("amount"))."
        default: return nil
        }
    }
}
