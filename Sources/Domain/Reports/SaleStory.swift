import Engine
import Replay
import Values
import Work

/// A conversion: the sale, whose it is, and what it earned.
struct SaleStory {
    let sale: SaleFile
    let decisions: [DecisionFile]
    let lines: [LineFile]
    let terms: PublishedTerms
    let holds: [KeptFact]
    private let members: [String: MemberFile]
    private let entries: [SealedEntry]
    private let causes: [KeptFact]

    init(_ sale: SaleFile, at look: Look) throws {
        self.sale = sale
        decisions = try ExplanationQueries.decisions(of: sale.id, at: look)
        lines = try LineQueries.of(conversion: sale.id, at: look)
        terms = try PublishedTerms.load(at: look)
        holds = try ExplanationQueries.holds(of: sale.id, at: look)
        members = try ExplanationQueries.members(decisions.flatMap(\.claims).map(\.partner), at: look)
        var causes: [KeptFact] = []
        var seen: Set<String> = ["conversion:\(sale.id)"]
        for line in lines {
            let derivation = try Derivation(line, of: sale, nil, among: [])
            guard seen.insert(derivation.cause).inserted else { continue }
            causes += try [FactLog.find(derivation.causeKind, derivation.causeID, at: look)].compactMap { $0 }
        }
        entries = try LedgerQueries.entries(causedBy: seen.sorted(), at: look)
        self.causes = causes.sorted { $0.sequence < $1.sequence }
    }

    var explanation: Explanation {
        get throws {
            var sections = [saleSection]
            for decision in decisions { sections += evidence(decision) }
            for line in lines { sections.append(try derivation(line)) }
            if lines.isEmpty { sections.append(.init("What it earned", [nothing])) }
            let partners = Set(lines.map(\.partner))
            let own = entries.filter { BookWords.concerns($0, partners) }
            sections.append(BookWords.section(own, of: partners))
            return Explanation(title: "Conversion \(sale.id)", sections: sections)
        }
    }

    // MARK: The sale

    var saleSection: Explanation.Section {
        var sentences = [
            "conversion:\(sale.id) (fact \(sale.fact.sequence)) is a \(sale.event) of \(sale.amount) on "
                + "\(sale.at.words)."
        ]
        if sale.fact.receivedAt != sale.at {
            sentences.append("It was received on \(sale.fact.receivedAt.words).")
        }
        sentences.append(customer)
        let named = [
            sale.body["click"]?.text.map { "click \($0)" },
            sale.body["coupon"]?.text.map { "coupon code \($0)" },
            sale.body["visitor"]?.text.map { "visitor \($0)" },
        ].compactMap { $0 }
        if !named.isEmpty { sentences.append("It names \(named.joined(separator: ", ")).") }
        sentences += changes
        let parts = ["tax", "shipping", "discount", "fees"].map { ($0, sale.part($0)) }.filter {
            $0.1.minor != 0
        }
        let rows = [["amount", sale.amount.description]] + parts.map { ["of it \($0.0)", $0.1.description] }
        return .init("The sale", sentences, rows: parts.isEmpty ? [] : rows)
    }

    private var customer: String {
        let kind = sale.isNewCustomer ? "new: no earlier sale of it had an amount" : "returning"
        if let id = sale.body["customer"]?.text { return "The customer is \(id), \(kind)." }
        if sale.body["email_hash"] != nil {
            return "The customer is known by a hashed e-mail address, \(kind)."
        }
        if sale.body["visitor"] != nil { return "The customer is known by its visitor id only, \(kind)." }
        return "The customer is unknown and counts as new."
    }

    /// Refunds, holds and the like, with their facts.
    private var changes: [String] {
        var sentences: [String] = []
        for fact in causes where fact.kind == "refund" || fact.kind == "chargeback" {
            let body = try? JSON(reading: fact.body.utf8)
            let amount = body?["amount"]?.text.map { "\($0) \(sale.amount.currency)" } ?? "what was left"
            sentences.append(
                "\(SaleStory.name(fact)) took back \(amount) on \(fact.at.words)\(SaleStory.reason(fact)).")
        }
        for fact in holds {
            let verb =
                ["hold": "held", "release": "released", "rejection": "rejected"][fact.kind] ?? "changed"
            sentences.append(
                "\(SaleStory.name(fact)) \(verb) it on \(fact.at.words)\(SaleStory.reason(fact)).")
        }
        if sale.refunded.minor > 0 {
            sentences.append("In all, \(sale.refunded) of \(sale.amount) were refunded.")
        }
        return sentences
    }

    static func name(_ fact: KeptFact) -> String { "\(fact.kind):\(fact.id) (fact \(fact.sequence))" }

    static func reason(_ fact: KeptFact) -> String {
        (try? JSON(reading: fact.body.utf8))?["reason"]?.text.map { ", because: \($0)" } ?? ""
    }

    // MARK: Whose it is

    /// The evidence of a decision, and the decision.
    func evidence(_ decision: DecisionFile) -> [Explanation.Section] {
        let words = ClaimWords(sale, decision, terms.version(decision.terms)?.terms, members)
        let which = decisions.count > 1 ? " (decision \(decision.number + 1) of \(decisions.count))" : ""
        return [
            .init("The evidence\(which)", words.sentences), .init("The decision\(which)", words.verdict),
        ]
    }

    // MARK: What it earned

    func derivation(of line: LineFile) throws -> Derivation {
        let version = try Derivation(line, of: sale, nil, among: []).termsVersion
        return try Derivation(line, of: sale, terms.version(version), among: lines)
    }

    private func derivation(_ line: LineFile) throws -> Explanation.Section {
        let derivation = try derivation(of: line)
        let status = "It is \(line.status.rawValue)."
        return .init(
            "\(line.kind.sentenceCase) line \(line.id), by \(derivation.cause)",
            derivation.sentences + [status],
            rows: derivation.rows)
    }

    private var nothing: String {
        if sale.source == nil, !sale.isShared { return "Nothing: no partner brought it." }
        let who = sale.source.map { "partner \($0)" } ?? "those who share it"
        return
            "Nothing: no rule of terms version \(sale.terms) pays \(who) for this \(sale.event), "
            + "or what it pays rounds to zero."
    }
}
