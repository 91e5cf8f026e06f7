import Access
import ArgumentParser
import Recording
import Terms
import Values
import Work

struct Init: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Make the database, its key file and the admin; print the sign-in link and an API key once.",
        discussion: """
            Without --program it makes the database and its key file only: `tallystick init --program FILE` \
            adds a program later, as `tallystick program apply FILE` does. A program that is there already \
            is left as it is.
            """)

    @OptionGroup var place: DatabasePlace
    @Flag(help: "Print JSON.") var json = false
    @Option(help: "The program file to begin with.") var program: String?
    @Option(help: "The admin's e-mail.") var admin = "admin@localhost"

    func run() async throws {
        try await answering {
            guard let file = program else {
                let deployment = try await Deployment.make(place)
                await deployment.close()
                return Output.line(
                    json
                        ? "{}" : "The database is ready; `tallystick init --program FILE` adds a program.")
            }
            let read = try programFile(file)
            let deployment = try await Deployment.make(place)
            guard try await !deployment.programs().contains(read.slug) else {
                await deployment.close()
                throw Refusal.invalid(
                    "program \(read.slug)",
                    .because(
                        "is there already: `tallystick program apply \(file)` publishes its next version, "
                            + "`tallystick user add EMAIL --role ROLE` prints a sign-in link"))
            }
            let made = try await naming(["/email": "--admin"]) {
                try await deployment.found(read, admin: admin)
            }
            await deployment.close()
            if json {
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
