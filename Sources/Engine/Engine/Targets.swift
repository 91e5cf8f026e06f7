import Values

// What the rewards of one conversion come to. Some look at each other or at what others were paid, so they
// are found together, in a fixed order: what each rule pays, what others have of that, then caps, then the
// guard.

extension Memory {
    /// Finds what each of the outcome's rewards comes to for what is left of the conversion.
    func findTargets(_ dossier: Dossier, _ terms: SharedTerms, into outcome: inout Outcome) throws(Stop) {
        outcome.targets.empty()
        for index in outcome.rewards.indices {
            outcome.targets.append(try outcome.rewards[index].target(in: dossier))
        }
        try addLevels(dossier, terms, into: &outcome)
        try addFunds(dossier, terms, into: &outcome)
        if terms.hasCaps { try cut(dossier, terms, into: &outcome) }
        try guardTargets(dossier, terms, into: &outcome)
    }
}
