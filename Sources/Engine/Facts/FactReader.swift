import Values

/// Reads facts: from outside, where personal values are set apart and replaced by keyed hashes, and from the
/// store, where that has been done.
package struct FactReader: Sendable {
    package enum Door: Sendable {
        case outside(HashKey)
        case store

        var isStore: Bool { if case .store = self { true } else { false } }
    }

    let door: Door

    package init(_ door: Door) { self.door = door }

    /// One line of a facts file: `fact`, `id` and `at` beside the kind's own fields.
    package func line(_ bytes: some Collection<UInt8>) throws(Refusal) -> FactRecord {
        let json = try JSON(reading: bytes)
        guard let members = json.members else { throw .invalid("", .notObject) }
        var head = Fields(members)
        let name = head.requiredText("fact", max: 32)
        let allowed = FactKind.fromOutside.map(\.rawValue)
        guard head.faults.isEmpty, let kind = FactKind(rawValue: name), FactKind.fromOutside.contains(kind)
        else {
            throw .invalid("/fact", name.isEmpty ? .missing : .notOneOf(allowed))
        }
        let id = head.requiredIdentifier("id")
        let at = head.instant("at")
        if at == nil, head.faults.isEmpty { head.fault("at", .missing) }
        let receivedAt = head.instant("received_at")
        guard head.faults.isEmpty, let at else { throw .invalid(head.faults) }
        let own = members.filter { !["fact", "id", "at", "received_at"].contains($0.key) }
        return try read(kind, id: id, at: at, receivedAt: receivedAt ?? at, own)
    }

    /// A fact whose head is known and whose own fields are `members`.
    package func read(
        _ kind: FactKind, id: String, at: Instant, receivedAt: Instant, _ members: [JSON.Member]
    ) throws(Refusal) -> FactRecord {
        var fields = Fields(members, areKnown: door.isStore)
        var body = Body()
        var person = Personal()
        let content: FactContent
        switch kind {
        case .rate: content = .rate(rate(&fields, &body))
        case .partner: content = .partner(partner(id, &fields, &body, &person))
        case .link: content = .link(link(&fields, &body))
        case .coupon: content = .coupon(coupon(&fields, &body))
        case .registration: content = .registration(registration(&fields, &body))
        case .assist: content = .assist(assist(&fields, &body))
        case .click: content = .click(click(&fields, &body, &person))
        case .impression:
            let seen = click(&fields, &body, &person)
            content = .impression(seen, count: views(&fields, &body))
        case .conversion: content = .conversion(conversion(&fields, &body, &person))
        case .refund, .chargeback: content = refund(&fields, &body)
        case .departure:
            content = .departure(partner: body.keep("partner", fields.requiredIdentifier("partner")))
            body.keep("reason", fields.text("reason"))
        case .tier:
            let partner = body.keep("partner", fields.requiredIdentifier("partner"))
            let tier = body.keep("tier", fields.requiredText("tier", max: 64))
            body.keep("reason", fields.text("reason"))
            content = .tier(partner: partner, tier: tier)
        case .fundClaim: content = .fundClaim(claim(&fields, &body))
        case .rejection, .hold, .release:
            let of = body.keep("of", target(&fields))
            body.keep("reason", fields.text("reason"))
            content =
                kind == .rejection ? .rejection(of: of) : kind == .hold ? .hold(of: of) : .release(of: of)
        case .terms, .review, .settlement, .batch, .batchApproval, .payoutResult:
            content = try act(kind, &fields, &body)
        }
        try fields.finish()
        return FactRecord(
            kind: kind, id: id, at: at, receivedAt: receivedAt, content: content, body: body.text,
            person: person)
    }

    /// A fact as the store keeps it.
    package func stored(
        _ kind: FactKind, id: String, at: Instant, receivedAt: Instant, body: String
    ) throws(Refusal) -> FactRecord {
        guard let members = try JSON(reading: body.utf8).members else { throw .invalid("", .notObject) }
        return try read(kind, id: id, at: at, receivedAt: receivedAt, members)
    }

    // MARK: Kinds

    private func rate(_ fields: inout Fields, _ body: inout Body) -> RateContent {
        let day = fields.day("date")
        let base = fields.currency("base")
        let quote = fields.currency("quote")
        let text = fields.requiredText("rate", max: 40)
        let rate = Fraction(decimal: text, places: 8)
        if day == nil, fields.faults.isEmpty { fields.fault("date", .missing) }
        if base != .eur, fields.faults.isEmpty { fields.fault("base", .notOneOf(["EUR"])) }
        if quote == nil, fields.faults.isEmpty { fields.fault("quote", .missing) }
        if rate == nil || rate! <= .zero, fields.faults.isEmpty { fields.fault("rate", .notADecimal) }
        body.keep("date", day?.text)
        body.keep("base", base?.code)
        body.keep("quote", quote?.code)
        body.keep("rate", text)
        return RateContent(currency: quote ?? .eur, day: day ?? Day(number: 0), rate: rate ?? .one)
    }

    private func partner(
        _ id: String, _ fields: inout Fields, _ body: inout Body, _ person: inout Personal
    ) -> PartnerContent {
        var content = PartnerContent()
        content.type = fields.requiredText("type", max: 32)
        let types = ["affiliate", "referral", "reseller", "technology"]
        if !types.contains(content.type), !content.type.isEmpty { fields.fault("type", .notOneOf(types)) }
        content.plan = body.keep("plan", fields.text("plan", max: 64))
        content.account = body.keep("account", fields.text("account"))
        content.country = body.keep("country", country(&fields))
        content.currency = fields.currency("currency")
        body.keep("currency", content.currency?.code)
        body.keep("type", content.type)
        content.parent = body.keep("parent", fields.identifier("parent"))
        if !door.isStore, content.parent == id { fields.fault("parent", .mustNotBe("the partner itself")) }
        content.tier = body.keep("tier", fields.text("tier", max: 64))
        person.name = seal("name", &fields, &body, max: 255) { $0 }.clear
        let email = seal("email", &fields, &body, max: 254, normalise)
        person.email = email.clear
        content.emailHash = email.hash
        content.rail = payout(&fields, &body, &person)
        return content
    }

    private func link(_ fields: inout Fields, _ body: inout Body) -> LinkContent {
        let (partner, shares) = owners(&fields, &body)
        let slug = body.keep("slug", fields.requiredText("slug", max: 100))
        let isPlain = slug.utf8.allSatisfy { byte in
            UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
                || UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20
                || [UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "~")].contains(byte)
        }
        if !isPlain { fields.fault("slug", .because("must be letters, digits and - _ . ~ only")) }
        let destination = body.keep("destination", fields.text("destination", max: 2048))
        if let destination, WebAddress(destination) == nil { fields.fault("destination", .notAnAddress) }
        return LinkContent(partner: partner, shares: shares, slug: slug, destination: destination)
    }

    private func coupon(_ fields: inout Fields, _ body: inout Body) -> CouponContent {
        let (partner, shares) = owners(&fields, &body)
        let code = body.keep("code", fields.requiredText("code", max: 100))
        fields.refuseInvisible("code", code)
        body.keep("discount", fields.text("discount", max: 40))
        if let priority = fields.value("priority") {
            if let whole = priority.whole, (0...1_000_000).contains(whole) {
                body.keep("priority", .int(whole))
            } else {
                fields.fault("priority", .notWhole)
            }
        }
        return CouponContent(partner: partner, shares: shares, code: compared(code))
    }

    private func click(_ fields: inout Fields, _ body: inout Body, _ person: inout Personal) -> ClickContent {
        var content = ClickContent()
        content.link = body.keep("link", fields.identifier("link"))
        content.partner = body.keep("partner", fields.identifier("partner"))
        if content.link == nil, content.partner == nil { fields.fault("link", .missing) }
        content.visitor = body.keep("visitor", fields.identifier("visitor"))
        content.subs = (1...10).map { body.keep("sub\($0)", fields.text("sub\($0)", max: 255)) }
        content.country = body.keep("country", country(&fields))
        content.consent = fields.flag("consent")
        body.keep("consent", content.consent.map(JSON.bool))
        person.referrer = fields.text("referrer", max: 2048)
        person.userAgent = fields.text("user_agent", max: 1024)
        content.isBot = (fields.flag("bot") ?? false) || Robots.recognise(person.userAgent ?? "")
        if content.isBot { body.keep("bot", .bool(true)) }
        return content
    }

    /// How many impressions a fact stands for; one where it does not say.
    private func views(_ fields: inout Fields, _ body: inout Body) -> Int64 {
        guard let value = fields.value("count") else { return 1 }
        guard let count = value.whole, (1...Self.impressionsMax).contains(count) else {
            fields.fault("count", .because("must be a whole number from 1 to \(Self.impressionsMax)"))
            return 1
        }
        body.keep("count", .int(count))
        return count
    }

    /// Of one fact. As many facts as fit a memory are counted together without overflow.
    private static let impressionsMax: Int64 = 1_000_000_000

    private func conversion(
        _ fields: inout Fields, _ body: inout Body, _ person: inout Personal
    ) -> ConversionContent {
        var content = ConversionContent()
        content.event = body.keep("event", fields.requiredText("event", max: 64))
        let currency = fields.currency("currency")
        if currency == nil, !fields.faults.contains(where: { $0.pointer == "/currency" }) {
            fields.fault("currency", .missing)
        }
        let unit = currency ?? .eur
        let amount = fields.amount("amount", unit)
        if amount == nil, !fields.faults.contains(where: { $0.pointer == "/amount" }) {
            fields.fault("amount", .missing)
        }
        content.amount = amount ?? .zero(unit)
        body.keep("amount", amount?.amount)
        body.keep("currency", currency?.code)
        content.tax = part("tax", unit, &fields, &body)
        content.shipping = part("shipping", unit, &fields, &body)
        content.discount = part("discount", unit, &fields, &body)
        content.fees = part("fees", unit, &fields, &body)
        content.click = body.keep("click", fields.identifier("click"))
        content.visitor = body.keep("visitor", fields.identifier("visitor"))
        content.customer = body.keep("customer", fields.identifier("customer"))
        content.coupon = body.keep("coupon", fields.text("coupon", max: 100)).map(compared)
        content.account = body.keep("account", fields.text("account"))
        content.country = body.keep("country", country(&fields))
        content.product = body.keep("product", fields.text("product"))
        content.seller = body.keep("seller", fields.identifier("seller"))
        let email = seal("email", &fields, &body, max: 254, normalise)
        person.email = email.clear
        content.emailHash = email.hash
        content.metadata = metadata(&fields, &body)
        content.items = items(unit, &fields, &body)
        content.measure = measure(&fields, &body)
        content.components = components(unit, &fields, &body)
        return content
    }

    private func refund(_ fields: inout Fields, _ body: inout Body) -> FactContent {
        let of = body.keep("of", target(&fields))
        let amount = body.keep("amount", fields.text("amount", max: 64))
        if let amount {
            // The currency is the sale's, which may be unknown yet; its decimals are checked when it is
            // known.
            if let (digits, _) = decimalDigits(amount, places: 4) {
                if digits <= 0 { fields.fault("amount", .notPositive) }
            } else {
                fields.fault("amount", .notADecimal)
            }
        }
        let currency = fields.currency("currency")
        body.keep("currency", currency?.code)
        body.keep("reason", fields.text("reason"))
        return .refund(of: of, amount: amount, currency: currency)
    }

    // MARK: Parts

    /// A conversion's id; `conversion:id` serves as well.
    private func target(_ fields: inout Fields) -> String {
        let text = fields.requiredIdentifier("of")
        return text.hasPrefix("conversion:") ? String(text.dropFirst(11)) : text
    }

    private func part(_ name: String, _ unit: Currency, _ fields: inout Fields, _ body: inout Body) -> Int64 {
        let money = fields.amount(name, unit)
        body.keep(name, money?.amount)
        return money?.minor ?? 0
    }

    private func country(_ fields: inout Fields) -> String? {
        guard let text = fields.text("country", max: 64) else { return nil }
        guard text.utf8.count == 2,
            text.utf8.allSatisfy({ UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 | 0x20 })
        else {
            fields.fault("country", .because("must be two letters of ISO 3166-1, such as DE"))
            return nil
        }
        return text.uppercased()
    }

    private func metadata(_ fields: inout Fields, _ body: inout Body) -> [(key: String, value: String)] {
        guard let value = fields.value("metadata") else { return [] }
        guard let members = value.members, members.count <= 50 else {
            fields.fault("metadata", .because("must be an object of at most 50 texts"))
            return []
        }
        var inner = Fields(members, at: "/metadata")
        let pairs = members.compactMap { member in inner.text(member.key, max: 500).map { (member.key, $0) } }
        fields.absorb(inner)
        body.keep("metadata", .object(pairs.map { JSON.Member($0.0, .string($0.1)) }))
        return pairs
    }

    /// A personal value: kept beside the fact when it comes from outside, and in it only as a keyed hash.
    private func seal(
        _ name: String, _ fields: inout Fields, _ body: inout Body, max: Int, _ normalise: (String) -> String
    ) -> (clear: String?, hash: String?) {
        switch door {
        case .store: return (nil, body.keep("\(name)_hash", fields.text("\(name)_hash", max: 64)))
        case .outside(let key):
            guard let clear = fields.text(name, max: max) else { return (nil, nil) }
            let hash = key.hash(normalise(clear), purpose: name)
            body.keep("\(name)_hash", hash)
            return (clear, hash)
        }
    }

    private func payout(_ fields: inout Fields, _ body: inout Body, _ person: inout Personal) -> String? {
        guard let value = fields.value("payout_method") else { return nil }
        guard let members = value.members else {
            fields.fault("payout_method", .notObject)
            return nil
        }
        var inner = Fields(members, at: "/payout_method")
        let kinds = ["sepa", "ach", "paypal", "wise", "manual"]
        let kind = inner.requiredText("kind", max: 16)
        if !kinds.contains(kind), !kind.isEmpty { inner.fault("kind", .notOneOf(kinds)) }
        if case .outside(let key) = door {
            let account = PayoutAccount.read(kind, &inner)
            person.payout = account.canonical
            body.keep(
                "payout_method",
                .record([
                    "kind": .string(kind), "hash": .string(key.hash(account.canonical, purpose: "payout")),
                ]))
        } else {
            body.keep("payout_method", .record(["kind": .string(kind), "hash": inner.text("hash").json]))
        }
        try? inner.finish()
        fields.absorb(inner)
        return kind
    }

    private func normalise(_ email: String) -> String { compared(email) }
}

/// How names that people type are compared: without the blanks around them, in lower case.
package func compared(_ text: String) -> String {
    var slice = text[...]
    while slice.first == " " { slice.removeFirst() }
    while slice.last == " " { slice.removeLast() }
    return slice.lowercased()
}

/// Collects the body of a fact.
struct Body {
    private var members: [JSON.Member] = []

    @discardableResult
    mutating func keep(_ name: String, _ text: String) -> String {
        members.append(.init(name, .string(text)))
        return text
    }

    @discardableResult
    mutating func keep(_ name: String, _ text: String?) -> String? {
        if let text { members.append(.init(name, .string(text))) }
        return text
    }

    mutating func keep(_ name: String, _ value: JSON?) {
        if let value { members.append(.init(name, value)) }
    }

    var text: String { JSON.object(members).canonical }
}
