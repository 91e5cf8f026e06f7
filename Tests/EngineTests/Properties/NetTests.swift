import Facts
import Replay
import Terms
import TestPlans
import Testing
import Values

/// Random revenue of four months, much of it below zero, under a random policy.
private struct NetHistory {
    struct Event {
        let id: String
        let month: Int
        let day: Int
        let customer: String
        let product: String
        let amount: Int64
        let isRejected: Bool
    }

    var events: [Event] = []
    var what: String
    var pool: String
    var expires: Int?
    var limit: Int64?
    let schedule: String
    let hold: String

    init(_ seed: Int) {
        var chance = Seeded(seed)
        what = chance.pick(["none", "base", "commission"])
        pool = chance.pick(["all", "product", "customer"])
        expires = what != "none" && chance.once(in: 2) ? chance.number(1...3) : nil
        limit = pool != "customer" && chance.once(in: 2) ? -chance.cents(50_00...300_00) : nil
        schedule = chance.pick(["weekly", "monthly", "twice-monthly"])
        hold = chance.pick(["0d", "3d", "20d"])
        for number in 0..<chance.number(1...24) {
            events.append(
                Event(
                    id: "s\(number)", month: chance.number(1...5), day: chance.number(1...28),
                    customer: chance.pick(["kim", "lee", "max"]), product: chance.pick(["casino", "sports"]),
                    amount: chance.cents(-200_00...200_00), isRejected: chance.once(in: 5)))
        }
    }

    var file: ProgramFile {
        var carry = "what: \(what), pool: \(pool)"
        if let expires { carry += ", expires: \(expires) months" }
        if let limit { carry += ", high-roller: \(Money(limit, .eur).amount)" }
        return program(
            currency: "EUR", attribution: "click: {window: 365d}", hold: hold,
            rules: ["{rule: r, on: activity, base: {from: ngr}, pay: 33.3%, carry-over: {\(carry)}}"],
            payouts: "schedule: \(schedule)")
    }

    var activities: [FactRecord] {
        events.map { event in
            activity(
                event.id, at: "2026-0\(event.month)-\(event.day < 10 ? "0" : "")\(event.day)T10:00:00Z",
                Money(event.amount, .eur).amount, customer: event.customer,
                [("product", .string(event.product))])
        }
    }

    var rejections: [FactRecord] {
        events.filter(\.isRejected).map { note("rejection", of: $0.id, at: "2026-06-01") }
    }

    // MARK: What the reference says, in the plainest way

    /// What Ada must have in the end.
    func expected() throws -> Int64 {
        let left = events.filter { !$0.isRejected }
        let pools = Dictionary(grouping: left) { event in
            pool == "all" ? "" : pool == "product" ? event.product : event.customer
        }
        return try pools.values.reduce(0) { sum, events in
            var alone: [String: Int] = [:]
            for customer in Set(events.map(\.customer)) {
                let own = events.filter { $0.customer == customer }
                alone[customer] = (1...5).first { month in
                    let brought = own.filter { $0.month == month }
                    guard let limit, !brought.isEmpty else { return false }
                    return brought.reduce(0) { $0 + $1.amount } <= limit
                }
            }
            let together = events.filter { $0.month < alone[$0.customer] ?? 99 }
            var commission = try self.commission(together)
            for (customer, month) in alone {
                commission += try self.commission(
                    events.filter { $0.customer == customer && $0.month >= month })
            }
            return sum + commission
        }
    }

    private func commission(_ events: [Event]) throws -> Int64 {
        let rate = Fraction(333, 1000)!
        var sum: Int64 = 0
        var left: [(month: Int, amount: Int64)] = []
        for month in 1...5 {
            if let expires { left.removeAll { $0.month + expires < month } }
            var base = events.filter { $0.month == month }.reduce(0) { $0 + $1.amount }
            if what == "commission" { base = try Money(base, .eur).times(rate, .halfEven).minor }
            while base > 0, let (oldest, amount) = left.first {
                let part = min(base, -amount)
                base -= part
                left[0] = (oldest, amount + part)
                if left[0].amount == 0 { left.removeFirst() }
            }
            if base < 0 {
                if what != "none" { left.append((month, base)) }
            } else {
                sum += what == "commission" ? base : try Money(base, .eur).times(rate, .halfEven).minor
            }
        }
        return sum
    }
}

@Suite("Any net revenue")
struct NetTests {
    private static let seeds = 0..<(isTorture ? 3_000 : 300)

    @Test("comes to what the reference says, in whatever order it arrives", arguments: seeds)
    func reference(_ seed: Int) throws {
        let history = NetHistory(seed)
        var chance = Seeded(seed + 1)
        let expected = try history.expected()
        let timely = Story(history.file, adaClicked + history.activities + history.rejections)
        #expect(timely.total("ada", in: .eur).minor == expected, "seed \(seed): \(history)")
        var story = Story(history.file, adaClicked)
        for fact in (history.activities + history.rejections).shuffled(using: &chance) { story.tell([fact]) }
        #expect(story.ending == timely.ending, "seed \(seed): \(history)")
        #expect(story.refusals == [] && story.faultBelowZero == nil && timely.faultBelowZero == nil)
    }

    @Test("rejected whole leaves nothing, settled or not", arguments: seeds)
    func rejected(_ seed: Int) {
        let history = NetHistory(seed)
        var chance = Seeded(seed + 2)
        var story = Story(history.file, adaClicked)
        let all = history.events.map { note("rejection", of: $0.id, at: "2026-06-01") }
        for fact in (history.activities + all).shuffled(using: &chance) {
            story.tell([fact])
            if chance.once(in: 6) { story.settle("2026-0\(chance.number(2...4))-20") }
        }
        #expect(story.total("ada", in: .eur).minor == 0, "seed \(seed): \(history)")
        #expect(story.balance("Expenses:Commission:Affiliate", "EUR") == "0.00")
        #expect(story.refusals == [] && story.faultBelowZero == nil, "seed \(seed): \(history)")
    }

    @Test("comes to the same statements by one late settlement as by many in time", arguments: seeds)
    func settled(_ seed: Int) {
        let history = NetHistory(seed)
        var late = Story(history.file, adaClicked + history.activities + history.rejections)
        late.settle("2026-07-02")
        var timely = Story(history.file, adaClicked)
        var rest = (history.activities + history.rejections).sorted(by: FactRecord.precedes)[...]
        var date = day("2026-01-02")
        while date < day("2026-07-02") {
            let boundary = instant("\(date.text)T00:00:00Z")
            let known = rest.prefix { $0.at < boundary }
            timely.tell(Array(known))
            rest = rest.dropFirst(known.count)
            if date.parts.day % 5 == 1 || date.weekday == 1 { timely.settle(boundary.text) }
            date = date.adding(days: 1)
        }
        timely.settle("2026-07-02")
        #expect(
            Set(late.ending).symmetricDifference(timely.ending).sorted() == [], "seed \(seed): \(history)")
        #expect(late.faultBelowZero == nil && timely.faultBelowZero == nil)
    }
}
