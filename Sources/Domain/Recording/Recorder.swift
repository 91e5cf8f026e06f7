import Commissions
import Conversions
import Engine
import Facts
import Partners
import Programs
import Replay
import Tracking
import Values
import Work

/// Records facts of one program in one transaction: gather → judge → keep. The one door for whatever moves
/// money, from wherever it comes.
///
/// A refusal falls before anything is written and costs its neighbours nothing.
package struct Recorder {
    let work: Work
    var head: Head
    var book: Book
    var pending = Pending()
    private var answers: [FactName: (answer: Answer, body: String)] = [:]
    /// The facts that came under each idempotency key of this batch.
    private var keyed: [String: String] = [:]
    private var newKeys: [(key: String, fact: String)] = []
    private let doorway: Doorway
    private var expected: Set<String> = []
    var ground = Groundwork()

    /// Which door facts came through.
    package enum Doorway: Sendable {
        /// Instants are ours unless given, so they do not count when repeats are compared.
        case api
        case file
        /// Our own acts.
        case house
    }

    package init(_ shelf: TermsShelf, through doorway: Doorway, in work: Work) throws {
        self.work = work
        self.doorway = doorway
        head = try work.takeHead()
        book = try shelf.book(work.program, versions: head.terms, work.rows)
    }

    /// Records `facts` in the order given; one answer for each.
    /// - Parameter ground: laid before; what does not hold any more is asked for again.
    package mutating func record(_ facts: [FactRecord], on ground: Groundwork? = nil) throws -> [Answer] {
        self.ground = ground ?? Groundwork(facts, at: work.look)
        if !self.ground.holds(under: head) { try self.ground.ask(head, book, at: work.look) }
        try gather(facts)
        var result: [Answer] = []
        for fact in facts {
            result.append(try fact.requestKey.map { try take(fact, under: $0) } ?? take(fact))
        }
        try keep()
        try RequestKeys.insert(newKeys, in: work)
        newKeys = []
        if !pending.triggers.isEmpty { try review() }
        try work.putHead(head)
        return result
    }

    // MARK: Gather

    /// What the batch will surely want, in few statements.
    private mutating func gather(_ facts: [FactRecord]) throws {
        for (kind, group) in Dictionary(grouping: facts, by: \.kind) {
            if kind == .click {
                let known = try ClickRows.known(group.map(\.id), in: work)
                for (id, digest) in known { answers[FactName(.click, id)] = (.repeated(""), digest) }
            } else if kind == .impression {
                let known = try ImpressionRows.known(group.map(\.id), in: work)
                for (id, digest) in known { answers[FactName(kind, id)] = (.repeated(""), digest) }
            } else {
                for (id, kept) in try FactLog.find(kind.rawValue, group.map(\.id), in: work) {
                    answers[FactName(kind, id)] = (.repeated(""), kept.body)
                    pending.keptAt[FactName(kind, id)] = kept
                }
            }
        }
        let identities = facts.compactMap { fact -> Ref<Identity>? in
            guard case .conversion(let content) = fact.content else { return nil }
            return content.identity.map { book.names.identity($0) }
        }
        try CustomerRows.load(Array(Set(identities)), into: &book, in: work)
        try gatherClaimants(facts)
        pending.hasParked = try FactLog.hasParked(in: work)
        keyed = try RequestKeys.find(facts.compactMap(\.requestKey), in: work)
    }

    /// Whose the clicks and coupons are that may speak at the batch's conversions. The customers are there.
    private mutating func gatherClaimants(_ facts: [FactRecord]) throws {
        var (links, codes): (Set<String>, Set<Symbol>) = ([], [])
        var partners: Set<Ref<Partner>> = []
        for click in ground.known {
            if let link = click.content.link { links.insert(link) }
            if let partner = click.content.partner { partners.insert(book.names.partner(partner)) }
        }
        for fact in facts {
            guard case .conversion(let content) = fact.content else { continue }
            if let code = content.coupon { codes.insert(book.names.word(code)) }
        }
        try loadLinks(links)
        try CouponRows.load(codes, into: &book, in: work)
        for link in links {
            let link = book.names.link(link)
            if let partner = book.memory.links[link] { partners.insert(partner) }
            partners.formUnion((book.memory.sharedLinks[link] ?? []).map(\.partner))
        }
        for code in codes {
            guard let known = book.memory.coupons[code], let grant = known else { continue }
            partners.insert(grant.partner)
            partners.formUnion(grant.sharers.map(\.partner))
        }
        partners.formUnion(book.memory.customers.all.compactMap(\.bind?.partner))
        try PartnerRows.load(partners, into: &book, in: work)
    }

    // MARK: Judge

    /// A key stands for the fact that first came in under it; one that was refused leaves it free.
    private mutating func take(_ fact: FactRecord, under key: String) throws -> Answer {
        if let other = keyed[key], other != fact.id {
            let fault = Fault("/id", .differs(before: other, now: fact.id))
            return .refused(.conflict(kind: fact.kind.rawValue, id: other, [fault]))
        }
        let answer = try take(fact)
        if case .refused = answer { return answer }
        if keyed.updateValue(fact.id, forKey: key) == nil { newKeys.append((key, fact.id)) }
        return answer
    }

    private mutating func take(_ fact: FactRecord) throws -> Answer {
        let name = FactName(fact.kind, fact.id)
        if let seen = answers[name] { return try again(fact, seen.body) }
        let answer: Answer
        do {
            try refuseTwins(fact)
            if let missing = try missing(fact) { return try park(fact, missing) }
            answer = try judge(fact)
        } catch let refusal as Refusal {
            return .refused(refusal)
        }
        answers[name] = (answer, compared(fact))
        // The fact is in by now: what goes wrong from here on is no refusal of it, and undoes the whole turn.
        if pending.hasParked || !pending.parked.isEmpty { try unpark(name) }
        return answer
    }

    /// What a repeat is compared by: clicks and impressions keep a digest only.
    private func compared(_ fact: FactRecord) -> String {
        fact.isTraffic ? ground.footing(of: fact)?.digest ?? Recorder.digest(fact) : fact.body
    }

    static func digest(_ fact: FactRecord) -> String { String(Digest.hex(fact.body).prefix(32)) }

    private mutating func judge(_ fact: FactRecord) throws -> Answer {
        if case .click(let content) = fact.content {
            let footing =
                ground.footing(of: fact) ?? Groundwork.Footing(of: fact, content, at: work.look)
            pending.clicks.append((fact, content, footing))
            pending.triggers.append((fact, head.sequence))
            return .new(Answer.body(id: fact.id), [])
        }
        if case .impression(let content, let count) = fact.content {
            pending.impressions.append(
                ImpressionRows.New(fact, content, count: count, digest: Recorder.digest(fact)))
            return .new(Answer.body(id: fact.id), [])
        }
        let records = try recordOwn(fact)
        if [.coupon, .departure, .registration, .assist].contains(fact.kind) {
            pending.triggers.append((fact, head.sequence))
        }
        return .new(Answer.body(records), records.outcome.notices)
    }

    /// Judges a fact, loading what the engine asks for, and gives it its sequence.
    @discardableResult
    mutating func recordOwn(_ fact: FactRecord) throws -> Records {
        // The engine would ask for it anyway; so it is asked once.
        if fact.kind == .conversion { try loadEvidence(book.names.conversion(fact.id), fact) }
        while true {
            switch try book.attempt(fact, sequence: head.sequence + 1) {
            case .done(let records):
                head.sequence += 1
                if case .terms = fact.content { head.terms += 1 }
                pending.add(records)
                return records
            case .wants(let wanted): try load(wanted, for: fact)
            }
        }
    }

    /// The same fact again: the same answer, or what differs.
    private func again(_ fact: FactRecord, _ body: String) throws -> Answer {
        let name = FactName(fact.kind, fact.id)
        let kept = pending.keptAt[name]
        if body == compared(fact), doorway == .api || kept.map({ $0.at == fact.at }) ?? true {
            if let known = answers[name]?.answer, case .new(let body, _) = known { return .repeated(body) }
            return .repeated(try stored(fact, kept))
        }
        return .refused(
            .conflict(
                kind: fact.kind.rawValue, id: fact.id,
                Recorder.differences(body, kept?.at ?? fact.at, fact)))
    }

    private func stored(_ fact: FactRecord, _ kept: KeptFact?) throws -> String {
        guard let kept else { return Answer.body(id: fact.id) }
        return try Answer.stored(fact, kept.sequence, in: work)
    }

    // MARK: Standing on others

    /// Links that the same file brings later; clicks need not wait for them.
    mutating func expect(_ links: Set<String>) { expected = links }

    private mutating func missing(_ fact: FactRecord) throws -> FactName? {
        for name in fact.standsOn where try !exists(name) { return name }
        return nil
    }

    private mutating func exists(_ name: FactName) throws -> Bool {
        switch name.kind {
        case .partner:
            let partner = book.names.partner(name.id)
            try PartnerRows.load([partner], into: &book, in: work)
            return book.memory.partners[partner] != nil
        case .link:
            if expected.contains(name.id) { return true }
            try loadLinks([name.id])
            return book.memory.links[book.names.link(name.id)] != nil
        default:
            let conversion = book.names.conversion(name.id)
            if book.memory.dossiers[conversion] == nil {
                try ConversionRows.load(conversion, into: &book, in: work)
                if book.memory.dossiers[conversion] != nil { try loadEarnings(conversion) }
            }
            return book.memory.dossiers[conversion] != nil
        }
    }

    private mutating func park(_ fact: FactRecord, _ missing: FactName) throws -> Answer {
        if let known = try FactLog.parked(fact.kind.rawValue, fact.id, in: work), known.body != fact.body {
            return .refused(
                .conflict(
                    kind: fact.kind.rawValue, id: fact.id, Recorder.differences(known.body, known.at, fact)))
        }
        let person = try fact.person.sealed(fact.name, work.house.vault)
        try FactLog.park(
            [
                ParkedFact(
                    kind: fact.kind.rawValue, id: fact.id, at: fact.at, receivedAt: fact.receivedAt,
                    body: fact.body,
                    person: person, awaitsKind: missing.kind.rawValue, awaitsID: missing.id)
            ], in: work)
        pending.parked.insert(missing)
        return .parked(missing)
    }

    /// Takes those that waited for `name`; one that is refused now is told in the audit log, its sender being
    /// gone.
    private mutating func unpark(_ name: FactName) throws {
        let waiting = try FactLog.unpark(awaiting: name.kind.rawValue, name.id, in: work).map { waiting in
            guard let kind = FactKind(rawValue: waiting.kind) else {
                preconditionFailure("a fact of kind \(waiting.kind) was parked")
            }
            let read = try FactReader(.store).stored(
                kind, id: waiting.id, at: waiting.at, receivedAt: waiting.receivedAt, body: waiting.body)
            let person = try Personal(sealed: waiting.person, read.name, work.house.vault)
            return FactRecord(
                kind: kind, id: read.id, at: read.at, receivedAt: read.receivedAt, content: read.content,
                body: read.body, person: person)
        }
        for fact in waiting.sorted(by: FactRecord.precedes) {
            if case .refused(let refusal) = try take(fact) {
                try work.audit("refused a parked fact: \(refusal.sentence)", fact.name)
            }
        }
    }

    private mutating func refuseTwins(_ fact: FactRecord) throws {
        switch fact.content {
        case .partner: try PartnerRows.refuseTwin(of: fact.id, in: work)
        case .link(let link):
            if let other = pending.slugs[link.slug], other != fact.id {
                throw Refusal.invalid("/slug", .because("is taken by another link"))
            }
            try LinkRows.refuseTaken(link.slug, by: fact.id, in: work)
        case .coupon(let coupon): try CouponRows.refuseTaken(coupon.code, by: fact.id, in: work)
        case .click: try ClickRows.refuseTaken(fact.id, in: work)
        case .fundClaim(let claim):
            if let proof = claim.proof { try FundRows.refuseTaken(proof, by: fact.id, in: work) }
        case .rate(let rate): try refuseOther(rate)
        default: break
        }
    }
}
