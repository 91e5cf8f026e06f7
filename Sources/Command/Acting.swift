import Access
import ArgumentParser
import Values
import Work

/// Who an act on this machine is for. It needs the machine, so it is written down as *by operator for* them.
struct Acting: ParsableArguments {
    @Option(name: .customLong("as"), help: "The e-mail of the person it is done for (default: the admin).")
    var email: String?

    func principal(_ deployment: Deployment, in program: String) async throws -> Principal {
        let email = email
        return try await deployment.house.look(at: program) { look in
            let person = try email.map { try Person.find(email: $0, at: look) } ?? Person.admin(at: look)
            guard let person, let role = try Person.role(of: person.id, at: look) else {
                throw Refusal.notFound(kind: "person on the staff", id: email ?? "who is the admin")
            }
            return .operator(person: person.id, role: role)
        }
    }
}

extension Principal {
    /// Whoever has the machine, for acts that nobody in particular answers for.
    static let machine = Principal.operator(person: "operator", role: .owner)
}
