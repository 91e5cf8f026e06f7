import Engine
import Facts
import Programs
import Replay
import Terms
import Values
import Work

/// The terms of a trial: those of history, but that the file takes the place of a version, or is in force
/// from an instant on.
struct TrialTerms {
    let file: ProgramFile
    let since: Instant?
    /// The version that the file stands for from its publication on; nil: it was there from the beginning.
    private let place: Int32?
    private let number: Int32

    init(_ file: ProgramFile, in version: TermsVersion, since: Instant?) {
        self.file = file
        self.since = since
        place = since == version.effectiveAt ? version.number : nil
        // Above all that can be there, so that no line of history is taken for one of the file.
        number = .max
    }

    /// What follows from the publication of a version of history.
    func publish(_ content: TermsContent, in book: inout Book) throws(Refusal) {
        let isKept: Bool
        if let place {
            if content.version == place { return book.publish(file, version: number, effectiveAt: since) }
            isKept = content.version < place
        } else {
            isKept = since.map { (content.effectiveAt ?? .earliest) < $0 } ?? false
        }
        if isKept {
            guard let file = try? ProgramFile.read(content.yaml) else {
                throw .invalid("/yaml", .because("is no program file"))
            }
            book.publish(file, version: content.version, effectiveAt: content.effectiveAt)
        }
        // The last that is published holds.
        if place == nil { book.publish(file, version: number, effectiveAt: since) }
    }
}

/// Judges each fact as it was and as it would have been.
struct TrialFold {
    private var evidence = Evidence()
    private(set) var result = TrialResult()
    /// Lines that were not held against what is recorded yet.
    private(set) var made: [LineRecord] = []
    private var was: Book
    private var would: Book
    private let terms: TrialTerms
    private let since: Instant
    /// Conversions that have another source now.
    private var moved: Set<Ref<Conversion>> = []

    private static let refusedMax = 5

    init(_ program: String, _ terms: TrialTerms) {
        self.terms = terms
        since = terms.since ?? .earliest
        was = Book(program: program, isWhole: true)
        would = Book(program: program, isWhole: true, asksTerms: false)
    }

    mutating func readEvidence(_ house: House) async throws {
        try await Evidence.showClicks(house, was.program, to: &was)
        would.share(trafficOf: was)
        try await evidence.read(house, was.program)
    }

    mutating func take(_ kept: KeptFact) throws(Refusal) {
        guard let kind = FactKind(rawValue: kept.kind) else {
            result.unlike = "fact \(kept.kind):\(kept.id) is of no kind"
            return
        }
        let fact: FactRecord
        let had: Records
        do {
            fact = try FactReader(.store).stored(
                kind, id: kept.id, at: kept.at, receivedAt: kept.receivedAt, body: kept.body)
            had = try judge(fact, kept.sequence)
        } catch {
            result.unlike = "fact \(kept.kind):\(kept.id) is refused now: \(error.sentence)"
            return
        }
        result.facts += 1
        if kind == .conversion, fact.at >= since { result.conversions += 1 }
        made += had.lines
        try add(had, was, \.before, \.before)
        // One list of names serves both books, whoever is judging.
        swap(&was.names, &would.names)
        defer { swap(&was.names, &would.names) }
        switch fact.content {
        case .terms(let content): try terms.publish(content, in: &would)
        // What was paid, and by whom it was approved, earns nothing.
        case .batch, .batchApproval, .payoutResult: break
        default: try takeAsItWouldBe(fact, kept.sequence, had)
        }
    }

    private mutating func takeAsItWouldBe(
        _ fact: FactRecord, _ sequence: Int64, _ had: Records
    ) throws(Refusal) {
        var decided = had.outcome.decisions.map(\.conversion)
        do {
            let has = try judgeAsItWouldBe(fact, sequence)
            decided += has.outcome.decisions.map(\.conversion)
            try add(has, would, \.after, \.after)
        } catch .overflow {
            throw .overflow
        } catch {
            result.refused += 1
            if result.firstRefused.count < Self.refusedMax {
                result.firstRefused.append("\(fact.name): \(error.sentence)")
            }
        }
        for conversion in decided {
            if was.memory.sharers(of: conversion) == would.memory.sharers(of: conversion) {
                moved.remove(conversion)
            } else {
                moved.insert(conversion)
            }
        }
    }

    // MARK: Judging

    private mutating func judge(_ fact: FactRecord, _ sequence: Int64) throws(Refusal) -> Records {
        while true {
            switch try was.attempt(fact, sequence: sequence) {
            case .done(let records):
                was.memory.evidence.removeAll(keepingCapacity: true)
                return records
            case .wants(let wanted):
                for want in wanted {
                    let (conversion, id) = try Self.conversion(want, fact, was)
                    let made = was.memory.dossiers[conversion]?.decisions ?? 0
                    let known = evidence.weighed(for: id, at: Int(fact.asks(about: id) ? made : made - 1))
                    _ = was.present(ids: known, for: conversion)
                }
            }
        }
    }

