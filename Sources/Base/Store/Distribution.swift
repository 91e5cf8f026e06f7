/// Where the rows of a table lie in a cluster (Citus). On one server it changes nothing, but the schema and
/// every statement keep to it, so that a database can become a cluster as it is.
package enum Distribution: Hashable, Sendable {
    /// With their program: all tables of one program on one node.
    case program
    /// With their bucket, clicks and what stands beside them.
    case bucket
    /// Whole on every node: small, and asked for by programs, people and keys alike.
    case reference
    /// On the coordinator alone.
    case coordinator

    /// The column whose value says on which node a row lies.
    package var column: String? {
        switch self {
        case .program: "program_id"
        case .bucket: "bucket"
        case .reference, .coordinator: nil
        }
    }

    /// Every table of ours has a place here. Of each distributed kind the first is the one that the others
    /// lie beside.
    private static let places: [(Distribution, [String])] = [
        (.reference, ["program", "person", "staff", "sign_in", "session", "api_key", "secret", "link_slug"]),
        (
            .program,
            [
                "program_head", "fact", "fact_key", "request_key", "parked", "job", "audit", "partner",
                "partner_person", "link", "coupon", "registration", "assist", "impression", "conversion",
                "conversion_hold", "conversion_person", "customer", "decision",
                "earning", "line", "tally", "net_revenue", "clawback", "fund", "fund_proof", "entry",
                "posting", "balance",
                "statement", "rate",
                "batch",
                "batch_item",
            ]
        ),
        (.bucket, ["click", "click_person"]),
        // Who migrates speaks to the coordinator.
        (.coordinator, ["migration"]),
    ]

    package static let plan = Dictionary(
        uniqueKeysWithValues: places.flatMap { place, tables in tables.map { ($0, place) } })

    /// What a coordinator is told of one table.
    package struct Step: Hashable, Sendable {
        package let table: String
        let place: Distribution
        package let statement: String
    }

    /// All that a coordinator is told, in order: reference tables first, then each kind's first table.
    static let steps: [Step] = places.flatMap { place, tables in
        tables.compactMap { table in
            place.statement(of: table, beside: table == tables[0] ? "none" : tables[0]).map {
                Step(table: table, place: place, statement: $0)
            }
        }
    }

    private func statement(of table: String, beside first: String) -> String? {
        switch self {
        case .coordinator: return nil
        case .reference: return "SELECT create_reference_table('\(table)')"
        case .program, .bucket:
            let column = column ?? ""
            return "SELECT create_distributed_table('\(table)', '\(column)', colocate_with => '\(first)')"
        }
    }
}
