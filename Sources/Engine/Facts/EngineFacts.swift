import Engine
import Values

extension FactRecord {
    /// The fact as the engine sees it. Nil for kinds that the fold handles at the edge (links, clicks,
    /// terms).
    /// - Parameters:
    ///   - details: take what a conversion brings in varying numbers.
    ///   - amount: a refund's amount in minor units, read in its sale's currency.
    package func engineFact(
        _ names: inout Names, _ details: inout Details, refundOf amount: Int64? = nil
    ) -> Fact? {
        guard let what = what(&names, &details, amount) else { return nil }
        return Fact(at: at, what)
    }

    private func what(_ names: inout Names, _ details: inout Details, _ amount: Int64?) -> Fact.What? {
        switch content {
        case .rate(let rate): return .rate(Quote(currency: rate.currency, day: rate.day, rate: rate.rate))
        case .partner(let partner): return .partner(partner.joining(id, at: at, &names))
        case .coupon(let coupon):
            var grant = CouponGrant(
                coupon: names.coupon(id), code: names.word(coupon.code),
                partner: names.partner(coupon.partner), at: at)
            grant.sharers = ShareContent.sharers(coupon.shares, &names)
            return .coupon(grant)
        case .registration(let content):
            return .registration(
                content.registration(name, at: at, &names), account: names.word(content.account))
        case .assist(let content):
            return .assist(content.assist(name, at: at, &names), account: names.word(content.account))
        case .conversion(let conversion): return .conversion(conversion.sale(id, at: at, &names, &details))
        case .refund(let of, _, _): return .refund(names.conversion(of), amount: amount)
        case .departure(let partner): return .departure(names.partner(partner))
        case .tier(let partner, let tier):
            let mark = RankMark(names.mark(name), at: at, tier: names.word(tier))
            return .tier(names.partner(partner), mark)
        case .fundClaim(let content):
            return .claim(
                FundClaim(
                    account: names.conversion(FundClaimContent.account(of: id)),
                    partner: names.partner(content.partner), amount: content.amount))
        case .rejection(let of): return .rejection(names.conversion(of))
        case .hold(let of): return .hold(names.conversion(of), names.mark(name))
        case .release(let of): return .release(names.conversion(of), names.mark(name))
        case .review(let of): return .review(names.conversion(of))
        case .settlement(let partner, let from, _): return .settlement(names.partner(partner), from: from)
        case .batch(let person): return .batch(names.batch(id), by: names.person(person))
        case .batchApproval(let of, let person):
            return .batchApproval(names.batch(of), by: names.person(person))
        case .payoutResult(let of, let answers):
            let outcomes = answers.compactMap { answer in
                PayoutOutcome.Result(rawValue: answer.result).map {
                    PayoutOutcome(
                        partner: names.partner(answer.partner), currency: answer.currency, result: $0)
                }
            }
            return .payoutResult(names.batch(of), outcomes)
        case .link, .click, .impression, .terms: return nil
        }
    }
}

extension PartnerContent {
    package func joining(_ id: String, at instant: Instant, _ names: inout Names) -> Joining {
        var joining = Joining(
            partner: names.partner(id), at: instant, type: names.word(type),
            plan: plan.map { names.word($0) },
            account: account.map { names.word(compared($0)) }, email: emailHash.map { names.word($0) },
            currency: currency, rail: rail.flatMap(Rail.init), parent: parent.map { names.partner($0) })
        joining.rank = tier.map {
            RankMark(names.mark(FactName(.partner, id).text), at: instant, tier: names.word($0))
        }
        return joining
    }
}

extension RegistrationContent {
    /// - Parameter fact: its name.
    package func registration(_ fact: String, at instant: Instant, _ names: inout Names) -> Registration {
        Registration(
            deal: names.deal(fact), partner: names.partner(partner), at: instant, completedAt: completedAt,
            approvedAt: approvedAt, expiresAt: expiresAt, mode: Registration.Mode(rawValue: mode) ?? .source,
            scope: scope.map { names.word($0) })
    }
}

extension AssistContent {
    /// - Parameter fact: its name.
    package func assist(_ fact: String, at instant: Instant, _ names: inout Names) -> Assist {
        Assist(
            deal: names.deal(fact), partner: names.partner(partner), at: instant, confirmedAt: confirmedAt)
    }
}

extension ConversionContent {
    package func sale(
        _ id: String, at instant: Instant, _ names: inout Names, _ details: inout Details
    ) -> Sale {
        var sale = Sale(
            conversion: names.conversion(id), at: instant, event: names.word(event), amount: amount)
        sale.tax = tax
        sale.shipping = shipping
        sale.discount = discount
        sale.fees = fees
        sale.identity = identity.map { names.identity($0) }
        sale.canBind = canBind
        sale.visitor = visitor.map { names.visitor($0) }
        sale.click = click.map { names.click($0) }
        sale.email = emailHash.map { names.word($0) }
        sale.account = account.map { names.word(compared($0)) }
        sale.coupon = coupon.map { names.word($0) }
        sale.country = country.map { names.word($0) }
        sale.product = product.map { names.word($0) }
        sale.seller = seller.map { names.partner($0) }
        sale.details = details.keep(
            labels: metadata.map { Label(key: names.word($0.key), value: names.word($0.value)) },
            items: items.map { item in
                Engine.Item(
                    sku: item.sku.map { names.word($0) }, category: item.category.map { names.word($0) },
                    amount: item.amount)
            },
            measure: measure.map { Measure(unit: names.word($0.unit), quantity: $0.quantity) },
            components: components.map { Component(name: names.word($0.name), amount: $0.amount) })
        return sale
    }
}

extension ClickContent {
    /// Its sub ids and its country, last of all; nil where it has none.
    package func lanes(_ names: inout Names) -> SIMD16<Int32>? {
        guard subs.contains(where: { $0 != nil }) || country != nil else { return nil }
        var lanes = SIMD16<Int32>(repeating: -1)
        for (lane, text) in subs.enumerated() { if let text { lanes[lane] = names.word(text).number } }
        if let country { lanes[10] = names.word(country).number }
        return lanes
    }

    /// The click as the engine is shown it.
    package func touch(_ id: String, at instant: Instant, _ names: inout Names) -> Touch {
        var touch = Touch(names.click(id), at: instant, of: partner.map { names.partner($0) })
        touch.link = link.map { names.link($0) }
        touch.isBot = isBot
        touch.deniedConsent = consent == false
        touch.subs = lanes(&names)
        return touch
    }
}
