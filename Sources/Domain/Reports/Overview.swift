import Engine
import Replay
import Values
import Work

/// A program at a glance: its partners and what they stand at, the latest conversions and lines.
package struct Overview: Hashable, Sendable {
    package let program: String
    package let name: String
    /// By id (UTF-8 bytes).
    package let partners: [PartnerRow]
    /// The latest to be recorded, newest first.
    package let conversions: [ConversionRow]
    /// The latest by their instants, newest first.
    package let lines: [LineRow]

    package struct PartnerRow: Hashable, Sendable {
        package let id: String
        /// Nil when it was never given, or erased.
        package let name: String?
        package let type: String
        /// One for each currency that it has an account in.
        package let standing: [Standing]
    }

    package struct ConversionRow: Hashable, Sendable {
        package let id: String
        package let at: Instant
        package let event: String
        package let amount: Money
        /// The partner that it is attributed to, or `shared`; nil for the program's own.
        package let source: String?
        package let lines: Int
    }

    package struct LineRow: Hashable, Sendable {
        package let id: String
        package let partner: String
        package let amount: Money
        package let at: Instant
        package let kind: String
        /// See `LineStatus`.
        package let status: String
        /// The day it is, was or will be paid; nil when something stands in its way.
        package let payDate: Day?
        /// What that is: see `Wait.Reason`.
        package let waitsFor: String?
    }

    package static let rowsMax = 50
}

extension Overview {
    /// What the program is called.
    package static func name(at look: Look) throws -> String {
        guard let name = try OverviewQueries.name(at: look) else {
            throw Refusal.notFound(kind: "program", id: look.program)
        }
        return name
    }

    package static func find(at look: Look) throws -> Overview {
        let name = try name(at: look)
        let standings = Dictionary(grouping: try Standings.all(at: look), by: \.partner)
        let partners = try OverviewQueries.partners(at: look)
            .map { PartnerRow(id: $0.id, name: $0.name, type: $0.type, standing: standings[$0.id] ?? []) }
            .sorted { $0.id.precedes($1.id) }
        let latest = try LineQueries.latest(rowsMax, at: look)
        let clocks = try LineClocks(latest, PublishedTerms.load(at: look).history, at: look)
        let lines = latest.map { line in
            LineRow(
                id: line.id, partner: line.partner, amount: line.amount, at: line.at, kind: line.kind,
                status: line.status.rawValue, payDate: clocks[line].day,
                waitsFor: clocks[line].wait?.reason.rawValue)
        }
        return Overview(
            program: look.program, name: name, partners: partners,
            conversions: try OverviewQueries.conversions(rowsMax, at: look), lines: lines)
    }
}
