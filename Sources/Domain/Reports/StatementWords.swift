import Engine
import Replay
import Values
import Work

/// What a statement says of itself, wherever it is told of.
struct StatementWords {
    let statement: StatementFile
    let item: ItemFile?
    /// Items that carried it before and came back.
    private let failed: [ItemFile]
    /// The entry by which it was issued, and those of its payout.
    let entries: [SealedEntry]
    private let member: MemberFile?
    private let today: Day

    init(_ statement: StatementFile, at look: Look) throws {
        self.statement = statement
        let terms = try PublishedTerms.load(at: look).inForce(at: look.house.now())?.terms
        today = (terms?.zone ?? .utc).day(of: look.house.now())
        member = try ExplanationQueries.members([statement.partner], at: look)[statement.partner]
        item = try statement.batch.flatMap { batch in
            try ExplanationQueries.item(in: batch, of: statement.partner, statement.amount.currency, at: look)
        }
        let payable = AccountPath.partner(statement.partner, .payable)
        var issued: [SealedEntry] = []
        if let fact = try ExplanationQueries.fact(statement.sequence, at: look) {
            issued = try LedgerQueries.entries(causedBy: ["\(fact.kind):\(fact.id)"], at: look).filter {
                sealed in
                sealed.entry.kind == "stated"
                    && (terms?.zone ?? .utc).day(of: sealed.entry.effectiveAt) == statement.date
                    && sealed.entry.postings.contains {
                        $0.account == payable && $0.amount.currency == statement.amount.currency
                    }
            }
        }
        var paid: [SealedEntry] = []
        if let item {
            let acts = try ExplanationQueries.acts(on: item.batch, at: look).map { "\($0.kind):\($0.id)" }
            paid = try LedgerQueries.entries(causedBy: acts, at: look).filter {
                PayoutWords.concerns($0, item)
            }
        }
        entries = issued + paid
        failed = try ExplanationQueries.failedItems(of: statement, at: look)
    }

    var title: String {
        "Statement \(statement.number) (\(statement.id)) of \(statement.date.words) comes to "
            + "\(statement.amount) and is due on \(statement.payDay.words)."
    }

    // MARK: Currencies

    /// How what was earned in a currency came onto it; of every currency without one.
    var exchanges: [String] { statement.earned.compactMap(exchange) }

    /// How what was earned in a currency on a day was exchanged: there may be a rate for each day.
    func exchange(of currency: Currency, earned day: Day) -> [String] {
        let parts = statement.earned.filter { $0["currency"]?.text == currency.code }
        guard parts.count > 1 else { return parts.compactMap(exchange) }
        func published(_ part: JSON) -> Day? { part["rate_date"]?.text.flatMap(Day.init(text:)) }
        let own = parts.filter { published($0).map { $0 <= day } ?? false }
            .max { published($0) ?? day < published($1) ?? day }
        return [own].compactMap { $0.flatMap(exchange) }
    }

    private func exchange(_ part: JSON) -> String? {
        guard let code = part["currency"]?.text, let amount = part["amount"]?.text,
            let converted = part["converted"]?.text
        else { return nil }
        let payout = statement.amount.currency
        guard let from = part["rate_from"]?.text, let to = part["rate_to"]?.text else {
            return "It takes up \(amount) \(code), in the currency it was earned in."
        }
        let date = part["rate_date"]?.text.flatMap(Day.init(text:))?.words ?? "?"
        let spread = part["spread"]?.text ?? "0%"
        let less = spread == "0%" ? "" : ", less a spread of \(spread)"
        return
            "It takes up \(amount) \(code) × \(to) ÷ \(from)\(less) = \(converted) \(payout): one euro was "
            + "\(from) \(code) and \(to) \(payout) on \(date)."
    }

    var offset: [String] {
        guard statement.offset.minor > 0 else { return [] }
        return ["\(statement.offset) of it went to what the partner owed (clawback)."]
    }

    // MARK: Payout

    var payout: [String] {
        failed.flatMap(PayoutWords.sentences) + (item.map(PayoutWords.sentences) ?? [])
    }

    /// The day it is paid, or the one thing that stands in its way.
    var clock: String {
        let due = MoneyClock.Due(
            day: statement.payDay, statement: statement.date, amount: statement.amount, isIssued: true)
        let rail = member?.rail.flatMap(Rail.init)
        let state = (item ?? failed.last).flatMap { PayoutItem.State(rawValue: $0.state) }
        switch MoneyClock(due, by: rail, item: state, today: today) {
        case .paid: return item.map(words) ?? ""
        case .due: return "On \(due.day.words): a batch that is opened from then on takes it up."
        case .waits(let wait): return words(wait.reason, rail)
        }
    }

    private func words(_ item: ItemFile) -> String {
        PayoutWords.clock(item, due: statement.payDay, entries)
    }

    private func words(_ reason: Wait.Reason, _ rail: Rail?) -> String {
        let day = statement.payDay.words
        switch reason {
        case .offset: return "Nothing is paid: all of it went to what the partner owed."
        case .noPayoutMethod: return "Due on \(day), but the partner has no payout method."
        case .railDoesNotCarry:
            let rail = rail?.rawValue ?? "its rail"
            return "Due on \(day), but \(rail) does not carry \(statement.amount.currency)."
        case .cameBack:
            let came = failed.last?.state ?? "returned"
            return "Due since \(day): the bank \(came) it, and it waits for another batch."
        default:
            return item.map(words) ?? "Due since \(day): it waits for a batch to be opened."
        }
    }
}
