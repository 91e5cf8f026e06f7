import Testing

extension VectorCase {
    static let all =
        TypeVectors.cases + BaseVectors.cases + RoundingVectors.cases + RecurringVectors.cases
        + ResellerVectors.cases + TierVectors.cases + SplitVectors.cases + LevelVectors.cases
        + CapVectors.cases + CarryVectors.cases + RefundVectors.cases + ExchangeVectors.cases
        + PayoutVectors.cases
}

@Suite("The commission vectors")
struct VectorTests {
    @Test("come to what is expected of them", arguments: VectorCase.all)
    func each(_ vector: VectorCase) throws { try vector.check(Vector(vector.id)) }

    @Test("have each exactly one test")
    func all() {
        #expect(Vector.ids == (1...80).map { $0 < 10 ? "CM-0\($0)" : "CM-\($0)" })
        #expect(VectorCase.all.map(\.id).sorted() == Vector.ids)
    }

    @Test("are program files and facts, but for what is arithmetic of money and of payouts")
    func levels() {
        func at(_ level: VectorCase.Level) -> [String] {
            VectorCase.all.filter { $0.level == level }.map(\.id).sorted()
        }
        // Ties; withholding, invoices, tax forms, payout fees and coins, which no program file speaks of.
        #expect(at(.money) == ["CM-45", "CM-68", "CM-69", "CM-70", "CM-71", "CM-72", "CM-73", "CM-79"])
        #expect(
            at(.statements) == [
                "CM-59", "CM-60", "CM-61", "CM-62", "CM-63", "CM-64", "CM-65", "CM-66", "CM-67", "CM-80",
            ])
    }
}
