import Engine
import Facts
import Values

/// A program file that was read and found right: what it promises, in its own words.
package struct ProgramFile: Sendable {
    package internal(set) var slug = ""
    package internal(set) var name = ""
    package internal(set) var currency = Currency.eur
    package internal(set) var zone = Zone.utc
    /// Hosts that links may lead to, in lower case; `*.acme.test` stands for all below it.
    package internal(set) var destinations: [String] = []
    package internal(set) var types: [TypeTerms] = []
    package internal(set) var rateSource = RateSource.ecb
    /// Who pays by bank transfer; nil when the file does not say, and then no rail can export.
    package internal(set) var payer: Payer?
    package internal(set) var warnings: [Complaint] = []
    /// The file as it was handed in, and the SHA-256 of its bytes as hex.
    package let yaml: String
    package let hash: String

    var attribution = Attribution()
    var plans: [WrittenPlan] = []
    var payouts = PayoutTerms()
    var rounding = Rounding.halfEven

    init(yaml: String) {
        self.yaml = yaml
        hash = Digest.hex(yaml)
    }

    package enum Approval: String, Hashable, Sendable, CaseIterable {
        case automatic, review
        case twoPeople = "two-people"
    }

    package enum RateSource: String, Hashable, Sendable, CaseIterable { case ecb, manual }

    package struct TypeTerms: Hashable, Sendable {
        package let name: String
        package let plan: String
        /// How applications are decided; partners that are posted or imported are active at once.
        package let approval: Approval
    }

    package struct Payer: Hashable, Sendable {
        package let name: String
        package let iban: String
        package let bic: String?
    }
}

extension ProgramFile {
    /// Reads and checks the whole file.
    ///
    /// Bytes that were no UTF-8 arrive as U+FFFD and are refused, so that `String(decoding:as:)` is safe
    /// before it.
    /// - Throws: every complaint at once (at most `Complaints.complaintsMax`), by line and column.
    package static func read(_ yaml: String) throws(ProgramFileRefusal) -> ProgramFile {
        var complaints = Complaints()
        var file = ProgramFile(yaml: yaml)
        if let tree = Tree.parse(yaml, &complaints) {
            var reader = Reader(complaints: complaints)
            reader.program(tree, into: &file)
            complaints = reader.complaints
        }
        guard !complaints.hasErrors else { throw ProgramFileRefusal(complaints: complaints.inOrder) }
        file.warnings = complaints.inOrder
        return file
    }

    package var planNames: [String] { plans.map(\.name) }
    package var typeNames: [String] { types.map(\.name) }

    /// The rule's name in the file; rules are numbered from 0 over all plans.
    package func ruleName(_ number: UInt16) -> String { rule(number)?.name ?? "rule-\(number)" }

    /// What the rule pays: `20%` as written, or `50.00 USD` in full.
    package func payText(_ number: UInt16) -> String { rule(number)?.payText ?? "" }

    /// What the engine works with. Words become numbers: countries in capitals, coupon codes trimmed and in
    /// lower case, all others as written.
    package func compile(version: Int32, effectiveAt: Instant?, _ names: inout Names) -> Terms {
        var terms = Terms(version: version, effectiveAt: effectiveAt, currency: currency, zone: zone)
        terms.rounding = rounding
        terms.attribution = attribution
        terms.payouts = payouts
        terms.types = types.map { PartnerType(name: names.word($0.name), plan: names.word($0.plan)) }
        terms.plans = plans.map { plan in
            Plan(name: names.word(plan.name), rules: plan.rules.map { $0.compiled(&names) })
        }
        return terms
    }

    /// Numbers run over all plans in file order, so the plan is found by its first number.
    private func rule(_ number: UInt16) -> WrittenRule? {
        guard let plan = plans.last(where: { ($0.rules.first?.number ?? .max) <= number }),
            let first = plan.rules.first?.number, Int(number - first) < plan.rules.count
        else { return nil }
        return plan.rules[Int(number - first)]
    }
}

struct WrittenPlan: Sendable {
    let name: String
    let rules: [WrittenRule]
}

/// A rule whose words are still text.
struct WrittenRule: Sendable {
    let number: UInt16
    let name: String
    var events: [String] = []
    var conditions: [WrittenCondition] = []
    var base = Base()
    var pay = Promise.percent(.zero)
    var payText = ""
    var hold: Span?
    var isAlso = false

    init(number: UInt16, name: String) {
        self.number = number
        self.name = name
    }

    func compiled(_ names: inout Names) -> Rule {
        var rule = Rule(number: number, events: events.map { names.word($0) }, pay: pay)
        rule.conditions = conditions.map { $0.compiled(&names) }
        rule.base = base
        rule.hold = hold
        rule.isAlso = isAlso
        return rule
    }
}

enum WrittenCondition: Sendable {
    enum Subject: Hashable, Sendable {
        case country, product, coupon
        case sub(lane: Int)
        case metadata(key: String)
    }

    case oneOf(Subject, [String])
    /// One that has no words in it.
    case plain(Condition)

    func compiled(_ names: inout Names) -> Condition {
        switch self {
        case .plain(let condition): return condition
        case .oneOf(let subject, let texts):
            let words = texts.map { names.word($0) }
            switch subject {
            case .country: return .country(words)
            case .product: return .product(words)
            case .coupon: return .coupon(words)
            case .sub(let lane): return .sub(lane: lane, words)
            case .metadata(let key): return .metadata(key: names.word(key), words)
            }
        }
    }
}
