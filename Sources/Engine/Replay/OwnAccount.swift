import Values

/// Where the earnings of one statement stand that belong to no conversion: kept as if it were one, under an
/// id that none can have.
package enum OwnAccount {
    static func id(_ partner: String, _ date: Day) -> String { "\(partner)\n\(date.text)" }

    /// Nil where it is a conversion's id.
    package static func read(_ id: String) -> (partner: String, date: Day)? {
        let parts = id.split(separator: "\n", omittingEmptySubsequences: false)
        guard parts.count == 2, let date = Day(text: String(parts[1])) else { return nil }
        return (String(parts[0]), date)
    }
}
