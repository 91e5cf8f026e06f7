import Values

/// A click as it is handed in.
package struct Touch: Sendable {
    package let click: Ref<Click>
    package let at: Instant
    /// Whose it is; that of the link, where that is known, comes first.
    package var partner: Ref<Partner>?
    package var link: Ref<Link>?
    package var isBot = false
    package var deniedConsent = false
    /// sub1 … sub10 in lanes 0 … 9, the country in lane 10; −1 where there is none. Nil: there are none.
    package var subs: SIMD16<Int32>?

    package init(_ click: Ref<Click>, at: Instant, of partner: Ref<Partner>?) {
        self.click = click
        self.at = at
        self.partner = partner
    }
}

/// Clicks by number from 0, each field a column.
package struct TouchColumns: Sendable {
    package private(set) var at: [Instant] = []
    package private(set) var visitor: [Ref<Visitor>] = []
    package private(set) var partner: [Ref<Partner>] = []
    fileprivate private(set) var flags: [Touches.Flags] = []

    package init() {}

    package mutating func add(
        at instant: Instant, by visitor: Ref<Visitor>, of partner: Ref<Partner>, isBot: Bool,
        deniedConsent: Bool
    ) {
        at.append(instant)
        self.visitor.append(visitor)
        self.partner.append(partner)
        flags.append([.isThere, isBot ? .bot : [], deniedConsent ? .deniedConsent : []])
    }

    package subscript(_ index: Int) -> Touch {
        var touch = Touch(Ref(Int32(index)), at: at[index], of: partner[index])
        touch.isBot = flags[index].contains(.bot)
        touch.deniedConsent = flags[index].contains(.deniedConsent)
        return touch
    }
}

