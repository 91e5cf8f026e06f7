import Store
import Values
import Work

/// Someone who signs in or acts, known by an e-mail address; what they may do is their role in each program.
package struct Person: Hashable, Sendable {
    /// `usr_…`
    package let id: String
    /// Trimmed and in lower case.
    package let email: String

    static func normalised(_ email: String) throws(Refusal) -> String {
        let clean = email.trimmingBlanks.lowercased()
        let parts = clean.split(separator: "@", omittingEmptySubsequences: false)
        guard clean.utf8.count <= emailBytesMax else {
            throw .invalid("/email", .tooLong(max: emailBytesMax))
        }
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty,
            clean.unicodeScalars.allSatisfy({
                !$0.properties.isWhitespace && $0.value > 0x20 && $0.value != 0x7F
            })
        else { throw .invalid("/email", .because("must be an e-mail address such as ada@acme.test")) }
        return clean
    }

    /// RFC 5321 §4.5.3.1.3, without the angle brackets.
    static let emailBytesMax = 254
}

extension Person {
    /// Puts a person on the staff of the work's program, or changes their role, and makes a one-time link
    /// to sign in with; links made before stop working.
    /// - Throws: `Refusal.notAllowed`, `.invalid`.
    package static func add(email: String, role: Role, in work: Work) throws -> SignInLink {
        try work.principal.must(.administer)
        let email = try normalised(email)
        let person = try AccessRows.takePerson(email: email, in: work)
        try AccessRows.set(role, of: person, in: work)
        try work.audit("staff.\(role.rawValue)", person.id)
        return try SignInLink.make(for: person, in: work)
    }

    package static func find(email: String, at look: Look) throws -> Person? {
        try AccessRows.person(email: email.trimmingBlanks.lowercased(), look.first)
    }

    package static func find(id: String, at look: Look) throws -> Person? {
        try AccessRows.person(id: id, look.first)
    }

    package static func role(of person: String, at look: Look) throws -> Role? {
        try AccessRows.role(of: person, in: look.program, look.first)
    }

    /// The program's first owner: whom an act from the command line is for when nobody is named.
    package static func admin(at look: Look) throws -> Person? {
        try AccessRows.firstOwner(of: look.program, look.first)
    }
}

extension String {
    fileprivate var trimmingBlanks: String {
        let isBlank: (Character) -> Bool = { $0.isWhitespace }
        return String(drop(while: isBlank).reversed().drop(while: isBlank).reversed())
    }
}
