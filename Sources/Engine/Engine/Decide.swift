import Values

extension Memory {
    /// Weighs the claims of one conversion: gate, rank, source. The order in which clicks were handed in does
    /// not matter; every comparison ends in a total order.
    func decide(_ sale: Sale, _ terms: SharedTerms, bind: Bind?, number: Int32, into outcome: inout Outcome)
        throws(Stop) -> Decision
    {
        if !outcome.isExplained {
            let winner = try winner(of: sale, terms, bind)
            return Decision(sale, terms, number, winner, claims: 0..<0)
        }
        let start = outcome.claims.count
        try weigh(sale, terms.terms.attribution, bind, into: &outcome.claims)
        outcome.claims.rank(from: start, by: terms.terms.attribution.order)
        let winner = outcome.claims.settle(from: start, terms.terms.attribution.model)
        return Decision(sale, terms, number, winner, claims: start..<outcome.claims.count)
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
        if terms.model != .last { claims[start...].reverse() }
        if let code = sale.coupon, let grant = try coupon(code) {
            var gate = try gate(grant, at: sale)
            if gate == nil, terms.couponRequiresClick, !claims[start...].contains(oneOf: grant.partner) {
                gate = .requiresClick
            }
            claims.append(WeighedClaim(Claim(grant), gate))
        }
        if let bind {
            claims.append(WeighedClaim(Claim(bind), try gate(bind.partner, activeAt: sale.at, sale)))
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
                guard let code = sale.coupon, let grant = try coupon(code), try gate(grant, at: sale) == nil
                else { continue }
                if terms.terms.attribution.couponRequiresClick,
                    try winningClick(of: sale, terms, for: grant.partner) == nil
                {
                    continue
                }
                return Claim(grant)
            case .customer:
                if let bind, try gate(bind.partner, activeAt: sale.at, sale) == nil { return Claim(bind) }
            case .override, .registration, .lead: continue
            }
        }
        return nil
    }

    /// - Parameter partner: whose it must be; nil: anybody's.
    private func winningClick(of sale: Sale, _ terms: SharedTerms, for partner: Ref<Partner>?)
        throws(Stop) -> Witness?
    {
        let window = terms.terms.attribution.clickWindow
        let isLast = terms.terms.attribution.model == .last
        var walk = try walk(sale, terms.terms.attribution.reach)
        var best: Witness?
        while let witness = try next(&walk) {
            if let partner, witness.partner != partner { continue }
            guard try gate(witness, at: sale, window) == nil else { continue }
            best = witness
            if isLast { break }
        }
        return best
    }
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

    /// Says of each claim why it did not win.
    /// - Returns: the one that did.
    fileprivate mutating func settle(from start: Int, _ model: Attribution.Model) -> Claim? {
        guard start < count, self[start].verdict == .won else { return nil }
        let winner = self[start].claim
        for index in (start + 1)..<count where self[index].verdict == .won {
            let isLower = self[index].claim.kind != winner.kind
            self[index].verdict = .lost(isLower ? .lowerClass : model == .last ? .earlierClick : .laterClick)
        }
        return winner
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