/// All clicks that a memory was shown, by number, and those of one visitor each leading to the one before.
package struct Touches: Sendable {
    struct Flags: OptionSet, BitwiseCopyable {
        let rawValue: UInt8
        static let isThere = Flags(rawValue: 1)
        static let bot = Flags(rawValue: 2)
        static let deniedConsent = Flags(rawValue: 4)
        /// Its partner is that of a link, which may not be known yet.
        static let byLink = Flags(rawValue: 8)
    }

    struct Row: BitwiseCopyable {
        var at = Instant.earliest
        /// −1: nobody's.
        var partner: Int32 = -1
        /// The visitor's click before this one; −1: none.
        var previous: Int32 = -1
        /// Where its sub-values stand; −1: it has none.
        var subs: Int32 = -1
        var flags = Flags()
    }

    private var rows: [Row] = []
    private var subs: [SIMD16<Int32>] = []
    /// Of the clicks that came by a link; as long as the last of them.
    private var links: [Int32] = []
    /// The last click of each visitor.
    private var newest: [Int32] = []
    /// All clicks of those visitors who clicked very often, in their order.
    private var crowds: [Ref<Visitor>: [Int32]] = [:]
    /// The latest instant of a click in its place.
    private var latest = Instant.earliest

    package init() {}

    subscript(_ click: Ref<Click>) -> Row { rows[Int(click.number)] }

    package func contains(_ click: Ref<Click>) -> Bool {
        Int(click.number) < rows.count && self[click].flags.contains(.isThere)
    }

    package func at(_ click: Ref<Click>) -> Instant { self[click].at }

    /// Beyond the last number of a click that was shown.
    package var count: Int { rows.count }

    /// After the sub ids.
    private static let countryLane = 10

    func country(_ click: Ref<Click>) -> Symbol? { sub(Self.countryLane, of: click) }

    /// - Precondition: the click is there and came by a link.
    func link(_ click: Ref<Click>) -> Ref<Link> { Ref(links[Int(click.number)]) }

    func sub(_ lane: Int, of click: Ref<Click>) -> Symbol? {
        let index = self[click].subs
        guard index >= 0 else { return nil }
        let word = subs[Int(index)][lane]
        return word < 0 ? nil : Ref(word)
    }

    /// The visitor's last click that was not after `instant`; −1: there is none.
    func last(of visitor: Ref<Visitor>, by instant: Instant) -> Int32 {
        if !crowds.isEmpty, let crowd = crowds[visitor] {
            var (low, high) = (0, crowd.count)
            while low < high {
                let middle = (low + high) / 2
                if at(Ref(crowd[middle])) > instant { high = middle } else { low = middle + 1 }
            }
            return low == 0 ? -1 : crowd[low - 1]
        }
        var click = newest(of: visitor)
        while click >= 0, at(Ref(click)) > instant { click = self[Ref(click)].previous }
        return click
    }

    func newest(of visitor: Ref<Visitor>) -> Int32 {
        Int(visitor.number) < newest.count ? newest[Int(visitor.number)] : -1
    }

    /// Shows a click that stands alone: the edge says at which conversions it may speak. One that is there
    /// already stays as it is.
    package mutating func show(_ touch: Touch) {
        if !contains(touch.click) { put(touch, previous: -1) }
    }

    /// Shows a click in its place among its visitor's.
    /// - Parameter precedes: tells which of two clicks of one instant has the id that comes first.
    package mutating func show(
        _ touch: Touch, by visitor: Ref<Visitor>, precedes: (Ref<Click>, Ref<Click>) -> Bool
    ) {
        if contains(touch.click) { return }
        let own = Int(visitor.number)
        grow(to: own)
        if !crowds.isEmpty { crowds[visitor] = nil }
        var later: Int32 = -1
        var earlier = newest[own]
        // What comes in order of time goes last, and the one before need not be looked at.
        if touch.at > latest {
            latest = touch.at
        } else {
            while earlier >= 0 {
                let at = rows[Int(earlier)].at
                if at < touch.at || (at == touch.at && precedes(Ref(earlier), touch.click)) { break }
                later = earlier
                earlier = rows[Int(earlier)].previous
            }
        }
        put(touch, previous: earlier)
        if later < 0 {
            newest[own] = touch.click.number
        } else {
            rows[Int(later)].previous = touch.click.number
        }
    }

    /// The same for many, which a reader has in columns. Those that are numbered on from here and come in the
    /// order of time cost next to nothing.
    package mutating func show(
        _ columns: TouchColumns, _ range: Range<Int>, precedes: (Ref<Click>, Ref<Click>) -> Bool
    ) {
        var last = latest
        var end = range.lowerBound
        while end < range.upperBound, range.lowerBound == rows.count, last < columns.at[end] {
            last = columns.at[end]
            grow(to: Int(columns.visitor[end].number))
            end += 1
        }
        latest = last
        crowds = [:]
        Touches.append(columns, range.lowerBound..<end, to: &rows, &newest)
        for index in end..<range.upperBound {
            show(columns[index], by: columns.visitor[index], precedes: precedes)
        }
    }

    /// So little is done for each that the waits for far memory overlap.
    private static func append(
        _ columns: TouchColumns, _ range: Range<Int>, to rows: inout [Row], _ newest: inout [Int32]
    ) {
        rows.append(contentsOf: repeatElement(Row(), count: range.count))
        var newest = newest.mutableSpan
        var rows = rows.mutableSpan
        for index in range {
            let visitor = Int(columns.visitor[index].number)
            rows[index] = Row(
                at: columns.at[index], partner: columns.partner[index].number, previous: newest[visitor],
                flags: columns.flags[index])
            newest[visitor] = Int32(index)
        }
    }

    /// Puts up with visitors who click all day: from now on their conversions need not pass every later
    /// click.
    /// To be called when many clicks were shown; one that is shown after makes it void for its visitor.
    package mutating func findCrowds() {
        for visitor in newest.indices {
            let count = walk(from: newest[visitor]) { _ in }
            guard count >= Touches.crowdMin else { continue }
            var clicks: [Int32] = []
            walk(from: newest[visitor]) { clicks.append($0) }
            crowds[Ref(Int32(visitor))] = clicks.reversed()
        }
    }

    @discardableResult
    private func walk(from newest: Int32, _ visit: (Int32) -> Void) -> Int {
        var count = 0
        var click = newest
        while click >= 0 {
            visit(click)
            count += 1
            click = rows[Int(click)].previous
        }
        return count
    }

    private static let crowdMin = 500

    mutating func reserve(_ count: Int) { rows.reserveCapacity(count) }

    private mutating func grow(to visitor: Int) {
        if visitor >= newest.count {
            newest.append(contentsOf: repeatElement(-1, count: visitor + 1 - newest.count))
        }
    }

    private mutating func put(_ touch: Touch, previous: Int32) {
        var row = Row(at: touch.at, partner: touch.partner?.number ?? -1, previous: previous, flags: .isThere)
        if touch.isBot { row.flags.insert(.bot) }
        if touch.deniedConsent { row.flags.insert(.deniedConsent) }
        let index = Int(touch.click.number)
        if let link = touch.link {
            row.flags.insert(.byLink)
            if index >= links.count {
                links.append(contentsOf: repeatElement(-1, count: index + 1 - links.count))
            }
            links[index] = link.number
        }
        if let own = touch.subs {
            row.subs = Int32(subs.count)
            subs.append(own)
        }
        if index == rows.count {
            rows.append(row)
        } else {
            if index > rows.count {
                rows.append(contentsOf: repeatElement(Row(), count: index + 1 - rows.count))
            }
            rows[index] = row
        }
    }
}
