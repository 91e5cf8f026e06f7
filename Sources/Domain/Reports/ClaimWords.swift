import Engine
import Facts
import Values

/// Says of each claim of a decision what became of it and why.
struct ClaimWords {
    private let sale: SaleFile
    private let decision: DecisionFile
    private let terms: Engine.Terms?
    private let members: [String: MemberFile]
    private let claims: [ClaimFile]
    private let winner: ClaimFile?

    init(_ sale: SaleFile, _ decision: DecisionFile, _ terms: Engine.Terms?, _ members: [String: MemberFile])
    {
        self.sale = sale
        self.decision = decision
        self.terms = terms
        self.members = members
        claims = decision.claims
        winner = claims.first { $0.outcome == "won" }
    }

    var sentences: [String] {
        guard !claims.isEmpty else {
            return ["No click, coupon or earlier sale tied this customer to a partner."]
        }
        return claims.map { "\(name($0)) \(outcome($0))." }
    }

    /// The decision itself.
    var verdict: [String] {
        let cause = decision.body["cause"]?.text ?? ""
        let sequence = decision.body["sequence"]?.whole.map { " (fact \($0))" } ?? ""
        var sentences = [
            "Decision \(decision.id), made by \(cause)\(sequence) under terms version \(decision.terms): "
                + source
        ]
        if let previous = decision.body["previous"]?.text {
            sentences.append("It takes the place of decision \(previous).")
        }
        return sentences
    }

    private var source: String {
        let slots = decision.slots
        guard let first = slots.first else {
            return "nobody brought the sale; it is the program's own (direct)."
        }
        if slots.count == 1, first.share == .one {
            return "the source of the sale is partner \(first.partner), with the whole share."
        }
        let parts = slots.map { "\($0.partner) with \($0.share.text)" }
        var rest = Fraction.one
        for slot in slots {
            rest = rest.adding(Fraction(-slot.share.numerator, slot.share.denominator)!) ?? rest
        }
        let nobody =
            rest == .zero ? "" : "; \(rest.text) of it falls to one who may not be paid, and so to nobody"
        return "the sale is shared by \(parts.joined(separator: ", "))\(nobody)."
    }

    /// The program's words for how several clicks share, where they do.
    private var sharing: Attribution.Model? {
        let model = decision.body["model"]?.text.flatMap(Attribution.Model.init)
        return model?.isMultiTouch == true ? model : nil
    }

    // MARK: Names

    private func name(_ claim: ClaimFile) -> String {
        switch claim.kind {
        case .click: "Click \(claim.claim) of partner \(claim.partner) on \(claim.at.words)"
        case .coupon:
            "Coupon \(claim.claim)\(code) of partner \(claim.partner), valid from \(claim.at.words),"
        case .customer:
            "The customer's bind to partner \(claim.partner) by conversion:\(claim.claim) on "
                + "\(claim.at.words)"
        case .override, .registration, .lead:
            "The \(claim.kind.rawValue) \(claim.claim) of partner \(claim.partner) on \(claim.at.words)"
        }
    }

    private var code: String { sale.body["coupon"]?.text.map { " (code \($0))" } ?? "" }

    // MARK: Outcomes

    private func outcome(_ claim: ClaimFile) -> String {
        switch claim.outcome {
        case "won": "won: " + victory(claim)
        case "lost": LossReason(rawValue: claim.reason ?? "").map { loss(claim, $0) } ?? unknown(claim)
        default:
            Gate(rawValue: claim.reason ?? "").map { "did not count: " + gate(claim, $0) } ?? unknown(claim)
        }
    }

    private func unknown(_ claim: ClaimFile) -> String { "\(claim.outcome) (\(claim.reason ?? "no reason"))" }

    private func victory(_ claim: ClaimFile) -> String {
        switch claim.kind {
        case .click:
            (sharing.map { "an eligible click, all of which share the sale (\($0.rawValue)), " }
                ?? "the \(decision.body["model"]?.text ?? "last") eligible click, ")
                + span(from: claim.at, "before the sale", "at the instant of the sale")
        case .coupon: "the order carried this partner's own code"
        case .customer: "an earlier conversion of this customer had bound it to the partner"
        case .override, .registration, .lead: "it stands first in the program's order"
        }
    }

    private func loss(_ claim: ClaimFile, _ reason: LossReason) -> String {
        guard let winner else { return "lost (\(reason.rawValue))" }
        let distance = Span(milliseconds: abs(winner.at.milliseconds - claim.at.milliseconds))
        let by = distance.milliseconds == 0 ? "by the order of ids" : "by \(distance.words)"
        switch reason {
        case .lowerClass:
            let order = terms?.attribution.order.map(\.rawValue).joined(separator: ", ")
            let known = order.map { " (\($0))" } ?? ""
            return
                "lost to the \(winner.kind.rawValue) claim of partner \(winner.partner), which stands "
                + "before a \(claim.kind.rawValue) in the program's order\(known)"
        case .earlierClick:
            return "lost \(by) to a later eligible click, \(winner.claim) of partner \(winner.partner) on "
                + winner.at.words
        case .laterClick:
            return "lost \(by) to an earlier eligible click, \(winner.claim) of partner \(winner.partner) on "
                + winner.at.words
        }
    }

    private func gate(_ claim: ClaimFile, _ gate: Gate) -> String {
        switch gate {
        case .afterConversion: return "it came \(sale.at.since(claim.at).words) after the sale"
        case .windowElapsed: return window(claim)
        case .bot: return "it was made by a bot"
        case .consentDenied:
            return "the visitor had refused consent, and the sale does not name this click itself"
        case .partnerNotActive: return activity(claim)
        case .selfReferral: return ownPurchase(claim)
        case .couponNotYetValid:
            return "the code is valid only \(sale.at.since(claim.at).words) after the sale"
        case .requiresClick:
            return
                "the program counts a coupon only beside an eligible click of the same partner, and there "
                + "was none"
        }
    }

    private func window(_ claim: ClaimFile) -> String {
        let policy = terms?.attribution
        guard let window = claim.kind == .customer ? policy?.bindExpires : policy?.clickWindow else {
            return "its window had ended before the sale"
        }
        let end = claim.at.moved(by: window)
        let late = sale.at.since(end)
        return "its window of \(window.promised) ended "
            + (late.milliseconds == 0
                ? "at the very instant of the sale, which is outside it" : "\(late.words) before the sale")
    }

    private func activity(_ claim: ClaimFile) -> String {
        guard let member = members[claim.partner] else { return "the partner is not in the program" }
        if let left = member.leftAt, left <= sale.at {
            return
                "the partner had left the program on \(left.words), \(sale.at.since(left).words) before "
                + "the sale"
        }
        let since = claim.kind == .click ? claim.at : sale.at
        if member.at > since {
            let what = claim.kind == .click ? "the click" : "the sale"
            return "the partner joined on \(member.at.words), \(member.at.since(since).words) after \(what)"
        }
        return "the partner was not active in the program"
    }

    private func ownPurchase(_ claim: ClaimFile) -> String {
        let member = members[claim.partner]
        if let account = sale.body["account"]?.text, let own = member?.account,
            compared(account) == compared(own)
        {
            return "the buyer's account \(account) is the partner's own"
        }
        if let hash = sale.body["email_hash"]?.text, hash == member?.emailHash {
            return "the buyer's e-mail address is the partner's own"
        }
        return "the buyer is the partner"
    }

    private func span(from instant: Instant, _ before: String, _ at: String) -> String {
        let span = sale.at.since(instant)
        return span.milliseconds == 0 ? at : "\(span.words) \(before)"
    }
}
