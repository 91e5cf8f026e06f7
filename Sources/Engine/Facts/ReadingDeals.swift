import Values

/// That a partner brings the deal with a company.
package struct RegistrationContent: Sendable {
    package let partner: String
    /// As compared: trimmed, in lower case.
    package let account: String
    package let completedAt: Instant
    package let approvedAt: Instant?
    package let mode: String
    package let expiresAt: Instant?
    package let scope: String?

    package init(
        partner: String, account: String, completedAt: Instant, approvedAt: Instant?, mode: String,
        expiresAt: Instant?, scope: String?
    ) {
        self.partner = partner
        self.account = account
        self.completedAt = completedAt
        self.approvedAt = approvedAt
        self.mode = mode
        self.expiresAt = expiresAt
        self.scope = scope
    }
}

/// That a partner helped with the deal with a company.
package struct AssistContent: Sendable {
    package let partner: String
    /// As compared: trimmed, in lower case.
    package let account: String
    package let confirmedAt: Instant

    package init(partner: String, account: String, confirmedAt: Instant) {
        self.partner = partner
        self.account = account
        self.confirmedAt = confirmedAt
    }
}

extension FactReader {
    func registration(_ fields: inout Fields, _ body: inout Body) -> RegistrationContent {
        let partner = body.keep("partner", fields.requiredIdentifier("partner"))
        let account = body.keep("account", fields.requiredText("account"))
        let completed = required("completed_at", &fields, &body)
        let approved = fields.instant("approved_at")
        let expires = fields.instant("expires_at")
        body.keep("approved_at", approved?.text)
        body.keep("expires_at", expires?.text)
        let modes = ["source", "fulfil", "assist"]
        let mode = body.keep("mode", fields.text("mode", max: 16))
        if let mode, !modes.contains(mode) { fields.fault("mode", .notOneOf(modes)) }
        let scope = body.keep("scope", fields.text("scope"))
        if let approved, approved < completed {
            fields.fault("approved_at", .because("must not be before completed_at"))
        }
        if let expires, expires <= completed {
            fields.fault("expires_at", .because("must be after completed_at"))
        }
        return RegistrationContent(
            partner: partner, account: compared(account), completedAt: completed, approvedAt: approved,
            mode: mode ?? "source", expiresAt: expires, scope: scope)
    }

    func assist(_ fields: inout Fields, _ body: inout Body) -> AssistContent {
        let partner = body.keep("partner", fields.requiredIdentifier("partner"))
        let account = body.keep("account", fields.requiredText("account"))
        return AssistContent(
            partner: partner, account: compared(account),
            confirmedAt: required("confirmed_at", &fields, &body))
    }

    private func required(_ name: String, _ fields: inout Fields, _ body: inout Body) -> Instant {
        let before = fields.faults.count
        let instant = fields.instant(name)
        if instant == nil, fields.faults.count == before { fields.fault(name, .missing) }
        body.keep(name, instant?.text)
        return instant ?? .latest
    }
}
