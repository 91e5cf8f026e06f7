import Values

extension Memory {
    /// Weighs the claims of one conversion: gate, rank, source. The order in which clicks were handed in does
    /// not matter; every comparison ends in a total order.
    func decide(_ sale: Sale, _ terms: SharedTerms, bind: Bind?, number: Int32, into outcome: inout Outcome)
        throws(Stop) -> Decision
    {
        if !outcome.isExplained {
            let winner = try winner(of: sale, terms, bind)
            let sharers = try keepSharers(of: sale, terms, winner, in: &outcome)
            return Decision(sale, terms, number, winner, claims: 0..<0, sharers: sharers)
        }
        let start = outcome.claims.count
        try weigh(sale, terms.terms.attribution, bind, into: &outcome.claims)
        outcome.claims.rank(from: start, by: terms.terms.attribution.order)
        let winner = outcome.claims.settle(from: start, terms.terms.attribution.model)
        let sharers = try keepSharers(of: sale, terms, winner, in: &outcome)
        return Decision(
            sale, terms, number, winner, claims: start..<outcome.claims.count, sharers: sharers)
    }

    private func keepSharers(
        of sale: Sale, _ terms: SharedTerms, _ winner: Claim?, in outcome: inout Outcome
    ) throws(Stop) -> Range<Int> {
        let start = outcome.sharers.count
        outcome.sharers += try sharers(of: sale, terms, winner)
        return start..<outcome.sharers.count
    }

    // MARK: All claims

    private func weigh(_ sale: Sale, _ terms: Attribution, _ bind: Bind?, into claims: inout [WeighedClaim])
        throws(Stop)
    {
        let start = claims.count
        var walk = try walk(sale, terms.reach)
        while let witness = try next(&walk) {
            claims.append(WeighedClaim(Claim(witness), try gate(witness, at: sale, terms.clickWindow)))
        }
        if terms.model != .last { claims.turnRound(from: start) }
        if let code = sale.coupon, let grant = try coupon(code) {
            let clicks = claims.count
            for partner in grant.partners {
                var gate = try gate(grant, of: partner, at: sale)
                if gate == nil, terms.couponRequiresClick,
                    !claims[start..<clicks].contains(oneOf: partner)
                {
                    gate = .requiresClick
                }
                claims.append(WeighedClaim(Claim(grant, of: partner), gate))
            }
        }
        if let bind {
            claims.append(WeighedClaim(Claim(bind), try gate(bind, at: sale, terms)))
        }
    }

    // MARK: The winner alone

    /// The claim that `decide` with all claims would find to be the best: the first class that has one
    /// without a gate, and of clicks the last or the first.
    private func winner(of sale: Sale, _ terms: SharedTerms, _ bind: Bind?) throws(Stop) -> Claim? {
        for kind in terms.terms.attribution.order {
            switch kind {
            case .click:
                if let click = try winningClick(of: sale, terms, for: nil) { return Claim(click) }
            case .coupon:
                guard let code = sale.coupon, let grant = try coupon(code) else { continue }
                for partner in grant.partners where try gate(grant, of: partner, at: sale) == nil {
                    if terms.terms.attribution.couponRequiresClick,
                        try winningClick(of: sale, terms, for: partner) == nil
                    {
                        continue
                    }
                    return Claim(grant, of: partner)
                }
            case .customer:
                if let bind, try gate(bind, at: sale, terms.terms.attribution) == nil { return Claim(bind) }
            case .override, .registration, .lead: continue
            }
        }
        return nil
    }

    /// - Parameter partner: whose it must be; nil: anybody's.
    func winningClick(of sale: Sale, _ terms: SharedTerms, for partner: Ref<Partner>?)
        throws(Stop) -> Witness?
    {
        let window = terms.terms.attribution.clickWindow
        // Of several that share the first is as good as any.
        let isLast = terms.terms.attribution.model != .first
        var walk = try walk(sale, terms.terms.attribution.reach)
        var best: Witness?
        while let witness = try next(&walk) {
            if let partner, witness.partner != partner { continue }
            if best?.click == witness.click { continue }
            guard try gate(witness, at: sale, window) == nil else { continue }
            best = witness
            if isLast { break }
        }
        return best
    }
}

extension CouponGrant {
    fileprivate var partners: [Ref<Partner>] { sharers.isEmpty ? [partner] : sharers.map(\.partner) }
}

extension ArraySlice<WeighedClaim> {
    fileprivate func contains(oneOf partner: Ref<Partner>) -> Bool {
        contains { $0.verdict == .won && $0.claim.partner == partner }
    }
}

extension [WeighedClaim] {
    /// Orders the claims from `start` on: those without a gate first, then by class, then as they stand. A
    /// class that the program leaves out of its order makes no claims.
    fileprivate mutating func rank(from start: Int, by order: [ClaimClass]) {
        var end = start
        for index in start..<count where order.contains(self[index].claim.kind) {
            let own = self[index]
            let rank = own.rank(order)
            // Few, and nearly in order: each is moved to its place.
            var place = end
            while place > start, self[place - 1].rank(order) > rank {
                self[place] = self[place - 1]
                place -= 1
            }
            self[place] = own
            end += 1
        }
        removeLast(count - end)
    }

    /// Puts the earliest click first; the claims of one click, which several share, stay in their order.
    fileprivate mutating func turnRound(from start: Int) {
        self[start...].reverse()
        var index = start
        while index < count {
            let evidence = self[index].claim.evidence
            let end = self[index...].firstIndex { $0.claim.evidence != evidence } ?? count
            if end > index + 1 { self[index..<end].reverse() }
            index = end
        }
    }

    /// Says of each claim why it did not win.
    /// - Returns: the one that did.
    fileprivate mutating func settle(from start: Int, _ model: Attribution.Model) -> Claim? {
        guard start < count, self[start].verdict == .won else { return nil }
        let winner = self[start].claim
        for index in (start + 1)..<count where self[index].verdict == .won {
            let claim = self[index].claim
            if claim.shares(with: winner, model) { continue }
            let isLower = claim.kind != winner.kind
            self[index].verdict = .lost(isLower ? .lowerClass : model == .last ? .earlierClick : .laterClick)
        }
        return winner
    }
}

extension Claim {
    /// Whether it wins beside the best: as a touch among many, or as another partner's of the same thing.
    fileprivate func shares(with winner: Claim, _ model: Attribution.Model) -> Bool {
        guard kind == winner.kind else { return false }
        return evidence == winner.evidence || kind == .click && model.isMultiTouch
    }
}

extension WeighedClaim {
    /// A claim without a gate has won until another is found to be better.
    fileprivate init(_ claim: Claim, _ gate: Gate?) {
        self.init(claim: claim, verdict: gate.map(Verdict.dropped) ?? .won)
    }

    fileprivate func rank(_ order: [ClaimClass]) -> Int {
        let own = order.firstIndex(of: claim.kind) ?? order.count
        return verdict == .won ? own : order.count + own
    }
}
