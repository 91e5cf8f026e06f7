import Values

extension FundClaimContent {
    /// In whose place its earning stands: no conversion has such an id.
    package static func account(of claim: String) -> String { "\(claim)\n\(accountWord)" }

    package static let accountWord = "mdf_claim"
}

extension FactReader {
    /// A claim on a marketing fund; its amount is that of the invoice.
    func claim(_ fields: inout Fields, _ body: inout Body) -> FundClaimContent {
        let partner = body.keep("partner", fields.requiredIdentifier("partner"))
        let currency = fields.currency("currency")
        if currency == nil, !fields.faults.contains(where: { $0.pointer == "/currency" }) {
            fields.fault("currency", .missing)
        }
        let unit = currency ?? .eur
        let amount = fields.amount("amount", unit)
        if amount == nil, !fields.faults.contains(where: { $0.pointer == "/amount" }) {
            fields.fault("amount", .missing)
        }
        if let amount, amount.minor <= 0 { fields.fault("amount", .notPositive) }
        body.keep("amount", amount?.amount)
        body.keep("currency", currency?.code)
        body.keep("invoice", fields.text("invoice"))
        body.keep("reason", fields.text("reason"))
        let proof = fields.text("proof", max: 64)
        if let proof, !Self.isDigest(proof) {
            fields.fault("proof", .because("must be a SHA-256 of 64 hex digits, in lower case"))
        }
        body.keep("proof", proof)
        return FundClaimContent(partner: partner, amount: amount ?? .zero(unit), proof: proof)
    }

    private static func isDigest(_ text: String) -> Bool {
        text.utf8.count == 64
            && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }
}

extension Refusal {
    /// One proof, one claim, whoever makes it.
    package static func proofIsTaken(by claim: String) -> Refusal {
        .invalid("/proof", .because("has been paid for by claim \(claim)"))
    }
}
