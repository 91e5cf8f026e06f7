import Values

/// Weighs the claims of one conversion: gate, rank, source.
///
/// The order in which touches are handed in does not matter; every comparison ends in a total order.
struct Weighing {
    let sale: Sale
    let terms: Terms
    let memory: Memory

    init(_ sale: Sale, _ terms: Terms, _ memory: Memory) {
        self.sale = sale
        self.terms = terms
        self.memory = memory
    }

    private struct Candidate {
        let claim: Claim
        var gate: Gate?
    }

    func decide(bind: Bind?, touches: [Touch], number: Int32) throws(Stop) -> Decision {
        var candidates: [Candidate] = []
        for touch in touches { candidates.append(try weigh(touch)) }
        if let coupon = try weighCoupon(beside: candidates) { candidates.append(coupon) }
        if let bind { candidates.append(try weigh(bind)) }
        // A class that the program leaves out of its order makes no claims.
        let ranked = candidates.filter { terms.attribution.order.contains($0.claim.kind) }.sorted(
            by: precedes)
        let winner = ranked.first { $0.gate == nil }?.claim
        let claims = ranked.map { WeighedClaim(claim: $0.claim, verdict: verdict(on: $0, against: winner)) }
        return Decision(
            conversion: sale.conversion, at: sale.at, terms: terms.version, model: terms.attribution.model,
            source: winner?.partner, claims: claims, number: number)
    }

    // MARK: Gates

    private func weigh(_ touch: Touch) throws(Stop) -> Candidate {
        let claim = Claim(
            evidence: touch.click.number, kind: .click, partner: touch.partner, place: touch.place)
        return Candidate(claim: claim, gate: try gate(touch))
    }

    private func gate(_ touch: Touch) throws(Stop) -> Gate? {
        let window = terms.attribution.clickWindow
        if touch.place.at > sale.at { return .afterConversion }
        if sale.at >= touch.place.at.moved(by: window) { return .windowElapsed }
        if touch.isBot { return .bot }
        if touch.deniedConsent && !touch.isNamed { return .consentDenied }
        return try gate(touch.partner, activeAt: touch.place.at)
    }

    private func weighCoupon(beside others: [Candidate]) throws(Stop) -> Candidate? {
        guard let code = sale.coupon, let grant = try memory.coupon(code) else { return nil }
        let claim = Claim(
            evidence: grant.coupon.number, kind: .coupon, partner: grant.partner,
            place: Place(at: grant.at, tie: grant.tie))
        if grant.at > sale.at { return Candidate(claim: claim, gate: .couponNotYetValid) }
        if let gate = try gate(grant.partner, activeAt: sale.at) {
            return Candidate(claim: claim, gate: gate)
        }
        let hasClick = others.contains { $0.gate == nil && $0.claim.partner == grant.partner }
        let lacksClick = terms.attribution.couponRequiresClick && !hasClick
        return Candidate(claim: claim, gate: lacksClick ? .requiresClick : nil)
    }

    private func weigh(_ bind: Bind) throws(Stop) -> Candidate {
        let claim = Claim(evidence: bind.by.number, kind: .customer, partner: bind.partner, place: bind.place)
        return Candidate(claim: claim, gate: try gate(bind.partner, activeAt: sale.at))
    }

    /// Active when the evidence arose and at the sale, and not the buyer itself.
    private func gate(_ partner: Ref<Partner>, activeAt instant: Instant) throws(Stop) -> Gate? {
        guard let member = try memory.membership(partner), member.isActive(at: instant),
            member.isActive(at: sale.at)
        else { return .partnerNotActive }
        let own = member.joining
        let sameAccount = own.account != nil && own.account == sale.account
        let samePerson = own.email != nil && own.email == sale.email
        return sameAccount || samePerson ? .selfReferral : nil
    }

    // MARK: Rank

    private func rank(_ kind: ClaimClass) -> Int { terms.attribution.order.firstIndex(of: kind) ?? .max }

    private func precedes(_ a: Candidate, _ b: Candidate) -> Bool {
        if (a.gate == nil) != (b.gate == nil) { return a.gate == nil }
        let (x, y) = (rank(a.claim.kind), rank(b.claim.kind))
        if x != y { return x < y }
        let earlier = a.claim.place < b.claim.place
        return terms.attribution.model == .last ? b.claim.place < a.claim.place : earlier
    }

    private func verdict(on candidate: Candidate, against winner: Claim?) -> Verdict {
        if let gate = candidate.gate { return .dropped(gate) }
        guard let winner, candidate.claim != winner else { return .won }
        if candidate.claim.kind != winner.kind { return .lost(.lowerClass) }
        return .lost(terms.attribution.model == .last ? .earlierClick : .laterClick)
    }
}
