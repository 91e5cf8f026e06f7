import Replay
import Values

/// Writes entries as the text of one format, in order, and keeps the sums that it asserts.
struct LedgerText {
    private let format: LedgerExport.Format
    private let program: String
    private let balances: Balances
    private let firstDay: Day
    private let lastDay: Day
    private let width: Int
    private var sums: [Place: Int64] = [:]
    /// Beancount asserts at the beginning of a day, so what stands on a statement waits for the day's end.
    private var stated: Set<Place> = []
    private var day: Day

    private struct Place: Hashable {
        let account: String
        let currency: Currency
    }

    /// - Parameter days: of the entries to come, in order.
    init(_ format: LedgerExport.Format, program: String, balances: Balances, days: [Day]) {
        self.format = format
        self.program = program
        self.balances = balances
        firstDay = days.first ?? Day(number: 0)
        lastDay = days.last ?? firstDay
        day = firstDay
        width = balances.all.map(\.account.utf8.count).max() ?? 0
    }

    // MARK: The three parts

    /// What is declared before the entries.
    var heading: String {
        let accounts = balances.all.map(\.account).reduce(into: [String]()) {
            if $0.last != $1 { $0.append($1) }
        }
        let currencies = Set(balances.all.map(\.amount.currency)).sorted()
        var lines = [
            "; The books of the program \(LedgerText.plain(program)). Debits are positive; days are UTC."
        ]
        switch format {
        case .beancount:
            lines.append("option \"title\" \"\(LedgerText.plain(program))\"")
            lines.append("option \"inferred_tolerance_default\" \"*:0\"")
            lines += currencies.map { "\(firstDay.text) commodity \($0.code)" }
            lines += accounts.map { "\(firstDay.text) open \($0)" }
        case .ledger:
            lines += currencies.flatMap { ["commodity \($0.code)", "    format \(Money(scale($0), $0))"] }
            lines += ["tag cause", "tag sequence", "tag hash"]
            lines += accounts.map { "account \($0)" }
        case .hledger, .ndjson:
            // The point is part of the format, also where no decimals follow it.
            lines += currencies.map {
                "commodity \($0.exponent == 0 ? "1000." : Money(scale($0), $0).amount) \($0.code)"
            }
            lines += accounts.map { "account \($0)" }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The next entry; before it, where the day changes, what was stated on the day before.
    mutating func add(_ sealed: SealedEntry) -> String {
        let own = Zone.utc.day(of: sealed.entry.effectiveAt)
        var text = own == day ? "" : closeOfDay()
        day = own
        text += "\n\(own.text) * " + title(sealed)
        let isStatement = sealed.entry.kind == "stated"
        for posting in sealed.entry.postings {
            let place = Place(account: posting.account, currency: posting.amount.currency)
            text += "    \(column(posting.account))  \(posting.amount)"
            if LedgerText.isPartners(posting.account) {
                let sum = sums[place, default: 0] &+ posting.amount.minor
                sums[place] = sum
                if isStatement, format == .beancount { stated.insert(place) }
                if isStatement, format != .beancount { text += " = \(Money(sum, place.currency))" }
            }
            text += "\n"
        }
        return text
    }

    /// What every account stands at in the end.
    var ending: String {
        var copy = self
        let close = copy.closeOfDay()
        guard !balances.all.isEmpty else { return close }
        switch format {
        case .beancount:
            return close + "\n"
                + balances.all.map { assertion($0.account, $0.amount, at: lastDay) }.joined()
        case .hledger, .ledger, .ndjson:
            return "\n\(lastDay.text) * balances\n"
                + balances.all.map { account, amount in
                    "    \(column(account))  \(Money.zero(amount.currency)) = \(amount)\n"
                }.joined()
        }
    }

    // MARK: Parts

    private func title(_ sealed: SealedEntry) -> String {
        let entry = sealed.entry
        let cause = LedgerText.plain(entry.cause)
        guard format == .beancount else {
            return """
                (\(entry.id)) \(entry.kind)
                    ; cause: \(cause)
                    ; sequence: \(sealed.number)
                    ; hash: \(sealed.hash)

                """
        }
        return """
            "\(entry.kind)" ^\(entry.id)
              cause: "\(cause)"
              sequence: \(sealed.number)
              hash: "\(sealed.hash)"

            """
    }

    private mutating func closeOfDay() -> String {
        defer { stated = [] }
        guard !stated.isEmpty else { return "" }
        let ordered = stated.sorted {
            $0.account != $1.account ? $0.account.precedes($1.account) : $0.currency < $1.currency
        }
        return "\n"
            + ordered.map { assertion($0.account, Money(sums[$0] ?? 0, $0.currency), at: day) }.joined()
    }

    /// Holds at the end of `day`, to the last unit.
    private func assertion(_ account: String, _ amount: Money, at day: Day) -> String {
        "\(day.adding(days: 1).text) balance \(column(account))  \(amount.amount) ~ 0 "
            + "\(amount.currency.code)\n"
    }

    private func column(_ account: String) -> String {
        account + String(repeating: " ", count: max(0, width - account.utf8.count))
    }

    private func scale(_ currency: Currency) -> Int64 { 1000 * powerOfTen(currency.exponent) }

    private static func isPartners(_ account: String) -> Bool {
        account.hasPrefix("Liabilities:Partners:") || account.hasPrefix("Assets:ClawbackReceivable:")
    }

    /// Names from outside, in which a blank, a quote, a bracket or a semicolon would mean something to a
    /// reader of the format: as in a URL, every other byte is written `%20`.
    private static func plain(_ text: String) -> String {
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            let isPlain =
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                || "-_.:@+/".utf8.contains(byte)
            bytes += isPlain ? [byte] : Array("%\(Digest.hexadecimal([byte]).uppercased())".utf8)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
