/// The statements that a connection has prepared, by their text.
final class PostgresStatements {
    private static let countMax = 512
    /// A text with more values than this is planned for them each time. What the server plans once for all
    /// values, it plans for the tables as they are then: a question of hundreds of values that was first
    /// asked of empty tables would read the grown ones whole.
    private static let plannedOnceValuesMax = 16

    private struct Prepared {
        let name: String
        let holes: Int
        /// What was said of each hole's type; 0 where nothing was.
        let types: [UInt32]
        var lastUse = 0
        /// Whether the server has confirmed it.
        var isSure = false
    }

    private var prepared: [String: Prepared] = [:]
    private var uses = 0
    private var names = 0

    /// What to send for a statement: first what it needs, if it is new here, and last the statement itself.
    ///
    /// A hole whose value was NULL has no type yet; the first value that is none prepares the text anew.
    /// `isTyped`: an INSERT's holes take the types of its columns, whatever the values are.
    /// - Throws: `StoreError.statement` when holes and values differ in number.
    func messages(
        for text: String, _ values: [SQLValue], isTyped: Bool
    ) throws(StoreError) -> [PostgresWire.Message] {
        uses += 1
        let bound = try PostgresValues(values)
        if isTyped, values.count > Self.plannedOnceValuesMax {
            try Self.check(values.count, Self.holes(text))
            let types = values.map(PostgresText.type)
            return [.prepare(name: "", text: text, types: types), .execute(name: "", bound)]
        }
        if var known = prepared[text] {
            try Self.check(values.count, known.holes)
            if !isTyped || Self.fits(values, known.types) {
                known.lastUse = uses
                prepared[text] = known
                return [.execute(name: known.name, bound)]
            }
        }
        let holes = Self.holes(text)
        try Self.check(values.count, holes)
        names += 1
        var types = isTyped ? values.map(PostgresText.type) : []
        if let known = prepared[text], isTyped {
            for (hole, type) in known.types.enumerated() where types[hole] == 0 { types[hole] = type }
        }
        var messages = release(prepared.removeValue(forKey: text).map { [$0] } ?? [])
        if prepared.count >= Self.countMax { messages += forgetOld() }
        let name = "s\(names)"
        prepared[text] = Prepared(name: name, holes: holes, types: types, lastUse: uses)
        return messages + [.prepare(name: name, text: text, types: types), .execute(name: name, bound)]
    }

    /// The statement ran, or failed while it ran: the server has it.
    func confirm(_ text: String) { prepared[text]?.isSure = true }

    /// The statement failed. What the server never confirmed is prepared anew under another name.
    func doubt(_ text: String) {
        if prepared[text]?.isSure == false { prepared[text] = nil }
    }

    /// The server has them no longer, or not as they were.
    func forgetAll() { prepared = [:] }

    func isKnown(_ text: String) -> Bool { prepared[text]?.isSure == true }

    private func forgetOld() -> [PostgresWire.Message] {
        let median = prepared.values.map(\.lastUse).sorted()[prepared.count / 2]
        let old = prepared.filter { $0.value.lastUse <= median }
        for text in old.keys { prepared[text] = nil }
        return release(old.values.map { $0 })
    }

    private func release(_ old: [Prepared]) -> [PostgresWire.Message] {
        old.filter(\.isSure).map { .command("DEALLOCATE \($0.name)") }
    }

    private static func fits(_ values: [SQLValue], _ types: [UInt32]) -> Bool {
        zip(values, types).allSatisfy { value, type in value == .null || type == PostgresText.type(of: value)
        }
    }

    private static func check(_ values: Int, _ holes: Int) throws(StoreError) {
        guard values == holes else { throw .statement("\(values) values for \(holes) holes") }
    }

    /// The highest `$n` outside of quotes: ours are numbered in order.
    private static func holes(_ text: String) -> Int {
        var highest = 0
        var number: Int?
        var quote: UInt8?
        for byte in text.utf8 {
            if let open = quote {
                if byte == open { quote = nil }
                continue
            }
            if let digits = number, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
                number = digits * 10 + Int(byte - UInt8(ascii: "0"))
                highest = max(highest, number ?? 0)
            } else {
                number = byte == UInt8(ascii: "$") ? 0 : nil
            }
            if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") { quote = byte }
        }
        return highest
    }
}
