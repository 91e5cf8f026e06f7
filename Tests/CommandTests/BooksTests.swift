import Foundation
import TestStores
import Testing
import Values

/// The shop's books after a payout, held against other people's programs and the bank's schema.
@Suite("The books of a shop", .onEachDatabase)
struct BooksTests {
    static let tools = ["hledger", "ledger", "beancount"]

    private static let checks = [
        "hledger": "hledger -f books.hledger check --strict ordereddates",
        "ledger": "ledger -f books.ledger --strict --pedantic balance > /dev/null",
        "beancount": "bean-check books.beancount",
    ]

    /// Stated in two currencies, one of two statements paid, one partner owing.
    private func shop() async throws -> Workshop {
        let (workshop, _) = try await Workshop.open()
        try await workshop.expect(
            """
            set -e
            tallystick user add finn@shop.test --role finance
            tallystick settle --as-of 2026-02-10T00:00:00Z
            tallystick payouts open --as-of 2026-02-17T00:00:00Z --json > open.json
            batch=$(python3 -c 'import json; print(json.load(open("open.json"))["id"])')
            tallystick payouts approve $batch --as finn@shop.test
            tallystick payouts export $batch --out batch.xml --json > sepa.json
            tallystick ledger export --format hledger > sent.hledger
            echo item,outcome,reference > answer.csv
            grep -o '<EndToEndId>[^<]*' batch.xml | cut -d'>' -f2 > items.txt
            echo $(head -1 items.txt),rejected,AC04 >> answer.csv
            echo $(tail -1 items.txt),paid,B-1 >> answer.csv
            tallystick payouts record answer.csv
            cat > late.csv <<END
            id,at,event,amount,currency,customer
            o6,2026-02-21T12:00:00Z,sale,40.00,EUR,c2
            END
            tallystick import csv conversion late.csv
            cat > late.ndjson <<END
            {"fact":"refund","id":"late","at":"2026-02-20T12:00:00Z","of":"o1","amount":"59.50"}
            END
            tallystick import facts late.ndjson
            for format in hledger ledger beancount; do
                tallystick ledger export --format $format > books.$format
            done
            tallystick report partners --json > report.json
            """)
        return workshop
    }

    @Test("are accepted by other people's programs, and not with one cent changed", arguments: tools)
    func accepted(_ tool: String) async throws {
        let workshop = try await shop()
        let check = try #require(Self.checks[tool])
        let outcome = try await workshop.run(check)
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.output)\(outcome.errors)")
        let file = workshop.folder.appending(path: "books.\(tool)")
        let text = try String(contentsOf: file, encoding: .utf8)
        let amounts = text.matches(
            of: /(?m)^ +(?:Assets|Liabilities|Expenses|Equity|Income):\S+ +-?\d+\.\d\d\b/)
        #expect(amounts.count > 30)
        // Every posting in its turn, some of them twice over with a balance to be held.
        for index in stride(from: 0, to: amounts.count, by: max(1, amounts.count / 6)) {
            let found = amounts[index]
            let last = text.index(before: found.range.upperBound)
            var forged = text
            forged.replaceSubrange(last...last, with: text[last] == "1" ? "2" : "1")
            try Data(forged.utf8).write(to: file)
            let outcome = try await workshop.run(check)
            #expect(outcome.status != 0, "\(tool) takes \(text[found.range]) with another last digit")
        }
    }

    @Test("have the same balances there as in our report", arguments: tools)
    func agree(_ tool: String) async throws {
        let workshop = try await shop()
        let theirs = try await balances(tool, workshop)
        let report = try JSON(reading: Data(contentsOf: workshop.folder.appending(path: "report.json")))
        var ours: [String: String] = [:]
        for row in report.elements ?? [] {
            let partner = row["partner"]?.text ?? ""
            let currency = row["currency"]?.text ?? ""
            for (name, account, sign) in [
                ("pending", "Liabilities:Partners:P-\(partner):Pending", "-"),
                ("approved", "Liabilities:Partners:P-\(partner):Approved", "-"),
                ("payable", "Liabilities:Partners:P-\(partner):Payable", "-"),
                ("clawback", "Assets:ClawbackReceivable:P-\(partner)", ""),
            ] {
                let amount = row[name]?.text ?? ""
                if amount != "0.00" { ours["\(account) \(currency)"] = sign + amount }
            }
        }
        #expect(ours.count >= 3 && ours.keys.contains { $0.contains("Clawback") })
        let partners = theirs.filter { $0.key.contains(":Partners:") || $0.key.contains("Clawback") }
        #expect(partners == ours)
        #expect(theirs["Assets:Bank:Sepa EUR"] == "-15.00")
    }

    /// `account currency` to amount, of everything that is not zero.
    private func balances(_ tool: String, _ workshop: Workshop) async throws -> [String: String] {
        let total = #"awk '{s[$1 " " $2] += $3 * 100} END {for (k in s) printf "%s %.2f\n", k, s[k] / 100}'"#
        let postings =
            switch tool {
            case "hledger":
                "hledger -f books.hledger balance --flat -N --layout=bare -O csv | tail -n +2 | tr -d '\"' "
                    + "| awk -F, '{print $1, $2, $3}'"
            case "ledger":
                "ledger -f books.ledger register "
                    + #"--format '%(account) %(commodity(amount)) %(quantity(amount))\n'"#
            default: "awk '/^ +[A-Z][A-Za-z]*:/ {print $1, $3, $2}' books.beancount"
            }
        let lines = try await workshop.expect("\(postings) | \(total)")
        var found: [String: String] = [:]
        for line in lines.split(separator: "\n") {
            let cells = line.split(separator: " ").map(String.init)
            guard cells.count == 3, let value = Double(cells[2]), value != 0 else { continue }
            found["\(cells[0]) \(cells[1])"] = cells[2]
        }
        return found
    }

    @Test("have in the bank's file what they have in clearing, and the file passes the ISO schema")
    func bankFile() async throws {
        let workshop = try await shop()
        try await workshop.expect(
            """
            schema=$(python3 -c 'import pathlib, sepaxml
            print(pathlib.Path(sepaxml.__file__).parent / "schemas" / "pain.001.001.09.xsd")')
            xmllint --noout --nonet --schema "$schema" batch.xml
            """)
        let sepa = try JSON(reading: Data(contentsOf: workshop.folder.appending(path: "sepa.json")))
        let xml = try String(contentsOf: workshop.folder.appending(path: "batch.xml"), encoding: .utf8)
        let sums = xml.matches(of: /<CtrlSum>([\d.]+)<\/CtrlSum>/).map { String($0.1) }
        #expect(sums == ["32.50", "32.50"])
        #expect(sepa["sum"]?.text == "32.50")
        // When it was sent: what was released is on its way, and nothing else.
        let clearing = try await workshop.expect(
            "hledger -f sent.hledger balance -N --layout=bare -O csv Liabilities:PayoutClearing cur:EUR | tail -1"
        )
        #expect(clearing.contains("-32.50"))
    }
}
