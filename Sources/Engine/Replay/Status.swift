import Engine
import Facts
import Values

extension Book {
    /// Where a line's money is, in a word: `pending`, `held`, `approved`, `payable` or `clawback`.
    package func status(of line: LineRecord, isStated: Bool) -> String {
        if line.isClawback { return "clawback" }
        if isStated { return "payable" }
        var names = names
        let conversion = names.conversion(line.conversion)
        guard memory.dossiers[conversion] != nil || OwnAccount.isOne(line.conversion) else {
            return "pending"
        }
        let partner = names.partner(line.partner)
        let earning = memory.earnings[conversion].first { earning in
            earning.key.partner == partner && earning.key.generation == line.generation
                && memory.earnings.lines(of: earning.key).contains {
                    $0.ordinal == line.ordinal && $0.amount == line.amount.minor
                }
        }
        guard let earning else { return "pending" }
        switch earning.state {
        case .pending: return earning.isHeld ? "held" : "pending"
        case .approved: return earning.isHeld ? "held" : "approved"
        case .booked: return "booked"
        // A line dated after its earning's statement is owed back.
        case .stated: return "clawback"
        }
    }
}
