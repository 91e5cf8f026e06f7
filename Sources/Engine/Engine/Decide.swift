import Values

extension Memory {
    /// Weighs the claims of one conversion: gate, rank, source. The order in which clicks were handed in does
    /// not matter; every comparison ends in a total order.
    func decide(_ sale: Sale, _ terms: Terms, bind: Bind?, number: Int32, into outcome: inout Outcome)
        throws(Stop) -> Decision
    {
        if !outcome.isExplained {
            let winner = try winner(of: sale, terms, bind)
            return Decision(sale, terms, number, winner, claims: 0..<0)
        }
        let start = outcome.claims.count
        try weigh(sale, terms, bind, into: &outcome.claims)
        outcome.claims.rank(from: start, by: terms.attribution.order)
        let winner = outcome.claims.settle(from: start, terms.attribution.model)
        return Decision(sale, terms, number, winner, claims: start..<outcome.claims.count)
    }

    // MARK: All claims

    private func weigh(_ sale: Sale, _ terms: Terms, _ bind: Bind?, into claims: inout [WeighedClaim])
        throws(Stop)
    {
        let start = claims.count
        try witnesses(of: sale, terms.attribution) { (witness) throws(Stop) in
            let gate = try gate(witness, at: sale, terms)
            claims.append(WeighedClaim(claim: Claim(witness), verdict: gate.map(Verdict.dropped) ?? .won))
            return true
        }
        if terms.attribution.model == .first { claims[start...].reverse() }
        if let code = sale.coupon, let grant = try coupon(code) {
            let clicks = claims[start...]
            let gate = try gate(grant, at: sale, terms) { partner in
                clicks.contains { $0.verdict == .won && $0.claim.partner == partner }
            }
            claims.append(WeighedClaim(claim: Claim(grant), verdict: gate.map(Verdict.dropped) ?? .won))
        }
        if let bind {
            let gate = try gate(bind.partner, activeAt: sale.at, sale)
            claims.append(WeighedClaim(claim: Claim(bind), verdict: gate.map(Verdict.dropped) ?? .won))
        }
    }

    // MARK: The winner alone

    /// The claim that `decide` with all claims would find to be the best: the first class that has one
    /// without a gate, and of clicks the last or the first.
    private func winner(of sale: Sale, _ terms: Terms, _ bind: Bind?) throws(Stop) -> Claim? {
        for kind in terms.attribution.order {
            switch kind {
            case .click:
                if let click = try winningClick(of: sale, terms) { return Claim(click) }
            case .coupon:
                guard let code = sale.coupon, let grant = try coupon(code) else { continue }
                let gate = try gate(grant, at: sale, terms) { (partner) throws(Stop) in
                    try winningClick(of: sale, terms, for: partner) != nil
                }
                if gate == nil { return Claim(grant) }
            case .customer:
                if let bind, try gate(bind.partner, activeAt: sale.at, sale) == nil { return Claim(bind) }
            case .override, .registration, .lead: continue
            }
        }
        return nil
    }

    private func winningClick(of sale: Sale, _ terms: Terms, for partner: Ref<Partner>? = nil)
        throws(Stop) -> Witness?
    {
        var best: Witness?
        let ends = terms.attribution.model == .last
        try witnesses(of: sale, terms.attribution) { (witness) throws(Stop) in
            if let partner, witness.partner != partner { return true }
            guard try gate(witness, at: sale, terms) == nil else { return true }
            best = witness
            return !ends
        }
        return best
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
    fileprivate func rank(_ order: [ClaimClass]) -> Int {
        let own = order.firstIndex(of: claim.kind) ?? order.count
        return verdict == .won ? own : order.count + own
    }
}
