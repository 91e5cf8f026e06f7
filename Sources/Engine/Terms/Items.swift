import Engine
import Facts
import Values

/// A value of the file and the keys that lead to it.
struct Item: Sendable {
    let tree: Tree
    let path: String

    func below(_ member: Tree.Member) -> Item {
        // Keys of other people's making may be long; a path is for reading.
        let name = member.key.count <= 40 ? member.key : "\(member.key.prefix(40))…"
        return Item(tree: member.value, path: path.isEmpty ? name : "\(path).\(name)")
    }

    func at(_ index: Int, _ tree: Tree) -> Item { Item(tree: tree, path: "\(path)[\(index)]") }

    func child(_ key: String) -> Item? {
        guard case .mapping(let members) = tree.content else { return nil }
        return members.first { $0.key == key }.map(below)
    }

    func child(_ index: Int) -> Item? {
        guard case .list(let trees) = tree.content, trees.indices.contains(index) else { return nil }
        return at(index, trees[index])
    }
}

/// A mapping whose keys are asked for one by one; what nobody asked for is refused when it is closed.
struct Section {
    let item: Item
    let members: [Tree.Member]
    private(set) var known: [String] = []

    init(_ item: Item, _ members: [Tree.Member]) {
        self.item = item
        self.members = members
    }

    mutating func take(_ key: String) -> Item? {
        known.append(key)
        return members.first { $0.key == key }.map(item.below)
    }
}

extension Reader {
    mutating func refuse(_ item: Item, _ message: String) {
        complaints.error(item.tree.spot, item.path, message)
    }

    mutating func members(_ item: Item) -> [Tree.Member]? {
        switch item.tree.content {
        case .mapping(let members) where !members.isEmpty: return members
        case .nothing: refuse(item, "has no value")
        case .mapping: refuse(item, "must not be empty")
        case .text where item.path.isEmpty, .list where item.path.isEmpty:
            refuse(item, "the file must be keys with values, beginning with `program: …`")
        case .text, .list: refuse(item, "must be keys with values")
        }
        return nil
    }

    mutating func section(_ item: Item) -> Section? { members(item).map { Section(item, $0) } }

    mutating func required(_ key: String, in section: inout Section) -> Item? {
        if let item = section.take(key) { return item }
        let path = section.item.path.isEmpty ? key : "\(section.item.path).\(key)"
        complaints.error(section.item.tree.spot, path, "is required")
        return nil
    }

    /// Refuses the keys that nobody asked for.
    mutating func close(_ section: Section) {
        for member in section.members where !section.known.contains(member.key) {
            // A mapping of a hundred thousand strange keys is not worth their sentences.
            guard !complaints.isFull else { return }
            let path = section.item.below(member).path
            if member.key == "<<" {
                complaints.error(
                    member.spot, path, "is not a key here: merge keys have no place; write the values out")
                continue
            }
            let hint = suggestion(member.key, section.known)
            complaints.error(
                member.spot, path, "is not a key here\(hint); there are: \(joined(section.known))")
        }
    }

    mutating func text(_ item: Item?, max: Int) -> String? {
        guard let item else { return nil }
        switch item.tree.content {
        case .text(let text) where text.isEmpty: refuse(item, "must not be empty")
        case .text(let text) where text.count > max || text.utf8.count > max * 4:
            refuse(item, "must not be longer than \(max) characters")
        case .text(let text) where text.first == " " || text.last == " ":
            refuse(item, "must not begin or end with a blank")
        case .text(let text): return text
        case .nothing: refuse(item, "has no value")
        case .list, .mapping: refuse(item, "must be one value")
        }
        return nil
    }

    /// A list without repeats. With `single`, one value stands for a list of it.
    mutating func list<Element: Hashable>(
        _ item: Item?, single: Bool = false, canBeEmpty: Bool = false,
        _ read: (inout Reader, Item) -> Element?
    ) -> [Element]? {
        guard let item else { return nil }
        switch item.tree.content {
        case .list(let trees) where trees.isEmpty && !canBeEmpty: refuse(item, "must not be empty")
        case .list(let trees):
            var seen: Set<Element> = []
            return trees.enumerated().compactMap { index, tree in
                let entry = item.at(index, tree)
                guard let element = read(&self, entry) else { return nil }
                guard seen.insert(element).inserted else {
                    refuse(entry, "stands in this list already")
                    return nil
                }
                return element
            }
        case .text where single: return read(&self, item).map { [$0] }
        case .nothing: refuse(item, "has no value")
        case .text, .mapping:
            refuse(item, single ? "must be one value or a list" : "must be a list such as [a, b]")
        }
        return nil
    }

