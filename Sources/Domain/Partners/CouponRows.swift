import Engine
import Facts
import Replay
import Store
import Values
import Work

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
