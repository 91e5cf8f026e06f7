import Access
import ArgumentParser
import Recording
import Terms
import Values
import Work

struct Init: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make the database, its key file and the admin; print the sign-in link and an API key once."
    )

    @OptionGroup var place: Place
    @Option(help: "The program file to begin with.") var program: String?
    @Option(help: "The admin's e-mail.") var admin = "admin@localhost"

    func run() async throws {
        try await answering {
            guard let file = program else {
                let deployment = try await Deployment.make(place)
                await deployment.close()
                return Output.line(
                    place.json
                        ? "{}" : "The database is ready; `tallystick init --program FILE` adds a program.")
            }
            let read = try ProgramFile.read(try .file(file))
            let deployment = try await Deployment.make(place)
            let made = try await deployment.found(read, admin: admin)
            await deployment.close()
            if place.json {
                Output.line(
                    JSON.record([
                        "program": .string(read.slug), "api_key": .string(made.key),
                        "sign_in_url": .string(made.signIn),
                    ]).compact)
            } else {
                Output.line("Program \(read.slug) is ready. These are shown once:")
                Output.line("  sign in   \(made.signIn)")
                Output.line("  API key   \(made.key)")
            }
        }
    }
}

extension Deployment {
    /// Founds a program, with its admin and a key.
    func found(_ file: ProgramFile, admin: String) async throws -> (key: String, signIn: String) {
        let shelf = shelf
        let (key, token) = try await house.work(in: file.slug, as: .machine) { work in
            try Act.found(file, shelf, in: work)
            let link = try Person.add(email: admin, role: .owner, in: work)
            return (try APIKey.add(for: link.person, in: work), link.token)
        }
        return (key, signInURL(token))
    }

    func signInURL(_ token: String) -> String { "\(publicURL)/sign-in?token=\(token)" }
}
