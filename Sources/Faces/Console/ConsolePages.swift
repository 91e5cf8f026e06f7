import Access
import Hummingbird
import Reports
import Values
import Web
import Work

/// The pages for a program's own people.
package struct ConsolePages: Sendable {
    static let book = PageBook(Embedded.files)

    let house: House
    let keys: KeyRing

    package init(house: House) {
        self.house = house
        keys = KeyRing(house: house)
    }

    package func routes(on routes: some RouterMethods<Visit>) {
        routes.get("/") { _, _ in Response.seeOther(ConsoleLinks.home) }
        routes.group().add(middleware: SameOrigin())
            .get("\(ConsoleLinks.signIn)", use: showSignIn)
            .post("\(ConsoleLinks.signIn)", use: signIn)
            .post("\(ConsoleLinks.signOut)", use: signOut)
        routes.group().add(middleware: SignedIn(keys: keys))
            .get("\(ConsoleLinks.home)", use: home)
            .get("\(ConsoleLinks.programRoute)", use: program)
            .get("\(ConsoleLinks.commissionRoute)", use: commission)
            .get("\(ConsoleLinks.conversionRoute)", use: conversion)
    }

    // MARK: Signing in

    private func showSignIn(_ request: Request, _ visit: Visit) -> Response {
        let token = request.queryFields["token"] ?? ""
        return Self.book.answer("sign-in", SignInPage(token: token, isRefused: false), to: visit)
    }

    private func signIn(_ request: Request, _ visit: Visit) async throws -> Response {
        let token = try await request.form()["token"] ?? ""
        do {
            let session = try await SignIn.use(token, instead: request.sessionToken, in: house)
            request.sessionToken.map(keys.forget)
            var response = Response.seeOther(ConsoleLinks.home)
            response.setSession(session, for: request)
            return response
        } catch Refusal.notSignedIn {
            let page = SignInPage(token: "", isRefused: true)
            return Self.book.answer("sign-in", page, to: visit, status: .forbidden)
        }
    }

    private func signOut(_ request: Request, _ visit: Visit) async throws -> Response {
        if let token = request.sessionToken { try await keys.end(token) }
        var response = Response.seeOther(ConsoleLinks.signIn)
        response.setSession(nil, for: request)
        return response
    }

    // MARK: Programs

    private func home(_ request: Request, _ visit: Visit) throws -> Response {
        guard let program = visit.session?.programs.first else { throw Refusal.notAllowed("see a program") }
        return .seeOther(ConsoleLinks.program(program))
    }

    private func program(_ request: Request, _ visit: Visit) async throws -> Response {
        let program = try mustSee(visit)
        let overview = try await house.look(at: program) { try Overview.find(at: $0) }
        let number = request.queryFields["page"].flatMap(Int.init) ?? 1
        let page = ProgramPage(overview, number: number, programs: visit.session?.programs ?? [])
        return Self.book.answer("program", page, to: visit)
    }

    private func commission(_ request: Request, _ visit: Visit) async throws -> Response {
        try await explain("commission", visit)
    }

    private func conversion(_ request: Request, _ visit: Visit) async throws -> Response {
        try await explain("conversion", visit)
    }

    private func explain(_ kind: String, _ visit: Visit) async throws -> Response {
        let program = try mustSee(visit)
        let id = try visit.part("id", of: kind)
        let (name, explanation) = try await house.look(at: program) {
            (try Overview.name(at: $0), try Explanation.find(id, at: $0))
        }
        let page = ExplanationPage(explanation, of: kind, in: program, called: name)
        return Self.book.answer("explanation", page, to: visit)
    }

    /// The program in the path, if this person has a part in it. For all others it does not exist.
    private func mustSee(_ visit: Visit) throws(Refusal) -> String {
        let program = try visit.part("program", of: "program")
        guard let principal = visit.session?.principal(in: program), principal.may(.read) else {
            throw .notFound(kind: "program", id: program)
        }
        return program
    }
}
