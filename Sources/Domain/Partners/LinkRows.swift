import Engine
import Facts
import Replay
import Store
import Values
import Work

/// The tables `link` and `link_slug`.
package enum LinkRows {
    /// Which partner each of these links belongs to; those unknown are absent.
    package static func partners(of ids: [String], in work: Work) throws -> [String: String] {
        guard !ids.isEmpty else { return [:] }
        let rows = try work.rows(
            "SELECT id, partner_id FROM link WHERE program_id = \(work.program) AND id IN \(list: ids)")
        return Dictionary(uniqueKeysWithValues: rows.map { ($0.text("id"), $0.text("partner_id")) })
    }

    /// A slug leads to one link, in one program.
    package static func refuseTaken(_ slug: String, by id: String, in work: Work) throws {
        let row = try work.first("SELECT program_id, link_id FROM link_slug WHERE slug = \(slug)")
        if let row, row.text("program_id") != work.program || row.text("link_id") != id {
            throw Refusal.invalid("/slug", .because("is taken by another link"))
        }
    }

    package static func insert(_ fact: FactRecord, _ content: LinkContent, in work: Work) throws {
        try work.run(
            """
            INSERT INTO link (program_id, id, partner_id, slug, destination, at)
            VALUES (\(work.program), \(fact.id), \(content.partner), \(content.slug), \(content.destination),
              \(fact.at))
            """)
        try work.run(
            """
            INSERT INTO link_slug (slug, program_id, link_id) VALUES (\(content.slug), \(work.program),
              \(fact.id))
            """)
    }
}

/// The table `coupon`.
package enum CouponRows {
    package static func load(_ code: Symbol, into book: inout Book, in work: Work) throws {
        let text = book.names.text(code)
        let row = try work.first(
            "SELECT id, partner_id, at FROM coupon WHERE program_id = \(work.program) AND code = \(text)")
        guard let row else {
            book.memory.coupons[code] = .some(nil)
            return
        }
        let id = row.text("id")
        book.memory.coupons[code] = CouponGrant(
            coupon: book.names.coupon(id), code: code, partner: book.names.partner(row.text("partner_id")),
            at: row.instant("at"), tie: Tie(id))
    }

    package static func refuseTaken(_ code: String, by id: String, in work: Work) throws {
        let row = try work.first(
            "SELECT id FROM coupon WHERE program_id = \(work.program) AND code = \(code) AND id <> \(id)")
        if let row { throw Refusal.invalid("/code", .because("is the code of coupon \(row.text("id"))")) }
    }

    package static func insert(_ fact: FactRecord, _ content: CouponContent, in work: Work) throws {
        try work.run(
            """
            INSERT INTO coupon (program_id, code, id, partner_id, at)
            VALUES (\(work.program), \(content.code), \(fact.id), \(content.partner), \(fact.at))
            """)
    }
}