    mutating func word<Word: RawRepresentable>(_ item: Item?, of allowed: [Word]) -> Word?
    where Word.RawValue == String {
        guard let text = text(item, max: 200), let item else { return nil }
        if let word = allowed.first(where: { $0.rawValue == text }) { return word }
        let names = allowed.map(\.rawValue)
        refuse(item, "must be one of \(joined(names)), not \(shown(text))\(suggestion(text, names))")
        return nil
    }

    mutating func flag(_ item: Item?) -> Bool? {
        guard let text = text(item, max: 200), let item else { return nil }
        switch text {
        case "true": return true
        case "false": return false
        default: refuse(item, "must be true or false, not \(shown(text))")
        }
        return nil
    }

    mutating func whole(_ item: Item?, _ range: ClosedRange<Int>) -> Int? {
        guard let text = text(item, max: 200), let item else { return nil }
        if let number = digits(text), range.contains(number) { return number }
        refuse(
            item, "must be a whole number from \(range.lowerBound) to \(range.upperBound), not \(shown(text))"
        )
        return nil
    }

    /// A share from nothing to `most` percent.
    mutating func percent(_ item: Item?, most: Int) -> Fraction? {
        guard let text = text(item, max: 200), let item else { return nil }
        if let share = share(text, most: most) { return share }
        refuse(item, "must be a share from 0% to \(most)%, such as 2.5%, not \(shown(text))")
        return nil
    }

    /// A share above nothing, up to the whole.
    mutating func positiveShare(_ item: Item?) -> Fraction? {
        guard let share = percent(item, most: 100), let item else { return nil }
        if share > .zero { return share }
        refuse(item, "must be above 0%")
        return nil
    }

    func share(_ text: String, most: Int) -> Fraction? {
        guard !text.hasPrefix("-"), let share = Fraction(percent: text),
            let limit = Fraction(Int64(most), 100),
            share <= limit
        else { return nil }
        return share
    }
}

// MARK: Time

extension Reader {
    mutating func hold(_ item: Item?) -> Span? { days(item, from: 0) }

    mutating func days(_ item: Item?, from least: Int) -> Span? {
        guard let text = text(item, max: 200), let item else { return nil }
        if text.hasSuffix("d"), let days = digits(text.dropLast()), (least...Self.daysMax).contains(days) {
            return .days(days)
        }
        refuse(item, "must be days from \(least)d to \(Self.daysMax)d, such as 30d, not \(shown(text))")
        return nil
    }

    mutating func window(_ item: Item?) -> Span? {
        guard let text = text(item, max: 200), let item else { return nil }
        if let span = span(text) { return span }
        refuse(
            item, "must be days or hours from 1h to \(Self.daysMax)d, such as 30d or 12h, not \(shown(text))")
        return nil
    }

    func span(_ text: String) -> Span? {
        guard let count = digits(text.dropLast()), count >= 1 else { return nil }
        if text.hasSuffix("d"), count <= Self.daysMax { return .days(count) }
        if text.hasSuffix("h"), count <= Self.daysMax * 24 { return .seconds(count * 3600) }
        return nil
    }

    /// `12 months`, `1 month`.
    mutating func months(_ item: Item?) -> Int32? {
        guard let text = text(item, max: 200), let item else { return nil }
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        if parts.count == 2, parts[1] == "months" || parts[1] == "month", let count = digits(parts[0]),
            (1...Self.monthsMax).contains(count)
        {
            return Int32(count)
        }
        refuse(item, "must be 1 to \(Self.monthsMax) months, such as 12 months, not \(shown(text))")
        return nil
    }

    /// One of the calendar's periods, where they are allowed `lifetime`, and `rolling 30d`.
    mutating func period(_ item: Item?, lifetime: Bool = true, rolling: Bool = false) -> Period? {
        guard let text = text(item, max: 200), let item else { return nil }
        switch text {
        case "day": return .day
        case "week": return .week
        case "month": return .month
        case "quarter": return .quarter
        case "lifetime" where lifetime: return .lifetime
        default: break
        }
        if rolling, text.hasPrefix("rolling "), text.hasSuffix("d"),
            let span = span(String(text.dropFirst(8)))
        {
            return .rolling(span)
        }
        let known = ["day", "week", "month", "quarter"] + (lifetime ? ["lifetime"] : [])
        let more = rolling ? " or rolling 30d (1d to \(Self.daysMax)d)" : ""
        let hint = suggestion(text, known)
        refuse(item, "must be one of \(joined(known))\(more), not \(shown(text))\(hint)")
        return nil
    }

    /// A day, which begins at midnight in the program's zone, or an instant. As the end of a period a day is
    /// meant whole, so that the moment is the start of the next.
    mutating func moment(_ item: Item?, isEnd: Bool) -> Instant? {
        guard let text = text(item, max: 200), let item else { return nil }
        if let day = Day(text: text), (1970..<3000).contains(day.parts.year) {
            return zone.start(of: isEnd ? day.adding(days: 1) : day)
        }
        if text.utf8.count > 10, let instant = Instant(text: text) { return instant }
        refuse(
            item,
            "must be a day such as 2026-12-31 or an instant such as 2026-12-31T18:00:00Z, not \(shown(text))")
        return nil
    }