    /// Other terms may look at other clicks: at all that were there when it was decided.
    private mutating func judgeAsItWouldBe(
        _ fact: FactRecord, _ sequence: Int64
    ) throws(Refusal) -> Records {
        while true {
            switch try would.attempt(fact, sequence: sequence) {
            case .done(let records):
                would.memory.evidence.removeAll(keepingCapacity: true)
                return records
            case .wants(let wanted):
                for want in wanted {
                    let (conversion, id) = try Self.conversion(want, fact, would)
                    guard
                        let sale = would.memory.sales[conversion] ?? would.sale(of: fact, is: conversion),
                        let reach = would.terms.reach(at: sale.at)
                    else { throw .notFound(kind: "conversion", id: id) }
                    let late = evidence.late(
                        for: id, after: Int(was.memory.dossiers[conversion]?.decisions ?? 0) - 1)
                    let found = would.witnesses(of: sale, within: reach).filter { !late.contains($0) }
                    _ = would.present(ids: found, for: conversion)
                }
            }
        }
    }

    private static func conversion(
        _ want: Wanted, _ fact: FactRecord, _ book: Book
    ) throws(Refusal) -> (Ref<Conversion>, String) {
        guard case .evidence(let conversion) = want else {
            throw .notFound(kind: "fact", id: "that \(fact.name) stands on")
        }
        return (conversion, book.names.text(conversion))
    }

    // MARK: Adding up

    private mutating func add(
        _ records: Records, _ book: Book, _ side: WritableKeyPath<TrialResult.Shift, Int64>,
        _ steps: WritableKeyPath<TrialResult.Steps, Set<String>>
    ) throws(Refusal) {
        // What a claim pays was put by before.
        if records.fact.kind == .fundClaim { return }
        for (line, own) in zip(records.lines, records.outcome.lines) where line.at >= since {
            let amount = line.amount
            let number = own.earning.key.rule
            let plan = book.files[own.terms]?.planName(number) ?? ""
            try result.totals[amount.currency, default: .init()].add(amount.minor, side)
            try result.rules[
                .init(plan: plan, rule: line.rule, currency: amount.currency), default: .init()
            ].add(amount.minor, side)
            try result.partners[
                .init(partner: line.partner, currency: amount.currency), default: .init()
            ].add(amount.minor, side)
            for case .step(let step, _) in records.outcome.workings[own.workings] {
                guard let table = book.terms.version(own.terms)?.rule(number)?.tiers else { continue }
                let key = TrialResult.StepKey(partner: line.partner, plan: plan, rule: line.rule)
                result.steps[key, default: .init()][keyPath: steps].insert(table.start(of: step))
            }
        }
    }

    // MARK: Comparing

    /// Holds the lines since the last time against what is recorded of them.
    mutating func compare(_ recorded: [String: (partner: String, amount: Money)]) {
        for line in made where result.unlike == nil {
            let must = "\(line.amount) for partner \(line.partner) by rule \(line.rule)"
            result.lines += 1
            guard let has = recorded[line.id] else {
                result.unlike =
                    "line \(line.id) of \(line.factKind):\(line.fact), \(must), is not recorded"
                continue
            }
            if has != (line.partner, line.amount) {
                result.unlike =
                    "line \(line.id) of \(line.factKind):\(line.fact) is recorded as \(has.amount) for "
                    + "partner \(has.partner), and must be \(must)"
            }
        }
        made.removeAll(keepingCapacity: true)
    }

    /// - Parameter isSame: whether the file says what the version says that was in force until now.
    mutating func finish(_ recorded: Int64, isSame: Bool) {
        result.otherSource = moved.count
        guard result.unlike == nil else { return }
        if recorded != Int64(result.lines) {
            result.unlike =
                "\(counted(recorded, "line")) are recorded, and \(result.lines) follow from the facts; "
                + "`tallystick verify` names the others"
        } else if isSame,
            result.otherSource > 0 || result.partners.values.contains(where: { $0.difference != 0 })
        {
            result.unlike = "the same terms come to other sums"
        }
    }
}

extension TrialResult.Shift {
    fileprivate mutating func add(
        _ minor: Int64, _ side: WritableKeyPath<TrialResult.Shift, Int64>
    ) throws(Refusal) {
        let (sum, overflow) = self[keyPath: side].addingReportingOverflow(minor)
        guard !overflow else { throw .overflow }
        self[keyPath: side] = sum
    }
}

extension TierTable {
    /// From where a step is paid, as the program file says it.
    fileprivate func start(of step: Int32) -> String {
        let start = steps[Int(step)].start
        return counted == .revenue ? Money(start, currency).amount : String(start)
    }
}
