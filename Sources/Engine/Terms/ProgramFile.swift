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
    var tiers: [StatusTier] = []
    var plans: [WrittenPlan] = []
    /// What the plans hold, by its number.
    var entries: [WrittenEntry] = []
    /// What the symbols of tiers and plans stand for.
    var words = Words()
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
    /// - Parameter refused: what the engine that will read the terms cannot pay by.
    /// - Throws: every complaint at once (at most `Complaints.complaintsMax`), by line and column.
    package static func read(_ yaml: String, refusing refused: Set<Provision> = Provision.notYetPaid)
        throws(ProgramFileRefusal) -> ProgramFile
    {
        var complaints = Complaints()
        var file = ProgramFile(yaml: yaml)
        if let tree = Tree.parse(yaml, &complaints) {
            var reader = Reader(complaints: complaints, refusing: refused)
            reader.program(tree, into: &file)
            complaints = reader.complaints
        }
        guard !complaints.hasErrors else { throw ProgramFileRefusal(complaints: complaints.inOrder) }
        file.warnings = complaints.inOrder
        return file
    }

    package var planNames: [String] { plans.map(\.name) }
    package var typeNames: [String] { types.map(\.name) }

    /// The name in the file of a rule or a bonus; what a plan has but one of is named by its key, such as
    /// `override`. All are numbered from 0 over all plans.
    package func ruleName(_ number: UInt16) -> String { entry(number)?.name ?? "rule-\(number)" }

    /// What it pays: `20%` as written, `50.00 USD` in full, `7.50 USD per lot`, an override's `5%, 2%`.
    package func payText(_ number: UInt16) -> String { entry(number)?.payText ?? "" }

    /// The plan that it stands in.
    package func planName(_ number: UInt16) -> String { entry(number)?.plan ?? "" }

    private func entry(_ number: UInt16) -> WrittenEntry? {
        entries.indices.contains(Int(number)) ? entries[Int(number)] : nil
    }

    /// What the engine works with. Words become numbers: countries in capitals, coupon codes trimmed and in
    /// lower case, all others as written.
    package func compile(version: Int32, effectiveAt: Instant?, _ names: inout Names) -> Terms {
        let renaming = Renaming(symbols: words.texts.map { names.word($0) })
        var terms = Terms(version: version, effectiveAt: effectiveAt, currency: currency, zone: zone)
        terms.rounding = rounding
        terms.attribution = attribution
        terms.payouts = payouts
        terms.types = types.map { PartnerType(name: names.word($0.name), plan: names.word($0.plan)) }
        terms.tiers = tiers.map { renaming($0) }
        terms.plans = plans.map { written in
            var plan = renaming(written.plan)
            for index in plan.rules.indices {
                plan.rules[index].lane = names.word("\(written.name)/\(ruleName(plan.rules[index].number))")
            }
            plan.override?.lane = names.word("\(written.name)/override")
            for index in plan.bonuses.indices {
                plan.bonuses[index].lane = names.word(
                    "\(written.name)/\(ruleName(plan.bonuses[index].number))")
            }
            return plan
        }
        return terms
    }
}

struct WrittenPlan: Sendable {
    let name: String
    /// In the file's own words.
    let plan: Plan
}

/// How a rule, or what stands beside rules, is spoken of.
struct WrittenEntry: Sendable {
    let plan: String
    let name: String
    let payText: String
}
