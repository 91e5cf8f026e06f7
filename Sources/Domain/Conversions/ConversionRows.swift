import Engine
import Facts
import Replay
import Store
import Values
import Work

/// The tables `conversion` and `conversion_person`.
package enum ConversionRows {
    private static let columns: StaticString = """
        id, at, amount, currency, terms, source, is_new_customer, decisions, refunded, is_rejected, is_held,
        shares
        """

    /// A conversion's file, without its earnings; nothing when there is no such conversion.
    package static func load(_ conversion: Ref<Conversion>, into book: inout Book, in work: Work) throws {
        let id = book.names.text(conversion)
        let row = try work.first(
            "SELECT \(raw: columns) FROM conversion WHERE program_id = \(work.program) AND id = \(id)")
        if let row { book.memory.dossiers[conversion] = dossier(row, &book) }
    }

    /// A customer's conversions by place, with their files.
    package static func loadHistory(_ identity: Ref<Identity>, into book: inout Book, in work: Work) throws {
        let rows = try work.rows(
            """
            SELECT \(raw: columns) FROM conversion
             WHERE program_id = \(work.program) AND identity = \(book.names.text(identity))
            """)
        var files: [Dossier] = []
        for row in rows {
            let conversion = book.names.conversion(row.text("id"))
            let known = book.memory.dossiers[conversion]
            files.append(known ?? dossier(row, &book))
        }
        files.sort { a, b in
            a.at != b.at ? a.at < b.at : book.names.isFirst(Tie(a.conversion, b.conversion))
        }
        book.memory.histories[identity] = files.map(\.conversion)
        for file in files where book.memory.dossiers[file.conversion] == nil {
            book.memory.dossiers[file.conversion] = file
        }
    }

    /// The conversion's file; whose it is that several share is remembered beside it.
    private static func dossier(_ row: Row, _ book: inout Book) -> Dossier {
        var dossier = Dossier(
            conversion: book.names.conversion(row.text("id")), at: row.instant("at"),
            amount: Money(row.integer("amount"), row.currency("currency")),
            terms: Int32(row.integer("terms")),
            source: row.text(ifAny: "source").map { book.names.partner($0) },
            isNewCustomer: row.bool("is_new_customer"))
        dossier.decisions = Int32(row.integer("decisions"))
        dossier.refunded = row.integer("refunded")
        dossier.isRejected = row.bool("is_rejected")
        dossier.isHeld = row.bool("is_held")
        let shares = [ShareContent](text: row.text(ifAny: "shares"))
        if !shares.isEmpty {
            book.memory.shares[dossier.conversion] = ShareContent.sharers(shares, &book.names)
        }
        return dossier
    }

    package static func insert(
        _ new: [(fact: FactRecord, sale: Sale, sequence: Int64, file: Dossier)], _ book: Book, in work: Work
    ) throws {
        try work.insert(
            """
            INSERT INTO conversion
                (program_id, id, sequence, at, event, amount, currency, identity, click_id, visitor, coupon,
                 terms, source, is_new_customer, decisions, refunded, is_rejected, is_held, shares)
            VALUES
            """, columns: 19,
            rows: new.map { values($0.sale, $0.file, sequence: $0.sequence, book, in: work.program) })
        try work.insert(
            "INSERT INTO conversion_person (program_id, conversion_id, email) VALUES", columns: 3,
            rows: new.compactMap { row in
                row.fact.person.email.map { [.text(work.program), .text(row.fact.id), .text($0)] }
            })
    }

    package static func values(
        _ sale: Sale, _ file: Dossier, sequence: Int64, _ book: Book, in program: String
    ) -> [SQLValue] {
        let names = book.names
        return [
            .text(program), .text(names.text(sale.conversion)), .integer(sequence), sale.at.sqlValue,
            .text(names.text(sale.event)), .integer(sale.amount.minor), .text(sale.amount.currency.code),
            sale.identity.map { names.text($0) }.sqlValue, sale.click.map { names.text($0) }.sqlValue,
            sale.visitor.map { names.text($0) }.sqlValue, sale.coupon.map { names.text($0) }.sqlValue,
            .integer(Int64(file.terms)), file.source.map { names.text($0) }.sqlValue,
            .bool(file.isNewCustomer), .integer(Int64(file.decisions)), .integer(file.refunded),
            .bool(file.isRejected), .bool(file.isHeld), shares(of: file, book).sqlValue,
        ]
    }

    private static func shares(of file: Dossier, _ book: Book) -> String? {
        [ShareContent](book.memory.shares[file.conversion] ?? [], book.names).text
    }

    package static let rebuilt = RebuiltTable("conversion", from: [.text("")]) { from, limit, look in
        try look.rows(
            """
            SELECT program_id, id, sequence, at, event, amount, currency, identity, click_id, visitor, coupon,
                   terms, source, is_new_customer, decisions, refunded, is_rejected, is_held, shares
              FROM conversion
             WHERE program_id = \(look.program) AND id >= \(from[0]) ORDER BY id LIMIT \(limit)
            """)
    }

    package static func update(_ file: Dossier, _ book: Book, in work: Work) throws {
        let names = book.names
        try work.run(
            """
            UPDATE conversion
               SET source = \(file.source.map { names.text($0) }), is_new_customer = \(file.isNewCustomer),
                   decisions = \(file.decisions), refunded = \(file.refunded),
                   is_rejected = \(file.isRejected), is_held = \(file.isHeld),
                   shares = \(shares(of: file, book))
             WHERE program_id = \(work.program) AND id = \(names.text(file.conversion))
            """)
    }

    package static func erase(_ id: String, in work: Work) throws {
        let count = try work.run(
            "DELETE FROM conversion_person WHERE program_id = \(work.program) AND conversion_id = \(id)")
        guard count == 1 else { throw Refusal.notFound(kind: "customer's e-mail of conversion", id: id) }
        try work.audit("erased a person", "conversion:\(id)")
    }
}

