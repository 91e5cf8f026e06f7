import Foundation
import Values

@testable import Payouts

/// What a stranger's validator says of a file.
enum Schema {
    /// What is wrong with `xml` by the ISO 20022 schema, or nil.
    /// - Throws: `Missing`, when validator or schema are not installed: the test fails, it never skips.
    static func complaint(about xml: String) throws -> String? {
        let file = FileManager.default.temporaryDirectory.appending(path: "pain-\(UUID().uuidString).xml")
        try Data(xml.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let (status, said) = try run(
            "xmllint", ["--noout", "--nonet", "--schema", try path.get(), file.path])
        if status == 127 { throw Missing(what: "xmllint") }
        return status == 0 ? nil : said
    }

    struct Missing: Error, CustomStringConvertible {
        let what: String
        var description: String { "\(what) is missing; `make test` installs it" }
    }

    private static let path = Result {
        let print = "import os, sepaxml; print(os.path.dirname(sepaxml.__file__))"
        let venv = root.appending(path: ".build-venv/bin/python").path
        for python in [venv, "python3"] {
            let (status, said) = try run(python, ["-c", print])
            let folder = said.split(separator: "\n").last.map(String.init) ?? ""
            let path = "\(folder)/schemas/pain.001.001.09.xsd"
            if status == 0, FileManager.default.fileExists(atPath: path) { return path }
        }
        throw Missing(what: "the schema pain.001.001.09 (in the Python package sepaxml)")
    }

    /// The command's status (127 when there is none such) and all that it printed.
    private static func run(_ command: String, _ arguments: [String]) throws -> (status: Int32, said: String)
    {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [command] + arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let said = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: said, as: UTF8.self))
    }
}

/// The top of the checkout.
let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

extension CreditTransfers {
    static let acme = Payer(name: "Acme GmbH", iban: "DE02120300000000202051", bic: "BYLADEM1001")

    /// A file of these transfers, by Acme unless someone else is named.
    static func of(
        _ transfers: [Transfer], id: String = "BATCH-2026-000010", on day: Day = .november,
        by payer: Payer = acme
    ) -> CreditTransfers {
        CreditTransfers(messageID: id, createdAt: .noon, executeOn: day, payer: payer, transfers: transfers)
    }
}

extension CreditTransfers.Transfer {
    static func to(
        _ holder: String = "Zoë Müller", _ cents: Int64 = 120_00, _ currency: Currency = .eur,
        id: String = "BATCH-2026-000010-1", iban: String = "DE89370400440532013000", bic: String? = nil,
        note: String = "Commission STM-2026-000010"
    ) -> Self {
        Self(
            endToEnd: id, amount: Money(cents, currency), holder: holder, iban: iban, bic: bic,
            remittance: note)
    }
}

extension Day {
    static let november = Day(year: 2026, month: 11, day: 4)!
}

extension Instant {
    static let noon = Instant(text: "2026-11-03T12:00:00Z")!
}

/// A sequence that is the same on every run (SplitMix64).
struct Dice: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// The texts of every element `name` in `xml`, in order; enough for a document of one line an element.
func texts(of name: String, in xml: String) -> [String] {
    xml.split(separator: "\n").compactMap { line in
        let line = line.drop { $0 == " " }
        guard line.hasPrefix("<\(name)>") || line.hasPrefix("<\(name) "), line.hasSuffix("</\(name)>"),
            let start = line.firstIndex(of: ">")
        else { return nil }
        return String(line[line.index(after: start)...].dropLast(name.count + 3))
    }
}

/// `country`, the check digits that fit, and `rest` (ISO 13616).
func iban(_ country: String, _ rest: String) -> String {
    let remainder = (rest + country + "00").utf8.reduce(0) { sum, byte in
        byte < 58 ? (sum * 10 + Int(byte - 48)) % 97 : (sum * 100 + Int(byte - 55)) % 97
    }
    let check = 98 - remainder
    return country + (check < 10 ? "0" : "") + String(check) + rest
}
