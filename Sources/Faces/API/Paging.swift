import Hummingbird
import Values
import Web

/// What a list was asked for: `?limit=&cursor=` and the list's own filters.
struct Paging {
    static let limitMax = 200
    static let limitUsual = 50

    let limit: Int
    /// The key of the last row that was seen.
    let after: String?
    private let fields: [String: String]

    /// - Throws: `Refusal.invalid` for a field that this list has not: it would seem to filter.
    init(_ request: Request, filters: [String] = []) throws(Refusal) {
        fields = request.queryFields
        let allowed = ["limit", "cursor"] + filters
        if let other = fields.keys.filter({ !allowed.contains($0) }).min() {
            throw .invalid("/\(other)", .unknown(allowed: allowed))
        }
        if let text = fields["limit"] {
            guard let limit = Int(text), (1...Self.limitMax).contains(limit) else {
                throw .invalid("/limit", .because("must be a whole number from 1 to \(Self.limitMax)"))
            }
            self.limit = limit
        } else {
            limit = Self.limitUsual
        }
        if let cursor = fields["cursor"] {
            guard let key = Cursor.read(cursor) else {
                throw .invalid("/cursor", .because("was not made here"))
            }
            after = key
        } else {
            after = nil
        }
    }

    subscript(_ filter: String) -> String? { fields[filter] }

    /// The page of `rows`, of which there is one more than `limit` when there are more to come.
    func answer<Row>(_ rows: [Row], key: (Row) -> String, json: (Row) throws -> JSON) rethrows -> Response {
        let shown = rows.prefix(limit)
        let next = rows.count > limit ? shown.last.map { JSON.string(Cursor.make(key($0))) } : nil
        return .json(.record(["data": .array(try shown.map(json)), "next_cursor": next ?? .null]))
    }
}

/// A row's key, in a form that invites nobody to make one up.
enum Cursor {
    static func make(_ key: String) -> String { base32(Array(key.utf8)) }

    static func read(_ text: String) -> String? {
        guard text.utf8.count <= 1024 else { return nil }
        guard let bytes = base32Bytes(text), !bytes.contains(0) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }
}
