import Values

// A conversion that several partners share: by a model that lets all touches speak, or because its link or
// its coupon belongs to several. Shares are exact; what falls to one who may not be paid is nobody's.

/// One of several who share a link, a coupon or a conversion.
package struct Sharer: Hashable, Sendable, BitwiseCopyable {
    package let partner: Ref<Partner>
    /// Above zero. Those of a link or a coupon make up one; those of a conversion, too, but for what is
    /// nobody's.
    package let share: Fraction
    /// Its last touch, where the conversion is shared by clicks.
    @Packed package var click: Ref<Click>?

    package init(partner: Ref<Partner>, share: Fraction, click: Ref<Click>? = nil) {
        self.partner = partner
        self.share = share
        self.click = click
    }

    /// The common denominator of the shares of a link or a coupon is at most this.
    package static let denominatorMax: Int64 = 10_000
    package static let sharersMax = 20
}

/// What a sharer has of a whole.
package struct Portion: Hashable, Sendable {
    package let share: Fraction
    /// Where others have theirs of the same whole: that is rounded, and then split by these weights, of which
    /// `index` is its own. Else empty: its share is rounded by itself.
    package var weights: [Int64]
    package let index: Int

    package init(share: Fraction, weights: [Int64], index: Int) {
        self.share = share
        self.weights = weights
        self.index = index
    }

    /// Those of all sharers of a conversion, in their order; of what is nobody's there is none.
    static func all(_ sharers: [Sharer]) throws(Stop) -> [Portion] {
        var shares = sharers.map(\.share)
        guard let rest = shares.sum?.complement else { throw .refused(.overflow) }
        if rest > .zero { shares.append(rest) }
        guard let weights = shares.weights else { throw .refused(.overflow) }
        return sharers.enumerated().map { Portion(share: $1.share, weights: weights, index: $0) }
    }

    /// Its part of a whole that is rounded already.
    /// - Precondition: it has weights.
    func part(of whole: Int64, _ currency: Currency) -> Int64 {
        Money(whole, currency).split(over: weights)[index].minor
    }
}

extension [Fraction] {
    /// Nil where it does not fit.
    fileprivate var sum: Fraction? {
        reduce(Fraction?.some(.zero)) { sum, part in sum.flatMap { $0.adding(part) } }
    }

    /// The least whole numbers that stand to each other like these, none of which is negative; nil where they
    /// do not fit.
    fileprivate var weights: [Int64]? {
        var common = Int64(1)
        for fraction in self {
            // In lowest terms over the common one, the denominator is what is missing yet.
            guard let missing = Fraction(common, fraction.denominator)?.denominator else { return nil }
            let (product, overflow) = common.multipliedReportingOverflow(by: missing)
            if overflow { return nil }
            common = product
        }
        var whole: [Int64] = []
        for fraction in self {
            let (weight, overflow) = fraction.numerator.multipliedReportingOverflow(
                by: common / fraction.denominator)
            if overflow { return nil }
            whole.append(weight)
        }
        return (try? total(whole)) == nil ? nil : whole
    }
}

// MARK: Who shares

/// Evidence of the class that won: a click, or the order's coupon.
private struct Evidence {
    let at: Instant
    let click: Ref<Click>?
    /// By whom it is counted where every party counts alike: a partner, or a link of several.
    let party: Int64
    /// Whose it is. Those who may not be paid have no partner.
    var parts: [(partner: Ref<Partner>?, share: Fraction)] = []

    var speaks: Bool { parts.contains { $0.partner != nil } }
}

extension Attribution.Model {
    package var isMultiTouch: Bool { self != .first && self != .last }
}

