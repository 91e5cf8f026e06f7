import Commissions
import Engine
import Facts
import Ledger
import Payouts
import Programs
import Replay
import Store
import Tracking
import Values
import Work

/// Rebuilds everything from the facts and compares it with what is stored, table by table and column by
/// column (`Remade.tables`), and the head; then the invariants of the books. Names the first differences.
package struct Verification: Sendable {
    package private(set) var counts: [(what: String, count: Int)] = []
    package private(set) var differences: [String] = []

    static let differencesMax = 20
    private static let page = 2_000

    private let house: House
    private let program: String

    package init(_ house: House, program: String) {
        self.house = house
        self.program = program
    }

    package var isClean: Bool { differences.isEmpty }

    package mutating func run(progress: @Sendable (Int64) -> Void) async throws {
        var fold = VerifyFold(program)
        try await fold.readEvidence(house)
        var sequence: Int64 = 0
        while true {
            let after = sequence
            let facts = try await house.look(at: program) { look in
                try FactLog.page(after: after, limit: Self.page, at: look)
            }
            guard let last = facts.last else { break }
            fold.take(facts)
            sequence = last.sequence
            progress(sequence)
        }
        fold.checkEvidence()
        try await fold.compare(house)
        counts = fold.counts
        differences = Array(fold.differences.prefix(Self.differencesMax))
        let last = sequence
        let others = try await house.look(at: program) { try FactLog.page(after: last, limit: 1, at: $0) }
        if !isClean, !others.isEmpty {
            differences.insert("facts were recorded meanwhile: verify again while nothing is", at: 0)
        }
    }
}
