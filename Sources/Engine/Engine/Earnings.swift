import Values

/// All earnings and their lines. The earnings of one conversion lead from the first made to the last, the
/// lines of one earning from the last posted to the first.
package struct Earnings: Sendable {
    /// An earning but for its statement, which it has late, and its place in the chains. Its fields stand so
    /// that they leave no gaps.
    private struct Row: BitwiseCopyable {
        let key: EarningKey
        var lineCount: Int32 = 0
        let at: Instant
        var base: Money
        let rounding: Rounding
        var state: Earning.State
        var isHeld: Bool
        var stands: Bool
        var pay: Int32
        /// The conversion's next earning; −1: none.
        var next: Int32 = -1
        /// Where its step stands; −1: it has none.
        var step: Int32 = -1
        let holdUntil: Instant
        var posted: Int64
        var lastLine: Int32 = -1

        init(_ earning: Earning, pay: Int32) {
            key = earning.key
            at = earning.at
            base = earning.base
            self.pay = pay
            rounding = earning.rounding
            state = earning.state
            isHeld = earning.isHeld
            stands = earning.stands
            holdUntil = earning.holdUntil
            posted = earning.posted
        }
    }

    private struct LineRow: BitwiseCopyable {
        let at: Instant
        let amount: Int64
        let ordinal: Int32
        let previous: Int32
    }

    private var rows: [Row] = []
    private var pays = Repeats<Pay>()
    private var first: Column<Conversion, Int32> = Column()
    private var lines: [LineRow] = []
    /// Of the few lines that have one.
    private var exacts: [Int32: Exact] = [:]
    /// How earnings came onto their statements; as long as the last of them.
    private var stated: [Stated?] = []
    private var steps = Steps()
    /// What else earnings were reckoned by, by row; as long as the last that has any.
    private var frozen: [Boxed<Frozen>] = []

    package init() {}

    mutating func reserve(_ count: Int) {
        rows.reserveCapacity(count)
        first.reserve(count)
        lines.reserveCapacity(count)
    }

    /// What the conversion earned, in the order in which it was made.
    package subscript(_ conversion: Ref<Conversion>) -> [Earning] {
        var found: [Earning] = []
        var row = first[conversion] ?? -1
        while row >= 0 {
            found.append(self[row])
            row = rows[Int(row)].next
        }
        return found
    }

    package var all: [Earning] { rows.indices.map { self[Int32($0)] } }

    package subscript(_ key: EarningKey) -> Earning? { row(of: key).map { self[$0] } }

    subscript(_ row: Int32) -> Earning {
        let kept = rows[Int(row)]
        var earning = Earning(
            key: kept.key, at: kept.at, base: kept.base, pay: pays[kept.pay], rounding: kept.rounding,
            holdUntil: kept.holdUntil)
        earning.state = kept.state
        earning.isHeld = kept.isHeld
        earning.stands = kept.stands
        earning.posted = kept.posted
        earning.lineCount = kept.lineCount
        if Int(row) < stated.count { earning.stated = stated[Int(row)] }
        if kept.step >= 0 { earning.tiering = steps[kept.step] }
        if Int(row) < frozen.count { earning.$frozen = frozen[Int(row)] }
        return earning
    }

    func row(of key: EarningKey) -> Int32? {
        var row = first[key.conversion] ?? -1
        while row >= 0 {
            if rows[Int(row)].key == key { return row }
            row = rows[Int(row)].next
        }
        return nil
    }

    func key(_ row: Int32) -> EarningKey { rows[Int(row)].key }

    /// Its lines in the order in which they were posted.
    package func lines(of key: EarningKey) -> [LineBrief] {
        guard let row = row(of: key) else { return [] }
        var found: [LineBrief] = []
        var line = rows[Int(row)].lastLine
        while line >= 0 {
            let kept = lines[Int(line)]
            found.append(
                LineBrief(ordinal: kept.ordinal, at: kept.at, amount: kept.amount, exact: exacts[line]))
            line = kept.previous
        }
        return found.reversed()
    }

    /// Takes an earning's new state; its lines are posted apart.
    /// - Returns: its row, if it was not there before.
    mutating func keep(_ earning: Earning) -> Int32? {
        if let row = row(of: earning.key) {
            rows[Int(row)].base = earning.base
            if pays[rows[Int(row)].pay] != earning.pay { rows[Int(row)].pay = pays.place(of: earning.pay) }
            rows[Int(row)].state = earning.state
            rows[Int(row)].isHeld = earning.isHeld
            rows[Int(row)].stands = earning.stands
            rows[Int(row)].posted = earning.posted
            state(earning, at: row)
            return nil
        }
        let new = Int32(rows.count)
        rows.append(Row(earning, pay: pays.place(of: earning.pay)))
        state(earning, at: new)
        var last = first[earning.key.conversion] ?? -1
        if last < 0 {
            first[earning.key.conversion] = new
        } else {
            while rows[Int(last)].next >= 0 { last = rows[Int(last)].next }
            rows[Int(last)].next = new
        }
        return new
    }

    /// What only some have stands apart.
    private mutating func state(_ earning: Earning, at row: Int32) {
        if let own = earning.stated { Self.put(own, at: row, in: &stated, or: nil) }
        if let tiering = earning.tiering {
            rows[Int(row)].step = steps.keep(tiering, at: rows[Int(row)].step)
        } else {
            rows[Int(row)].step = -1
        }
        if !earning.$frozen.isEmpty || Int(row) < frozen.count {
            Self.put(earning.$frozen, at: row, in: &frozen, or: Boxed(wrappedValue: nil))
        }
    }

    private static func put<Thing>(_ thing: Thing, at row: Int32, in list: inout [Thing], or none: Thing) {
        if Int(row) >= list.count {
            list.append(contentsOf: repeatElement(none, count: Int(row) + 1 - list.count))
        }
        list[Int(row)] = thing
    }

    /// - Precondition: the earning is there.
    package mutating func post(_ line: LineBrief, to key: EarningKey) {
        guard let row = row(of: key) else { preconditionFailure("a line belongs to an earning") }
        let new = Int32(lines.count)
        lines.append(
            LineRow(
                at: line.at, amount: line.amount, ordinal: line.ordinal, previous: rows[Int(row)].lastLine))
        if let exact = line.exact { exacts[new] = exact }
        rows[Int(row)].lastLine = new
        rows[Int(row)].lineCount += 1
    }

    /// An earning that was kept elsewhere; one that is there already stays as it is.
    package mutating func load(_ earning: Earning) {
        if row(of: earning.key) == nil { _ = keep(earning) }
    }

    /// Puts all earnings of a conversion, which are there, in the order in which they were made.
    package mutating func order(_ keys: [EarningKey], of conversion: Ref<Conversion>) {
        let ordered = keys.compactMap(row)
        first[conversion] = ordered.first ?? -1
        for (index, row) in ordered.enumerated() {
            rows[Int(row)].next = index + 1 < ordered.count ? ordered[index + 1] : -1
        }
    }
}