extension Memory {
    /// Those who share a sale whose best claim is `winner`, in the order of their first touch; empty where it
    /// is one partner's alone.
    func sharers(of sale: Sale, _ terms: SharedTerms, _ winner: Claim?) throws(Stop) -> [Sharer] {
        let policy = terms.terms.attribution
        guard let winner else { return [] }
        let evidence: [Evidence]
        switch winner.kind {
        case .coupon:
            guard let code = sale.coupon, let grant = try coupon(code), !grant.sharers.isEmpty else {
                return []
            }
            evidence = [try self.evidence(grant, at: sale, terms)]
        case .click:
            if !policy.model.isMultiTouch, !isShared(Ref<Click>(winner.evidence)) { return [] }
            var touches = try eligibleTouches(of: sale, policy)
            if !policy.model.isMultiTouch { touches.removeAll { $0.click?.number != winner.evidence } }
            evidence = touches
        case .customer, .override, .registration, .lead: return []
        }
        let weights = try policy.weights(of: evidence, at: sale.at)
        let sharers = try shared(evidence, by: weights)
        return sharers.count == 1 && sharers[0].share == .one ? [] : sharers
    }

    /// Its link's partners, where they are several.
    func sharers(of click: Ref<Click>) -> [Sharer]? {
        if sharedLinks.isEmpty || !touches[click].flags.contains(.byLink) { return nil }
        return sharedLinks[touches.link(click)]
    }

    private func isShared(_ click: Ref<Click>) -> Bool { sharers(of: click) != nil }

    private func evidence(_ grant: CouponGrant, at sale: Sale, _ terms: SharedTerms) throws(Stop) -> Evidence
    {
        var evidence = Evidence(at: grant.at, click: nil, party: 0)
        for sharer in grant.sharers {
            var isGated = try gate(grant, of: sharer.partner, at: sale) != nil
            if !isGated, terms.terms.attribution.couponRequiresClick {
                isGated = try winningClick(of: sale, terms, for: sharer.partner) == nil
            }
            evidence.parts.append((isGated ? nil : sharer.partner, sharer.share))
        }
        return evidence
    }

    /// The clicks at which somebody may be paid, the earliest first.
    private func eligibleTouches(of sale: Sale, _ policy: Attribution) throws(Stop) -> [Evidence] {
        var all: [Evidence] = []
        var walk = try walk(sale, policy.reach)
        while let witness = try next(&walk) {
            if all.last?.click != witness.click {
                let link = isShared(witness.click) ? touches.link(witness.click) : nil
                let party = link.map { -1 - Int64($0.number) } ?? Int64(witness.partner.number)
                all.append(Evidence(at: witness.at, click: witness.click, party: party))
            }
            let isGated = try gate(witness, at: sale, policy.clickWindow) != nil
            all[all.count - 1].parts.append((isGated ? nil : witness.partner, witness.share))
        }
        return all.filter(\.speaks).reversed()
    }

    /// Adds up what each partner has, in the order in which they come.
    private func shared(_ evidence: [Evidence], by weights: [Fraction]) throws(Stop) -> [Sharer] {
        guard let all = weights.sum, let turned = Fraction(all.denominator, all.numerator) else {
            throw .refused(.overflow)
        }
        var sharers: [Sharer] = []
        for (touch, weight) in zip(evidence, weights) {
            for (partner, share) in touch.parts {
                guard let part = weight.times(turned)?.times(share) else { throw .refused(.overflow) }
                guard let partner, part > .zero else { continue }
                let index = sharers.firstIndex { $0.partner == partner } ?? sharers.count
                let before = index < sharers.count ? sharers[index].share : .zero
                guard let sum = before.adding(part) else { throw .refused(.overflow) }
                let sharer = Sharer(partner: partner, share: sum, click: touch.click)
                if index < sharers.count { sharers[index] = sharer } else { sharers.append(sharer) }
            }
        }
        return sharers
    }
}

extension Attribution {
    /// What each touch weighs, the earliest first; their sum is above zero.
    fileprivate func weights(of touches: [Evidence], at sale: Instant) throws(Stop) -> [Fraction] {
        let found: [Fraction?]
        switch model {
        case .first, .last: found = touches.map { _ in .one }
        case .linear:
            found = touches.map { touch in Fraction(1, Int64(touches.count { $0.party == touch.party })) }
        case .position:
            guard let position, touches.count > 1 else { return touches.map { _ in .one } }
            found = touches.indices.map { index in
                if touches.count == 2 { return .one }
                if index == 0 { return position.first }
                if index == touches.count - 1 { return position.last }
                return Fraction(1, Int64(touches.count - 2)).flatMap { position.middle.times($0) }
            }
        case .decay:
            let halfLife = max(1, (halfLife ?? clickWindow).milliseconds)
            let ages = touches.map { ($0.at.distance(to: sale)) / halfLife }
            let least = ages.min() ?? 0
            found = ages.map { Fraction(1 << (Self.halvesMax - min(Self.halvesMax, $0 - least)), 1) }
        }
        var weights: [Fraction] = []
        for weight in found {
            guard let weight else { throw .refused(.overflow) }
            weights.append(weight)
        }
        // Shares such as 0/100/0 leave nothing to two who touched first and last: then all count alike.
        if weights.allSatisfy({ $0 == .zero }) { return weights.map { _ in .one } }
        return weights
    }

