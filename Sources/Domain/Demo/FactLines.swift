import Values

/// Writes facts as lines, and puts them in the order of a facts file.
struct FactLines {
    private struct Line {
        let at: Instant
        let text: String
    }

    private let start: Instant
    private let cast: Cast
    private var lines: [Line] = []

    init(firstDay: Day, cast: Cast) {
        start = Instant(milliseconds: Int64(firstDay.number) * 86_400_000) ?? .earliest
        self.cast = cast
    }

    /// By time; what was added first comes first within one instant.
    func ordered(until end: Instant) -> [String] {
        lines.enumerated().filter { $0.element.at <= end }
            .sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }
            .map(\.element.text)
    }

    private mutating func add(
        _ kind: String, _ id: String, _ second: Second, _ fields: KeyValuePairs<String, JSON?>
    ) {
        let at = start.moved(by: .seconds(second))
        let head = [
            JSON.Member("fact", .string(kind)), JSON.Member("id", .string(id)),
            JSON.Member("at", .string(at.text)),
        ]
        lines.append(Line(at: at, text: JSON.object(head + (JSON.record(fields).members ?? [])).compact))
    }

    // MARK: Rates and partners

    /// Published at 15:00 UTC, as the ECB does in summer.
    mutating func add(_ rates: [DayRate]) {
        let firstDay = Int32(floorDivide(start.milliseconds, 86_400_000))
        for rate in rates {
            let date = Day(number: firstDay).adding(days: rate.day).text
            add(
                "rate", "ecb-\(date)-\(rate.currency.lowercased())", rate.day * aDay + 15 * anHour,
                [
                    "date": .string(date), "base": .string("EUR"), "quote": .string(rate.currency),
                    "rate": .string(rate.text),
                ])
        }
    }

    mutating func addPartners(_ dice: inout Dice) {
        for player in cast.players {
            add(
                "partner", player.id, player.joined,
                [
                    "type": .string(player.type), "name": .string(player.name),
                    "email": .string("\(player.id)@example.com"), "account": .string(player.id),
                    "country": .string(player.country), "currency": player.currency.json,
                    "payout_method": player.payoutMethod,
                ])
            for slug in player.slugs {
                let page = slug.dropFirst(player.id.count + 1)
                add(
                    "link", slug, player.joined + 60,
                    [
                        "partner": .string(player.id), "slug": .string(slug),
                        "destination": .string(
                            "https://\(dice.pick(["www.", "shop.", ""]))acme.test/\(page)"),
                    ])
            }
            if let code = player.code {
                add(
                    "coupon", "code-\(code.lowercased())", player.codeGiven,
                    [
                        "partner": .string(player.id), "code": .string(code),
                        "discount": .string("\(player.discount)%"),
                    ])
            }
            if let left = player.left {
                add(
                    "departure", "departure-\(player.id)", left,
                    ["partner": .string(player.id), "reason": .string("closed its site")])
            }
        }
    }

    // MARK: The year

    mutating func add(_ year: Year) {
        let clicks = add(year.visits)
        for (number, order) in year.orders.enumerated() { add(order, id(number, order), clicks) }
        for (number, correction) in year.corrections.enumerated() { add(correction, number, in: year) }
    }

    /// Numbers clicks by time; answers the id of each visit.
    private mutating func add(_ visits: [Visit]) -> [String] {
        let byTime = visits.indices.sorted { (visits[$0].at, $0) < (visits[$1].at, $1) }
        var ids = [String](repeating: "", count: visits.count)
        for (number, index) in byTime.enumerated() {
            let visit = visits[index]
            ids[index] = "clk-\(padded(number + 1, 5))"
            add(
                "click", ids[index], visit.at,
                [
                    "link": .string(cast.players[visit.player].slugs[visit.slug]),
                    "visitor": (visit.person?.visitor).json, "sub1": visit.channel.json,
                    "user_agent": .string(visit.agent), "country": (visit.person?.market.country).json,
                    "consent": visit.consents ? nil : .bool(false),
                ])
        }
        return ids
    }

    private func id(_ number: Int, _ order: Order) -> String { "\(order.prefix)-\(10_001 + number)" }

    private mutating func add(_ order: Order, _ id: String, _ clicks: [String]) {
        let person = order.person
        let holder = order.player.map { cast.players[$0] }
        let bill = order.bill(discount: holder?.discount ?? 0)
        func money(_ minor: Int) -> String { Money(Int64(minor), person.market.currency).amount }
        func part(_ minor: Int) -> JSON? { minor == 0 ? nil : .string(money(minor)) }
        add(
            "conversion", id, order.at,
            [
                "event": .string(order.event.rawValue), "amount": .string(money(bill.amount)),
                "currency": .string(person.market.currency.code), "tax": part(bill.tax),
                "shipping": part(bill.shipping), "discount": part(bill.discount), "fees": part(bill.fees),
                "product": .string(order.product.id), "click": order.visit.map { .string(clicks[$0]) },
                // The shop's biller renews without anybody looking at a page.
                "visitor": order.event == .renewal ? nil : .string(person.visitor),
                "customer": .string("cus-\(1000 + person.number)"), "email": .string(person.email),
                "coupon": (holder?.code).json, "account": order.account.json,
                "country": .string(person.market.country),
            ])
    }

    private mutating func add(_ correction: Correction, _ number: Int, in year: Year) {
        let order = year.orders[correction.order]
        let bill = order.bill(discount: order.player.map { cast.players[$0].discount } ?? 0)
        let half = Money(Int64(bill.amount / 2), order.person.market.currency)
        let of = id(correction.order, order)
        add(
            correction.kind, "\(correction.kind)-\(of)", correction.at,
            [
                "of": .string(of), "amount": correction.isPartial ? .string(half.amount) : nil,
                "reason": .string(correction.reason),
            ])
    }
}

extension Player {
    fileprivate var payoutMethod: JSON? {
        rail.map { rail in
            .record([
                "kind": .string(rail), "holder": .string(name), "iban": iban.json,
                "email": rail == "paypal" ? .string("pay.\(id)@example.com") : nil,
                "note": rail == "manual" ? .string("by wire, as agreed") : nil,
            ])
        }
    }
}
