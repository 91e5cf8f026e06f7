import Commissions
import Facts
import Programs
import Replay
import Store
import Terms
import Values
import Work

/// A program file tried on real history: every fact is judged twice, as it was and as it would have been, and
/// nothing is written.
///
/// What was earned is compared, line for line; what was settled and paid in between stays as it was. Memory
/// is that of two books held whole; no table is read into it but the clicks and what each decision weighed.
package struct Trial: Sendable {
    /// The version whose place the file takes.
    package let version: TermsVersion
    package let file: ProgramFile
    /// From when on; nil: from the beginning of time.
    package let since: Instant?
    package private(set) var result = TrialResult()

    private let isLatest: Bool
    private let house: House
    private let program: String
    private static let page = 2_000

    /// - Parameters:
    ///   - version: the number of the version to compare with; nil: that in force now.
    ///   - since: in the program's zone; nil: from when that version is in force.
    /// - Throws: `Refusal` where the file cannot be the program's next version at all.
    package init(
        _ file: ProgramFile, version number: Int32?, since: (Zone) throws -> Instant?, _ house: House
    ) async throws {
        self.file = file
        self.house = house
        let slug = file.slug
        program = slug
        let versions = try await house.look(at: slug) { try ProgramRows.versions(slug, $0.rows) }
        let now = house.now()
        let found =
            number.map { number in versions.first { $0.number == number } }
            ?? versions.last { ($0.effectiveAt ?? .earliest) <= now }
        guard let found else {
            throw Refusal.notFound(kind: "version", id: number.map(String.init) ?? "in force")
        }
        if found.file.currency != file.currency || found.file.zone != file.zone {
            throw Refusal.invalid("/currency", .because("and the time zone stay as they were founded"))
        }
        version = found
        isLatest = found.number == versions.last?.number
        self.since = try since(file.zone) ?? found.effectiveAt
    }

    package var changes: [TermsChange] { file.changes(from: version.file) }

    /// - Parameter progress: is told how many facts were judged, and of how many.
    package mutating func run(progress: @Sendable (Int64, Int64) -> Void) async throws {
        guard let end = try await house.look(at: program, { try $0.head() })?.sequence else {
            throw Refusal.notFound(kind: "program", id: program)
        }
        var fold = TrialFold(program, TrialTerms(file, in: version, since: since))
        progress(0, end)
        try await fold.readEvidence(house)
        var sequence: Int64 = 0
        while sequence < end, fold.result.unlike == nil {
            let after = sequence
            let facts = try await house.look(at: program) { look in
                try FactLog.page(after: after, limit: Self.page, at: look)
            }
            guard let last = facts.last else { break }
            for fact in facts where fact.sequence <= end && fold.result.unlike == nil { try fold.take(fact) }
            let ids = fold.made.map(\.id)
            fold.compare(try await house.look(at: program) { try LineRows.amounts(ids, at: $0) })
            sequence = last.sequence
            progress(min(sequence, end), end)
        }
        let recorded = try await house.look(at: program) { try LineRows.count(until: end, at: $0) }
        fold.finish(recorded, isSame: isLatest && since == version.effectiveAt && changes.isEmpty)
        result = fold.result
    }
}

/// What came of a trial. Sums are of lines dated from its beginning on.
package struct TrialResult: Sendable {
    /// The first thing that the terms of then make otherwise than it is recorded; nil: history is reproduced.
    package internal(set) var unlike: String?
    package internal(set) var facts = 0
    package internal(set) var lines = 0
    /// From the trial's beginning on.
    package internal(set) var conversions = 0
    package internal(set) var otherSource = 0
    package internal(set) var totals: [Currency: Shift] = [:]
    package internal(set) var rules: [RuleKey: Shift] = [:]
    package internal(set) var partners: [PartnerKey: Shift] = [:]
    /// Which steps of its tiers a rule paid a partner at, by where they start.
    package internal(set) var steps: [StepKey: Steps] = [:]
    /// Facts that the file's terms would not have taken.
    package internal(set) var refused = 0
    package internal(set) var firstRefused: [String] = []

    package struct Shift: Hashable, Sendable {
        package internal(set) var before: Int64 = 0
        package internal(set) var after: Int64 = 0

        package var difference: Int64 { after - before }
    }

    package struct RuleKey: Hashable, Sendable {
        package let plan: String
        package let rule: String
        package let currency: Currency
    }

    package struct PartnerKey: Hashable, Sendable {
        package let partner: String
        package let currency: Currency
    }

    package struct StepKey: Hashable, Sendable {
        package let partner: String
        package let plan: String
        package let rule: String
    }

    package struct Steps: Hashable, Sendable {
        package internal(set) var before: Set<String> = []
        package internal(set) var after: Set<String> = []
    }
}
