import Engine
import Facts
import Partners
import Payouts
import Programs
import Replay
import Terms
import Values
import Work

extension Act {
    package struct BankFile: Sendable {
        package let xml: String
        package let items: Int
        package let sum: Money
    }

    /// The SEPA file of an approved batch. The same batch gives the same bytes, until the bank has answered:
    /// from then on a file would pay twice.
    package static func exportSEPA(_ id: String, in work: Work) throws -> BankFile {
        try work.principal.must(.exportPayouts)
        try work.takeHead()
        let batch = try view(id, in: work)
        guard ["approved", "exported", "completed"].contains(batch.state) else {
            throw Refusal.wrongState(is: batch.state, must: "approved")
        }
        guard batch.items.allSatisfy({ $0.state == PayoutItem.State.released.rawValue }) else {
            throw Refusal.wrongState(is: "answered by the bank", must: "unanswered, or it would pay twice")
        }
        var book = Book(program: work.program, isWhole: false)
        let ref = book.names.batch(id)
        try BatchRows.load(ref, into: &book, in: work)
        if let uneven = book.memory.batches[ref]?.uneven { throw uneven.isNotItsStatements }
        let file = try terms(of: batch, in: work)
        guard let file, let payer = file.payer else {
            throw Refusal.invalid("/payouts/from/sepa", .missing)
        }
        let items = batch.items.filter { $0.rail == Rail.sepa.rawValue && $0.amount.currency == .eur }
        guard !items.isEmpty else { throw Refusal.wrongState(is: "without SEPA items", must: "with some") }
        let transfers = try items.map { item in
            guard let details = try PartnerRows.payout(item.partner, in: work) else {
                throw Refusal.unavailable("the account of \(item.partner) was erased")
            }
            return CreditTransfers.Transfer(
                endToEnd: item.id.replacing("_", with: "-"), amount: item.amount, holder: details.holder,
                iban: details.iban, bic: details.bic, remittance: "\(file.name) \(item.partner)")
        }
        let xml = try CreditTransfers(
            messageID: String(id.replacing("_", with: "-").prefix(35)), createdAt: batch.asOf,
            executeOn: file.zone.day(of: batch.asOf),
            payer: .init(name: payer.name, iban: payer.iban, bic: payer.bic), transfers: transfers
        ).xml()
        try BatchRows.markExported(id, in: work)
        try work.audit("exported payouts", id)
        let sum = try items.reduce(Money.zero(.eur)) { try $0.adding($1.amount) }
        return BankFile(xml: xml, items: items.count, sum: sum)
    }

    /// The program file by which a batch is paid: the one in force when it was approved, so that nobody
    /// changes after the approval who pays. If that names no payer, the first after it that does.
    private static func terms(of batch: BatchView, in work: Work) throws -> ProgramFile? {
        let approval = "\(batch.id)#\(batch.approvedBy.count)"
        let kept = try FactLog.find(FactKind.batchApproval.rawValue, [approval], in: work)[approval]
        guard let kept else { throw Refusal.notFound(kind: "approval", id: approval) }
        let versions = try ProgramRows.versions(work.program, work.rows)
        let now = versions.lastIndex { ($0.effectiveAt ?? .earliest) <= kept.at } ?? 0
        return versions[now...].first { $0.file.payer != nil }?.file ?? versions.last?.file
    }
}
