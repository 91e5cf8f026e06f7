import Store
import Values
import Work

/// The rows of one table as they are stored, held against those that the facts make.
struct TableComparison {
    private(set) var differences: [String] = []
    private let table: Remade.Table
    private let made: [[SQLValue]]
    /// Where in `made` those stand that were not met yet.
    private var left: [ArraySlice<SQLValue>: Int] = [:]

    init(_ table: Remade.Table) {
        self.table = table
        made = table.rows()
        left.reserveCapacity(made.count)
        for (index, row) in made.enumerated() { left[table.rebuilt.key(of: row)] = index }
    }

    private var isFull: Bool { differences.count >= Verification.differencesMax }

    mutating func take(_ rows: [Row]) {
        for row in rows where !isFull {
            let stored = row.values
            let key = table.rebuilt.key(of: stored)
            guard let index = left.removeValue(forKey: key) else {
                differences.append("\(title(key)) follows from no fact")
                continue
            }
            let fields = RowDifference(columns: row.columns, stored: stored, made: made[index]).sentences
            if !fields.isEmpty { differences.append("\(title(key)): \(fields.joined(separator: "; "))") }
        }
    }

    /// After all that is stored: what nobody has met is missing.
    mutating func finish() {
        guard !isFull else { return }
        for title in left.keys.map(title).sorted(by: { $0.precedes($1) })
            .prefix(Verification.differencesMax - differences.count)
        {
            differences.append("\(title) is missing")
        }
    }

    private func title(_ key: ArraySlice<SQLValue>) -> String {
        table.title(
            key.map { value in
                switch value {
                case .text(let text): text
                case .integer(let number): String(number)
                default: "?"
                }
            })
    }
}

/// What one stored row says otherwise than the facts: `posted is 27.00, must be 20.00`.
struct RowDifference {
    private let columns: [String]
    private let stored: [SQLValue]
    private let made: [SQLValue]

    private static let textMax = 80

    init(columns: [String], stored: [SQLValue], made: [SQLValue]) {
        precondition(columns.count == made.count, "what is made has the columns that are read")
        (self.columns, self.stored, self.made) = (columns, stored, made)
    }

    var sentences: [String] {
        columns.indices.filter { !stored[$0].isSame(as: made[$0]) }.map(sentence)
    }

    private func sentence(_ column: Int) -> String {
        let name = columns[column]
        if name == "body", case .text(let has) = stored[column], case .text(let must) = made[column] {
            return Self.sentence(has, must)
        }
        return "\(name) is \(text(column, stored)), must be \(text(column, made))"
    }

    /// Names the first member of two derivations that differs.
    private static func sentence(_ has: String, _ must: String) -> String {
        let (has, must) = (try? JSON(reading: has.utf8), try? JSON(reading: must.utf8))
        let keys = (must?.members ?? []).map(\.key) + (has?.members ?? []).map(\.key)
        guard let key = keys.first(where: { has?[$0] != must?[$0] }) else {
            return "its derivation is written otherwise"
        }
        let (was, new) = (has?[key]?.compact ?? "not there", must?[key]?.compact ?? "not there")
        return "\(key) in its derivation is \(was.prefix(textMax)), must be \(new.prefix(textMax))"
    }

    /// A value as people read it: by its column an amount, an instant or a day.
    private func text(_ column: Int, _ row: [SQLValue]) -> String {
        let name = columns[column]
        switch row[column] {
        case .null: return "empty"
        case .bool(let isTrue): return isTrue ? "true" : "false"
        case .real(let number): return String(number)
        case .text(let text): return text.isEmpty ? "empty" : String(text.prefix(Self.textMax))
        case .integer(let number):
            if name.hasPrefix("is_") { return number == 0 ? "false" : "true" }
            return amount(name, number) ?? instant(name, number) ?? day(name, number) ?? String(number)
        }
    }

    /// In the currency that the row must have.
    private func amount(_ name: String, _ minor: Int64) -> String? {
        guard ["amount", "open", "refunded", "base", "posted"].contains(name),
            let column = columns.firstIndex(where: { $0 == "currency" || $0 == "base_currency" }),
            case .text(let code) = made[column], let currency = Currency(code)
        else { return nil }
        return Money(minor, currency).amount
    }

    private func instant(_ name: String, _ milliseconds: Int64) -> String? {
        guard name == "at" || name.hasSuffix("_at") || ["as_of", "hold_until"].contains(name) else {
            return nil
        }
        return Instant(milliseconds: milliseconds)?.text
    }

    private func day(_ name: String, _ number: Int64) -> String? {
        guard ["day", "date", "pay_day"].contains(name), let number = Int32(exactly: number),
            (1...9999).contains(Day(number: number).parts.year)
        else { return nil }
        return Day(number: number).text
    }
}

extension SQLValue {
    /// Texts by their bytes; SQLite has 0 and 1 for a Boolean.
    fileprivate func isSame(as other: SQLValue) -> Bool {
        switch (self, other) {
        case (.text(let own), .text(let other)): own.isSame(as: other)
        case (.integer(let number), .bool(let isTrue)): number == (isTrue ? 1 : 0)
        default: self == other
        }
    }
}
