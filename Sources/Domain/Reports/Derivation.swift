import Engine
import Values

/// How a line's amount came about: base, rate, what is left of the sale, rounding, and what was posted
/// before.
struct Derivation {
    private let line: LineFile
    private let sale: SaleFile
    private let terms: PublishedTerms.Compiled?
    private let body: JSON
    /// Lines of the same rule and partner that were made before, whatever the generation.
    private let earlier: [LineFile]

    init(_ line: LineFile, of sale: SaleFile, _ terms: PublishedTerms.Compiled?, among lines: [LineFile])
        throws
    {
        self.line = line
        self.sale = sale
        self.terms = terms
        body = try JSON(reading: line.body.utf8)
        earlier = lines.filter { $0.isKin(of: line) && $0.ordinal < line.ordinal }
    }

    var rule: String { body["rule"]?.text ?? "rule-\(line.rule)" }
    var decision: String? { body["decision"]?.text }
    var cause: String { "\(body["fact_kind"]?.text ?? ""):\(body["fact"]?.text ?? "")" }
    var causeID: String { body["fact"]?.text ?? "" }
    var causeKind: String { body["fact_kind"]?.text ?? "" }
    var termsVersion: Int64 { body["terms"]?.whole ?? 0 }

    var sentences: [String] {
        if let told = StepWords.sentences(of: body) {
            return told + [leftSentence, differenceSentence].compactMap { $0 }
        }
        let rate = body["rate"]?.text ?? ""
        var sentences = [
            "Rule \(rule) of terms version \(termsVersion) pays partner \(line.partner) \(rate)"
                + (isPercent ? " of the base." : " for a \(sale.event).")
        ]
        if isPercent { sentences.append(baseSentence) }
        if let accrued = body["accrued"]?.text {
            let before = body["accrued_before"]?.text ?? "0.00"
            return sentences
                + [
                    leftSentence,
                    "It adds exactly \(accrued) \(line.amount.currency) to the \(before) that had accrued "
                        + "for it. The statement that takes it up rounds the rule's sum once; alone it is "
                        + "no money.",
                ].compactMap { $0 }
        }
        sentences += [leftSentence, productSentence, shareSentence].compactMap { $0 }
        sentences += StepWords.told(of: body)
        sentences.append(differenceSentence)
        return sentences
    }

    /// The base, a deduction a row.
    var rows: [[String]] {
        guard isPercent else { return [] }
        return [["amount", sale.amount.description]]
            + deductions.map { ["\($0.sign) \($0.name)", $0.money.description] } + [
                ["base", base.description]
            ]
    }

    // MARK: The base

    private var isPercent: Bool { body["rate"]?.text?.hasSuffix("%") ?? false }

    private var base: Money {
        let currency = body["base_currency"]?.text.flatMap(Currency.init) ?? line.amount.currency
        return body["base"]?.text.flatMap { try? Money(amount: $0, currency) } ?? .zero(currency)
    }

    private struct Deduction {
        let sign: String
        let name: String
        let money: Money
    }

    /// Those of the rule that are not zero.
    private var deductions: [Deduction] {
        guard let wanted = terms?.terms.rule(UInt16(truncatingIfNeeded: line.rule))?.base else { return [] }
        var list: [Deduction] = []
        func add(_ isWanted: Bool, _ sign: String, _ name: String) {
            let money = sale.part(name)
            if isWanted, money.minor != 0 { list.append(Deduction(sign: sign, name: name, money: money)) }
        }
        add(wanted.withoutTax, "−", "tax")
        add(wanted.withoutShipping, "−", "shipping")
        add(wanted.withoutFees, "−", "fees")
        add(!wanted.withoutDiscount, "+", "discount")
        let sold = (body["workings"]?.elements ?? []).first { $0["step"]?.text == "sold" }
        if let text = sold?["amount"]?.text?.prefix(while: { $0 != " " }),
            let margin = try? Money(amount: String(text), sale.amount.currency)
        {
            list.append(Deduction(sign: "−", name: "margin", money: margin))
        }
        return list
    }

    private var baseSentence: String {
        let parts = deductions
        guard !parts.isEmpty else { return "The base is the amount of the sale, \(base)." }
        let sum = parts.reduce(sale.amount.minor) {
            $0 &+ ($1.sign == "+" ? $1.money.minor : -$1.money.minor)
        }
        let terms = parts.map { "\($0.sign) \($0.money.amount) \($0.name)" }.joined(separator: " ")
        let text = "The base is \(sale.amount.amount) \(terms) = \(Money(sum, sale.amount.currency).amount)"
        return sum < 0 ? "\(text), and so \(base): a base is never below zero." : "\(text) \(base.currency)."
    }

