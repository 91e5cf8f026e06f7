import Engine
import Values
import Work

/// A line's money clock in a sentence.
struct ClockWords {
    let sentence: String

    init(_ line: LineFile, _ sale: SaleStory, _ statement: StatementWords?, at look: Look) throws {
        let clock = try LineClocks([line], sale.terms.history, at: look)[line]
        if line.stated != nil, let statement {
            sentence = statement.clock
            return
        }
        switch clock {
        case .paid(let day): sentence = "Paid on \(day.words)."
        case .due(let due): sentence = ClockWords.words(line, due, at: look.house.now())
        case .waits(let wait): sentence = try ClockWords.words(line, wait, sale, at: look)
        }
    }

    private static func words(_ line: LineFile, _ due: MoneyClock.Due, at now: Instant) -> String {
        let start = "On \(due.day.words), if nothing stands in its way: "
        let rate = line.amount.currency == due.amount.currency ? "" : " at the rate of its day"
        guard line.status == .pending, let earning = line.earning else {
            return start + "the statement of \(due.statement.words) takes it up\(rate)."
        }
        let hold =
            earning.holdUntil > now ? "the hold ends on \(earning.holdUntil.words)" : "the hold is over"
        let days = Int(due.day.number - due.statement.number)
        return start
            + "\(hold), the statement of \(due.statement.words) takes it up\(rate), and that is paid "
            + "\(counted(days, "day")) later."
    }

    private static func words(
        _ line: LineFile, _ wait: Wait, _ sale: SaleStory, at look: Look
    ) throws -> String {
        switch wait.reason {
        case .held:
            guard let fact = sale.holds.last(where: { $0.kind == "hold" }) else {
                return "Not while it is held."
            }
            return "Not while \(SaleStory.name(fact)) stands\(SaleStory.reason(fact))."
        case .belowThreshold, .offset: return try short(line, wait, sale, at: look)
        case .waitingForRate:
            let member = try ExplanationQueries.members([line.partner], at: look)[line.partner]
            let payout = member?.currency ?? line.amount.currency
            return
                "It waits for a rate (waiting_for_rate): none of \(line.amount.currency) and \(payout) is "
                + "known of one day of the week before a statement that could take it."
        default: return plain(wait.reason)
        }
    }

    /// What is missing to a statement, and what takes from it.
    private static func short(
        _ line: LineFile, _ wait: Wait, _ sale: SaleStory, at look: Look
    ) throws -> String {
        guard let missing = wait.missing else { return plain(wait.reason) }
        let terms = sale.terms.inForce(at: look.house.now())?.terms
        let threshold = Money(terms?.payouts.threshold(missing.currency) ?? 0, missing.currency)
        let aim = threshold.minor > 0 ? "the threshold of \(threshold)" : "anything to pay"
        let owed = try StandingsQueries.owed(by: line.partner, missing.currency, at: look)
        let less = owed.minor > 0 ? ", less the \(owed) that the partner owes," : ""
        return
            "Not yet: all that the partner has for a statement\(less) is \(missing) short of \(aim). "
            + "It waits for the statement that has it."
    }

    private static func plain(_ reason: Wait.Reason) -> String {
        switch reason {
        case .capped: "Never: it says what a cap took, and moves no money."
        case .reversed: "Never: nothing of it is left."
        case .notOwed: "Never: it stands in the books alone, and nobody is paid it."
        case .owedBack: "Never: the partner owes it, and it is taken off later statements."
        case .cannotSettle: "Not while the partner cannot be settled: a sum does not fit."
        case .tooFar: "Not within eleven years."
        case .noPayoutMethod: "Not yet: the partner has no payout method."
        case .railDoesNotCarry: "Not yet: the partner's rail does not carry the currency of its statement."
        case .notSettled: "Its day is past: the program is not settled until then (`tallystick settle`)."
        default: "Not yet."
        }
    }
}