    /// A touch so many half-lives older than the latest weighs no less than one of them: so that weights stay
    /// exact.
    private static let halvesMax: Int64 = 40
}

extension Instant {
    /// In milliseconds.
    fileprivate func distance(to later: Instant) -> Int64 { later.milliseconds - milliseconds }
}

extension Sequence<Sharer> {
    /// Without what led to the decision.
    var settled: [Sharer] { map { Sharer(partner: $0.partner, share: $0.share) } }
}

extension Outcome {
    /// Whose the conversion is from now on.
    mutating func keepShares(of decision: Decision) {
        changes.append(.shares(decision.conversion, sharers[decision.sharers].settled))
    }
}

// MARK: Whose a conversion is

extension Memory {
    /// Those who are paid for a conversion, with their shares; none where it is the program's own.
    package func sharers(of conversion: Ref<Conversion>) -> [Sharer] {
        if let several = shares[conversion] { return several }
        return dossiers[conversion]?.source.map { [Sharer(partner: $0, share: .one)] } ?? []
    }

    /// The same of a file that an outcome is still being made of.
    func sharers(of dossier: Dossier, after outcome: Outcome) -> [Sharer] {
        if let source = dossier.source { return [Sharer(partner: source, share: .one)] }
        for change in outcome.changes.reversed() {
            if case .shares(dossier.conversion, let sharers) = change { return sharers }
        }
        return shares[dossier.conversion] ?? []
    }
}

// MARK: What they are paid

extension Memory {
    /// Makes what the rules promise each sharer the outcome's rewards. Those who would have the same whole
    /// share it when it is rounded. Who sells has its margin and no part.
    func reward(
        _ sharers: [Sharer], _ sale: Sale, besides seller: Ref<Partner>?, isNew: Bool, _ past: Past,
        _ terms: SharedTerms, into outcome: inout Outcome
    ) throws(Stop) {
        let first = outcome.rewards.count
        for (sharer, portion) in zip(sharers, try Portion.all(sharers)) where sharer.partner != seller {
            guard let member = try membership(sharer.partner)?.joining else { continue }
            let start = outcome.rewards.count
            var occasion = Occasion(
                sale: sale, member: member, isNew: isNew, click: sharer.click, past: past.$followed,
                terms: terms)
            occasion.portion = portion
            try reward(occasion, into: &outcome)
            for index in start..<outcome.rewards.count {
                let whole = outcome.rewards[index].sale
                let isMeasured = terms.beside.measures(outcome.rewards[index].rule)
                outcome.rewards[index].freeze {
                    $0.portion = portion
                    // Those above a sharer have theirs of its part.
                    if isMeasured {
                        $0.sale = Money(portion.part(of: whole.minor, whole.currency), whole.currency)
                    }
                }
            }
        }
        let all = outcome.rewards
        for index in all.indices[first...]
        where !all.indices.contains(where: { $0 != index && all[$0].hasSameWhole(as: all[index]) }) {
            outcome.rewards[index].freeze { $0.portion?.weights = [] }
        }
    }
}

extension Reward {
    fileprivate func hasSameWhole(as other: Reward) -> Bool {
        rule == other.rule && base == other.base && pay == other.pay
    }

    mutating func freeze(_ change: (inout Frozen) -> Void) {
        var frozen = frozen ?? Frozen()
        change(&frozen)
        self.frozen = frozen.isEmpty ? nil : frozen
    }
}