extension ConversionRows {
    package typealias Numbered = (id: String, sequence: Int64)

    /// Conversions at which a click that came late may have a say.
    package static func waiting(
        forClick id: String, visitor: String?, at instant: Instant, reach: Span, in work: Work
    ) throws -> [Numbered] {
        var found = try numbered(
            "SELECT id, sequence FROM conversion WHERE program_id = \(work.program) AND click_id = \(id)",
            in: work)
        if let visitor {
            found += try numbered(
                """
                SELECT id, sequence FROM conversion
                 WHERE program_id = \(work.program) AND visitor = \(visitor) AND at >= \(instant)
                   AND at <= \(instant.moved(by: reach))
                """, in: work)
        }
        return found
    }

    /// Those of these clicks that conversions name, and those of these visitors who bought from `instant` on.
    package static func named(
        _ clicks: [String], by visitors: [String], from instant: Instant, in work: Work
    ) throws -> (clicks: Set<String>, visitors: Set<String>) {
        let named = try work.rows(
            """
            SELECT DISTINCT click_id FROM conversion
             WHERE program_id = \(work.program) AND click_id IN \(list: clicks)
            """)
        let buyers = try work.rows(
            """
            SELECT DISTINCT visitor FROM conversion
             WHERE program_id = \(work.program) AND visitor IN \(list: visitors) AND at >= \(instant)
            """)
        return (Set(named.map { $0.text("click_id") }), Set(buyers.map { $0.text("visitor") }))
    }

    package static func using(coupon code: String, in work: Work) throws -> [Numbered] {
        try numbered(
            "SELECT id, sequence FROM conversion WHERE program_id = \(work.program) AND coupon = \(code)",
            in: work)
    }

    /// Conversions that a partner brought, alone or with others, at or after it left; rare, so no index
    /// serves it.
    package static func brought(by partner: String, from instant: Instant, in work: Work) throws -> [Numbered]
    {
        let rows = try work.rows(
            """
            SELECT id, sequence, shares FROM conversion
             WHERE program_id = \(work.program) AND (source = \(partner) OR shares IS NOT NULL)
               AND at >= \(instant)
            """)
        let own = rows.filter { row in
            guard let shares = row.text(ifAny: "shares") else { return true }
            return [ShareContent](text: shares).contains { $0.partner == partner }
        }
        return own.map { ($0.text("id"), $0.integer("sequence")) }
    }

    /// Conversions of a company from `instant` on. The log alone has the company; what is told late is rare, so
    /// it is looked through.
    package static func withCompany(_ account: String, from instant: Instant, in work: Work) throws
        -> [Numbered]
    {
        try work.rows(
            """
            SELECT c.id, c.sequence, f.body
              FROM conversion c JOIN fact f ON f.program_id = c.program_id AND f.sequence = c.sequence
             WHERE c.program_id = \(work.program) AND c.at >= \(instant) AND f.body LIKE '%"account":"%'
            """
        ).compactMap { row in
            let own = try JSON(reading: row.text("body").utf8)["account"]?.text
            return own.map(compared) == account ? (row.text("id"), row.integer("sequence")) : nil
        }
    }

    private static func numbered(_ sql: SQL, in work: Work) throws -> [Numbered] {
        try work.rows(sql).map { ($0.text("id"), $0.integer("sequence")) }
    }

    package static func exist(at look: Look) throws -> Bool {
        try look.first("SELECT id FROM conversion WHERE program_id = \(look.program) LIMIT 1") != nil
    }
}
