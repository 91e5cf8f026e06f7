import Programs
import Recording
import Terms
import Values

/// What a program file changes: in words, and in what its partners would have earned.
package struct TrialReport: Sendable {
    private let trial: Trial
    private let result: TrialResult
    private let changes: [TermsChange]
    /// Partners that are shown on each side; nil: all.
    private let shownMax: Int?

    package static let shownMax = 5

    /// - Parameter showsAll: whether every partner is shown, not those alone that gain and lose most.
    package init(_ trial: Trial, showsAll: Bool = false) {
        self.trial = trial
        result = trial.result
        changes = trial.changes
        shownMax = showsAll ? nil : Self.shownMax
    }

    private typealias Shift = TrialResult.Shift

    private struct Row {
        let names: [String]
        let currency: Currency
        let shift: Shift

        var cells: [String] {
            names + [currency.code]
                + [shift.before, shift.after].map { Money($0, currency).amount } + [signed]
        }

        private var signed: String {
            let amount = Money(shift.difference, currency).amount
            return shift.difference > 0 ? "+\(amount)" : amount
        }

        func json(_ keys: [String]) -> JSON {
            .object(
                zip(keys, names).map { JSON.Member($0, .string($1)) } + [
                    .init("currency", .string(currency.code)),
                    .init("before", .string(Money(shift.before, currency).amount)),
                    .init("after", .string(Money(shift.after, currency).amount)),
                    .init("difference", .string(Money(shift.difference, currency).amount)),
                ])
        }

        func precedes(_ other: Row) -> Bool {
            for (own, theirs) in zip(names + [currency.code], other.names + [other.currency.code])
            where own != theirs { return own.precedes(theirs) }
            return false
        }
    }

    private var totals: [Row] {
        result.totals.map { Row(names: [], currency: $0.key, shift: $0.value) }.sorted { $0.precedes($1) }
    }

    private var rules: [Row] {
        result.rules.map {
            Row(names: [$0.key.plan, $0.key.rule], currency: $0.key.currency, shift: $0.value)
        }
        .sorted { $0.precedes($1) }
    }

    private var partners: [Row] {
        result.partners.map { Row(names: [$0.key.partner], currency: $0.key.currency, shift: $0.value) }
            .sorted { $0.precedes($1) }
    }

    private var crossings: [(key: TrialResult.StepKey, steps: TrialResult.Steps)] {
        result.steps.filter { $0.value.before != $0.value.after }.map { ($0.key, $0.value) }
            .sorted { a, b in
                let (x, y) = ([a.0.partner, a.0.plan, a.0.rule], [b.0.partner, b.0.plan, b.0.rule])
                return zip(x, y).first { $0 != $1 }.map { $0.precedes($1) } ?? false
            }
    }

    /// A day where it begins one.
    private func words(_ instant: Instant?) -> String {
        guard let instant else { return "the beginning" }
        let zone = trial.file.zone
        let day = zone.day(of: instant)
        return zone.start(of: day) == instant ? "\(day.text) (\(zone.name))" : instant.text
    }
}

// MARK: For people

extension TrialReport {
    /// What the file says otherwise, a sentence a line.
    package var words: String {
        let version = trial.version
        let of = "version \(version.number), in force from \(words(version.effectiveAt))"
        if version.file.yaml == trial.file.yaml { return "The file is \(of), byte for byte.\n" }
        if changes.isEmpty { return "The file is written otherwise than \(of), and says the same.\n" }
        return (["Against \(of):"] + changes.map { "  " + $0.sentence }).map { $0 + "\n" }.joined()
    }

