import Values

// Room of a cap that came free goes to the lines that it cut, the first of them first, where the cap reopens.

extension Memory {
    /// Gives on what room an outcome frees; after all else of it.
    func reopen(at instant: Instant, _ terms: TermsHistory, into outcome: inout Outcome) throws(Stop) {
        guard outcome.tallies.contains(where: { !$0.tally.waiting.isEmpty }) else { return }
        var isDone: Set<TallyKey> = []
        for change in outcome.tallies where isDone.insert(change.key).inserted {
            let after = try tally(change.key, after: outcome)
            guard !after.waiting.isEmpty, let before = tallies[change.key], after.sum < before.sum else {
                continue
            }
            for key in after.waiting { try regrant(key, at: instant, terms, into: &outcome) }
        }
    }

    /// Brings all that a conversion earned to what there is room for now.
    private func regrant(
        _ key: EarningKey, at instant: Instant, _ terms: TermsHistory, into outcome: inout Outcome
    ) throws(Stop) {
        let file = try dossier(key.conversion, after: outcome)
        let version = try terms.version(of: file)
        let all = current(key.conversion, after: outcome)
        aimAtWhatIsLeft(of: key.conversion, version, into: &outcome)
        try findTargets(file, version, into: &outcome)
        let (start, lines) = (outcome.postings.count, outcome.lines.count)
        for index in outcome.rewards.indices where !outcome.rewards[index].accrues {
            try bring(index, all, file, version, max(instant, file.at), &outcome)
        }
        try countRegranted(file, version, from: lines, at: max(instant, file.at), into: &outcome)
        outcome.enter(.adjusted, at: max(instant, file.at), from: start)
    }
}
