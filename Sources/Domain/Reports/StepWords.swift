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
            "fund": "puts a share by for the partner's marketing; nobody is paid it but by a claim.",
        ]
        let apart = [
            "bonus": "is paid once.", "true_up": "brings the lines of its period to their step.",
            "slices": "takes what is refunded off the top of its period.",
        ]
        for step in steps {
            if let title = step["step"]?.text.flatMap({ apart[$0] }) {
                let name = (body["rule"]?.text ?? "it").sentenceCase
                return ["\(name) of terms version \(body["terms"]?.whole ?? 0) \(title)"]
                    + steps.compactMap(sentence)
            }
            guard let title = step["step"]?.text.flatMap({ titles[$0] }) else { continue }
            let name = (body["rule"]?.text ?? "it").sentenceCase
            return ["\(name) of terms version \(body["terms"]?.whole ?? 0) \(title)"]
                + (steps + [.record(["step": .string("rate"), "rate": body["rate"], "base": body["base"]])])
                .compactMap(sentence)
        }
        return nil
    }

    /// What of a rule's own line is more than its base and its rate.
    static func told(of body: JSON) -> [String] {
        let lost = body["lost"]?.text.map { "\($0) \(body["currency"]?.text ?? "") are lost." }
        return (body["workings"]?.elements ?? []).compactMap(sentence) + [lost].compactMap(\.self)
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
        case "fund": return "It is reckoned on \(text("amount"))."
        case "rate": return "So it is \(text("rate")) of \(text("base"))."
        case "guard":
            return "The guard of the price cuts \(text("from")) to \(text("amount")), rounded down."
        default: return ruleSentence(step) ?? netSentence(step)
        }
    }

    private static func ruleSentence(_ step: JSON) -> String? {
        func text(_ name: String) -> String { step[name]?.text ?? "?" }
        switch step["step"]?.text {
        case "items": return "The items that it pays for come to \(text("amount"))."
        case "rest": return "What other rules leave of the sale is \(text("amount"))."
        case "quantity": return "The quantity is \(text("quantity")) \(text("unit"))."
        case "renewal":
            return "The rule has paid \(counted(Int(step["payments_before"]?.whole ?? 0), "event")) of this "
                + "customer before."
        case "tier": return "It is paid at step \(step["tier"]?.whole ?? 0) of the rule's tiers."
        case "points": return "\(text("points")) are added to the rate."
        case "times": return "That is multiplied by \(text("times"))."
        case "minimum": return "\(text("from")) is raised to the least, \(text("amount"))."
        case "maximum": return "\(text("from")) is cut to the most, \(text("amount"))."
        case "true_up":
            return "At step \(step["tier"]?.whole ?? 0) the lines of the period come to \(text("amount"))."
        case "slices":
            return "What is left of the period gives \(text("amount")); the lines themselves, "
                + "\(text("own"))."
        case "bonus": return "\(text("reached")) of \(text("goal")) are reached."
        case "cap":
            return "The cap of \(text("amount")) per \(text("per")) (\(text("period"))) had less room."
        case "shared_cap":
            return "Lines asked for \(text("asked")) of the \(text("period"))'s budget of \(text("amount")); "
                + "all were cut alike when it closed."
        case "sold": return "The seller's margin of \(text("amount")) was taken off first."
        default: return nil
        }
    }

    private static func netSentence(_ step: JSON) -> String? {
        func text(_ name: String) -> String { step[name]?.text ?? "?" }
        switch step["step"]?.text {
        case "component": return "Its \(text("name")) is \(text("amount"))."
        case "deduction": return "\(text("amount")) go for \(text("name"))."
        case "net": return "So its net revenue is \(text("amount"))."
        case "period":
            let carried = step["carried"]?.text.map { ", with \($0) carried in" } ?? ""
            return "The period from \(text("start")) on stands at \(text("revenue"))\(carried): "
                + "\(text("due")) are due for it."
        case "visits": return "\(step["count"]?.whole ?? 0) were counted, which come to \(text("amount"))."
        case "accrued": return "All that it rounds comes to exactly \(text("amount"))."
        case "brought_forward": return "The statement before had left over \(text("amount"))."
        case "left_over": return "\(text("amount")) is left over for the next statement."
        default: return nil
        }
    }
}
