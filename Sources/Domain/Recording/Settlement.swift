import Facts
import Programs
import Store
import Values
import Work

/// `settle`: what the clock does, partner by partner, each in a piece of its own.
package struct Settlement: Sendable {
    /// A mistyped year would end all settling for good.
    private static let aheadMax = Span.days(731)

    private let house: House
    private let shelf: TermsShelf
    private let program: String
    private let principal: Principal

    package init(_ house: House, _ shelf: TermsShelf, in program: String, as principal: Principal) {
        self.house = house
        self.shelf = shelf
        self.program = program
        self.principal = principal
    }

    /// - Throws: `Refusal` when the program is settled beyond `instant` already.
    package func run(asOf instant: Instant, progress: (Int, Int) -> Void) async throws -> Act.Settled {
        let latest = house.now().moved(by: Self.aheadMax)
        guard instant <= latest else {
            throw Refusal.invalid(
                "/as_of", .because("is more than two years ahead; what is settled stays settled"))
        }
        try Act.refuse(
            instant, before: try await house.look(at: program) { try FactLog.settledUntil(at: $0) })
        let partners = try await house.look(at: program) { [shelf] in try Act.unsettled(at: $0, shelf) }
        var settled = Act.Settled()
        let shelf = shelf
        for (index, partner) in partners.enumerated() {
            try Task.checkCancellation()
            let statements = try await house.work(in: program, as: principal, .long) { work in
                try Act.settle(partner, asOf: instant, shelf, in: work)
            }
            settled.partners += 1
            settled.statements += statements
            progress(index + 1, partners.count)
        }
        try await house.work(in: program, as: principal) { try Act.finishSettlement(asOf: instant, in: $0) }
        return settled
    }
}
