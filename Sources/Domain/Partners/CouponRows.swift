import Engine
import Facts
import Replay
import Store
import Values
import Work

/// The table `coupon`.
package enum CouponRows {
    /// Whose these codes are; one that is nobody's is remembered as that.
    package static func load(_ codes: Set<Symbol>, into book: inout Book, in work: Work) throws {
        let wanted = codes.filter { book.memory.coupons[$0] == nil }
        guard !wanted.isEmpty else { return }
        let texts = wanted.map { book.names.text($0) }.sorted { $0.precedes($1) }
        let rows = try work.rows(
            """
            SELECT code, id, partner_id, at, shares FROM coupon
             WHERE program_id = \(work.program) AND code IN \(list: texts)
            """)
        for code in wanted { book.memory.coupons[code] = .some(nil) }
        for row in rows {
            let (id, code) = (row.text("id"), book.names.word(row.text("code")))
            var grant = CouponGrant(
                coupon: book.names.coupon(id), code: code,
                partner: book.names.partner(row.text("partner_id")), at: row.instant("at"))
            let shares = [ShareContent](text: row.text(ifAny: "shares"))
            grant.sharers = ShareContent.sharers(shares, &book.names)
            book.memory.coupons[code] = grant
        }
    }

    package static func refuseTaken(_ code: String, by id: String, in work: Work) throws {
        let row = try work.first(
            "SELECT id FROM coupon WHERE program_id = \(work.program) AND code = \(code) AND id <> \(id)")
        if let row { throw Refusal.invalid("/code", .because("is the code of coupon \(row.text("id"))")) }
    }

    package static func insert(_ fact: FactRecord, _ content: CouponContent, in work: Work) throws {
        try work.insert(
            "INSERT INTO coupon (program_id, code, id, partner_id, at, shares) VALUES", columns: 6,
            rows: [values(fact, content, in: work.program)])
    }

    package static func values(
        _ fact: FactRecord, _ content: CouponContent, in program: String
    ) -> [SQLValue] {
        [
            .text(program), .text(content.code), .text(fact.id), .text(content.partner), fact.at.sqlValue,
            content.shares.text.sqlValue,
        ]
    }

    package static let rebuilt = RebuiltTable("coupon", from: [.text("")]) { from, limit, look in
        try look.rows(
            """
            SELECT program_id, code, id, partner_id, at, shares FROM coupon
             WHERE program_id = \(look.program) AND code >= \(from[0]) ORDER BY code LIMIT \(limit)
            """)
    }
}
