import Foundation
import Ledger
import Payouts
import Programs
import Replay
import Terms
import Tracking
import Values
import Work

/// A program's whole record as NDJSON files, for strangers to recompute.
///
/// Equal histories give equal bytes: nothing in the files says when or where they were written.
package enum AuditExport {
    /// How often it begins anew when a settlement or a payout ran meanwhile.
    static let attemptsMax = 3

    /// Writes all files, or none. Reads in pages and keeps no reading transaction open, so that the house
    /// works on.
    /// - Throws: `Refusal.unavailable` when the program did not stand still long enough, or a file cannot be
    ///   written.
    package static func write(to directory: String, house: House, program: String) async throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        for _ in 0..<attemptsMax {
            var export = try await AuditRun(house: house, program: program, directory: directory)
            do {
                try await export.writeAll()
                if try await export.stoodStill() { return try export.publish() }
            } catch {
                export.discard()
                throw error
            }
            export.discard()
        }
        throw Refusal.unavailable("settlements or payouts ran while the export did; try again")
    }
}

/// One attempt: the record up to the head that it found when it began.
private struct AuditRun {
    private let house: House
    private let program: String
    private let directory: String
    private let head: Head
    private let balances: Balances
    private let standings: [Standing]
    private var drafts: [Draft] = []

    /// Rows of one page; a page is read in a few milliseconds.
    private static let pageMax = 1000
    private static let placesMax = 20_000

    init(house: House, program: String, directory: String) async throws {
        (self.house, self.program, self.directory) = (house, program, directory)
        (head, balances, standings) = try await house.look(at: program) { look in
            let balances = try JournalRows.balances(at: look)
            return (try AuditQueries.head(at: look), balances, try Standings.all(balances, at: look))
        }
    }

    mutating func writeAll() async throws {
        try await write("facts", facts)
        try await write("clicks", clicks)
        try await write("terms", terms)
        try await write("decisions", decisions)
        try await write("lines", lines)
        try await write("journal", journal)
        try await write("balances", balancesFile)
        try await write("batches", batches)
        try await write("statements", statements)
    }

    func stoodStill() async throws -> Bool {
        let last = head.sequence
        return try await house.look(at: program) { try !AuditQueries.hasMoved(after: last, at: $0) }
    }

    func publish() throws { for draft in drafts { try draft.publish() } }

    func discard() { for draft in drafts { draft.discard() } }

    private mutating func write(_ name: String, _ rows: (Draft) async throws -> Void) async throws {
        let draft = try Draft("\(directory)/\(name).ndjson")
        drafts.append(draft)
        try await rows(draft)
        try draft.finish()
    }

    // MARK: Facts and clicks

    private func facts(_ draft: Draft) async throws {
        var last: Int64 = 0
        while last < head.sequence {
            let page = try await house.look(at: program) { [last] look in
                try FactLog.page(after: last, limit: Self.pageMax, at: look)
            }
            guard let end = page.last?.sequence else { return }
            for fact in page where fact.sequence <= head.sequence {
                let own = JSON.record([
                    "fact": .string(fact.kind), "id": .string(fact.id), "at": .string(fact.at.text),
                    "sequence": .int(fact.sequence), "received_at": .string(fact.receivedAt.text),
                ])
                try draft.line(Self.join(own.compact, fact.body))
            }
            last = end
        }
    }

    private func terms(_ draft: Draft) async throws {
        let versions = try await house.look(at: program) { try PublishedTerms.load(at: $0).versions }
        for version in versions {
            try draft.line(
                JSON.record([
                    "version": .int(version.number),
                    "effective_at": (version.effectiveAt?.text).json ?? .null,
                    "hash": .string(version.file.hash), "yaml": .string(version.file.yaml),
                ]).compact)
        }
    }

    /// A day after the other. A click's day is that of its id, which is that of its instant unless it was
    /// handed in otherwise; then all are put in order at once.
    private func clicks(_ draft: Draft) async throws {
        var whole: [AuditQueries.ClickRow] = []
        var impressions = Impressions(house: house, program: program)
        var isWhole = false
        var last: AuditQueries.ClickRow?
        var day = Int64.min
        while let next = try await house.look(
            at: program, { [day] in try AuditQueries.clickDay(after: day, at: $0) })
        {
            day = next
            let rows = try await clicks(on: next)
            if let first = rows.first, let end = last, AuditQueries.ClickRow.precedes(first, end) {
                isWhole = true
            }
            last = rows.last ?? last
            if isWhole { break }
            try await impressions.merge(rows, into: draft)
        }
        guard isWhole else { return try await impressions.finish(draft) }
        try draft.restart()
        impressions = Impressions(house: house, program: program)
        day = .min
        while let next = try await house.look(
            at: program, { [day] in try AuditQueries.clickDay(after: day, at: $0) })
        {
            day = next
            whole += try await clicks(on: next)
        }
        try await impressions.merge(whole.sorted(by: AuditQueries.ClickRow.precedes), into: draft)
        try await impressions.finish(draft)
    }

    private func clicks(on day: Int64) async throws -> [AuditQueries.ClickRow] {
        let count = try await house.look(at: program) { try AuditQueries.clickCount(on: day, at: $0) }
        let slices = max(1, min(4096, count / Int64(Self.placesMax)))
        let width = 65_536 / slices + 1
        var rows: [AuditQueries.ClickRow] = []
        for start in stride(from: Int64(0), to: 65_536, by: Int64.Stride(width)) {
            rows += try await house.look(at: program) { look in
                try AuditQueries.clicks(on: day, buckets: start..<start + width, at: look)
            }
        }
        return rows.sorted(by: AuditQueries.ClickRow.precedes)
    }

    // MARK: What follows from them

