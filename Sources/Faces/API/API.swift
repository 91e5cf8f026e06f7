import Access
import Facts
import HTTPTypes
import Hummingbird
import Programs
import Recording
import Tracking
import Values
import Web
import Work

/// The programs' own door: facts in, and what became of them out. Nouns only; an act is a new noun.
package struct API: Sendable {
    let house: House
    let shelf: TermsShelf
    let intake: Intake
    let linkBook: LinkBook
    private let keys: KeyRing

    package init(house: House, shelf: TermsShelf, links: LinkBook) {
        self.house = house
        self.shelf = shelf
        linkBook = links
        intake = Intake(house: house, shelf: shelf)
        keys = KeyRing(house: house)
    }

    package func routes(on routes: some RouterMethods<Visit>) {
        let v1 = routes.group("/v1").add(middleware: KeyHolder(keys: keys))
        v1.post("/conversions", use: record(.conversion))
            .post("/refunds", use: record(.refund))
            .post("/registrations", use: record(.registration))
            .post("/assists", use: record(.assist))
            .post("/clicks", use: record(.click))
            .post("/impressions", use: record(.impression))
            .post("/fund-claims", use: record(.fundClaim))
            .post("/partners", use: record(.partner))
            .post("/tiers", use: record(.tier))
            .post("/links", use: record(.link))
            .post("/coupons", use: record(.coupon))
            .post("/batch", use: recordMany)
        v1.post("/batches", use: forPeopleOnly)
            .post("/batches/:id/approval", use: forPeopleOnly)
        v1.get("/programs", use: programs)
            .get("/programs/:id", use: program)
            .get("/partners", use: partners)
            .get("/partners/:id", use: partner)
            .get("/links", use: links)
            .get("/links/:id", use: link)
            .get("/coupons", use: coupons)
            .get("/coupons/:id", use: coupon)
            .get("/clicks", use: clicks)
            .get("/clicks/:id", use: click)
        v1.get("/conversions", use: conversions)
            .get("/conversions/:id", use: conversion)
            .get("/commissions", use: commissions)
            .get("/commissions/:id", use: commission)
            .get("/commissions/:id/explanation", use: explanation)
            .get("/statements", use: statements)
            .get("/statements/:id", use: statement)
            .get("/batches", use: batches)
            .get("/batches/:id", use: batch)
    }

    /// Payouts are opened and approved by two people; a key is nobody.
    private func forPeopleOnly(_ request: Request, _ visit: Visit) throws -> Response {
        throw Refusal.notAllowed("open and approve payouts, which people do and keys never")
    }
}

/// Lets only the holders of a key through, and says whose program they are in.
struct KeyHolder: RouterMiddleware {
    let keys: KeyRing

    func handle(
        _ request: Request, context: Visit, next: (Request, Visit) async throws -> Response
    ) async throws -> Response {
        guard let token = request.bearer, let key = try await keys.key(token) else {
            throw Refusal.notSignedIn
        }
        var visit = context
        visit.principal = key.principal
        visit.program = key.program
        return try await next(request, visit)
    }
}

extension Request {
    /// RFC 6750 §2.1; the scheme's name in any case.
    fileprivate var bearer: String? {
        guard let field = headers[.authorization], field.utf8.count <= 256 else { return nil }
        let parts = field.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return String(parts[1])
    }
}

extension Visit {
    /// The program of the key that asks.
    /// - Throws: `Refusal.notSignedIn`.
    func mustHaveProgram() throws(Refusal) -> String {
        guard let program else { throw .notSignedIn }
        return program
    }
}
