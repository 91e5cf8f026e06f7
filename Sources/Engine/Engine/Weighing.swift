import Values

/// A click as it speaks at one conversion.
struct Witness {
    let click: Ref<Click>
    let at: Instant
    let partner: Ref<Partner>
    let flags: Touches.Flags
}

extension Memory {
    /// Shows `visit` the clicks that may speak at a sale, the newest first, until it wants no more: those of
    /// its visitor within reach, bounded, and the one that it names, whenever that was. Clicks whose partner
    /// nobody knows say nothing.
    func witnesses(
        of sale: Sale, _ terms: Attribution, _ visit: (Witness) throws(Stop) -> Bool
    ) throws(Stop) {
        if walksVisitors { return try walk(sale, terms, visit) }
        guard let list = evidence[sale.conversion] else { throw .unknown([.evidence(sale.conversion)]) }
        for click in list { if let witness = witness(click), try !visit(witness) { return } }
    }

    private func walk(
        _ sale: Sale, _ terms: Attribution, _ visit: (Witness) throws(Stop) -> Bool
    ) throws(Stop) {
        var named = sale.click.flatMap { touches.contains($0) ? $0 : nil }
        var next = sale.visitor.map { touches.newest(of: $0) } ?? -1
        while next >= 0, touches.at(Ref(next)) > sale.at { next = touches[Ref(next)].previous }
        let earliest = sale.at.moved(by: -terms.reach)
        var left = Attribution.touchesMax
        while next >= 0, left > 0, touches.at(Ref(next)) >= earliest {
            let click = Ref<Click>(next)
            if named == click {
                named = nil
            } else if let own = named, try isLater(own, than: click) {
                named = nil
                if let witness = witness(own), try !visit(witness) { return }
            }
            if let witness = witness(click), try !visit(witness) { return }
            next = touches[click].previous
            left -= 1
        }
        if let named, let witness = witness(named) { _ = try visit(witness) }
    }

    private func isLater(_ a: Ref<Click>, than b: Ref<Click>) throws(Stop) -> Bool {
        let (x, y) = (touches.at(a), touches.at(b))
        return x != y ? x > y : try isFirst(Tie(b, a))
    }

    private func witness(_ click: Ref<Click>) -> Witness? {
        guard let partner = partner(of: click) else { return nil }
        let row = touches[click]
        return Witness(click: click, at: row.at, partner: partner, flags: row.flags)
    }

    /// Whose a click is. Nil where nobody knows its link, and it names no partner itself.
    package func partner(of click: Ref<Click>) -> Ref<Partner>? {
        let row = touches[click]
        if row.flags.contains(.byLink), let owner = links[touches.link(click)] { return owner }
        return row.partner < 0 ? nil : Ref(row.partner)
    }

    /// All clicks that the terms let speak at a sale, of a memory that has every click in its place.
    package func witnesses(of sale: Sale, _ terms: Attribution) throws(Stop) -> [Ref<Click>] {
        var found: [Ref<Click>] = []
        try walk(sale, terms) { (witness) throws(Stop) in
            found.append(witness.click)
            return true
        }
        return found
    }
}

// MARK: Gates

extension Memory {
    func gate(_ witness: Witness, at sale: Sale, _ terms: Terms) throws(Stop) -> Gate? {
        if witness.at > sale.at { return .afterConversion }
        if sale.at >= witness.at.moved(by: terms.attribution.clickWindow) { return .windowElapsed }
        if witness.flags.contains(.bot) { return .bot }
        // A click that the conversion itself names needs no trace of the visitor.
        if witness.flags.contains(.deniedConsent), witness.click != sale.click { return .consentDenied }
        return try gate(witness.partner, activeAt: witness.at, sale)
    }

    /// Active when the evidence arose and at the sale, and not the buyer itself.
    func gate(_ partner: Ref<Partner>, activeAt instant: Instant, _ sale: Sale) throws(Stop) -> Gate? {
        guard let member = try membership(partner), member.isActive(at: instant), member.isActive(at: sale.at)
        else { return .partnerNotActive }
        let own = member.joining
        let sameAccount = own.account != nil && own.account == sale.account
        let samePerson = own.email != nil && own.email == sale.email
        return sameAccount || samePerson ? .selfReferral : nil
    }

    func gate(
        _ grant: CouponGrant, at sale: Sale, _ terms: Terms, hasClick: (Ref<Partner>) throws(Stop) -> Bool
    ) throws(Stop) -> Gate? {
        if grant.at > sale.at { return .couponNotYetValid }
        if let gate = try gate(grant.partner, activeAt: sale.at, sale) { return gate }
        guard terms.attribution.couponRequiresClick else { return nil }
        return try hasClick(grant.partner) ? nil : .requiresClick
    }
}

extension Claim {
    init(_ witness: Witness) {
        self.init(
            at: witness.at, evidence: witness.click.number, partner: witness.partner, kind: .click)
    }

    init(_ grant: CouponGrant) {
        self.init(at: grant.at, evidence: grant.coupon.number, partner: grant.partner, kind: .coupon)
    }

    init(_ bind: Bind) {
        self.init(at: bind.at, evidence: bind.by.number, partner: bind.partner, kind: .customer)
    }
}
