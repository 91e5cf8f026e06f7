import Store
import Values
import Work

/// A partner as the program's own people and systems see it.
package struct PartnerView: Hashable, Sendable {
    package let id: String
    package let at: Instant
    package let type: String
    package let plan: String?
    /// Its company, as it was named to us.
    package let account: String?
    package let country: String?
    package let currency: Currency?
    /// How it is paid.
    package let rail: String?
    /// The partner above it.
    package let parent: String?
    package let leftAt: Instant?
    /// Nil when it was never given, or erased.
    package let name: String?
    package let email: String?

    package var members: [JSON.Member] {
        let all: [(String, JSON?)] = [
            ("id", .string(id)), ("at", .string(at.text)), ("type", .string(type)), ("plan", plan.json),
            ("name", name.json), ("email", email.json), ("account", account.json), ("country", country.json),
            ("currency", (currency?.code).json), ("payout_kind", rail.json), ("parent", parent.json),
            ("left_at", (leftAt?.text).json),
        ]
        return all.compactMap { name, value in value.map { JSON.Member(name, $0) } }
    }
}

package enum PartnerQueries {
    private static let partners: SQL = """
        SELECT p.id, p.at, p.type, p.plan, p.account, p.country, p.currency, p.rail, p.parent,
               p.left_at, n.name, n.email
          FROM partner p
          LEFT JOIN partner_person n ON n.program_id = p.program_id AND n.partner_id = p.id

        """

    package static func find(_ id: String, at look: Look) throws -> PartnerView? {
        try look.first(partners + "WHERE p.program_id = \(look.program) AND p.id = \(id)").map(view)
    }

    /// In no order.
    package static func ids(at look: Look) throws -> [String] {
        try look.rows("SELECT id FROM partner WHERE program_id = \(look.program)").map { $0.text("id") }
    }

    /// By id.
    package static func page(after id: String?, limit: Int, at look: Look) throws -> [PartnerView] {
        try look.rows(
            partners
                + "WHERE p.program_id = \(look.program) AND p.id > \(id ?? "") ORDER BY p.id LIMIT \(limit)"
        ).map(view)
    }

    private static func view(_ row: Row) -> PartnerView {
        PartnerView(
            id: row.text("id"), at: row.instant("at"), type: row.text("type"), plan: row.text(ifAny: "plan"),
            account: row.text(ifAny: "account"), country: row.text(ifAny: "country"),
            currency: row.currency(ifAny: "currency"), rail: row.text(ifAny: "rail"),
            parent: row.text(ifAny: "parent"), leftAt: row.instant(ifAny: "left_at"),
            name: row.text(ifAny: "name"),
            email: row.text(ifAny: "email"))
    }
}
