import ArgumentParser

/// The command: one file a word.
@main
struct Tallystick: AsyncParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "tallystick",
        abstract: "The open partner program: whose each sale was, why, and what is owed.",
        // `program show` has a --version of its own.
        version: CommandLine.arguments.contains("show") ? "" : version,
        subcommands: [
            Init.self, Serve.self, DemoCommand.self, ProgramCommand.self, Simulate.self, ImportCommand.self,
            Settle.self, Payouts.self, Explain.self, Verify.self, LedgerCommand.self, AuditCommand.self,
            Report.self, UserCommand.self, KeyCommand.self, Erase.self, Backup.self, Copy.self, Doctor.self,
        ])
}
