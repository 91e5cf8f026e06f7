import Conversions
import Hummingbird
import Partners
import Payouts
import Programs
import Replay
import Reports
import Tracking
import Values
import Web
import Work

// What became of the facts. Every question is asked in the key's own program, whatever the path says.

extension API {
    private func look<T: Sendable>(_ visit: Visit, _ question: @escaping @Sendable (Look) throws -> T)
        async throws -> T
    {
        try visit.mustBeKnown().must(.read)
        return try await house.look(at: try visit.mustHaveProgram(), question)
    }

    /// The thing that the path names.
    private func find(
        _ kind: String, _ visit: Visit, _ question: @escaping @Sendable (String, Look) throws -> JSON?
    ) async throws -> Response {
        let id = try visit.part("id", of: kind)
        guard let json = try await look(visit, { try question(id, $0) }) else {
            throw Refusal.notFound(kind: kind, id: id)
        }
        return .json(json)
    }

    // MARK: The program and its partners

    func programs(_ request: Request, _ visit: Visit) async throws -> Response {
        let paging = try Paging(request)
        let shelf = shelf
        let own = try await look(visit) { try ProgramQueries.find(shelf, at: $0) }
        return paging.answer([own].compactMap { $0 }, key: \.id, json: \.json)
    }

    func program(_ request: Request, _ visit: Visit) async throws -> Response {
        let shelf = shelf
        return try await find("program", visit) { id, look in
            id == look.program ? try ProgramQueries.find(shelf, at: look)?.json : nil
        }
    }

    func partners(_ request: Request, _ visit: Visit) async throws -> Response {
        let paging = try Paging(request)
        let (rows, standings) = try await look(visit) { look in
            let rows = try PartnerQueries.page(after: paging.after, limit: paging.limit + 1, at: look)
            return (rows, try Standings.of(rows.map(\.id), at: look))
        }
        return paging.answer(rows, key: \.id) { API.json($0, standings[$0.id]) }
    }

    func partner(_ request: Request, _ visit: Visit) async throws -> Response {
        try await find("partner", visit) { id, look in
            try PartnerQueries.find(id, at: look).map { API.json($0, try Standings.of([id], at: look)[id]) }
        }
    }

    private static func json(_ partner: PartnerView, _ standings: [Standing]?) -> JSON {
        let rows = (standings ?? []).map { standing in
            JSON.object((standing.json.members ?? []).filter { $0.key != "partner" })
        }
        return .object(partner.members + [.init("standing", .array(rows))])
    }

    func links(_ request: Request, _ visit: Visit) async throws -> Response {
        let paging = try Paging(request)
        let rows = try await look(visit) {
            try LinkQueries.page(after: paging.after, limit: paging.limit + 1, at: $0)
        }
        return paging.answer(rows, key: \.id, json: \.json)
    }

    func link(_ request: Request, _ visit: Visit) async throws -> Response {
        try await find("link", visit) { try LinkQueries.find($0, at: $1)?.json }
    }

    func coupons(_ request: Request, _ visit: Visit) async throws -> Response {
        let paging = try Paging(request)
        let rows = try await look(visit) {
            try CouponQueries.page(after: paging.after, limit: paging.limit + 1, at: $0)
        }
        return paging.answer(rows, key: \.code, json: \.json)
    }

    func coupon(_ request: Request, _ visit: Visit) async throws -> Response {
        try await find("coupon", visit) { try CouponQueries.find($0, at: $1)?.json }
    }

    // MARK: Clicks and conversions

    /// Of one day (UTC), today's where none is named.
    func clicks(_ request: Request, _ visit: Visit) async throws -> Response {
        let paging = try Paging(request, filters: ["day"])
        let day =
            try paging["day"].map { text throws(Refusal) in
                guard let day = Day(text: text) else { throw .invalid("/day", .notDay) }
                return day
            } ?? Zone.utc.day(of: house.now())
        let place = try paging.after.map { key throws(Refusal) in
            let parts = key.split(separator: " ", maxSplits: 1)
            guard parts.count == 2, let bucket = Int64(parts[0]) else {
                throw .invalid("/cursor", .because("is of another list"))
            }
            return (bucket: bucket, id: String(parts[1]))
        }
        let rows = try await look(visit) {
            try ClickQueries.page(of: day, after: place, limit: paging.limit + 1, at: $0)
        }
        return paging.answer(rows, key: { "\($0.bucket) \($0.id)" }, json: \.json)
    }

    func click(_ request: Request, _ visit: Visit) async throws -> Response {
        try await find("click", visit) { try ClickQueries.find($0, at: $1)?.json }
    }

    func conversions(_ request: Request, _ visit: Visit) async throws -> Response {
        let paging = try Paging(request)
        let last = try paging.after.map { key throws(Refusal) in
            guard let last = Int64(key) else { throw .invalid("/cursor", .because("is of another list")) }
            return last
        }
        let rows = try await look(visit) {
            try ConversionQueries.page(before: last, limit: paging.limit + 1, at: $0)
        }
        return paging.answer(rows, key: { String($0.sequence) }, json: { .object($0.members) })
    }

    /// With the decision that holds now and all lines that ever came of it.
    func conversion(_ request: Request, _ visit: Visit) async throws -> Response {
        let shelf = shelf
        return try await find("conversion", visit) { id, look in
            guard let view = try ConversionQueries.find(id, at: look) else { return nil }
            let lines = try LineList.of(conversion: id, shelf, at: look).map(\.json)
            let decision = try DecisionQueries.last(of: id, at: look)
            return .object(
                view.members + [.init("decision", decision ?? .null), .init("lines", .array(lines))])
        }
    }

    // MARK: Money

    func commissions(_ request: Request, _ visit: Visit) async throws -> Response {
        let paging = try Paging(request, filters: ["partner"])
        let shelf = shelf
        let rows = try await look(visit) {
            try LineList.page(
                before: paging.after, of: paging["partner"], limit: paging.limit + 1, shelf, at: $0)
        }
        return paging.answer(rows, key: \.id, json: \.json)
    }

    func commission(_ request: Request, _ visit: Visit) async throws -> Response {
        let shelf = shelf
        return try await find("commission", visit) { try LineList.find($0, shelf, at: $1)?.json }
    }

    func explanation(_ request: Request, _ visit: Visit) async throws -> Response {
        let shelf = shelf
        return try await find("commission", visit) { id, look in
            guard try LineList.find(id, shelf, at: look) != nil else { return nil }
            return try Explanation.find(id, at: look).json
        }
    }

    func statements(_ request: Request, _ visit: Visit) async throws -> Response {
        let paging = try Paging(request, filters: ["partner"])
        let rows = try await look(visit) {
            try StatementQueries.page(
                before: paging.after, of: paging["partner"], limit: paging.limit + 1, at: $0)
        }
        return paging.answer(rows, key: \.id) { $0.json(withLines: false) }
    }

    func statement(_ request: Request, _ visit: Visit) async throws -> Response {
        try await find("statement", visit) { try StatementQueries.find($0, at: $1)?.json(withLines: true) }
    }

    func batches(_ request: Request, _ visit: Visit) async throws -> Response {
        let paging = try Paging(request)
        let rows = try await look(visit) {
            try BatchView.page(before: paging.after, limit: paging.limit + 1, at: $0)
        }
        return paging.answer(rows, key: \.id, json: \.json)
    }

    func batch(_ request: Request, _ visit: Visit) async throws -> Response {
        try await find("batch", visit) { id, look in
            try BatchView.find(id, look.rows, program: look.program)?.json
        }
    }
}
