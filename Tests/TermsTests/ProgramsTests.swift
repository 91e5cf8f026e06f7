import Foundation
import Terms
import Testing

@Suite("The programs of examples/programs")
struct ProgramsTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../examples/programs")

    private static func text(_ name: String) throws -> String {
        try String(contentsOf: folder.appending(path: name), encoding: .utf8)
    }

    /// What each stands on, beyond what every version has.
    private static let programs: [(String, Set<Provision>)] = [
        (
            "saas",
            [
                .guardShare, .bindExpiry, .statusTiers, .tierCondition, .renewals, .boosts, .bounds, .caps,
                .refundPolicies, .overrides, .bonuses,
            ]
        ),
        (
            "shop",
            [
                .position, .guardShare, .statusTiers, .tierCondition, .items, .tierTables, .boosts, .bounds,
                .caps, .proRataCaps, .refundPolicies,
            ]
        ),
        (
            "igaming",
            [
                .netRevenue, .netBeside, .tierTables, .qualifications, .caps, .refundPolicies,
                .overrides, .bonuses,
            ]
        ),
        (
            "reseller",
            [
                .guardShare, .bindExpiry, .statusTiers, .margins, .funds, .assists, .renewals, .bounds, .caps,
                .bonuses, .rateAtConversion,
            ]
        ),
        (
            "creator",
            [
                .decay, .impressions, .clicks, .units, .tierTables, .boosts, .caps, .refundPolicies, .bonuses,
            ]
        ),
    ]

    @Test("are right, and without a warning", arguments: programs.map(\.0))
    func right(_ name: String) throws {
        let file = try ProgramFile.read(Self.text("\(name).yaml"), refusing: [])
        #expect(file.warnings.map { $0.text() } == [])
        #expect(try Self.text("README.md").contains("\n## [\(name).yaml](\(name).yaml): "))
    }

    @Test("wait for what is on the list of what is not paid by yet, and nothing else", arguments: programs)
    func waits(_ name: String, _ provisions: Set<Provision>) throws {
        let yaml = try Self.text("\(name).yaml")
        let used = Provision.allCases.filter { !complaints(about: yaml, refusing: [$0]).isEmpty }
        #expect(Set(used) == provisions)
        let refused = complaints(about: yaml, refusing: Provision.notYetPaid).map(\.message)
        #expect(refused.allSatisfy { $0.hasSuffix("is not in this version") })
        #expect(refused.isEmpty == provisions.isDisjoint(with: Provision.notYetPaid))
    }

    @Test("are all tried here")
    func all() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
            .filter { $0.hasSuffix(".yaml") }
        #expect(Set(names) == Set(Self.programs.map { "\($0.0).yaml" }))
    }
}
