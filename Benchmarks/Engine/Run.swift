import Engine
import Facts
import Terms
import Values

/// The engine over a world: the same `judge` that live, `simulate` and `verify` use, with a whole memory.
struct Run {
    private let world: World
    private let terms: TermsHistory
    private let event: Symbol
    private let countries: [Symbol]
    private var memory = Memory(isWhole: true)
    private var outcome = Outcome(isExplained: false)
    private(set) var decisions: [Decision] = []
    /// By partner, in minor units.
    private(set) var commission = Array(repeating: Int64(0), count: World.partners)

    init(_ world: World, _ file: ProgramFile) throws {
        self.world = world
        var names = Names()
        var terms = TermsHistory()
        terms.publish(file.compile(version: 1, effectiveAt: nil, &names))
        self.terms = terms
        event = names.word("sale")
        countries = World.countries.map { names.word($0) }
        memory.walksVisitors = true
        let sales = world.sales.at.count
        memory.reserve(clicks: world.clicks.at.count, conversions: sales, customers: world.visitors)
        decisions.reserveCapacity(sales)
        for number in 0..<World.partners {
            let joining = Joining(
                partner: Ref(Int32(number)), at: .earliest, type: names.word("affiliate"), plan: nil,
                account: nil, email: nil, currency: nil, rail: nil)
            try take(Fact(at: .earliest, .partner(joining)))
        }
    }

    var attributed: Int { decisions.reduce(0) { $1.source == nil ? $0 : $0 + 1 } }

    private mutating func take(_ fact: Fact) throws {
        outcome.clear()
        try judge(fact, terms, memory, into: &outcome)
        memory.apply(outcome)
    }

    /// As many sales are looked at together before they are judged.
    private static let ahead = 64

    /// Everything in the order of time, as a file of facts is taken; the clicks of a block of sales before
    /// its first, because a sale passes over the clicks that came after it.
    mutating func runInOrder() throws {
        var click = 0
        var block: [Sale] = []
        for start in stride(from: 0, to: world.sales.at.count, by: Run.ahead) {
            let range = start..<min(start + Run.ahead, world.sales.at.count)
            let first = click
            let end = world.sales.at[range.upperBound - 1]
            while click < world.clicks.at.count, world.clicks.at[click] < end { click += 1 }
            show(first..<click)
            block.removeAll(keepingCapacity: true)
            for index in range { block.append(sale(index)) }
            memory.readAhead(block[...])
            for sale in block { try convert(sale) }
        }
        show(click..<world.clicks.at.count)
    }

    mutating func showAll() { show(world.clicks.at.indices) }

    mutating func convertAll() throws { for index in world.sales.at.indices { try convert(sale(index)) } }

    private mutating func show(_ range: Range<Int>) {
        memory.touches.show(world.clicks, range) { $0.number < $1.number }
    }

    private mutating func convert(_ sale: Sale) throws {
        try take(Fact(at: sale.at, .conversion(sale)))
        for decision in outcome.decisions { decisions.append(decision) }
        for index in outcome.lines.indices {
            let partner = outcome.lines[index].earning.key.partner
            commission[Int(partner.number)] += outcome.lines[index].amount.minor
        }
    }

    private func sale(_ index: Int) -> Sale {
        var sale = Sale(
            conversion: Ref(Int32(index)), at: world.sales.at[index], event: event,
            amount: Money(world.sales.amount[index], .eur))
        sale.tax = world.sales.tax[index]
        sale.shipping = world.sales.shipping[index]
        sale.visitor = Ref(world.sales.visitor[index])
        sale.identity = Ref(world.sales.visitor[index])
        sale.country = countries[Int(world.sales.country[index])]
        return sale
    }

    /// The rules alone, over all sales, as if each had a partner.
    /// - Returns: what they come to.
    mutating func evaluateAll() throws -> Int64 {
        var sum: Int64 = 0
        for index in world.sales.at.indices {
            outcome.clear()
            sum += try memory.promise(
                sale(index), to: Ref(Int32(index % World.partners)), terms, into: &outcome)
        }
        return sum
    }
}
