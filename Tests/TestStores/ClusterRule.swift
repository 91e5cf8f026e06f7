@testable import Store

/// What makes a statement one that a cluster can run, and that asks one node where it can (`Distribution`).
package struct ClusterRule: Sendable {
    package struct Breach: Hashable, Sendable {
        package enum Kind: Sendable {
            /// It asks every node.
            case everywhere
            /// It names a table that the plan does not know.
            case unknownTable
            case other
        }

        package let kind: Kind
        package let sentence: String
    }

    private let reading: SQLReading

    package init(_ statement: String) {
        reading = SQLReading(statement, columns: Tables.all)
    }

    /// Whether the values decide too: whether two tables are asked for the same program.
    package var needsValues: Bool { distributed.count > 1 }

    /// - Parameter values: what each hole holds, as something to compare.
    package func breaches(values: (Int) -> String?) -> [Breach] {
        let unknown = tables.filter { Self.place(of: $0) == nil && !Self.isCatalogue($0) }.map {
            Breach(kind: .unknownTable, sentence: "\($0) has no place in the plan")
        }
        let planned = tables.contains { Self.place(of: $0) != nil }
        var sentences = planned || unknown.isEmpty ? reading.unread.map { "\($0) cannot be checked" } : []
        sentences += mixed + writes + outer
        let reach = Reach(reading, values)
        let everywhere = distributed.filter { !reach.isBound($0, column(of: $0)) }.map { source in
            Breach(kind: .everywhere, sentence: "\(name(source)) is found by no \(column(of: source))")
        }
        sentences += apart(reach)
        return unknown + sentences.map { Breach(kind: .other, sentence: $0) } + everywhere
    }

    // MARK: Parts

    private var tables: [String] {
        reading.sources.compactMap(\.table) + [reading.target].compactMap { $0 }
    }

    /// The sources that lie on one node each, by their place in `reading.sources`.
    private var distributed: [Int] {
        reading.sources.indices.filter { Self.place(of: reading.sources[$0].table)?.column != nil }
    }

    private func column(of source: Int) -> String {
        Self.place(of: reading.sources[source].table)?.column ?? ""
    }

    private func name(_ source: Int) -> String { reading.sources[source].table ?? "" }

    /// Tables of the coordinator beside others, and small tables that are written by what others hold.
    private var mixed: [String] {
        let places = Set(tables.compactMap(Self.place))
        var found: [String] = []
        if places.contains(.coordinator), places.count > 1 {
            found.append("a table of the coordinator meets another")
        }
        if Self.place(of: reading.target) == .reference, !distributed.isEmpty {
            found.append("a reference table is written by what a distributed one holds")
        }
        return found
    }

    /// What a write must not do to a distributed table.
    private var writes: [String] {
        guard let target = reading.target, let column = Self.place(of: target)?.column else { return [] }
        var found: [String] = []
        if reading.assigned.contains(column) { found.append("SET moves a row of \(target) to another node") }
        if reading.verb == .inserts {
            if !reading.inserted.contains(column) {
                found.append("a row of \(target) comes without its \(column)")
            }
            if !reading.sources.isEmpty { found.append("a query inside an INSERT") }
        }
        let volatile = reading.functions.filter { !Self.unchanging.contains($0) }
        if reading.verb == .changes, let function = volatile.first {
            found.append("\(function) may answer otherwise on each node")
        }
        return found
    }

    /// A distributed table may be the right side of a LEFT JOIN beside one of its own.
    private var outer: [String] {
        distributed.filter { reading.sources[$0].isOuter }.compactMap { source in
            let block = reading.sources[source].block
            let isBeside = distributed.contains { $0 < source && reading.sources[$0].block == block }
            return isBeside ? nil : "\(name(source)) is joined to the left of nothing that is distributed"
        }
    }

    /// Distributed tables that do not meet on one node.
    private func apart(_ reach: Reach) -> [String] {
        guard let first = distributed.first, distributed.count > 1 else { return [] }
        let names = Set(distributed.map(name)).sorted().joined(separator: ", ")
        guard Set(distributed.map(column)).count == 1 else { return ["\(names) do not lie together"] }
        let column = column(of: first)
        return reach.haveOneStart(distributed, column) ? [] : ["\(names) are not joined on \(column)"]
    }

    // MARK: The plan

    /// The plan's place of a table, or of the table that a part belongs to.
    private static func place(of table: String?) -> Distribution? {
        guard let table else { return nil }
        let part = table.wholeMatch(of: /(\w+)_(?:rest|[0-9]{4}_[0-9]{2})/).map { String($0.1) }
        return Distribution.plan[table] ?? part.flatMap { Distribution.plan[$0] }
    }

    private static func isCatalogue(_ table: String) -> Bool {
        table.hasPrefix("pg_") || table.hasPrefix("sqlite_")
    }

    /// Functions that answer the same to the same, wherever they are asked.
    private static let unchanging: Set = [
        "ABS", "CAST", "COALESCE", "COUNT", "LENGTH", "LOWER", "MAX", "MIN", "NULLIF", "SUM", "UPPER",
    ]
}

