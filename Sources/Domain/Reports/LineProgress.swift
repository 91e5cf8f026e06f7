import Engine
import Replay
import Values
import Work

/// What became of a line's money since it was earned, and what will.
struct LineProgress {
    let hold: [String]
    let payout: [String]
    /// The day it is paid, or the one thing that stands in its way.
    let clock: String
    /// The entries of its approval and of its statement.
    let entries: [SealedEntry]

    init(_ line: LineFile, _ sale: SaleStory, at look: Look) throws {
        let approval = try Approval.find(line, sale, at: look)
        var statement: StatementFile?
        if let id = line.statement { statement = try ExplanationQueries.statement(id, at: look) }
        let words = try statement.map { try StatementWords($0, at: look) }
        hold = LineProgress.hold(line, sale, approval)
        payout = LineProgress.payout(line, sale, words)
        clock = try ClockWords(line, sale, words, at: look).sentence
        entries = [approval?.entry].compactMap { $0 } + (words?.entries ?? [])
    }

    // MARK: Hold and approval

    private static func hold(_ line: LineFile, _ sale: SaleStory, _ approval: Approval?) -> [String] {
        guard let earning = line.earning else { return ["Its earning is not kept any more."] }
        if earning.state == .booked { return ["Nobody is paid it: it stands in the books alone."] }
        let length = earning.holdUntil.since(sale.sale.at)
        var sentences = [
            "The hold is \(length.promised) from the \(sale.sale.event) and ends on "
                + "\(earning.holdUntil.words)."
        ]
        if earning.isHeld, let fact = sale.holds.last(where: { $0.kind == "hold" }) {
            sentences.append("\(SaleStory.name(fact)) holds it beyond that\(SaleStory.reason(fact)).")
        }
        if line.isClawback {
            sentences.append("The earning had been approved and stated before this line was made.")
        } else if let approval {
            let sealed = approval.entry
            sentences.append(
                approval.sequence < line.sequence
                    ? "The earning had been approved on \(sealed.entry.effectiveAt.words) by "
                        + "\(sealed.entry.cause), so the line changed what was approved."
                    : "It was approved on \(sealed.entry.effectiveAt.words) by \(sealed.entry.cause) (fact "
                        + "\(approval.sequence)) with entry \(sealed.number).")
        } else if earning.state == .pending {
            sentences.append("It is not approved yet.")
        }
        return sentences
    }

    // MARK: Statement and payout

    private static func payout(_ line: LineFile, _ sale: SaleStory, _ words: StatementWords?) -> [String] {
        if let words {
            let zone = sale.terms.version(sale.sale.terms)?.terms.zone ?? .utc
            let day = zone.day(of: line.earning?.at ?? line.at)
            return [words.title] + words.exchange(of: line.amount.currency, earned: day) + words.offset
                + words.payout
        }
        if line.status == .booked { return ["It goes on no statement."] }
        guard line.status == .clawback else { return ["It stands on no statement yet."] }
        let stated = sale.lines.last {
            $0.isKin(of: line) && $0.statement != nil && $0.ordinal < line.ordinal
        }
        let number = (stated?.stated?.number).map { " on statement \($0)" } ?? ""
        return [
            "What it takes back stood\(number) already, at that statement's rate. The partner owes it, and "
                + "later statements are reduced by it."
        ]
    }
}

/// The settlement that approved an earning.
private struct Approval {
    let entry: SealedEntry
    /// Of the settlement.
    let sequence: Int64

    /// The first settlement of the partner after the hold, once the earning was there and nobody held it.
    static func find(_ line: LineFile, _ sale: SaleStory, at look: Look) throws -> Approval? {
        guard let earning = line.earning, ![.pending, .booked].contains(earning.state), !line.isClawback
        else { return nil }
        let kin = sale.lines.filter { $0.isKin(of: line) && $0.generation == line.generation }
        let made = kin.map(\.sequence).min() ?? line.sequence
        for fact in try ExplanationQueries.settlements(of: line.partner, from: earning.holdUntil, at: look)
        where fact.sequence > made {
            let last = sale.holds.last { $0.kind != "rejection" && $0.sequence < fact.sequence }
            if last?.kind == "hold" { continue }
            let entries = try LedgerQueries.entries(causedBy: ["settlement:\(fact.id)"], at: look)
            let entry = entries.first { sealed in
                sealed.entry.kind == "approved" && sealed.entry.effectiveAt >= earning.holdUntil
                    && sealed.moves(line.amount.currency)
            }
            if let entry { return Approval(entry: entry, sequence: fact.sequence) }
        }
        return nil
    }
}

extension SealedEntry {
    fileprivate func moves(_ currency: Currency) -> Bool {
        entry.postings.contains { $0.amount.currency == currency }
    }
}
