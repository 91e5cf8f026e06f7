@testable import Store

/// What a statement says of tables and of what their rows are found by. What it cannot read it says so.
struct SQLReading {
    /// A table in FROM, JOIN, UPDATE or DELETE.
    struct Source {
        /// Nil for the rows of a query.
        let table: String?
        let alias: String
        /// The SELECT, UPDATE or DELETE that it stands in.
        let block: Int
        /// Whether it is the right side of a LEFT JOIN.
        let isOuter: Bool
    }

    enum Node: Hashable {
        case column(source: Int, String)
        case hole(Int), constant(String)
        /// What stands behind IN.
        case list(Int)
    }

    /// Rows of which the first is known are found by the second.
    struct Step {
        let from: Node
        let to: Node
    }

    enum Verb: Equatable { case reads, inserts, changes, none }

    private(set) var verb = Verb.none
    /// The table that is written.
    private(set) var target: String?
    /// The columns that an INSERT or a COPY names.
    private(set) var inserted: [String] = []
    /// The columns that SET gives values to.
    private(set) var assigned: [String] = []
    private(set) var sources: [Source] = []
    private(set) var steps: [Step] = []
    private(set) var functions: [String] = []
    private(set) var unread: [String] = []

    private let text: SQLText
    private let columns: [String: [String]]
    private var parents: [Int?] = []
    private var queries: Set<String> = []
    private var lists = 0

    /// - Parameter columns: the columns of each table, by which a bare name finds its own.
    init(_ statement: String, columns: [String: [String]]) {
        text = SQLText(statement)
        self.columns = columns
        let whole = 0..<text.signs.count
        switch text.keyword(0) {
        case "SELECT", "WITH", "VALUES": verb = .reads
        case "UPDATE", "DELETE": verb = .changes
        case "INSERT", "COPY": verb = .inserts
        // What makes and changes tables is the schema's business, the rest the driver's.
        case "CREATE", "ALTER", "DROP", "LOCK", "SET", "PRAGMA", "LISTEN", "TRUNCATE", "BEGIN", "COMMIT",
            "ROLLBACK",
            "SAVEPOINT", "RELEASE", "DEALLOCATE", "ANALYZE", "VACUUM", "SHOW", "CALL", "REINDEX":
            return
        default:
            unread.append("begins with \(text.signs.first.map { "\($0)" } ?? "nothing")")
            return
        }
        readFunctions()
        read(whole, in: nil)
        let writes = ["INSERT", "UPDATE", "DELETE"].contains { word in
            text.signs.contains {
                if case .word(let other) = $0 { other.uppercased() == word } else { false }
            }
        }
        if verb == .reads, writes { unread.append("a query that writes") }
    }

    // MARK: Blocks

    private enum Clause {
        case with, list, from, join, leftJoin, on, condition, assignment, insertion, conflict, other
    }

    /// Reads a query, or the parts of a UNION.
    private mutating func read(_ range: Range<Int>, in parent: Int?) {
        var start = range.lowerBound
        for index in text.level(range) where ["UNION", "INTERSECT", "EXCEPT"].contains(text.keyword(index)) {
            readBlock(start..<index, parent)
            start = text.keyword(index + 1) == "ALL" ? index + 2 : index + 1
        }
        readBlock(start..<range.upperBound, parent)
    }

    private mutating func readBlock(_ range: Range<Int>, _ parent: Int?) {
        let block = parents.count
        parents.append(parent)
        let clauses = clauses(range)
        var right: [Int: Int] = [:]
        for (index, clause) in clauses.enumerated() {
            switch clause.kind {
            case .with: readQueries(clause.range)
            case .from, .join, .leftJoin:
                readSources(clause.range, block, isOuter: clause.kind == .leftJoin)
                if clause.kind == .leftJoin { right[index] = sources.count - 1 }
            case .insertion: readTarget(clause.range)
            case .assignment: readAssigned(clause.range)
            case .on where index == 0 || ![.join, .leftJoin].contains(clauses[index - 1].kind):
                unread.append("ON belongs to no JOIN")
            default: break
            }
        }
        for (index, clause) in clauses.enumerated() {
            switch clause.kind {
            case .with: break
            case .from, .join, .leftJoin: readGroups(clause.range, parent)
            case .on, .condition:
                readGroups(clause.range, block)
                readEqualities(clause.range, block, right[index - 1])
            default: readGroups(clause.range, block)
            }
        }
    }

    /// The clauses of one level, each without its first words.
    private mutating func clauses(_ range: Range<Int>) -> [(kind: Clause, range: Range<Int>)] {
        var found: [(kind: Clause, range: Range<Int>)] = []
        var open: (kind: Clause, start: Int)?
        var skip = range.lowerBound
        for index in text.level(range) where index >= skip {
            guard let head = head(index, after: open?.kind) else { continue }
            if let last = open { found.append((last.kind, last.start..<index)) }
            skip = index + head.length
            open = (head.kind, skip)
        }
        if let last = open { found.append((last.kind, min(last.start, range.upperBound)..<range.upperBound)) }
        return found
    }