    private func decisions(_ draft: Draft) async throws {
        var places: [AuditQueries.DecisionPlace] = []
        while true {
            let page = try await house.look(at: program) { [head, last = places.last] look in
                try AuditQueries.decisionPlaces(
                    after: last, upTo: head.sequence, limit: Self.placesMax, at: look)
            }
            places += page
            if page.count < Self.placesMax { break }
        }
        places.sort { AuditQueries.Place.precedes($0.place, $1.place) }
        for page in Self.pages(places) {
            let conversions = page.map(\.conversion)
            let bodies = try await house.look(at: program) { try AuditQueries.decisions(conversions, at: $0) }
            for place in page { if let body = bodies[place.place.id] { try draft.line(body) } }
        }
    }

    private func lines(_ draft: Draft) async throws {
        let places = try await places(AuditQueries.linePlaces)
        for page in Self.pages(places) {
            let ids = page.map(\.id)
            let rows = try await house.look(at: program) { look in
                Dictionary(uniqueKeysWithValues: try LineQueries.find(ids, at: look).map { ($0.id, $0) })
            }
            for row in page.compactMap({ rows[$0.id] }) {
                let state = JSON.record([
                    "status": .string(row.status.rawValue), "statement": row.statement.json ?? .null,
                ])
                try draft.line(Self.join(row.body, state.compact))
            }
        }
    }

    private func statements(_ draft: Draft) async throws {
        let places = try await places(AuditQueries.statementPlaces)
        for page in Self.pages(places) {
            let ids = page.map(\.id)
            let rows = try await house.look(at: program) { look in
                Dictionary(
                    uniqueKeysWithValues: try AuditQueries.statements(ids, at: look).map { ($0.id, $0) })
            }
            for row in page.compactMap({ rows[$0.id] }) {
                try draft.line(Self.join(row.body, JSON.record(["number": .string(row.number)]).compact))
            }
        }
    }

    /// All places up to the head, in the order of the file.
    private func places(
        _ page: @escaping @Sendable (String, Int64, Int, Look) throws -> [AuditQueries.Place]
    ) async throws -> [AuditQueries.Place] {
        var places: [AuditQueries.Place] = []
        while true {
            let next = try await house.look(at: program) { [head, last = places.last?.id ?? ""] look in
                try page(last, head.sequence, Self.placesMax, look)
            }
            places += next
            if next.count < Self.placesMax { return places.sorted(by: AuditQueries.Place.precedes) }
        }
    }

    private func batches(_ draft: Draft) async throws {
        for batch in try await house.look(at: program, AuditQueries.batches) {
            try draft.line(
                JSON.record([
                    "batch": .string(batch.id), "state": .string(batch.stateByFacts),
                    "as_of": .string(batch.asOf.text),
                    "opened_by": .string(batch.openedBy), "approved_by": .texts(batch.approvedBy),
                    "items": .array(
                        batch.items.map { item in
                            .record([
                                "item": .string(item.id), "partner": .string(item.partner),
                                "amount": .string(item.amount.amount),
                                "currency": .string(item.amount.currency.code),
                                "rail": .string(item.rail), "state": .string(item.state),
                                "statements": .texts(item.statements),
                            ])
                        }),
                ]).compact)
        }
    }

    // MARK: The books

    private func journal(_ draft: Draft) async throws {
        try await Journal.each(house: house, program: program, upTo: head.entry) {
            try draft.line($0.json.compact)
        }
    }

    private func balancesFile(_ draft: Draft) async throws {
        for standing in standings { try draft.line(standing.json.compact) }
        for (account, amount) in balances.all {
            try draft.line(
                JSON.record([
                    "account": .string(account), "currency": .string(amount.currency.code),
                    "amount": .string(amount.amount),
                ]).compact)
        }
    }

    // MARK: Parts

    private static func pages<Element>(_ all: [Element]) -> [ArraySlice<Element>] {
        stride(from: 0, to: all.count, by: pageMax).map { all[$0..<min($0 + pageMax, all.count)] }
    }

    /// Two objects made one. Both are ours and compact, so that their bytes can be kept as they are.
    private static func join(_ first: String, _ second: String) -> String {
        precondition(first.hasSuffix("}") && second.hasPrefix("{"), "bodies are objects")
        if second == "{}" { return first }
        if first == "{}" { return second }
        return first.dropLast() + "," + second.dropFirst()
    }
}

/// The impressions of a program in their order, to be written between its clicks.
private struct Impressions {
    let house: House
    let program: String
    private var page: ArraySlice<AuditQueries.ClickRow> = []
    private var last: ImpressionRows.Place?
    private var isOver = false

    private static let pageMax = 1000

    init(house: House, program: String) {
        self.house = house
        self.program = program
    }

    mutating func merge(_ clicks: [AuditQueries.ClickRow], into draft: Draft) async throws {
        for click in clicks {
            while let own = try await next(), !AuditQueries.ClickRow.precedes(click, own) {
                try draft.line(own.json)
                page.removeFirst()
            }
            try draft.line(click.json)
        }
    }

    /// Writes those that are left.
    mutating func finish(_ draft: Draft) async throws {
        while let own = try await next() {
            try draft.line(own.json)
            page.removeFirst()
        }
    }

    private mutating func next() async throws -> AuditQueries.ClickRow? {
        if page.isEmpty, !isOver {
            let rows = try await house.look(at: program) { [last] look in
                try AuditQueries.impressions(after: last, limit: Self.pageMax, at: look)
            }
            page = rows[...]
            last = rows.last.map { ImpressionRows.Place(at: $0.at, id: $0.id) } ?? last
            isOver = rows.count < Self.pageMax
        }
        return page.first
    }
}
