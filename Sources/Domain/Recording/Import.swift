import Conversions
import Facts
import Partners
import Programs
import Replay
import Store
import Values
import Work

/// Brings history in: idempotent, in pieces, with a report of what was refused and why.
package struct Import: Sendable {
    package struct Report: Sendable {
        package var recorded = 0
        package var repeated = 0
        package var parked: [(name: String, awaits: String)] = []
        package var refused: [(line: Int, reason: String)] = []
        package var notices = 0

        package init() {}
    }

    /// Pieces of long work, between which others write: a click costs a tenth of a conversion.
    static let pieceMax = 400
    static let clicksPieceMax = 2_000

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

    /// A fact and the line of the file that it stands on.
    package struct Row: Sendable {
        package let line: Int
        package let fact: FactRecord

        package init(line: Int, fact: FactRecord) {
            self.line = line
            self.fact = fact
        }
    }

    /// Records the rows of one file in the order of facts (`FactRecord.precedes`).
    ///
    /// Clicks have no sequence, so they go first: a conversion of the same file finds them all. The pieces
    /// are bulk; a last write, which says in the audit log what came in, makes them last.
    package func run(
        _ rows: [Row], _ report: inout Report, progress: (Int) -> Void
    ) async throws {
        guard !rows.isEmpty else { return }
        let before = report.recorded
        let ordered = Self.inOrder(rows)
        let arriving = try await links(arrivingWith: ordered)
        let known = try await knownLinks(ordered, besides: arriving)
        var clicks: [Row] = []
        var others: [Row] = []
        for row in ordered {
            // A click that names a partner, or a link that is nowhere, stands in line: it may have to be
            // parked.
            if case .click(let click) = row.fact.content, click.partner == nil,
                click.link.map({ arriving.contains($0) || known.contains($0) }) == true
            {
                clicks.append(row)
            } else {
                others.append(row)
            }
        }
        let pieces =
            Self.pieces(of: clicks, Self.clicksPieceMax).map { ($0, arriving) }
            + Self.pieces(of: others, Self.pieceMax).map { ($0, []) }
        var ground = try await lay(pieces.first?.0)
        var done = 0
        for (index, (piece, links)) in pieces.enumerated() {
            // The next piece's ground is laid beside the writer.
            async let next = lay(index + 1 < pieces.count ? pieces[index + 1].0 : nil)
            try await take(piece, on: ground, expecting: links, &report)
            ground = try await next
            done += piece.count
            progress(done)
        }
        let (recorded, total) = (report.recorded - before, rows.count)
        try await house.work(in: program, as: principal) {
            try $0.audit("imported", "\(recorded) of \(total) facts")
        }
    }

    /// Histories mostly come in order; then nothing is moved.
    private static func inOrder(_ rows: [Row]) -> [Row] {
        let isInOrder = zip(rows, rows.dropFirst()).allSatisfy { !FactRecord.precedes($1.fact, $0.fact) }
        return isInOrder ? rows : rows.sorted { FactRecord.precedes($0.fact, $1.fact) }
    }

    private static func pieces(of rows: [Row], _ size: Int) -> [[Row]] {
        stride(from: 0, to: rows.count, by: size).map { Array(rows[$0..<min($0 + size, rows.count)]) }
    }

    private func lay(_ piece: [Row]?) async throws -> Groundwork? {
        guard let facts = piece?.map(\.fact) else { return nil }
        let shelf = shelf
        return try await house.look(at: program) { try Groundwork.lay(facts, shelf, at: $0) }
    }

    /// The links of a file whose clicks may be kept before them. Where conversions are there already, a click
    /// may have a say in one, and has it only once its link is there: it waits in line.
    private func links(arrivingWith rows: [Row]) async throws -> Set<String> {
        let links = rows.filter { $0.fact.kind == .link }.map(\.fact.id)
        guard !links.isEmpty,
            try await house.look(at: program, { try !ConversionRows.exist(at: $0) })
        else { return [] }
        return Set(links)
    }

    private func knownLinks(_ rows: [Row], besides arriving: Set<String>) async throws -> Set<String> {
        let named = Set(
            rows.compactMap { row -> String? in
                guard case .click(let click) = row.fact.content else { return nil }
                return click.link
            }
        ).subtracting(arriving).sorted()
        guard !named.isEmpty else { return [] }
        return try await house.look(at: program) { look in try LinkQueries.known(named, at: look) }
    }

    private func take(
        _ piece: [Row], on ground: Groundwork?, expecting links: Set<String>, _ report: inout Report
    ) async throws {
        let facts = piece.map(\.fact)
        let shelf = shelf
        let answers = try await house.work(in: program, as: principal, .bulk) { work in
            var recorder = try Recorder(shelf, through: .file, in: work)
            recorder.expect(links)
            return try recorder.record(facts, on: ground)
        }
        for (row, answer) in zip(piece, answers) {
            switch answer {
            case .new(_, let notices):
                report.recorded += 1
                report.notices += notices.count
            case .repeated: report.repeated += 1
            case .parked(let name): report.parked.append((row.fact.name, name.text))
            case .refused(let refusal): report.refused.append((row.line, refusal.sentence))
            }
        }
    }
}
