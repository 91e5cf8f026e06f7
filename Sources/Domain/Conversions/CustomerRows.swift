import Engine
import Facts
import Replay
import Store
import Values
import Work

/// The table `customer`.
package enum CustomerRows {
    /// What is known of these customers; of one never seen, nothing is.
    package static func load(_ identities: [Ref<Identity>], into book: inout Book, in work: Work) throws {
        let wanted = identities.filter { book.memory.customers[$0] == nil }
        guard !wanted.isEmpty else { return }
        let rows = try work.rows(
            """
            SELECT identity, bound_to, bound_by, bound_at, first_paid_at, first_paid_id, last_at, last_id,
                   course
              FROM customer
             WHERE program_id = \(work.program) AND identity IN \(list: wanted.map { book.names.text($0) })
            """)
        for identity in wanted { book.memory.customers[identity] = Customer() }
        for row in rows {
            let identity = book.names.identity(row.text("identity"))
            book.memory.customers[identity] = customer(row, &book.names)
            if let text = row.text(ifAny: "course") {
                book.memory.courses[identity] = CourseText.course(text, &book.names)
            }
        }
    }

    private static func customer(_ row: Row, _ names: inout Names) -> Customer {
        var customer = Customer()
        if let partner = row.text(ifAny: "bound_to"), let by = row.text(ifAny: "bound_by"),
            let at = row.instant(ifAny: "bound_at")
        {
            customer.bind = Bind(partner: names.partner(partner), by: names.conversion(by), at: at)
        }
        if let id = row.text(ifAny: "first_paid_id"), let at = row.instant(ifAny: "first_paid_at") {
            customer.firstPaid = Place(at: at, conversion: names.conversion(id))
        }
        if let id = row.text(ifAny: "last_id"), let at = row.instant(ifAny: "last_at") {
            customer.last = Place(at: at, conversion: names.conversion(id))
        }
        return customer
    }

    /// Writes what is known of customers; the last value wins.
    package static func keep(
        _ customers: [Ref<Identity>: Customer], _ book: Book, in work: Work
    ) throws {
        let names = book.names
        let ordered = customers.sorted { names.text($0.key).precedes(names.text($1.key)) }
        try work.insert(
            """
            INSERT INTO customer
                (program_id, identity, bound_to, bound_by, bound_at, first_paid_at, first_paid_id, last_at,
                 last_id, course)
            VALUES
            """,
            """
            ON CONFLICT (program_id, identity) DO UPDATE
               SET bound_to = excluded.bound_to, bound_by = excluded.bound_by, bound_at = excluded.bound_at,
                   first_paid_at = excluded.first_paid_at, first_paid_id = excluded.first_paid_id,
                   last_at = excluded.last_at, last_id = excluded.last_id,
                   course = excluded.course
            """, columns: 10,
            rows: ordered.map {
                values($0.key, $0.value, book.memory.courses[$0.key], names, in: work.program)
            })
    }

    package static func values(
        _ identity: Ref<Identity>, _ customer: Customer, _ course: Course?, _ names: Names,
        in program: String
    ) -> [SQLValue] {
        [
            .text(program), .text(names.text(identity)),
            customer.bind.map { names.text($0.partner) }.sqlValue,
            customer.bind.map { names.text($0.by) }.sqlValue, (customer.bind?.at).sqlValue,
            (customer.firstPaid?.at).sqlValue,
            customer.firstPaid.map { names.text($0.conversion) }.sqlValue,
            (customer.last?.at).sqlValue,
            customer.last.map { names.text($0.conversion) }.sqlValue,
            CourseText.text(course, names).sqlValue,
        ]
    }

    package static let rebuilt = RebuiltTable("customer", from: [.text("")]) { from, limit, look in
        try look.rows(
            """
            SELECT program_id, identity, bound_to, bound_by, bound_at, first_paid_at, first_paid_id, last_at,
                   last_id, course
              FROM customer
             WHERE program_id = \(look.program) AND identity >= \(from[0]) ORDER BY identity LIMIT \(limit)
            """)
    }
}
