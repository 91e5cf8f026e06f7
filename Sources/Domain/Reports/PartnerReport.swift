import Replay
import Values
import Work

/// `report partners`: what each partner has and owes, a row for each currency.
package struct PartnerReport: Hashable, Sendable {
    package let rows: [Row]

    package struct Row: Hashable, Sendable {
        package let name: String?
        package let type: String
        package let standing: Standing
    }

    package static func find(at look: Look) throws -> PartnerReport {
        let partners = Dictionary(
            uniqueKeysWithValues: try OverviewQueries.partners(at: look).map { ($0.id, $0) })
        return PartnerReport(
            rows: try Standings.all(at: look).map { standing in
                let partner = partners[standing.partner]
                return Row(name: partner?.name, type: partner?.type ?? "", standing: standing)
            })
    }
}

extension PartnerReport {
    /// Aligned for the terminal.
    package var text: String {
        aligned([heads] + rows.map(cells), heads: true).map { $0 + "\n" }.joined()
    }

    /// RFC 4180, with a head row. A text that a spreadsheet would take for a formula gets an apostrophe.
    package var csv: String {
        ([heads] + rows.map(cells)).map { row in
            row.enumerated().map { PartnerReport.quoted($1, isText: $0 < 3) }.joined(separator: ",") + "\r\n"
        }.joined()
    }

    package var json: JSON {
        .array(
            rows.map { row in
                let head: [JSON.Member] = [
                    .init("partner", .string(row.standing.partner)), .init("name", row.name.json ?? .null),
                    .init("type", .string(row.type)),
                ]
                return .object(head + (row.standing.json.members ?? []).filter { $0.key != "partner" })
            })
    }

    private var heads: [String] {
        ["partner", "name", "type", "currency", "pending", "approved", "payable", "held", "paid", "clawback"]
    }

    private func cells(_ row: Row) -> [String] {
        let standing = row.standing
        let amounts = [
            standing.pending, standing.approved, standing.payable, standing.held, standing.paid,
            standing.clawback,
        ]
        return [standing.partner, row.name ?? "", row.type, standing.pending.currency.code]
            + amounts.map(\.amount)
    }

    private static func quoted(_ cell: String, isText: Bool) -> String {
        let isFormula = isText && cell.first.map { "=+-@\t\r".contains($0) } == true
        let text = isFormula ? "'" + cell : cell
        let isPlain = text.utf8.allSatisfy { byte in
            byte != UInt8(ascii: ",") && byte != UInt8(ascii: "\"") && byte != 0x0A && byte != 0x0D
        }
        return isPlain ? text : "\"\(text.replacing("\"", with: "\"\""))\""
    }
}
