import Engine
import Facts
import Replay
import Store
import Values
import Work

/// The tables `partner` and `partner_person`.
package enum PartnerRows {
    /// Which of these partners are in the program, as the engine asks for it.
    package static func load(
        _ partners: Set<Ref<Engine.Partner>>, into book: inout Book, in work: Work
    ) throws {
        let wanted = partners.filter { book.memory.partners[$0] == nil }
        guard !wanted.isEmpty else { return }
        let ids = wanted.map { book.names.text($0) }.sorted { $0.precedes($1) }
        let rows = try work.rows(
            """
            SELECT id, at, type, plan, account, email_hash, currency, rail, parent, left_at, ranks
              FROM partner
             WHERE program_id = \(work.program) AND id IN \(list: ids)
            """)
        for row in rows {
            var content = PartnerContent()
            content.type = row.text("type")
            content.plan = row.text(ifAny: "plan")
            content.account = row.text(ifAny: "account")
            content.emailHash = row.text(ifAny: "email_hash")
            content.currency = row.currency(ifAny: "currency")
            content.rail = row.text(ifAny: "rail")
            content.parent = row.text(ifAny: "parent")
            let id = row.text("id")
            let joining = content.joining(id, at: row.instant("at"), &book.names)
            book.memory.partners[book.names.partner(id)] = Membership(
                joining: joining, leftAt: row.instant(ifAny: "left_at"))
            book.memory.ranks[book.names.partner(id)] = RanksText.marks(
                row.text(ifAny: "ranks"), &book.names)
        }
    }

    /// Two partners whose names in the books would be one are refused.
    package static func refuseTwin(of id: String, in work: Work) throws {
        let twin = try work.first(
            """
            SELECT id FROM partner
             WHERE program_id = \(work.program) AND leaf = \(AccountPath.leaf(id)) AND id <> \(id)
            """)
        if let twin {
            throw Refusal.invalid(
                "/id", .because("would share its account in the books with \(twin.text("id"))"))
        }
    }

    package static func insert(_ facts: [(fact: FactRecord, content: PartnerContent)], in work: Work) throws {
        try work.insert(
            """
            INSERT INTO partner
                (program_id, id, at, type, plan, account, email_hash, country, currency, rail, leaf, parent)
            VALUES
            """, columns: 12,
            rows: facts.map { values($0.fact, $0.content, in: work.program) })
        try work.insert(
            "INSERT INTO partner_person (program_id, partner_id, name, email, payout) VALUES", columns: 5,
            rows: try facts.map { fact, _ in
                let payout = try fact.person.payout.map {
                    try work.house.vault.seal($0, for: purpose(fact.id))
                }
                return [
                    .text(work.program), .text(fact.id), fact.person.name.sqlValue,
                    fact.person.email.sqlValue,
                    payout.sqlValue,
                ]
            })
    }

    /// All but the departure and the ranks, which come later.
    package static func values(
        _ fact: FactRecord, _ content: PartnerContent, in program: String
    ) -> [SQLValue] {
        [
            .text(program), .text(fact.id), fact.at.sqlValue, .text(content.type), content.plan.sqlValue,
            content.account.sqlValue, content.emailHash.sqlValue, content.country.sqlValue,
            content.currency.sqlValue, content.rail.sqlValue, .text(AccountPath.leaf(fact.id)),
            content.parent.sqlValue,
        ]
    }

    package static let rebuilt = RebuiltTable("partner", from: [.text("")]) { from, limit, look in
        try look.rows(
            """
            SELECT program_id, id, at, type, plan, account, email_hash, country, currency, rail, leaf, parent,
                   left_at, ranks
              FROM partner
             WHERE program_id = \(look.program) AND id >= \(from[0]) ORDER BY id LIMIT \(limit)
            """)
    }

    /// Writes the ranks that partners were given; the last value wins.
    package static func keep(
        _ ranks: [Ref<Engine.Partner>: [RankMark]], _ names: Names, in work: Work
    ) throws {
        for (partner, marks) in ranks {
            try work.run(
                """
                UPDATE partner SET ranks = \(RanksText.text(marks, names))
                 WHERE program_id = \(work.program) AND id = \(names.text(partner))
                """)
        }
    }

    package static func leave(_ id: String, at instant: Instant, in work: Work) throws {
        try work.run(
            """
            UPDATE partner SET left_at = \(instant)
             WHERE program_id = \(work.program) AND id = \(id) AND (left_at IS NULL OR left_at > \(instant))
            """)
    }

    private static func purpose(_ id: String) -> String { "payout \(id)" }
}

/// What a partner told us to pay to; opened only to be written into a bank file.
package struct PayoutDetails: Hashable, Sendable {
    package let holder: String
    package let iban: String
    package let bic: String?
}

extension PartnerRows {
    /// Nil when the person was erased or gave none.
    package static func payout(_ id: String, in work: Work) throws -> PayoutDetails? {
        guard
            let sealed = try work.first(
                """
                SELECT payout FROM partner_person
                 WHERE program_id = \(work.program) AND partner_id = \(id)
                """)?
                .text(ifAny: "payout")
        else { return nil }
        let json = try JSON(reading: try work.house.vault.open(sealed, for: purpose(id)).utf8)
        guard let holder = json["holder"]?.text, let iban = json["iban"]?.text else { return nil }
        return PayoutDetails(holder: holder, iban: iban, bic: json["bic"]?.text)
    }

    /// Forgets a partner's name, address and account. Facts and the journal hold keyed hashes only and stay.
    package static func erase(_ id: String, in work: Work) throws {
        let count = try work.run(
            """
            UPDATE partner_person SET name = NULL, email = NULL, payout = NULL
             WHERE program_id = \(work.program) AND partner_id = \(id)
            """)
        guard count == 1 else { throw Refusal.notFound(kind: "partner", id: id) }
        try work.audit("erased a person", "partner:\(id)")
    }

    /// Seals every account again with the key in use.
    package static func reseal(in work: Work) throws -> Int {
        let rows = try work.rows(
            """
            SELECT partner_id, payout FROM partner_person
             WHERE program_id = \(work.program) AND payout IS NOT NULL
            """)
        var count = 0
        for row in rows where !work.house.vault.isCurrent(row.text("payout")) {
            let id = row.text("partner_id")
            let old = row.text("payout")
            let clear = try work.house.vault.open(old, for: purpose(id))
            // What was erased meanwhile stays so.
            count += try work.run(
                """
                UPDATE partner_person SET payout = \(try work.house.vault.seal(clear, for: purpose(id)))
                 WHERE program_id = \(work.program) AND partner_id = \(id) AND payout = \(old)
                """)
        }
        return count
    }
}
