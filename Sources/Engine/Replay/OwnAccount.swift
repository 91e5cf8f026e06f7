import Facts
import Values

/// Where earnings stand that belong to no conversion, of a statement or of a claim: kept as if it were one,
/// under an id that none can have.
package enum OwnAccount {
    static func id(_ partner: String, _ date: Day) -> String { "\(partner)\n\(date.text)" }

    /// Whether it is no conversion's id.
    package static func isOne(_ id: String) -> Bool { id.contains("\n") }

    /// The statement whose it is; nil where it is another's.
    package static func read(_ id: String) -> (partner: String, date: Day)? {
        let parts = id.split(separator: "\n", omittingEmptySubsequences: false)
        guard parts.count == 2, let date = Day(text: String(parts[1])) else { return nil }
        return (String(parts[0]), date)
    }

    /// The claim whose it is; nil where it is another's.
    package static func claim(_ id: String) -> String? {
        let parts = id.split(separator: "\n", omittingEmptySubsequences: false)
        return parts.count == 2 && parts[1] == FundClaimContent.accountWord ? String(parts[0]) : nil
    }
}
