import Replay
import Reports
import Values

// What the templates are given: texts, flags and lists of such, ready to show. No optionals (see PageBook).

struct SignInPage: Sendable {
    let token: String
    let hasToken: Bool
    let isRefused: Bool

    init(token: String, isRefused: Bool) {
        self.token = token
        self.isRefused = isRefused
        hasToken = !token.isEmpty
    }
}

struct ProgramPage: Sendable {
    let name: String
    let programs: [ProgramChoice]
    let hasChoice: Bool
    let partners: [PartnerLine]
    let hasPartners: Bool
    let pager: Pager
    let conversions: [ConversionLine]
    let hasConversions: Bool
    let lines: [CommissionLine]
    let hasLines: Bool

    static let partnersPerPage = 50

    /// - Parameter number: the page of partners, from 1; one that is not there means the nearest.
    init(_ overview: Overview, number: Int, programs: [String]) {
        let program = overview.program
        name = overview.name
        self.programs = programs.map {
            ProgramChoice(slug: $0, href: ConsoleLinks.program($0), isCurrent: $0 == program)
        }
        hasChoice = programs.count > 1
        pager = Pager(program, number: number, total: overview.partners.count, each: Self.partnersPerPage)
        partners = overview.partners[pager.range].flatMap { PartnerLine.lines(of: $0) }
        hasPartners = !partners.isEmpty
        conversions = overview.conversions.map { ConversionLine($0, in: program) }
        hasConversions = !conversions.isEmpty
        lines = overview.lines.map { CommissionLine($0, in: program) }
        hasLines = !lines.isEmpty
    }
}

struct ProgramChoice: Sendable {
    let slug: String
    let href: String
    let isCurrent: Bool
}

/// Which part of a list is shown, and the way to the parts beside it.
struct Pager: Sendable {
    let range: Range<Int>
    let isNeeded: Bool
    let words: String
    let hasEarlier: Bool
    let earlier: String
    let hasLater: Bool
    let later: String

    init(_ program: String, number: Int, total: Int, each: Int) {
        let last = max(1, (total + each - 1) / each)
        let number = min(max(number, 1), last)
        range = (number - 1) * each..<min(number * each, total)
        isNeeded = last > 1
        words = "\(range.lowerBound + 1) to \(range.upperBound) of \(total)"
        hasEarlier = number > 1
        earlier = ConsoleLinks.partners(program, page: max(number - 1, 1))
        hasLater = number < last
        later = ConsoleLinks.partners(program, page: min(number + 1, last))
    }
}

/// A partner in one currency.
struct PartnerLine: Sendable {
    let id: String
    let label: String
    let isNamed: Bool
    let type: String
    let currency: String
    let pending: String
    let approved: String
    let payable: String
    let held: String
    let paid: String
    let owes: String

    /// A line for each currency in which there is anything; one without amounts where there is none.
    static func lines(of partner: Overview.PartnerRow) -> [PartnerLine] {
        let told = partner.standing.filter { standing in
            [
                standing.pending, standing.approved, standing.payable, standing.held, standing.paid,
                standing.clawback,
            ].contains { $0.minor != 0 }
        }
        return told.isEmpty ? [PartnerLine(partner, nil)] : told.map { PartnerLine(partner, $0) }
    }

    private init(_ partner: Overview.PartnerRow, _ standing: Standing?) {
        id = partner.id
        label = partner.name ?? partner.id
        isNamed = partner.name != nil
        type = partner.type
        currency = standing?.pending.currency.code ?? "–"
        pending = standing?.pending.amount ?? "–"
        approved = standing?.approved.amount ?? "–"
        payable = standing?.payable.amount ?? "–"
        held = standing?.held.amount ?? "–"
        paid = standing?.paid.amount ?? "–"
        owes = standing?.clawback.amount ?? "–"
    }
}

struct ConversionLine: Sendable {
    let id: String
    let href: String
    let at: Moment
    let event: String
    let amount: String
    let source: String
    let count: Int

    init(_ conversion: Overview.ConversionRow, in program: String) {
        id = conversion.id
        href = ConsoleLinks.conversion(conversion.id, in: program)
        at = Moment(conversion.at)
        event = conversion.event
        amount = "\(conversion.amount)"
        source = conversion.source ?? "direct"
        count = conversion.lines
    }
}

struct CommissionLine: Sendable {
    let id: String
    let href: String
    let at: Moment
    let partner: String
    let kind: String
    let amount: String
    let status: String
    let payDay: String

    init(_ line: Overview.LineRow, in program: String) {
        id = line.id
        href = ConsoleLinks.commission(line.id, in: program)
        at = Moment(line.at)
        partner = line.partner
        kind = line.kind.asWords
        amount = "\(line.amount)"
        status = line.status.asWords
        payDay = line.payDate?.text ?? line.waitsFor?.asWords ?? "no day yet"
    }
}

/// A time for machines and for readers: `2026-11-03 10:12`, in UTC.
struct Moment: Sendable {
    let iso: String
    let words: String

    init(_ instant: Instant) {
        iso = instant.text
        words = "\(instant.text.prefix(10)) \(instant.text.dropFirst(11).prefix(5))"
    }
}

struct ExplanationPage: Sendable {
    let title: String
    let kind: String
    let back: String
    let program: String
    let sections: [ExplainedStep]

    init(_ explanation: Explanation, of kind: String, in program: String, called name: String) {
        title = explanation.title
        self.kind = kind
        self.program = name
        back = ConsoleLinks.program(program)
        sections = explanation.sections.map { section in
            ExplainedStep(
                heading: section.heading, sentences: section.sentences, hasRows: !section.rows.isEmpty,
                rows: section.rows.map { ExplainedRow(cells: $0.map(ExplainedCell.init)) })
        }
    }
}

struct ExplainedStep: Sendable {
    let heading: String
    let sentences: [String]
    let hasRows: Bool
    let rows: [ExplainedRow]
}

struct ExplainedRow: Sendable {
    let cells: [ExplainedCell]
}

struct ExplainedCell: Sendable {
    private static let wordMax = 12

    let text: String
    /// Whether it has a word that a narrow screen must break.
    let isLong: Bool

    init(_ text: String) {
        self.text = text
        isLong = text.split(separator: " ").contains { $0.count > Self.wordMax }
    }
}

extension String {
    /// `waiting_for_rate` → `waiting for rate`
    fileprivate var asWords: String { String(map { $0 == "_" ? " " : $0 }) }
}