    /// What it would have changed.
    package var text: String {
        var lines = [
            "History is reproduced to the cent: \(counted(result.facts, "fact")), "
                + "\(counted(result.lines, "commission line")).",
            "",
            "Had the file been in force from \(words(trial.since)) on, in commission before payout:",
        ]
        let isAlike = result.partners.values.allSatisfy { $0.difference == 0 }
        if isAlike { lines += ["  no partner would have earned more or less."] }
        lines += table(["currency"], totals)
        lines += ["", otherSource]
        lines += heading("By rule:") + table(["plan", "rule", "currency"], rules)
        lines += ofPartners(isAlike: isAlike)
        if !crossings.isEmpty {
            lines += heading("Tiers:")
            lines += crossings.map { key, steps in
                "  partner \(key.partner), rule \(key.rule) of plan \(key.plan): "
                    + "\(list(steps.before)) → \(list(steps.after))"
            }
        }
        if result.refused > 0 {
            let facts = counted(result.refused, "fact")
            lines += heading("\(facts) would not have been taken, and count for nothing:")
            lines += result.firstRefused.map { "  " + $0 }
            if result.refused > result.firstRefused.count { lines.append("  …") }
        }
        lines += [
            "", "What was settled and paid until now stays as it is: versions are never applied backwards.",
        ]
        return lines.map { $0 + "\n" }.joined()
    }

    private var otherSource: String {
        let all = counted(result.conversions, "conversion")
        let others = result.otherSource == 0 ? "None" : String(result.otherSource)
        return "\(others) of \(all) would have another source."
    }

    private func heading(_ text: String) -> [String] { ["", text] }

    private func list(_ steps: Set<String>) -> String {
        steps.isEmpty ? "none" : steps.sorted { $0.precedes($1) }.joined(separator: ", ")
    }

    private func table(_ heads: [String], _ rows: [Row]) -> [String] {
        guard !rows.isEmpty else { return [] }
        return aligned([heads + ["before", "after", "difference"]] + rows.map(\.cells), heads: true)
            .map { "  " + $0 }
    }

    private func ofPartners(isAlike: Bool) -> [String] {
        let heads = ["partner", "currency"]
        guard let shownMax else { return heading("By partner:") + table(heads, partners) }
        guard !isAlike else { return [] }
        // Amounts in two currencies cannot be told apart by size, so each has its own.
        return Set(partners.map(\.currency)).sorted().flatMap { currency -> [String] in
            let rows = partners.filter { $0.currency == currency && $0.shift.difference != 0 }
            let gains = rows.filter { $0.shift.difference > 0 }
                .sorted { ($1.shift.difference, $0.names[0]) < ($0.shift.difference, $1.names[0]) }
            let losses = rows.filter { $0.shift.difference < 0 }
                .sorted { ($0.shift.difference, $0.names[0]) < ($1.shift.difference, $1.names[0]) }
            return [("gain", gains), ("lose", losses)].flatMap { verb, rows -> [String] in
                guard !rows.isEmpty else { return [] }
                let who = counted(rows.count, "partner")
                let most = rows.count > shownMax ? ", the most" : ""
                return heading("\(who) would \(verb) in \(currency.code)\(most):")
                    + table(heads, Array(rows.prefix(shownMax)))
            }
        }
    }
}

// MARK: For programs

extension TrialReport {
    /// Without what it would have changed where history is not reproduced.
    package var json: JSON {
        let version = trial.version
        let head: [JSON.Member] = [
            .init("program", .string(trial.file.slug)), .init("version", .int(version.number)),
            .init("effective_at", version.effectiveAt.map { .string($0.text) } ?? .null),
            .init("since", trial.since.map { .string($0.text) } ?? .null),
            .init("changes", .array(changes.map(\.json))),
            .init("reproduced", .bool(result.unlike == nil)),
        ]
        if let unlike = result.unlike { return .object(head + [.init("unlike", .string(unlike))]) }
        return .object(
            head + [
                .init("facts", .int(result.facts)), .init("lines", .int(result.lines)),
                .init("conversions", .int(result.conversions)),
                .init("other_source", .int(result.otherSource)),
                .init("totals", .array(totals.map { $0.json([]) })),
                .init("rules", .array(rules.map { $0.json(["plan", "rule"]) })),
                .init("partners", .array(partners.map { $0.json(["partner"]) })),
                .init(
                    "tier_crossings",
                    .array(
                        crossings.map { key, steps in
                            .record([
                                "partner": .string(key.partner), "plan": .string(key.plan),
                                "rule": .string(key.rule),
                                "before": .texts(steps.before.sorted { $0.precedes($1) }),
                                "after": .texts(steps.after.sorted { $0.precedes($1) }),
                            ])
                        })),
                .init("refused", .int(result.refused)), .init("first_refused", .texts(result.firstRefused)),
            ])
    }
}
