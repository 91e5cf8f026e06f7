import Values

/// A year of people: what brought them, what they asked, bought, renewed and sent back.
///
/// Everything happens in this one place and in a fixed order, because every throw of the dice depends on
/// those before it.
struct Year {
    static let days = 365
    private static let buyers = 620
    private static let askers = 150
    private static let onlookers = 1160
    private static let machines = 140

    private let cast: Cast
    private var dice: Dice
    /// How much happens on each day: more from month to month, less at weekends.
    private let bustle: [Int]
    private(set) var visits: [Visit] = []
    private(set) var orders: [Order] = []
    private(set) var corrections: [Correction] = []
    private var people = 0
    /// Where the visits of the person begin whose year is being told.
    private var ownVisits = 0

    init(firstDay: Day, cast: Cast, dice: Dice) {
        self.cast = cast
        self.dice = dice
        bustle = (0..<Year.days).map { (400 + $0) * (firstDay.adding(days: $0).weekday < 6 ? 5 : 3) }
    }

    mutating func pass() {
        for _ in 0..<Year.buyers { buyer(at: moment()) }
        // The last day is looked at first, so it sells around the clock.
        for hour in stride(from: 0, to: 24, by: 3) {
            buyer(at: (Year.days - 1) * aDay + hour * anHour + dice.below(anHour))
        }
        for _ in 0..<Year.askers { asker() }
        for _ in 0..<Year.onlookers { onlooker() }
        for _ in 0..<Year.machines { machine() }
        orders.sort { ($0.at, $0.person.number) < ($1.at, $1.person.number) }
        sendBack()
        lookTwice()
    }

    // MARK: People

    private mutating func buyer(at bought: Second) {
        let person = somebody()
        let suitors = dice.happens(6) ? [] : self.suitors(at: bought)
        visit(from: suitors, person, before: bought)
        let isIntroduced = suitors.contains { ["referral", "technology"].contains(cast.players[$0].type) }
        if let first = suitors.first, dice.happens(isIntroduced ? 55 : 15) {
            ask(person, first, at: bought - dice.between(1, 96) * anHour)
        }
        var order = Order(.sale, bought, person, product: dice.pick(Product.all))
        order.quantity = dice.pick([1, 1, 1, 1, 1, 1, 2, 2, 3, 5])
        order.player = code(suitors, at: bought)
        if dice.happens(60) { order.visit = lastVisit(before: bought) }
        if let first = suitors.first, dice.happens(1) { order.account = cast.players[first].id }
        orders.append(order)
        if order.product.renews, dice.happens(34) { renew(order) }
        if dice.happens(32) { buyAgain(person, after: bought) }
    }

    /// Comes, asks, and leaves it at that.
    private mutating func asker() {
        let person = somebody()
        let asked = moment()
        let suitors = self.suitors(at: asked)
        visit(from: Array(suitors.dropFirst()), person, before: asked)
        if let first = suitors.first { ask(person, first, at: asked) }
    }

    private mutating func onlooker() {
        let person = somebody()
        let end = moment()
        for suitor in suitors(at: end).prefix(2) {
            for _ in 0..<dice.pick([1, 1, 1, 2, 3]) {
                visit(suitor, person, at: end - dice.between(0, 9 * 24) * anHour - dice.below(anHour))
            }
        }
    }

    private mutating func machine() {
        let at = moment()
        guard let suitor = suitors(at: at).first else { return }
        visits.append(Visit(at: at, player: suitor, slug: 0, person: nil, agent: dice.pick(Visit.machines)))
    }

    private mutating func somebody() -> Person {
        people += 1
        ownVisits = visits.count
        return Person(
            number: people, first: dice.pick(Person.firstNames), last: dice.pick(Person.lastNames),
            market: dice.pick(Market.all))
    }

    // MARK: What brings them

    /// One to three partners that people meet at that time; none of them is sure of the sale.
    private mutating func suitors(at second: Second) -> [Int] {
        var found: [Int] = []
        for _ in 0..<dice.pick([1, 1, 2, 2, 2, 3]) {
            let weights = cast.players.enumerated().map { index, player in
                player.isSeen(at: second) && !found.contains(index) ? player.reach : 0
            }
            if weights.contains(where: { $0 > 0 }) { found.append(dice.index(by: weights)) }
        }
        return found
    }

    private mutating func visit(from suitors: [Int], _ person: Person, before end: Second) {
        for suitor in suitors {
            for _ in 0..<dice.pick([1, 1, 2, 2, 3]) {
                let hours =
                    switch dice.below(100) {
                    case ..<50: dice.between(0, 47)
                    case ..<94: dice.between(48, 25 * 24)
                    default: dice.between(31 * 24, 36 * 24)
                    }
                visit(suitor, person, at: end - hours * anHour - dice.between(40, anHour))
            }
        }
    }

