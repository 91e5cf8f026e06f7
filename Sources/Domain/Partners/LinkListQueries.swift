import Facts
import Store
import Values
import Work

package struct LinkView: Hashable, Sendable {
    package let id: String
    package let at: Instant
    package let partner: String
    /// Of several whose it is; `partner` is the first of them.
    package let shares: [ShareContent]
    package let slug: String
    package let destination: String?

    package var json: JSON {
        .record([
            "id": .string(id), "at": .string(at.text),
            "partner": shares.isEmpty ? .string(partner) : nil, "shares": shares.isEmpty ? nil : shares.json,
            "slug": .string(slug), "destination": destination.json,
        ])
    }
}

extension LinkQueries {
    private static let columns: StaticString = "id, at, partner_id, shares, slug, destination"

    package static func find(_ id: String, at look: Look) throws -> LinkView? {
        try look.first(
            "SELECT \(raw: columns) FROM link WHERE program_id = \(look.program) AND id = \(id)"
        ).map(view)
    }

    /// By id.
    package static func page(after id: String?, limit: Int, at look: Look) throws -> [LinkView] {
        try look.rows(
            """
            SELECT \(raw: columns) FROM link WHERE program_id = \(look.program) AND id > \(id ?? "")
             ORDER BY id LIMIT \(limit)
            """
        ).map(view)
    }

    private static func view(_ row: Row) -> LinkView {
        LinkView(
            id: row.text("id"), at: row.instant("at"), partner: row.text("partner_id"),
            shares: [ShareContent](text: row.text(ifAny: "shares")), slug: row.text("slug"),
            destination: row.text(ifAny: "destination"))
    }
}

package struct CouponView: Hashable, Sendable {
    package let id: String
    package let at: Instant
    package let partner: String
    /// Of several whose it is; `partner` is the first of them.
    package let shares: [ShareContent]
    /// As compared: trimmed, in lower case.
    package let code: String

    package var json: JSON {
        .record([
            "id": .string(id), "at": .string(at.text),
            "partner": shares.isEmpty ? .string(partner) : nil, "shares": shares.isEmpty ? nil : shares.json,
            "code": .string(code),
        ])
    }
}

package enum CouponQueries {
    private static let columns: StaticString = "id, at, partner_id, shares, code"

    package static func find(_ id: String, at look: Look) throws -> CouponView? {
        try look.first(
            "SELECT \(raw: columns) FROM coupon WHERE program_id = \(look.program) AND id = \(id)"
        ).map(view)
    }

    /// By code, which the table is kept by.
    package static func page(after code: String?, limit: Int, at look: Look) throws -> [CouponView] {
        try look.rows(
            """
            SELECT \(raw: columns) FROM coupon WHERE program_id = \(look.program) AND code > \(code ?? "")
             ORDER BY code LIMIT \(limit)
            """
        ).map(view)
    }

    private static func view(_ row: Row) -> CouponView {
        CouponView(
            id: row.text("id"), at: row.instant("at"), partner: row.text("partner_id"),
            shares: [ShareContent](text: row.text(ifAny: "shares")), code: row.text("code"))
    }
}
