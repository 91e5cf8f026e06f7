import Foundation
import Values

// How explanations write times and lengths of time. Instants are in UTC and say so.

extension Instant {
    /// `4 Nov 2026 09:01 UTC`; seconds and thousandths only where there are any.
    var words: String {
        let text = self.text
        let day = Zone.utc.day(of: self).words
        var time = text.dropFirst(11).prefix(12)
        if time.hasSuffix(".000") { time = time.dropLast(4) }
        if time.utf8.count == 8, time.hasSuffix(":00") { time = time.dropLast(3) }
        return "\(day) \(time) UTC"
    }
}

extension Day {
    /// `4 Nov 2026`
    var words: String {
        let (year, month, day) = parts
        let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        return "\(day) \(names[month - 1]) \(year)"
    }
}

extension Span {
    /// `2 h 10 min`: the two greatest units, the rest left off.
    var words: String {
        let units: [(length: Int64, name: String)] = [
            (86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1000, "s"), (1, "ms"),
        ]
        var rest = abs(milliseconds)
        guard let first = units.firstIndex(where: { $0.length <= rest }) else { return "0 s" }
        var parts: [String] = []
        for unit in units[first..<min(first + 2, units.count)] where rest >= unit.length {
            parts.append("\(rest / unit.length) \(unit.name)")
            rest %= unit.length
        }
        return parts.joined(separator: " ")
    }

    /// `30 days` for a window or a hold that is written so.
    var promised: String {
        guard milliseconds % 86_400_000 == 0, milliseconds > 0 else { return words }
        return counted(milliseconds / 86_400_000, "day")
    }
}

extension String {
    /// With a capital at its start.
    var sentenceCase: String { prefix(1).uppercased() + dropFirst() }
}

/// Columns side by side, two blanks between; a column of amounts stands to the right.
///
/// - Parameter heads: whether the first row names the columns and says nothing of their kind.
package func aligned(_ rows: [[String]], heads: Bool = false) -> [String] {
    let count = rows.map(\.count).max() ?? 0
    let isAmount = (0..<count).map { column in
        let cells = rows.dropFirst(heads ? 1 : 0).compactMap { $0.count > column ? $0[column] : nil }
        return cells.contains { !$0.isEmpty } && cells.allSatisfy { $0.isEmpty || $0.looksLikeAmount }
    }
    let widths = (0..<count).map { column in rows.map { $0.count > column ? $0[column].count : 0 }.max() ?? 0
    }
    return rows.map { row in
        var line = ""
        for (column, cell) in row.enumerated() {
            let blanks = String(repeating: " ", count: widths[column] - cell.count)
            if column > 0 { line += "  " }
            line += isAmount[column] ? blanks + cell : cell + blanks
        }
        while line.last == " " { line.removeLast() }
        return line
    }
}

extension String {
    /// `120.00`, `-5`, `+5` or `120.00 EUR`.
    fileprivate var looksLikeAmount: Bool {
        let parts = split(separator: " ", maxSplits: 1)
        guard let number = parts.first else { return false }
        let isSigned = number.first.map { "+-−".contains($0) } ?? false
        let digits = isSigned ? number.dropFirst() : number
        let isNumber = decimalDigits(String(digits), places: 12) != nil
        return isNumber && (parts.count == 1 || Currency(String(parts[1])) != nil)
    }
}
