import Engine
import Facts
import Programs
import Terms
import Values
import Work

/// The versions of a program's terms, in the order in which they were published.
struct PublishedTerms: Sendable {
    let versions: [TermsVersion]

    /// A version with what the engine makes of it.
    struct Compiled: Sendable {
        let file: ProgramFile
        let terms: Engine.Terms
    }

    static func load(at look: Look) throws -> PublishedTerms {
        PublishedTerms(versions: try ProgramRows.versions(look.program, look.rows))
    }

    /// All of them, as settling knows them.
    var history: TermsHistory {
        var history = TermsHistory()
        for version in versions { history.publish(compile(version).terms) }
        return history
    }

    /// The last published version that began by `instant`.
    func inForce(at instant: Instant) -> Compiled? {
        versions.last { ($0.effectiveAt ?? .earliest) <= instant }.map(compile)
    }

    func version(_ number: Int64) -> Compiled? { versions.first { Int64($0.number) == number }.map(compile) }

    private func compile(_ version: TermsVersion) -> Compiled {
        var names = Names()
        let terms = version.file.compile(version: version.number, effectiveAt: version.effectiveAt, &names)
        return Compiled(file: version.file, terms: terms)
    }
}