    // MARK: What is left, and the product

    private var refunded: Money {
        body["refunded"]?.text.flatMap { try? Money(amount: $0, sale.amount.currency) }
            ?? .zero(sale.amount.currency)
    }

    private var left: Int64 { sale.amount.minor - refunded.minor }

    private var leftSentence: String? {
        guard refunded.minor > 0 else { return nil }
        let rest = Money(left, sale.amount.currency)
        return
            "So far \(refunded) of \(sale.amount) were refunded, so \(rest.amount) ÷ \(sale.amount.amount) "
            + "of it is left."
    }

    private var rate: Fraction? {
        isPercent ? line.earning?.rate ?? body["rate"]?.text.flatMap { Fraction(percent: $0) } : .one
    }

    private var rounding: Rounding { body["rounding"]?.text.flatMap(Rounding.init) ?? .halfEven }

    /// What the rule pays for what is left, computed again from what the line keeps.
    private var product: (exact: String, rounded: Money)? {
        guard let rate else { return nil }
        let (part, whole) = sale.amount.minor == 0 ? (Int64(1), Int64(1)) : (left, sale.amount.minor)
        guard let rounded = try? base.times(rate, part: part, of: whole, rounding) else { return nil }
        let (top, overflow) = (Int128(base.minor) * Int128(part)).multipliedReportingOverflow(
            by: Int128(rate.numerator))
        let bottom = Int128(rate.denominator) * Int128(whole)
        guard !overflow, let exact = decimal(top, over: bottom, places: base.currency.exponent) else {
            return nil
        }
        return (exact, rounded)
    }

    private var productSentence: String? {
        guard let (exact, rounded) = product else { return nil }
        var factors = [base.amount]
        if isPercent { factors.append(body["rate"]?.text ?? "") }
        if refunded.minor > 0 {
            factors.append("\(Money(left, sale.amount.currency).amount) ÷ \(sale.amount.amount)")
        }
        guard factors.count > 1 else { return nil }
        let text = "\(factors.joined(separator: " × ")) = \(exact)"
        if exact == rounded.amount { return "\(text) \(rounded.currency), to the last unit." }
        return "\(text), rounded \(rounding.rawValue) to \(rounded)."
    }

    /// `top / bottom` minor units in major ones: all decimals that there are, at most six beyond the
    /// currency's.
    private func decimal(_ top: Int128, over bottom: Int128, places: Int) -> String? {
        guard bottom > 0, top >= 0 else { return nil }
        let (scale, overflow) = bottom.multipliedReportingOverflow(by: Int128(powerOfTen(places)))
        guard !overflow else { return nil }
        let whole = top / scale
        var rest = top % scale
        var digits = ""
        while digits.utf8.count < places || (rest != 0 && digits.utf8.count < places + 6) {
            let (tens, overflow) = rest.multipliedReportingOverflow(by: 10)
            guard !overflow else { return nil }
            digits += String(tens / scale)
            rest = tens % scale
        }
        return "\(whole)\(digits.isEmpty ? "" : ".\(digits)")\(rest == 0 ? "" : "…")"
    }

    /// What the partner has of it, where several share the sale.
    private var shareSentence: String? {
        guard let share = body["share"]?.text else { return nil }
        let weights = body["weights"]?.elements?.count ?? 0
        return weights == 0
            ? "Partner \(line.partner) has \(share) of the sale: that share of it, rounded once."
            : "Partner \(line.partner) has \(share) of the sale: its part when the rounded whole is split "
                + "among all, the largest remainders first, ties to who touched first."
    }

    // MARK: The difference

    private var target: Money {
        let currency = line.amount.currency
        return body["target"]?.text.flatMap { try? Money(amount: $0, currency) } ?? .zero(currency)
    }

    private var differenceSentence: String {
        let currency = line.amount.currency
        let before = Money(earlier.reduce(Int64(0)) { $0 &+ $1.amount.minor }, currency)
        let due = Money(before.minor &+ line.amount.minor, currency)
        let why = due.minor == 0 ? " (\(nothingLeft))" : ""
        if earlier.isEmpty { return "Nothing was posted for it before, so the line is \(line.amount)." }
        let posted = "\(before) were posted before in \(counted(earlier.count, "line"))"
        return "\(due) are due\(why); \(posted), so the line is the difference, \(line.amount)."
    }

    private var nothingLeft: String {
        switch causeKind {
        case "rejection": "the conversion was rejected"
        case "refund", "chargeback":
            left > 0 ? "what is left of the sale rounds to nothing" : "nothing of the sale is left"
        default: "the conversion is no longer this partner's under this rule"
        }
    }
}
