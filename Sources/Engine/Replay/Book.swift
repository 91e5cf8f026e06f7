import Engine
import Facts
import Terms
import Values

/// One program's fold with its names: takes facts in sequence and answers with what follows, named.
///
/// Live, `simulate` and `verify` differ only in where wanted things come from.
package struct Book: Sendable {
    package let program: String
    package var names = Names()
    package var memory: Memory
    package private(set) var terms = TermsHistory()
    package private(set) var files: [Int32: ProgramFile] = [:]
    /// Whether decisions are made with all their claims.
    private let isExplained: Bool
    /// Partners by their names in the books, those of this fold.
    private var leaves: [String: String] = [:]
    /// Which claim each proof was for, of this fold.
    private var proofs: [String: String] = [:]
    /// The ids of lines that a statement may take up.
    package var lineIDs: [LineKey: String] = [:]
    var traffic = TrafficIndex()
    /// Whether what a settlement says it has counted is held against the clicks that are there.
    package var checksVisits = false
    package var overcounted: [TrafficQuery] = []
    /// Whether terms are asked if a partner or a link may be. Of other terms than those under which they were
    /// accepted that is no question.
    let asksTerms: Bool

    package init(program: String, isWhole: Bool, isExplained: Bool = true, asksTerms: Bool = true) {
        self.program = program
        self.isExplained = isExplained
        self.asksTerms = asksTerms
        memory = Memory(isWhole: isWhole)
    }

    package mutating func publish(_ file: ProgramFile, version: Int32, effectiveAt: Instant?) {
        files[version] = file
        terms.publish(file.compile(version: version, effectiveAt: effectiveAt, &names))
    }

    /// The program file in force at an instant.
    package func file(at instant: Instant) -> ProgramFile? {
        terms.inForce(at: instant).flatMap { files[$0.version] }
    }

    /// A line within its conversion's earnings.
    package struct LineKey: Hashable, Sendable {
        package let earning: EarningKey
        package let ordinal: Int32

        package init(earning: EarningKey, ordinal: Int32) {
            self.earning = earning
            self.ordinal = ordinal
        }
    }
}

extension Book {
    package enum Attempt {
        case done(Records)
        /// The memory lacks these; load them and try again.
        case wants([Wanted])
    }

    /// Judges one fact and remembers the outcome.
    /// - Parameter sequence: the fact's number in its program.
    /// - Throws: `Refusal`. The book is as before then.
    package mutating func attempt(_ record: FactRecord, sequence: Int64) throws(Refusal) -> Attempt {
        if asksTerms { try check(record) }
        var records = Records(record, sequence: sequence)
        switch record.content {
        case .terms(let content):
            guard let file = try? ProgramFile.read(content.yaml) else {
                throw .invalid("/yaml", .because("is no program file"))
            }
            publish(file, version: content.version, effectiveAt: content.effectiveAt)
            return .done(records)
        case .link(let link):
            show(link, record.id)
            return .done(records)
        default: break
        }
        while true {
            do {
                guard let fact = try fact(record) else { return .done(records) }
                var outcome = Outcome(isExplained: isExplained)
                try judge(fact, terms, memory, into: &outcome)
                memory.apply(outcome)
                memory.ties = [:]
                memory.traffic = [:]
                try name(outcome, in: &records)
                if case .fundClaim(let claim) = record.content, let proof = claim.proof {
                    proofs[proof] = record.id
                }
                return .done(records)
            } catch {
                switch error {
                case .refused(let refusal): throw refusal
                case .unknown(let wanted):
                    let others = resolve(wanted).filter { want in
                        guard case .traffic(let query) = want else { return true }
                        say(query, by: record)
                        return false
                    }
                    if !others.isEmpty { return .wants(others) }
                }
            }
        }
    }

    /// Whose a link is.
    package mutating func show(_ link: LinkContent, _ id: String) {
        show(link: id, of: link.partner, link.shares)
    }

    package mutating func show(link id: String, of partner: String, _ shares: [ShareContent]) {
        let link = names.link(id)
        memory.links[link] = names.partner(partner)
        if !shares.isEmpty { memory.sharedLinks[link] = ShareContent.sharers(shares, &names) }
    }

    /// Tells the memory what follows from names alone.
    /// - Returns: the rest.
    mutating func resolve(_ wanted: [Wanted]) -> [Wanted] {
        wanted.filter { want in
            switch want {
            case .order(let tie): memory.ties[tie] = names.isFirst(tie)
            case .account(let account):
                memory.accounts[account] = names.conversion(
                    OwnAccount.id(names.text(account.partner), account.date))
            default: return true
            }
            return false
        }
    }

    mutating func fact(_ record: FactRecord) throws(Stop) -> Fact? {
        guard case .refund(let of, let amount, let said) = record.content, amount != nil || said != nil else {
            return record.engineFact(&names, &memory.details)
        }
        let conversion = names.conversion(of)
        guard let currency = memory.dossiers[conversion]?.amount.currency else {
            throw .unknown([.dossier(conversion)])
        }
        if let said, said != currency {
            throw .refused(.invalid("/currency", .mustNotBe("\(said.code): the sale is in \(currency.code)")))
        }
        guard let amount else { return record.engineFact(&names, &memory.details) }
        do {
            let minor = try Money(amount: amount, currency).minor
            return record.engineFact(&names, &memory.details, refundOf: minor)
        } catch {
            switch error {
            case .notADecimal: throw .refused(.invalid("/amount", .notADecimal))
            case .tooManyDecimals(let allowed):
                throw .refused(.invalid("/amount", .tooManyDecimals(allowed: allowed)))
            case .tooLarge: throw .refused(.invalid("/amount", .tooLarge))
            }
        }
    }

    private func check(tier: String) throws(Refusal) {
        guard let current = terms.latest else { return }
        let known = current.tiers.map { names.text($0.name) }
        if !known.contains(tier) { throw .invalid("/tier", .notOneOf(known)) }
    }

    /// What the program's terms say about a fact itself.
    private mutating func check(_ record: FactRecord) throws(Refusal) {
        switch record.content {
        case .coupon(let coupon):
            // Live the database knows every code; a whole memory has to look itself.
            if let known = memory.coupons[names.word(coupon.code)], let other = known,
                names.text(other.coupon) != record.id
            {
                throw .invalid("/code", .because("is the code of coupon \(names.text(other.coupon))"))
            }
        case .fundClaim(let claim):
            if let proof = claim.proof, let other = proofs[proof], other != record.id {
                throw .proofIsTaken(by: other)
            }
        case .partner(let partner):
            if let twin = leaves[AccountPath.leaf(record.id)], twin != record.id {
                throw .invalid("/id", .because("would share its account in the books with \(twin)"))
            }
            leaves[AccountPath.leaf(record.id)] = record.id
            guard let current = terms.latest, let file = files[current.version] else { return }
            if let plan = partner.plan, !file.planNames.contains(plan) {
                throw .invalid("/plan", .notOneOf(file.planNames))
            }
            if let tier = partner.tier, !current.tiers.isEmpty { try check(tier: tier) }
            if partner.plan == nil, !file.typeNames.contains(partner.type) {
                throw .invalid("/type", .notOneOf(file.typeNames))
            }
        case .tier(_, let tier): try check(tier: tier)
        case .link(let link):
            let allowed = terms.latest.flatMap { files[$0.version] }?.destinations ?? []
            guard !allowed.isEmpty, let destination = link.destination, let address = WebAddress(destination)
            else {
                return
            }
            if !address.isAllowed(by: allowed) {
                throw .invalid("/destination", .hostNotAllowed(address.host))
            }
        default: return
        }
    }
}