    /// Plain digits without a leading zero.
    func digits(_ text: some StringProtocol) -> Int? {
        let isPlain =
            text.utf8.allSatisfy { (0x30...0x39).contains($0) } && (text.first != "0" || text == "0")
        return isPlain && text.utf8.count <= 9 ? Int(text) : nil
    }
}

// MARK: Money and hosts

extension Reader {
    mutating func currency(_ item: Item?) -> Currency? {
        guard let text = text(item, max: 200), let item else { return nil }
        if let currency = Currency(text) { return currency }
        let upper = Currency(text.uppercased()).map { " (did you mean `\($0.code)`?)" } ?? ""
        refuse(item, "must be a currency of ISO 4217, such as EUR, not \(shown(text))\(upper)")
        return nil
    }

    mutating func positiveMoney(_ item: Item?) -> Money? {
        guard let money = money(item), let item else { return nil }
        if money.minor > 0 { return money }
        refuse(item, "must be above zero")
        return nil
    }

    /// `50.00 USD`, or `50.00` in the program's currency, or in `currency` and then in no other.
    mutating func money(_ item: Item?, in only: Currency? = nil) -> Money? {
        guard let text = text(item, max: 200), let item else { return nil }
        return money(text, of: item, in: only)
    }

    mutating func money(_ text: String, of item: Item, in only: Currency? = nil) -> Money? {
        let parts = text.split(separator: " ")
        guard let number = parts.first.map(String.init), parts.count <= (only == nil ? 2 : 1) else {
            let example = only == nil ? "50.00 USD" : "50.00"
            refuse(item, "must be an amount such as \(example), not \(shown(text))")
            return nil
        }
        var unit = only ?? currency
        if parts.count == 2 {
            guard let named = Currency(String(parts[1])) else {
                let word = shown(String(parts[1]))
                refuse(item, "must be an amount such as 50.00 USD; \(word) is no currency of ISO 4217")
                return nil
            }
            unit = named
        }
        guard let unit else {
            // A wrong currency was told where it stands; without one only the digits can be judged.
            if Fraction(decimal: number) == nil { refuseDigits(item, text) }
            return nil
        }
        do {
            let money = try Money(amount: number, unit)
            if money.minor >= 0, !number.hasPrefix("-") { return money }
            refuse(item, "must not be negative")
        } catch {
            switch error {
            case .notADecimal: refuseDigits(item, text)
            case .tooManyDecimals(let allowed):
                let places = allowed == 0 ? "no decimals" : "at most \(allowed) decimals"
                refuse(item, "has too many decimals: \(unit.code) has \(places)")
            case .tooLarge: refuse(item, "is too large an amount")
            }
        }
        return nil
    }

    private mutating func refuseDigits(_ item: Item, _ text: String) {
        refuse(item, "must be an amount such as 50.00 in plain digits, not \(shown(text))")
    }

    mutating func host(_ item: Item) -> String? {
        guard let text = text(item, max: 255) else { return nil }
        let name = text.hasPrefix("*.") ? String(text.dropFirst(2)) : text
        let address = WebAddress("https://\(name)")
        if let address, address.host == name.lowercased(), name.contains(".") || text == "localhost" {
            return text.lowercased()
        }
        refuse(
            item,
            "must be a host such as acme.test or \"*.acme.test\", without scheme, port and path, "
                + "not \(shown(text))")
        return nil
    }
}

// MARK: Words of messages

func joined(_ names: [String]) -> String { names.joined(separator: ", ") }

/// " (did you mean `hold`?)" for a word that is one slip away from another, else nothing.
func suggestion(_ word: String, _ known: [String]) -> String {
    guard word.utf8.count <= 64,
        let near = known.first(where: { isOneSlip(Array(word.utf8), Array($0.utf8)) })
    else {
        return ""
    }
    return " (did you mean `\(near)`?)"
}

/// Whether one letter was changed, added, left out or swapped with its neighbour; not the first, which is
/// seldom wrong: `then` is not `when`.
private func isOneSlip(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    if a == b || a.first != b.first || abs(a.count - b.count) > 1 { return false }
    let head = zip(a, b).prefix { $0 == $1 }.count
    let (x, y) = (a.dropFirst(head), b.dropFirst(head))
    if x.count != y.count { return x.count > y.count ? x.dropFirst() == y : x == y.dropFirst() }
    if x.dropFirst() == y.dropFirst() { return true }
    return x.count >= 2 && x.prefix(2).elementsEqual(y.prefix(2).reversed())
        && x.dropFirst(2) == y.dropFirst(2)
}
