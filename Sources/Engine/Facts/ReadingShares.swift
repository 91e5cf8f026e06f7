import Engine
import Values

/// One of several partners of a link or a coupon.
package struct ShareContent: Hashable, Sendable {
    package let partner: String
    package let share: Fraction

    package init(partner: String, share: Fraction) {
        self.partner = partner
        self.share = share
    }

    package static func sharers(_ shares: [ShareContent], _ names: inout Names) -> [Sharer] {
        shares.map { Sharer(partner: names.partner($0.partner), share: $0.share) }
    }
}

extension FactReader {
    /// Whose a link or a coupon is: one partner's, or that of several with a share each.
    /// - Returns: the partner, of several the first; and the shares, none where it is one partner's.
    func owners(_ fields: inout Fields, _ body: inout Body) -> (partner: String, shares: [ShareContent]) {
        guard let value = fields.value("shares") else {
            return (body.keep("partner", fields.requiredIdentifier("partner")), [])
        }
        if fields.value("partner") != nil {
            fields.fault("partner", .because("must not stand beside shares, which name the partners"))
        }
        guard let elements = value.elements, (2...Sharer.sharersMax).contains(elements.count) else {
            fields.fault(
                "shares", .because("must be a list of 2 to \(Sharer.sharersMax) partners with a share each"))
            return ("", [])
        }
        var shares: [ShareContent] = []
        var kept: [JSON] = []
        let before = fields.faults.count
        for (index, element) in elements.enumerated() {
            guard let members = element.members else {
                fields.fault("shares/\(index)", .notObject)
                continue
            }
            var inner = Fields(members, at: "/shares/\(index)", areKnown: door.isStore)
            let partner = inner.requiredIdentifier("partner")
            let text = inner.requiredText("share", max: 40)
            if shares.contains(where: { $0.partner == partner }) {
                inner.fault("partner", .because("is there already"))
            }
            let share = Fraction(share: text)
            if share == nil, !text.isEmpty {
                inner.fault("share", .because("must be a fraction between 0 and 1, such as 1/3 or 0.25"))
            }
            try? inner.finish()
            fields.absorb(inner)
            shares.append(ShareContent(partner: partner, share: share ?? .zero))
            kept.append(.record(["partner": .string(partner), "share": .string(text)]))
        }
        if fields.faults.count == before, let fault = Self.fault(in: shares) {
            fields.fault("shares", .because(fault))
        }
        body.keep("shares", .array(kept))
        return (shares.first?.partner ?? "", shares)
    }

    /// What is wrong with shares each of which is right.
    private static func fault(in shares: [ShareContent]) -> String? {
        let isFine = (1...Sharer.denominatorMax).contains { common in
            shares.allSatisfy { common % $0.share.denominator == 0 }
        }
        guard isFine else {
            return "must have a common denominator of at most \(Sharer.denominatorMax)"
        }
        var sum = Fraction.zero
        for share in shares { sum = sum.adding(share.share) ?? .zero }
        return sum == .one ? nil : "must sum to 1, not \(sum.text)"
    }
}

extension Fraction {
    /// `2/5` or `0.4`; above zero, below one.
    package init?(share text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let read: Fraction?
        if parts.count == 2 {
            guard let top = decimalDigits(String(parts[0]), places: 0),
                let bottom = decimalDigits(String(parts[1]), places: 0)
            else { return nil }
            read = Fraction(top.digits, bottom.digits)
        } else {
            read = Fraction(decimal: text)
        }
        guard let read, read > .zero, read < .one else { return nil }
        self = read
    }
}

// MARK: As a row keeps them

extension [ShareContent] {
    /// JSON; nil where there are none.
    package var text: String? { isEmpty ? nil : json.canonical }

    package var json: JSON {
        .array(map { .record(["partner": .string($0.partner), "share": .string($0.share.text)]) })
    }

    /// What cannot be read is left out, and `verify` says so.
    package init(text: String?) {
        guard let text, let json = try? JSON(reading: text.utf8) else {
            self = []
            return
        }
        self = (json.elements ?? []).compactMap { row in
            guard let partner = row["partner"]?.text,
                let share = row["share"]?.text.flatMap({ Fraction(share: $0) })
            else { return nil }
            return ShareContent(partner: partner, share: share)
        }
    }

    package init(_ sharers: [Sharer], _ names: Names) {
        self = sharers.map { ShareContent(partner: names.text($0.partner), share: $0.share) }
    }
}
