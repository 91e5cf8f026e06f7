import Facts
import Foundation
import Replay
import Terms
import Testing
import Values

/// One of the 80 vectors in Tests/Vectors/commission.json. Every number of its test is read from there.
struct Vector: Sendable {
    let id: String
    private let json: JSON

    private static let file: JSON = {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../../Vectors/commission.json")
        return try! JSON(reading: Data(contentsOf: file))
    }()
    private static let all: [JSON] = file["vectors"]!.elements!

    static let ids = all.map { $0["id"]!.text! }

    init(_ id: String) {
        self.id = id
        json = Self.all.first { $0["id"]!.text == id }!
    }

    /// The value at a path such as `input gross`.
    func value(_ path: String) -> JSON { path.split(separator: " ").reduce(json) { $0[String($1)]! } }

    func text(_ path: String) -> String { value(path).text! }
    func texts(_ path: String) -> [String] { value(path).elements!.map { $0.text! } }
    func count(_ path: String) -> Int { Int(value(path).whole!) }
    func fraction(_ path: String) -> Fraction { Fraction(decimal: text(path))! }
    func percent(_ path: String) -> String { fraction(path).percentText }
    func percents(_ path: String) -> [String] { texts(path).map { Fraction(decimal: $0)!.percentText } }

    var title: String { text("title") }
    var currency: Currency { Currency(code)! }
    var code: String { text("currency") }
    func money(_ path: String) -> Money { money(amount: text(path)) }
    func moneys(_ path: String) -> [Money] { texts(path).map(money(amount:)) }
    func money(amount: String) -> Money { try! Money(amount: amount, currency) }

    /// `250.07 USD`
    static func moneyWithCode(_ text: String) -> Money {
        let parts = text.split(separator: " ").map(String.init)
        return try! Money(amount: parts[0], Currency(parts[1])!)
    }

    /// The rates per euro that the file carries for a day.
    static func rates(_ date: String) -> [FactRecord] {
        file["ecb_rates"]![date]!.members!.map { rate(date, $0.key, $0.value.text!) }
    }

    static func quote(_ date: String, of code: String) -> Fraction {
        code == "EUR" ? .one : Fraction(decimal: file["ecb_rates"]![date]![code]!.text!)!
    }
}

/// A vector and its test.
struct VectorCase: Sendable, CustomTestStringConvertible {
    enum Level: Sendable {
        /// A program file and facts, run through the simulation; what the conversions earn.
        case simulation
        /// The same, up to the statements that follow.
        case statements
        /// Amounts and rounding alone.
        case money
    }

    let id: String
    let level: Level
    let check: @Sendable (Vector) throws -> Void

    init(_ id: String, at level: Level = .simulation, _ check: @escaping @Sendable (Vector) throws -> Void) {
        self.id = id
        self.level = level
        self.check = check
    }

    var testDescription: String { "\(id) \(Vector(id).title)" }
}

extension Vector {
    /// What follows from facts under a program file.
    ///
    /// Nil, and that is well, while the file is refused for nothing but what it needs: then the facts are not
    /// even made, since they may be of a kind that is not known yet either.
    func story(
        _ yaml: String, needs: Set<Provision> = [], at location: SourceLocation = #_sourceLocation,
        _ facts: @autoclosure () -> [FactRecord]
    ) -> Story? {
        let needed = Set(Provision.allCases.filter { !complaints(yaml, refusing: [$0]).isEmpty })
        #expect(complaints(yaml, refusing: []) == [], "\(id) is no program file", sourceLocation: location)
        #expect(needed == needs, "\(id) needs other provisions", sourceLocation: location)
        guard needs.isDisjoint(with: Provision.notYetPaid) else {
            let told = complaints(yaml, refusing: Provision.notYetPaid)
            #expect(
                !told.isEmpty && told.allSatisfy { $0.hasSuffix("is not in this version") },
                "\(id) is refused otherwise", sourceLocation: location)
            return nil
        }
        return Story(reading(yaml), facts())
    }

    private func complaints(_ yaml: String, refusing refused: Set<Provision>) -> [String] {
        do {
            _ = try ProgramFile.read(yaml, refusing: refused)
            return []
        } catch {
            return error.complaints.filter { !$0.isWarning }.map(\.message)
        }
    }

    /// A fact of a kind, or with a field, that may not be known yet: nil while it is refused for this word.
    func newFact(
        _ kind: String, _ id: String, at: String, _ fields: Fields, new word: String,
        location: SourceLocation = #_sourceLocation
    ) -> FactRecord? {
        let head: Fields = [("fact", .string(kind)), ("id", .string(id)), ("at", .string(at))]
        let line = JSON.object((head + fields).map { JSON.Member($0.0, $0.1) }).compact
        do {
            return try FactReader(.outside(HashKey([1]))).line(Array(line.utf8))
        } catch {
            #expect(
                error.sentence.contains(word), "\(self.id): \(error.sentence)", sourceLocation: location)
            return nil
        }
    }
}

/// Ada, whose link visitor `v` clicks on the first day of 2026.
let adaClicked = [partner("ada"), click("k", at: "2026-01-01", of: "ada")]

extension Story {
    /// The sum of all lines, of a partner, of a conversion, of a kind.
    func total(
        _ partner: String? = nil, of conversion: String? = nil, kind: String? = nil, in currency: Currency
    ) -> Money {
        var lines = records.flatMap(\.lines).filter { $0.amount.currency == currency }
        if let partner { lines.removeAll { $0.partner != partner } }
        if let conversion { lines.removeAll { $0.conversion != conversion } }
        if let kind { lines.removeAll { $0.kind != kind } }
        return Money(lines.reduce(0) { $0 + $1.amount.minor }, currency)
    }

    /// The lines that followed from one fact: `commission 48.00`, in the order in which they were posted.
    func posted(by fact: String) -> [String] {
        records.filter { $0.fact.name == fact }.flatMap(\.lines).map { "\($0.kind) \($0.amount.amount)" }
    }

    /// What caps took of a conversion, as lines of nothing tell it.
    func lost(of conversion: String) -> [String] {
        let told = records.flatMap(\.lines).filter {
            $0.conversion == conversion && $0.kind == "cap" && $0.amount.minor == 0
        }
        return told.map { $0.json["lost"]?.text ?? "?" }
    }
}
