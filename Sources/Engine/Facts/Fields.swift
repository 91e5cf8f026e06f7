import Values

/// Reads the members of an object one by one, keeps what is wrong with them, and refuses them all at the end.
struct Fields {
    private let members: [JSON.Member]
    private var read: [String] = []
    private(set) var faults: [Fault] = []
    private let path: String
    /// Whether ids are taken as they are: they were checked when they came.
    private let areKnown: Bool

    init(_ members: [JSON.Member], at path: String = "", areKnown: Bool = false) {
        self.members = members
        self.path = path
        self.areKnown = areKnown
    }

    mutating func fault(_ name: String, _ reason: Fault.Reason) {
        faults.append(Fault("\(path)/\(name)", reason))
    }

    mutating func absorb(_ other: Fields) { faults += other.faults }

    mutating func value(_ name: String) -> JSON? {
        read.append(name)
        let value = members.first { $0.key == name }?.value
        return value == .null ? nil : value
    }

    mutating func text(_ name: String, max: Int = 255) -> String? {
        guard let value = value(name) else { return nil }
        guard let text = value.text else {
            fault(name, .notText)
            return nil
        }
        // One spelling of each letter: what people cannot tell apart is never two ids.
        let composed = text.composed
        // A letter may bear any number of marks, and an index takes no text of any length.
        let bytes = composed.utf8.count
        guard bytes <= max || (areKnown || bytes <= 4 * max) && composed.count <= max else {
            fault(name, .tooLong(max: max))
            return nil
        }
        guard composed.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            fault(name, .control)
            return nil
        }
        return composed
    }

    mutating func requiredText(_ name: String, max: Int = 255) -> String {
        let before = faults.count
        guard let text = text(name, max: max), !text.isEmpty else {
            if faults.count == before { fault(name, .missing) }
            return ""
        }
        return text
    }

    /// An id of ours or theirs: 1 to 128 visible characters.
    mutating func identifier(_ name: String) -> String? {
        guard let text = text(name, max: 128) else { return nil }
        guard !text.isEmpty, text.first != " ", text.last != " " else {
            fault(name, .notIdentifier)
            return nil
        }
        refuseInvisible(name, text)
        return text
    }

    /// Refuses a text that must be told from others by eye, where it holds what nobody sees.
    mutating func refuseInvisible(_ name: String, _ text: String) {
        guard !areKnown, let scalar = text.unicodeScalars.first(where: \.isInvisible) else { return }
        let digits = String(scalar.value, radix: 16, uppercase: true)
        fault(name, .invisible("U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits))
    }

    mutating func requiredIdentifier(_ name: String) -> String {
        let before = faults.count
        guard let text = identifier(name) else {
            if faults.count == before { fault(name, .missing) }
            return ""
        }
        return text
    }

    mutating func flag(_ name: String) -> Bool? {
        guard let value = value(name) else { return nil }
        guard let flag = value.flag else {
            fault(name, .notBoolean)
            return nil
        }
        return flag
    }

    mutating func currency(_ name: String) -> Currency? {
        guard let text = text(name, max: 8) else { return nil }
        guard let currency = Currency(text) else {
            fault(name, .notCurrency)
            return nil
        }
        return currency
    }

    mutating func instant(_ name: String) -> Instant? {
        guard let text = text(name, max: 64) else { return nil }
        guard let instant = Instant(text: text) else {
            fault(name, .notInstant)
            return nil
        }
        return instant
    }

    mutating func day(_ name: String) -> Day? {
        guard let text = text(name, max: 10) else { return nil }
        guard let day = Day(text: text) else {
            fault(name, .notDay)
            return nil
        }
        return day
    }

    /// An amount in `currency` that is not negative; a number where a string belongs is refused.
    mutating func amount(_ name: String, _ currency: Currency) -> Money? {
        guard let money = signedAmount(name, currency) else { return nil }
        if money.minor < 0 {
            fault(name, .negative)
            return nil
        }
        return money
    }

    mutating func signedAmount(_ name: String, _ currency: Currency) -> Money? {
        guard let text = text(name, max: 64) else { return nil }
        do {
            return try Money(amount: text, currency)
        } catch {
            switch error {
            case .notADecimal: fault(name, .notADecimal)
            case .tooManyDecimals(let allowed): fault(name, .tooManyDecimals(allowed: allowed))
            case .tooLarge: fault(name, .tooLarge)
            }
            return nil
        }
    }

    /// Refuses what was not asked for and everything that was wrong.
    mutating func finish() throws(Refusal) {
        for member in members where !read.contains(member.key) {
            fault(
                member.key.replacing("~", with: "~0").replacing("/", with: "~1"),
                .unknown(allowed: read.sorted()))
        }
        guard faults.isEmpty else { throw .invalid(faults) }
    }
}

extension Unicode.Scalar {
    /// Whether it has no shape of its own, or that of another: joiners, marks of direction, variation
    /// selectors, fillers and the blanks that are not the usual one.
    fileprivate var isInvisible: Bool {
        if value < 0x80 { return false }
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .spaceSeparator: return true
        default: return properties.isDefaultIgnorableCodePoint
        }
    }
}