    /// The clause that begins there, and how many words say so.
    private mutating func head(_ index: Int, after open: Clause?) -> (kind: Clause, length: Int)? {
        let (word, next, before) = (text.keyword(index), text.keyword(index + 1), text.keyword(index - 1))
        switch word {
        case "WITH": return (.with, next == "RECURSIVE" ? 2 : 1)
        case "SELECT": return (.list, 1)
        case "FROM" where before == "DISTINCT" && ["IS", "NOT"].contains(text.keyword(index - 2)): return nil
        case "FROM": return (open == .insertion ? .other : .from, 1)
        case "DELETE": return (.from, 2)
        case "UPDATE" where before == "DO": return nil
        case "UPDATE" where before == "FOR":
            unread.append("FOR UPDATE")
            return nil
        case "UPDATE": return (.from, 1)
        case "INSERT": return (.insertion, 2)
        case "COPY": return (.insertion, 1)
        case "JOIN": return (.join, 1)
        case "INNER" where next == "JOIN": return (.join, 2)
        case "LEFT" where next == "JOIN": return (.leftJoin, 2)
        case "LEFT" where next == "OUTER": return (.leftJoin, 3)
        case "RIGHT", "FULL", "CROSS", "NATURAL", "LATERAL", "USING":
            unread.append(word)
            return nil
        case "ON" where next == "CONFLICT": return (.conflict, 2)
        case "ON": return (.on, 1)
        case "WHERE":
            return (
                open == .conflict || open == .assignment && hasConflict(before: index)
                    ? .conflict : .condition, 1
            )
        case "SET": return (.assignment, 1)
        case "GROUP", "ORDER": return (.other, 2)
        case "HAVING", "LIMIT", "OFFSET", "RETURNING", "VALUES", "WINDOW": return (.other, 1)
        default: return nil
        }
    }

    private func hasConflict(before index: Int) -> Bool {
        (0..<index).contains { text.keyword($0) == "CONFLICT" }
    }

    // MARK: Tables

    private mutating func readQueries(_ range: Range<Int>) {
        for index in text.level(range) {
            guard case .word(let name) = text.signs[index] else { continue }
            // Its columns may be named.
            let last = text.closing[index + 1] ?? index
            guard text.keyword(last + 1) == "AS", let inside = text.inside(last + 2) else { continue }
            queries.insert(name)
            read(inside, in: nil)
        }
    }

    private mutating func readSources(_ range: Range<Int>, _ block: Int, isOuter: Bool) {
        var item: [Int] = []
        for index in text.level(range) + [range.upperBound] {
            guard index == range.upperBound || text.isMark(",", at: index) else {
                item.append(index)
                continue
            }
            addSource(item, block, isOuter)
            item = []
        }
        // The table of an UPDATE or a DELETE at the top is the one that is written.
        if target == nil, verb == .changes, parents[block] == nil { target = sources.last?.table }
    }

    private mutating func addSource(_ item: [Int], _ block: Int, _ isOuter: Bool) {
        var item = item[...]
        guard let first = item.popFirst() else { return }
        var name: String?
        if case .word(let word) = text.signs[first] {
            name = word
            if let dot = item.first, text.isMark(".", at: dot),
                case .word(let word)? = item.dropFirst().first.map({ text.signs[$0] })
            {
                name = word
                item = item.dropFirst(2)
            }
            // The rows of a function.
            if let open = item.first, text.isMark("(", at: open) {
                name = nil
                item = item.dropFirst()
            }
        } else if !text.isMark("(", at: first) {
            unread.append("a table that is not named")
            return
        }
        if let word = item.first, text.keyword(word) == "AS" { item = item.dropFirst() }
        var alias = name ?? ""
        if case .word(let word)? = item.first.map({ text.signs[$0] }) { alias = word }
        let table = name.flatMap { queries.contains($0) ? nil : $0 }
        sources.append(Source(table: table, alias: alias, block: block, isOuter: isOuter))
    }

    /// The table of an INSERT or a COPY, and its columns.
    private mutating func readTarget(_ range: Range<Int>) {
        guard let first = range.first, case .word(let name) = text.signs[first] else {
            unread.append("a table that is not named")
            return
        }
        target = name
        guard let inside = text.inside(first + 1) else { return }
        inserted = inside.compactMap { if case .word(let word) = text.signs[$0] { word } else { nil } }
    }

    private mutating func readAssigned(_ range: Range<Int>) {
        for index in text.level(range) where text.isMark("=", at: index + 1) {
            let isFirst = index == range.lowerBound || text.isMark(",", at: index - 1)
            if isFirst, case .word(let word) = text.signs[index] { assigned.append(word) }
        }
    }