    private mutating func visit(_ suitor: Int, _ person: Person, at second: Second) {
        let player = cast.players[suitor]
        guard player.isSeen(at: second) else { return }
        var visit = Visit(
            at: second, player: suitor, slug: dice.below(player.slugs.count), person: person,
            agent: dice.pick(Visit.browsers))
        visit.channel = dice.happens(70) ? dice.pick(Visit.channels) : nil
        visit.consents = !dice.happens(6)
        visits.append(visit)
    }

    private func lastVisit(before end: Second) -> Int? {
        visits.indices[ownVisits...].filter { visits[$0].at <= end }.max { visits[$0].at < visits[$1].at }
    }

    /// The partner whose code is typed in: that of a suitor, or one found elsewhere at the last moment.
    private mutating func code(_ suitors: [Int], at second: Second) -> Int? {
        guard dice.happens(30) else { return nil }
        func isValid(_ index: Int) -> Bool {
            cast.players[index].code != nil && cast.players[index].codeGiven < second
        }
        let own = suitors.filter(isValid)
        if !own.isEmpty, dice.happens(60) { return dice.pick(own) }
        let all = cast.players.indices.filter(isValid)
        return all.isEmpty ? nil : dice.pick(all)
    }

    // MARK: What they do

    private mutating func ask(_ person: Person, _ suitor: Int, at second: Second) {
        guard cast.players[suitor].isSeen(at: second) else { return }
        visit(suitor, person, at: second - dice.between(30, 1500))
        var lead = Order(.lead, second, person, product: dice.pick(Product.all))
        lead.visit = lastVisit(before: second)
        orders.append(lead)
    }

    private mutating func renew(_ order: Order) {
        var next = order
        next.event = .renewal
        next.player = nil
        next.visit = nil
        while !dice.happens(9) {
            next.at += 30 * aDay
            guard next.at < Year.days * aDay else { return }
            orders.append(next)
        }
    }

    /// Later, perhaps by way of somebody else.
    private mutating func buyAgain(_ person: Person, after first: Second) {
        let second = first + dice.between(12, 130) * aDay + dice.below(6 * anHour)
        guard second < Year.days * aDay else { return }
        let suitors = dice.happens(65) ? self.suitors(at: second) : []
        visit(from: suitors, person, before: second)
        var order = Order(.sale, second, person, product: dice.pick(Product.all))
        order.player = code(suitors, at: second)
        orders.append(order)
    }

    private mutating func moment() -> Second {
        dice.index(by: bustle) * aDay + (6 + dice.below(9) + dice.below(9)) * anHour + dice.below(anHour)
    }

    // MARK: What comes of it

    /// Goods come back within weeks; now and then a bank takes its customer's money back months later.
    private mutating func sendBack() {
        for index in orders.indices where orders[index].event != .lead && dice.happens(8) {
            let isLate = dice.happens(10)
            let days = isLate ? dice.between(62, 90) : dice.between(2, 21)
            corrections.append(
                Correction(
                    kind: isLate ? "chargeback" : "refund", order: index,
                    at: orders[index].at + days * aDay + dice.below(8 * anHour),
                    isPartial: !isLate && dice.happens(40),
                    reason: isLate ? "disputed" : dice.pick(Correction.reasons)))
        }
    }

    /// Two enquiries that were none, and three orders that somebody wants to look at; one was found fine.
    private mutating func lookTwice() {
        let leads = orders.indices.filter { orders[$0].event == .lead && orders[$0].at < 300 * aDay }
        for (share, reason) in [(3, "duplicate"), (2, "not a person")] where !leads.isEmpty {
            let lead = leads[leads.count / share]
            corrections.append(
                Correction(kind: "rejection", order: lead, at: orders[lead].at + 3 * aDay, reason: reason))
        }
        let sales = orders.indices.filter { orders[$0].event == .sale && orders[$0].at > 325 * aDay }
        for share in [5, 4, 3] where !sales.isEmpty {
            let sale = sales[sales.count / share]
            let held = orders[sale].at + dice.between(2, 9) * anHour
            corrections.append(Correction(kind: "hold", order: sale, at: held, reason: "unusual order"))
            guard share == 5 else { continue }
            corrections.append(
                Correction(kind: "release", order: sale, at: held + 2 * aDay, reason: "customer confirmed"))
        }
    }
}