/// What is found by what.
private struct Reach {
    private var steps: [SQLReading.Node: [SQLReading.Node]] = [:]
    private var values: Set<SQLReading.Node> = []

    init(_ reading: SQLReading, _ known: (Int) -> String?) {
        for step in reading.steps {
            var from = step.from
            // Two holes are one value when they hold the same.
            if case .hole(let number) = from { from = .constant(known(number) ?? "$\(number)") }
            if case .column = from {} else { values.insert(from) }
            steps[from, default: []].append(step.to)
        }
    }

    func isBound(_ source: Int, _ column: String) -> Bool {
        values.contains { reached(from: $0).contains(.column(source: source, column)) }
    }

    /// Whether one value, or one of the tables, leads to all of them.
    func haveOneStart(_ sources: [Int], _ column: String) -> Bool {
        let wanted = Set(sources.map { SQLReading.Node.column(source: $0, column) })
        let single = values.filter { if case .list = $0 { false } else { true } }
        return (wanted.union(single)).contains { wanted.isSubset(of: reached(from: $0)) }
    }

    private func reached(from start: SQLReading.Node) -> Set<SQLReading.Node> {
        var (found, open): (Set, [SQLReading.Node]) = ([start], [start])
        while let node = open.popLast() {
            for next in steps[node] ?? [] where found.insert(next).inserted { open.append(next) }
        }
        return found
    }
}

/// A question that is asked of every node, and why it may be.
package struct AskedEverywhere: Sendable {
    /// The statement in one line, `?` for each value; `…` stands for any text.
    package let statement: String
    package let because: String

    package static let all = [
        AskedEverywhere(
            statement: "SELECT program_id, sequence, terms FROM program_head",
            because: "the redirects of all programs share one address: which of them have news?"),
        AskedEverywhere(
            statement: "SELECT DISTINCT day FROM click WHERE program_id = ? ORDER BY day",
            because: "verify holds every click of a program, whatever its bucket"),
        AskedEverywhere(
            statement: "SELECT … FROM click WHERE day = ? AND program_id = ?…",
            because: "verify and the list of clicks go through a day of all buckets"),
        AskedEverywhere(
            statement: "SELECT day FROM click WHERE program_id = ? AND day > ? ORDER BY day LIMIT 1",
            because: "the audit export goes through all days"),
        AskedEverywhere(
            statement: "SELECT COUNT(*) AS n FROM click WHERE program_id = ? AND day = ?",
            because: "the audit export cuts a day into slices"),
        AskedEverywhere(
            statement: "SELECT … FROM click WHERE program_id = ? AND day = ? AND bucket >= ? AND bucket < ?",
            because: "the audit export reads a day in slices of buckets"),
        AskedEverywhere(
            statement: "SELECT country, … FROM click WHERE program_id = ? AND day >= ? AND day <= ?…",
            because: "clicks that are paid for are counted over all visitors"),
        AskedEverywhere(
            statement: "SELECT MIN(day) AS first, MAX(day) AS last FROM click",
            because: "a copy makes room for the days of all clicks"),
        AskedEverywhere(
            statement: "SELECT COUNT(*) AS rows FROM …", because: "a copy counts the rows of every table"),
        AskedEverywhere(
            statement: "SELECT 1 AS one FROM … LIMIT 1", because: "a copy goes into empty tables only"),
    ]

    package func allows(_ flat: String) -> Bool {
        let parts = statement.split(separator: "…", omittingEmptySubsequences: false)
        guard parts.count > 1 else { return flat == statement }
        guard flat.hasPrefix(parts[0]), flat.hasSuffix(parts[parts.count - 1]) else { return false }
        var rest = flat.dropFirst(parts[0].count)
        for part in parts.dropFirst().dropLast() {
            guard let range = rest.firstRange(of: part) else { return false }
            rest = rest[range.upperBound...]
        }
        return rest.hasSuffix(parts[parts.count - 1])
    }

    /// A statement in one line, `?` for each value.
    package static func flat(_ statement: String) -> String {
        statement.split(whereSeparator: \.isWhitespace).joined(separator: " ").replacing(/\$\d+/, with: "?")
    }
}

extension ClusterRule {
    /// What is wrong with a statement of ours, apart from what may be asked everywhere.
    package static func complaints(
        about statement: String, _ rule: ClusterRule, values: (Int) -> String?
    ) -> [Breach] {
        let breaches = rule.breaches(values: values)
        guard breaches.contains(where: { $0.kind == .everywhere }) else { return breaches }
        let flat = AskedEverywhere.flat(statement)
        let isAllowed = AskedEverywhere.all.contains { $0.allows(flat) }
        return isAllowed ? breaches.filter { $0.kind != .everywhere } : breaches
    }
}
