import Values

extension FactReader {
    /// The facts that our own acts make; read from the store, and written by `FactRecord.act`.
    func act(_ kind: FactKind, _ fields: inout Fields, _ body: inout Body) throws(Refusal) -> FactContent {
        switch kind {
        case .terms:
            let version = fields.value("version")?.whole ?? 0
            let effective = fields.instant("effective_at")
            let yaml = fields.value("yaml")?.text ?? ""
            body.keep("version", .int(version))
            body.keep("effective_at", effective?.text)
            body.keep("yaml", yaml)
            return .terms(TermsContent(version: Int32(clamping: version), effectiveAt: effective, yaml: yaml))
        case .review:
            let of = body.keep("of", fields.requiredIdentifier("of"))
            body.keep("because", fields.text("because"))
            return .review(of: of)
        case .settlement:
            let partner = body.keep("partner", fields.requiredIdentifier("partner"))
            let from = fields.instant("from")
            body.keep("from", from?.text)
            return .settlement(partner: partner, from: from, visits: visits(&fields, &body))
        case .batch: return .batch(by: body.keep("by", fields.requiredIdentifier("by")))
        case .batchApproval:
            let of = body.keep("of", fields.requiredIdentifier("of"))
            return .batchApproval(of: of, by: body.keep("by", fields.requiredIdentifier("by")))
        default:
            let of = body.keep("of", fields.requiredIdentifier("of"))
            return .payoutResult(of: of, answers(&fields, &body))
        }
    }

    private func visits(_ fields: inout Fields, _ body: inout Body) -> [VisitsContent] {
        guard let rows = fields.value("visits")?.elements else { return [] }
        body.keep("visits", .array(rows))
        return rows.compactMap { row in
            guard let terms = row["terms"]?.whole.flatMap({ Int32(exactly: $0) }),
                let rule = row["rule"]?.whole, let count = row["count"]?.whole, count > 0,
                let from = row["from"]?.text.flatMap({ Instant(text: $0) }),
                let until = row["until"]?.text.flatMap({ Instant(text: $0) })
            else {
                fields.fault("visits", .because("needs terms, rule, from, until and count in each row"))
                return nil
            }
            return VisitsContent(terms: terms, rule: rule, from: from, until: until, count: count)
        }
    }

    private func answers(_ fields: inout Fields, _ body: inout Body) -> [AnswerContent] {
        let rows = fields.value("results")?.elements ?? []
        body.keep("results", .array(rows))
        return rows.compactMap { row in
            guard let partner = row["partner"]?.text,
                let currency = row["currency"]?.text.flatMap(Currency.init),
                let result = row["result"]?.text
            else {
                fields.fault("results", .because("needs partner, currency and result in each row"))
                return nil
            }
            return AnswerContent(
                partner: partner, currency: currency, result: result, reference: row["reference"]?.text)
        }
    }
}

extension FactRecord {
    /// A fact made by an act of ours.
    package static func act(
        _ kind: FactKind, id: String, at: Instant, receivedAt: Instant,
        _ members: KeyValuePairs<String, JSON?>
    ) throws(Refusal) -> FactRecord {
        guard let own = JSON.record(members).members else { preconditionFailure("a record is an object") }
        return try FactReader(.store).read(kind, id: id, at: at, receivedAt: receivedAt, own)
    }
}