    // MARK: Conditions

    /// Reads the queries that stand in parentheses, at whatever depth.
    private mutating func readGroups(_ range: Range<Int>, _ block: Int?) {
        for index in text.level(range) {
            guard let inside = text.inside(index) else { continue }
            if ["SELECT", "WITH"].contains(text.keyword(index + 1)) {
                read(inside, in: block)
            } else {
                readGroups(inside, block)
            }
        }
    }

    private mutating func readEqualities(_ range: Range<Int>, _ block: Int, _ outer: Int?) {
        let level = text.level(range)
        // Of these nobody knows which side holds.
        guard !level.contains(where: { ["OR", "CASE"].contains(text.keyword($0)) }) else { return }
        var part: [Int] = []
        var isBetween = false
        for index in level + [range.upperBound] {
            let word = index < range.upperBound ? text.keyword(index) : "AND"
            if word == "BETWEEN" { isBetween = true }
            guard word == "AND", !isBetween else {
                if word == "AND" { isBetween = false }
                part.append(index)
                continue
            }
            readEquality(part, block, outer)
            part = []
        }
    }

    private mutating func readEquality(_ part: [Int], _ block: Int, _ outer: Int?) {
        guard let first = part.first else { return }
        if part.count == 1, let inside = text.inside(first), text.keyword(first + 1) != "SELECT" {
            return readEqualities(inside, block, outer)
        }
        if let sign = part.firstIndex(where: { text.isMark("=", at: $0) }) {
            guard let left = node(part[..<sign], block), let right = node(part[(sign + 1)...], block) else {
                return
            }
            add(left, right, block, outer)
            add(right, left, block, outer)
        } else if let word = part.firstIndex(where: { text.keyword($0) == "IN" }), word == part.count - 2 {
            guard let column = node(part[..<word], block), let inside = text.inside(part[word + 1]) else {
                return
            }
            let values = inside.filter { !text.isMark(",", at: $0) }
            guard !values.isEmpty, values.allSatisfy({ value($0) != nil }) else { return }
            lists += 1
            add(values.count == 1 ? value(values[0]) ?? .list(lists) : .list(lists), column, block, outer)
        }
    }

    private func value(_ index: Int) -> Node? {
        switch text.signs[index] {
        case .hole(let number): .hole(number)
        case .constant(let text): .constant(text)
        default: nil
        }
    }

    /// A column, or a value. More than that says nothing here.
    private func node(_ part: ArraySlice<Int>, _ block: Int) -> Node? {
        guard let first = part.first else { return nil }
        if part.count == 1, let value = value(first) { return value }
        guard case .word(let word) = text.signs[first] else { return nil }
        if part.count == 1 { return column(word, block) }
        guard part.count == 3, text.isMark(".", at: first + 1), case .word(let name) = text.signs[first + 2]
        else { return nil }
        return column(name, of: word, block)
    }

    private func column(_ name: String, of alias: String, _ block: Int) -> Node? {
        var scope: Int? = block
        while let here = scope {
            if let source = sources.firstIndex(where: { $0.block == here && $0.alias == alias }) {
                return .column(source: source, name)
            }
            scope = parents[here]
        }
        return nil
    }

    /// A bare name is the column of the one table around it that has such.
    private func column(_ name: String, _ block: Int) -> Node? {
        var scope: Int? = block
        while let here = scope {
            let having = sources.indices.filter { index in
                guard sources[index].block == here, let table = sources[index].table else { return false }
                return columns[table]?.contains(name) ?? true
            }
            if having.count == 1 { return .column(source: having[0], name) }
            if having.count > 1 { return nil }
            scope = parents[here]
        }
        return nil
    }

    /// A condition finds rows of its own block only; that of a LEFT JOIN only rows of the right side.
    private mutating func add(_ from: Node, _ to: Node, _ block: Int, _ outer: Int?) {
        guard case .column(let source, _) = to, sources[source].block == block else { return }
        if let outer, source != outer { return }
        steps.append(Step(from: from, to: to))
    }

    // MARK: Functions

    private static let keywords: Set = [
        "ALL", "AND", "ANY", "AS", "BETWEEN", "BY", "CASE", "CONFLICT", "DISTINCT", "ELSE", "EXISTS", "FROM",
        "IN",
        "INTO", "IS", "JOIN", "LIKE", "NOT", "ON", "OR", "RETURNING", "SELECT", "SET", "THEN", "UNION",
        "VALUES",
        "WHEN", "WHERE",
    ]

    private mutating func readFunctions() {
        for index in text.signs.indices where text.isMark("(", at: index + 1) {
            let word = text.keyword(index)
            let isTable =
                ["INTO", "COPY"].contains(text.keyword(index - 1)) || text.keyword(index + 1) == "AS"
            if !word.isEmpty, !Self.keywords.contains(word), !isTable { functions.append(word) }
        }
    }
}
