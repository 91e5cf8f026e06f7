import Foundation
import TestStores
import Testing

/// What a server really hears from the product, as it writes it down itself.
@Suite("A server's log")
struct ClusterLogTests {
    @Test("of a shop's whole life has no statement that a cluster could not run")
    func life() async throws {
        let server = try TestServer(settings: ["log_statement=all", "log_line_prefix=@@"])
        let (workshop, key) = try await Workshop.open(on: server)
        try await act(in: workshop, key)
        let folder = try await workshop.ask("SHOW data_directory").first ?? ""
        let log = URL(filePath: folder).deletingLastPathComponent().appending(path: "log")
        let logged = Logged.all(in: try String(contentsOf: log, encoding: .utf8))
        #expect(Set(logged.map(\.text)).count > 120)
        for statement in logged where !statement.isOfOneNode {
            let breaches = ClusterRule.complaints(about: statement.text, ClusterRule(statement.text)) {
                statement.values[$0]
            }
            let sentences = breaches.map(\.sentence).joined(separator: "; ")
            #expect(breaches.isEmpty, "\(sentences), in: \(statement.text)")
        }
    }

    private func act(in workshop: Workshop, _ key: String) async throws {
        try await workshop.expect(
            """
            set -e
            tallystick user add finn@shop.test --role finance
            tallystick settle --as-of 2026-02-10T00:00:00Z
            tallystick payouts open --as-of 2026-02-17T00:00:00Z --json > open.json
            batch=$(python3 -c 'import json; print(json.load(open("open.json"))["id"])')
            tallystick payouts approve $batch --as finn@shop.test
            tallystick payouts export $batch --out batch.xml
            echo item,outcome,reference > answer.csv
            grep -o '<EndToEndId>[^<]*' batch.xml | cut -d'>' -f2 | sed 's/$/,paid,B-1/' >> answer.csv
            tallystick payouts record answer.csv
            tallystick payouts list
            cat > late.ndjson <<END
            {"fact":"refund","id":"late","at":"2026-02-20T12:00:00Z","of":"o1","amount":"59.50"}
            {"fact":"click","id":"kw","at":"2026-01-08T10:00:00Z","link":"later","referrer":"https://a.test/"}
            {"fact":"click","id":"kl","at":"2026-01-08T11:00:00Z","link":"ada-home","visitor":"v2"}
            END
            tallystick import facts late.ndjson
            tallystick key rotate
            tallystick key revoke $(tallystick key add > /dev/null; tallystick key list --json \
            | python3 -c 'import json, sys; print(json.load(sys.stdin)[-1]["id"])')
            tallystick report partners
            tallystick ledger export --format ndjson
            tallystick audit export --out audit
            tallystick explain $(grep -o 'sta_[a-z0-9]*' audit/statements.ndjson | head -1)
            tallystick verify
            tallystick doctor || true
            """)
        let serving = try await Server.start(in: workshop)
        let client = Client(port: serving.port, key: key)
        let click = client.get("/r/ada")?.field("location")?.firstMatch(of: /tally_click=(\w+)/)
        let id = click.map { String($0.1) } ?? "k1"
        _ = client.post("/v1/conversions", Crowd.sale("n1", click: id))
        _ = client.post("/v1/conversions", Crowd.sale("n2"))
        _ = client.post("/v1/refunds", #"{"id":"rn1","of":"n1","reason":"back"}"#)
        let nouns = ["programs", "partners", "links", "coupons", "conversions", "commissions", "statements"]
        for noun in nouns + ["batches"] {
            #expect(client.get("/v1/\(noun)")?.status == 200, "\(noun)")
        }
        for path in ["partners/ada", "links/ada-home", "conversions/n1", "clicks/\(id)", "clicks/k1"] {
            #expect(client.get("/v1/\(path)")?.status == 200, "\(path)")
        }
        _ = client.get("/v1/clicks?day=2026-01-08")
        _ = try await serving.stop()
        try await workshop.expect("tallystick erase --partner ada && tallystick verify")
    }
}

/// One statement of the log, with the values that came with it.
private struct Logged {
    let text: String
    var values: [Int: String] = [:]

    /// Of the server's own matters: a month that is made, or what people ask it by hand.
    var isOfOneNode: Bool { text.hasPrefix("WITH moved AS (DELETE FROM click") }

    static func all(in log: String) -> [Logged] {
        var all: [Logged] = []
        for line in log.components(separatedBy: "\n@@").map({ $0.replacing("\n\t", with: "\n") }) {
            if let found = line.prefixMatch(of: #/LOG:  execute [^:]*: /#) {
                all.append(Logged(text: String(line[found.range.upperBound...])))
            } else if line.hasPrefix("LOG:  statement: ") {
                // Several may come at once, none of them with a `;` in it.
                for text in line.dropFirst(17).split(separator: ";") {
                    let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
                    if !text.isEmpty { all.append(Logged(text: text)) }
                }
            } else if !all.isEmpty, let found = line.prefixMatch(of: #/DETAIL:  [Pp]arameters: /#) {
                for match in line[found.range.upperBound...].matches(of: /\$(\d+) = (NULL|'(?:[^']|'')*')/) {
                    if let number = Int(match.1) { all[all.count - 1].values[number] = String(match.2) }
                }
            }
        }
        return all
    }
}
