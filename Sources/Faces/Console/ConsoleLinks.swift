import Web

/// Every address of the console, as routes and as links.
enum ConsoleLinks {
    static let signIn = "/sign-in"
    static let signOut = "/sign-out"
    static let home = "/console"

    static let programRoute = "/console/:program"
    static let commissionRoute = "/console/:program/commissions/:id"
    static let conversionRoute = "/console/:program/conversions/:id"

    static func program(_ program: String) -> String { "\(home)/\(program.asPathPart)" }

    /// A page of the partners, counted from 1.
    static func partners(_ program: String, page: Int) -> String {
        page == 1 ? self.program(program) : "\(self.program(program))?page=\(page)"
    }

    static func commission(_ id: String, in program: String) -> String {
        "\(self.program(program))/commissions/\(id.asPathPart)"
    }

    static func conversion(_ id: String, in program: String) -> String {
        "\(self.program(program))/conversions/\(id.asPathPart)"
    }
}
