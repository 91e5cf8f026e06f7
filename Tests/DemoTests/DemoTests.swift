import Demo
import Facts
import Replay
import Terms
import Testing
import Values

@Suite("The demo")
struct DemoTests {
    /// The evening of a Tuesday.
    private static let present = Instant(text: "2026-11-03T20:00:00.000Z")!
    private static let lines = Demo.facts(endingAt: present)
    private static let facts = lines.compactMap { try? FactReader(.outside(HashKey([1]))).line($0.utf8) }

    private func facts(_ kind: FactKind) -> [FactRecord] { Self.facts.filter { $0.kind == kind } }

    @Test("its program file has nothing to complain about")
    func program() throws {
        let file = try ProgramFile.read(Demo.program)
        #expect(file.warnings.isEmpty)
        #expect(file.slug == "acme")
        #expect(file.typeNames == ["affiliate", "referral", "reseller", "technology"])
        #expect(file.payer != nil)
    }

    @Test("is the same each time, and another with another seed")
    func repeats() {
        #expect(Demo.facts(endingAt: Self.present) == Self.lines)
        #expect(Demo.facts(endingAt: Self.present, seed: 2) != Self.lines)
    }

    @Test("only grows while a day passes")
    func grows() throws {
        let noon = try #require(Instant(text: "2026-11-03T12:00:00.000Z"))
        let early = Demo.facts(endingAt: noon)
        #expect(early.count < Self.lines.count)
        #expect(early[...] == Self.lines.prefix(early.count))
    }

    @Test("consists of facts that are accepted, each id once, in order")
    func accepted() throws {
        for line in Self.lines {
            #expect(throws: Never.self) { try FactReader(.outside(HashKey([1]))).line(line.utf8) }
        }
        #expect(Set(Self.facts.map(\.name)).count == Self.lines.count)
        #expect(zip(Self.facts, Self.facts.dropFirst()).allSatisfy { $0.at <= $1.at })
    }

    @Test("fills a year up to the present")
    func year() throws {
        let first = try #require(Self.facts.first)
        let last = try #require(facts(.conversion).last)
        #expect(Zone.utc.day(of: first.at).text == "2025-11-04")
        #expect(Zone.utc.day(of: last.at).text == "2026-11-03")
        #expect(Self.facts.allSatisfy { $0.at <= Self.present })
    }

    @Test("has about as much of everything as it says")
    func counts() {
        #expect(facts(.partner).count == 40)
        #expect((5000...7000).contains(facts(.click).count))
        #expect((1300...1700).contains(facts(.conversion).count))
        #expect((60...100).contains(facts(.refund).count + facts(.chargeback).count))
        #expect(facts(.rejection).count + facts(.hold).count == 5)
        #expect(facts(.rate).count == 2 * 261)
    }

    @Test("sells in three currencies, to leads, buyers and subscribers")
    func kinds() {
        let sales = conversions
        #expect(Set(sales.map(\.amount.currency)) == [.usd, .eur, .gbp])
        for event in ["lead", "sale", "renewal"] {
            #expect(sales.filter { $0.event == event }.count > 150, "\(event)")
        }
        #expect(sales.filter { $0.coupon != nil }.count > 150)
        #expect(sales.contains { $0.account != nil })
        let clicks = facts(.click).compactMap {
            if case .click(let click) = $0.content { click } else { nil }
        }
        #expect(clicks.filter(\.isBot).count > 50)
        #expect(clicks.filter { $0.consent == false }.count > 100)
    }

    @Test("lets partners compete: a quarter of all conversions has clicks or codes of two at least")
    func competition() {
        var partnerOfLink: [String: String] = [:]
        var partnerOfCode: [String: String] = [:]
        var clicks: [String: [(at: Instant, partner: String)]] = [:]
        var contested = 0
        for fact in Self.facts {
            switch fact.content {
            case .link(let link): partnerOfLink[fact.id] = link.partner
            case .coupon(let coupon): partnerOfCode[coupon.code] = coupon.partner
            case .click(let click):
                let partner = click.link.flatMap { partnerOfLink[$0] }
                guard let visitor = click.visitor, let partner else { continue }
                clicks[visitor, default: []].append((fact.at, partner))
            case .conversion(let sale):
                let start = fact.at.moved(by: -.days(30))
                let seen = (sale.visitor.flatMap { clicks[$0] } ?? []).filter { $0.at > start }.map(\.partner)
                let code = sale.coupon.flatMap { partnerOfCode[$0] }
                if Set(seen + (code.map { [$0] } ?? [])).count > 1 { contested += 1 }
            default: continue
            }
        }
        #expect(contested * 4 >= conversions.count, "\(contested) of \(conversions.count)")
    }

    @Test("leaves nothing refused and nothing waiting, and ends in statements in three currencies")
    func simulation() throws {
        var statements: [StatementRecord] = []
        var simulation = Simulation(try ProgramFile.read(Demo.program)) { statements += $0.statements }
        simulation.run(Self.facts)
        simulation.settle(asOf: Self.present)
        #expect(simulation.refused.isEmpty)
        #expect(simulation.parked.isEmpty)
        #expect(statements.count > 100)
        #expect(Set(statements.map(\.amount.currency)) == [.usd, .eur, .gbp])
    }

    private var conversions: [ConversionContent] {
        facts(.conversion).compactMap { if case .conversion(let sale) = $0.content { sale } else { nil } }
    }
}
