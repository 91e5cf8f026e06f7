import Values

/// A click as it speaks at one conversion.
struct Witness {
    let click: Ref<Click>
    let at: Instant
    let partner: Ref<Partner>
    let flags: Touches.Flags
    /// The partner's, where the click's link belongs to several: then each of them is a witness.
    var share = Fraction.one
}

/// How far a walk over the clicks that may speak at a sale has come.
struct Walk {
    /// The visitor's next click; −1: no more.
    fileprivate var next: Int32 = -1
    /// How many of the visitor's are looked at yet.
    fileprivate var left = Attribution.touchesMax
    fileprivate var earliest = Instant.earliest
    /// The click that the sale names, if it did not come yet.
    fileprivate var named: Int32 = -1
    /// Those that the edge handed in, if it did, and the place of the next.
    fileprivate var isListed = false
    fileprivate var list: [Ref<Click>] = []
    fileprivate var index = 0
    /// Those of the same click that come yet.
    fileprivate var rest: ArraySlice<Witness> = []
}

extension Memory {
    /// A walk over the clicks that may speak at a sale, the newest first: those of its visitor within reach,
    /// bounded, and the one that it names, whenever that was.
    func walk(_ sale: Sale, _ reach: Span) throws(Stop) -> Walk {
        if walksVisitors { return walkVisitor(of: sale, reach) }
        guard let list = evidence[sale.conversion] else { throw .unknown([.evidence(sale.conversion)]) }
        var walk = Walk()
        walk.isListed = true
        walk.list = list
        walk.named = sale.click?.number ?? -1
        walk.earliest = sale.at.moved(by: -reach)
        return walk
    }

    private func walkVisitor(of sale: Sale, _ reach: Span) -> Walk {
        var walk = Walk()
        if let click = sale.click, touches.contains(click) { walk.named = click.number }
        if let visitor = sale.visitor { walk.next = touches.last(of: visitor, by: sale.at) }
        walk.earliest = sale.at.moved(by: -reach)
        return walk
    }

    /// The next click. Those whose partner nobody knows say nothing.
    func next(_ walk: inout Walk) throws(Stop) -> Witness? {
        if let witness = walk.rest.popFirst() { return witness }
        while let click = try nextClick(&walk) {
            guard let witness = witness(click) else { continue }
            guard let sharers = sharers(of: click) else { return witness }
            walk.rest =
                sharers.map { sharer in
                    Witness(
                        click: click, at: witness.at, partner: sharer.partner, flags: witness.flags,
                        share: sharer.share)
                }[...]
            return walk.rest.popFirst()
        }
        return nil
    }

    private func nextClick(_ walk: inout Walk) throws(Stop) -> Ref<Click>? {
        while walk.index < walk.list.count {
            walk.index += 1
            let click = walk.list[walk.index - 1]
            // The edge may look further back than this version does.
            if touches.at(click) >= walk.earliest || click.number == walk.named { return click }
        }
        if walk.isListed { return nil }
        let click = Ref<Click>(walk.next)
        guard walk.next >= 0, walk.left > 0, touches.at(click) >= walk.earliest else {
            guard walk.named >= 0 else { return nil }
            defer { walk.named = -1 }
            walk.next = -1
            return Ref(walk.named)
        }
        if walk.named == walk.next {
            walk.named = -1
        } else if walk.named >= 0, try isLater(Ref(walk.named), than: click) {
            defer { walk.named = -1 }
            return Ref(walk.named)
        }
        walk.next = touches[click].previous
        walk.left -= 1
        return click
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
    package func witnesses(of sale: Sale, within reach: Span) throws(Stop) -> [Ref<Click>] {
        var found: [Ref<Click>] = []
        var walk = walkVisitor(of: sale, reach)
        while let witness = try next(&walk) {
            if found.last != witness.click { found.append(witness.click) }
        }
        return found
    }
}

// MARK: Gates

extension Memory {
    func gate(_ witness: Witness, at sale: Sale, _ window: Span) throws(Stop) -> Gate? {
        if witness.at > sale.at { return .afterConversion }
        if sale.at >= witness.at.moved(by: window) { return .windowElapsed }
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

    func gate(_ bind: Bind, at sale: Sale, _ policy: Attribution) throws(Stop) -> Gate? {
        bind.isOver(at: sale.at, policy)
            ? .windowElapsed : try gate(bind.partner, activeAt: sale.at, sale)
    }

    /// But for what `requires-click` says.
    func gate(_ grant: CouponGrant, of partner: Ref<Partner>, at sale: Sale) throws(Stop) -> Gate? {
        grant.at > sale.at ? .couponNotYetValid : try gate(partner, activeAt: sale.at, sale)
    }
}

extension Claim {
    init(_ witness: Witness) {
        self.init(
            at: witness.at, evidence: witness.click.number, partner: witness.partner, kind: .click)
    }

    init(_ grant: CouponGrant, of partner: Ref<Partner>) {
        self.init(at: grant.at, evidence: grant.coupon.number, partner: partner, kind: .coupon)
    }

    init(_ bind: Bind) {
        self.init(at: bind.at, evidence: bind.by.number, partner: bind.partner, kind: .customer)
    }
}
