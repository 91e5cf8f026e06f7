import Access
import ArgumentParser
import Conversions
import Partners
import Programs
import Store
import Values
import Work

struct UserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "People on the staff.", subcommands: [Add.self])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put a person on the staff, or give a known one a new sign-in link.")
        @OptionGroup var place: Place
        @Argument var email: String
        @Option(help: "owner, manager, finance or viewer.") var role: String

        func run() async throws {
            try await answering {
                guard let role = Role(rawValue: role) else {
                    throw Refusal.invalid("--role", .notOneOf(Role.allCases.map(\.rawValue)))
                }
                let deployment = try await Deployment.open(place)
                let program = try await deployment.program(place)
                let email = email
                let token = try await naming(["/email": "the e-mail"]) {
                    try await deployment.house.work(in: program, as: .machine) { work in
                        try Person.add(email: email, role: role, in: work).token
                    }
                }
                await deployment.close()
                let url = deployment.signInURL(token)
                Output.line(place.json ? JSON.record(["sign_in_url": .string(url)]).compact : url)
            }
        }
    }
}

struct KeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "API keys, and the key that seals secrets.",
        subcommands: [Add.self, List.self, Revoke.self, Rotate.self])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make an API key; it is shown once.")
        @OptionGroup var place: Place
        @OptionGroup var acting: Acting

        func run() async throws {
            try await answering {
                let deployment = try await Deployment.open(place)
                let program = try await deployment.program(place)
                let principal = try await acting.principal(deployment, in: program)
                let person = try await deployment.house.look(at: program) { look in
                    try principal.person.flatMap { try Person.find(id: $0, at: look) }
                }
                guard let person else { throw Refusal.notFound(kind: "person", id: "on the staff") }
                let key = try await deployment.house.work(in: program, as: principal) { work in
                    try APIKey.add(for: person, in: work)
                }
                await deployment.close()
                Output.line(place.json ? JSON.record(["api_key": .string(key)]).compact : key)
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the program's API keys. Their texts are shown once only, when they are made.")
        @OptionGroup var place: Place

        func run() async throws {
            try await answering {
                let deployment = try await Deployment.open(place)
                let program = try await deployment.program(place)
                let keys = try await deployment.house.look(at: program) { try APIKey.all(at: $0) }
                await deployment.close()
                if place.json { return Output.line(JSON.array(keys.map(\.json)).compact) }
                Output.table(
                    keys.map {
                        [
                            $0.id, $0.person, $0.createdAt.text,
                            $0.revokedAt.map { "revoked \($0.text)" } ?? "",
                        ]
                    })
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a key open nothing more; running servers know it within ten seconds.")
        @OptionGroup var place: ProgramPlace
        @OptionGroup var acting: Acting
        @Argument(help: "The key's id, as `key list` prints it.") var id: String

        func run() async throws {
            try await answering {
                let deployment = try await Deployment.open(place)
                let program = try await deployment.program(place)
                let principal = try await acting.principal(deployment, in: program)
                let id = id
                try await deployment.house.work(in: program, as: principal) { try APIKey.revoke(id, in: $0) }
                await deployment.close()
                Output.line("\(id) is revoked.")
            }
        }
    }

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a new key for secrets and seal everything again. Stop the server first.")
        @OptionGroup var place: DatabasePlace

        func run() async throws {
            try await answering {
                let before = try await Deployment.open(place)
                await before.close()
                let vault = try KeyFile.rotate(try Settings().keyPath(place), .system)
                let deployment = try await Deployment.open(place)
                var count = try await deployment.house.store.write { connection in
                    try Secret.reseal(connection, vault)
                }
                for program in try await deployment.programs() {
                    count += try await deployment.house.work(in: program, as: .machine) { work in
                        try PartnerRows.reseal(in: work) + FactLog.reseal(in: work)
                    }
                }
                await deployment.close()
                Output.line("Sealed \(counted(count, "value")) again with key \(vault.keyID).")
            }
        }
    }
}

struct Erase: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Forget a person: a partner's name, address and account, or a customer's e-mail.")
    @OptionGroup var place: ProgramPlace
    @Option(help: "A partner's id.") var partner: String?
    @Option(help: "A conversion's id.") var conversion: String?

    func validate() throws {
        guard (partner == nil) != (conversion == nil) else {
            throw ValidationError("Name either --partner or --conversion.")
        }
    }

    func run() async throws {
        try await answering {
            let deployment = try await Deployment.open(place)
            let program = try await deployment.program(place)
            let (partner, conversion) = (partner, conversion)
            try await deployment.house.work(in: program, as: .machine) { work in
                if let partner { try PartnerRows.erase(partner, in: work) }
                if let conversion { try ConversionRows.erase(conversion, in: work) }
            }
            await deployment.close()
            Output.line("Forgotten. Facts and books stay: they hold keyed hashes only.")
        }
    }
}

extension APIKey.Issued {
    fileprivate var json: JSON {
        .record([
            "id": .string(id), "person": .string(person), "created_at": .string(createdAt.text),
            "revoked_at": revokedAt.map { .string($0.text) } ?? .null,
        ])
    }
}
