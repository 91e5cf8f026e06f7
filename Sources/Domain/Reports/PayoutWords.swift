import Replay
import Values

/// What an item of a batch says of itself.
enum PayoutWords {
    static func sentences(_ item: ItemFile) -> [String] {
        var sentences = [
            "Item \(item.id) of batch \(item.batch) pays \(item.amount) by \(item.rail); the batch, opened "
                + "by \(item.openedBy) as of \(item.asOf.words), is \(item.batchState)."
        ]
        sentences.append(
            item.approvedBy.isEmpty
                ? "Nobody approved it yet; "
                    + "\(counted(Int(item.approvalsNeeded), "approval is", "approvals are")) needed."
                : "Approved by \(item.approvedBy.joined(separator: ", ")), \(item.approvedBy.count) of "
                    + "\(counted(Int(item.approvalsNeeded), "approval")) that it needed.")
        if let exported = item.exportedAt {
            sentences.append("Its file was first exported on \(exported.words).")
        }
        let reference = item.reference.map { ", reference \($0)" } ?? ""
        sentences.append("The item is \(item.state)\(reference).")
        return sentences
    }

    /// Whether an entry of the batch moves this item's money.
    static func concerns(_ sealed: SealedEntry, _ item: ItemFile) -> Bool {
        if sealed.entry.kind == "paid" { return item.state == "paid" || item.state == "returned" }
        let payable = AccountPath.partner(item.partner, .payable)
        return sealed.entry.postings.contains {
            $0.account == payable && $0.amount.currency == item.amount.currency
        }
    }

    /// - Parameter entries: those that move its money.
    static func clock(_ item: ItemFile, due: Day? = nil, _ entries: [SealedEntry]) -> String {
        let paidAt = entries.last { $0.entry.kind == "paid" }?.entry.effectiveAt
        let day = due.map { "Due on \($0.words); " } ?? ""
        let missing = counted(Int(item.approvalsNeeded) - item.approvedBy.count, "approval")
        let clock =
            switch item.state {
            case "paid":
                "Paid \(paidAt.map { "on \($0.words) " } ?? "")with item \(item.id) of batch \(item.batch)."
            case "open":
                day + "batch \(item.batch) waits for \(missing) more."
            case "released":
                day
                    + (item.exportedAt == nil
                        ? "batch \(item.batch) is approved and waits to be exported."
                        : "the file went out and the bank's answer is not recorded yet.")
            case "unknown":
                day
                    + "the bank's answer is unknown: the money stays in clearing and is not sent again "
                    + "until an answer decides."
            default:
                day + "the bank \(item.state) it: its statements are due again and wait for another batch."
            }
        return clock.sentenceCase
    }
}
