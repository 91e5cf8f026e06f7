import Engine
import Replay
import Values

/// Where a line's money stands.
package enum LineStatus: String, Hashable, Sendable, CaseIterable {
    /// Its hold runs.
    case pending
    /// A person holds it.
    case held
    /// It waits for a statement.
    case approved
    /// On a statement that is not paid yet.
    case payable
    case paid
    /// Taken back after its earning was stated: the partner owes it.
    case clawback
    /// In the books alone: nobody is paid it.
    case booked
}

/// A commission line with what became of the earning that it moves.
struct LineFile: Sendable {
    let id: String
    let conversion: String
    let partner: String
    let rule: Int64
    let generation: Int64
    let ordinal: Int64
    let kind: String
    let amount: Money
    let at: Instant
    let sequence: Int64
    let isClawback: Bool
    /// Its derivation, as it is exported.
    let body: String
    let earning: EarningFile?
    /// The statement it stands on.
    let stated: StatedFile?

    /// The statement whose own it is, where it belongs to no conversion.
    var account: (partner: String, date: Day)? { OwnAccount.read(conversion) }

    /// The claim whose own it is, likewise.
    var claim: String? { OwnAccount.claim(conversion) }

    struct EarningFile: Sendable {
        let state: Earning.State
        let isHeld: Bool
        let rate: Fraction?
        let at: Instant
        let holdUntil: Instant
        let posted: Int64

        /// Whether it waits for a statement.
        var isOpen: Bool { state == .pending || state == .approved }
    }

    struct StatedFile: Sendable {
        let id: String
        let number: String
        let date: Day
        let payDay: Day
        let amount: Money
        /// Of the item that carries it.
        let item: PayoutItem.State?
    }

    var statement: String? { stated?.id }

    var status: LineStatus {
        if isClawback { return .clawback }
        guard let earning else { return .pending }
        switch earning.state {
        case .pending: return earning.isHeld ? .held : .pending
        case .approved: return earning.isHeld ? .held : .approved
        case .booked: return .booked
        case .stated:
            // What was taken back after the boundary is not on the statement: it was owed from then on.
            guard let stated else { return .clawback }
            return stated.item == .paid ? .paid : .payable
        }
    }

    /// The same rule of the same conversion for the same partner, whatever the generation.
    func isKin(of other: LineFile) -> Bool {
        conversion == other.conversion && partner == other.partner && rule == other.rule
    }
}
