import Foundation
import Store
import TestStores
import Testing

@Suite("SQL")
struct StatementTests {
    /// A statement that binds no program, and why it need not.
    struct Exception {
        let name: String
        let begins: String
        let because: String
    }

    static let unscoped = [
        Exception(
            name: "AccessRows.swift", begins: "SELECT program_id, role FROM staff",
            because: "a session belongs to a person, who may work in several programs"),
        Exception(
            name: "AccessRows.swift", begins: "SELECT id, program_id, person_id FROM api_key",
            because: "the key itself says which program it opens"),
        Exception(
            name: "LinkBook.swift", begins: "SELECT program_id, sequence, terms FROM program_head",
            because: "links of all programs share one address; this asks which programs have news"),
        Exception(
            name: "LinkRows.swift", begins: "SELECT program_id, link_id FROM link_slug",
            because: "a slug is unique over all programs: this is the table that says whose it is"),
        Exception(
            name: "SpoolRows.swift", begins: "SELECT COUNT(*) AS n FROM click",
            because: "the spool's bound is this machine's, whosever its clicks are"),
        Exception(
            name: "SpoolRows.swift", begins: "SELECT program_id, id, day, bucket, visitor",
            because: "a click of the spool says whose it is"),
        Exception(
            name: "SpoolRows.swift", begins: "DELETE FROM click",
            because: "what flowed in is taken out by its id, whosever it is"),
        Exception(
            name: "Transfer.swift", begins: "SELECT MIN(day) AS first, MAX(day) AS last FROM click",
            because: "a copy takes all programs along"),
    ]

    @Test("is found by these tests at all")
    func found() {
        #expect(Statement.all.count > 80)
        #expect(Tables.all.count > 25 && Tables.isScoped("fact") && !Tables.isScoped("person"))
    }

    @Test("that writes stands in the room that owns the table")
    func owners() throws {
        let owned = try Rooms.read()
        for statement in Statement.all {
            guard let table = statement.written else { continue }
            #expect(owned[statement.file.room]?.contains(table) == true, "\(statement)")
        }
        let told = owned.values.flatMap { $0 }
        #expect(Set(told).count == told.count, "a table has two owners")
        #expect(Set(told) == Set(Tables.all.keys), "ARCHITECTURE.md and the schema know other tables")
    }

    @Test("stands in files of rows and queries only")
    func drawers() {
        // The base has no rooms with drawers yet; its tables are its types' own.
        let others: Set = ["LinkBook.swift", "PartnerStandings.swift"]
        for statement in Statement.all where statement.file.wing != "Base" && !statement.tables.isEmpty {
            let name = statement.file.name
            #expect(name.contains(/(?:Rows|Queries)\.swift$/) || others.contains(name), "\(statement)")
        }
    }

    @Test("on a program's table binds the program")
    func scope() {
        var used: Set<String> = []
        for statement in Statement.all {
            let scoped = statement.tables.filter(Tables.isScoped)
            guard !scoped.isEmpty, !binds(statement, scoped.count) else { continue }
            let exception = Self.unscoped.first {
                $0.name == statement.file.name && statement.text.hasPrefix($0.begins)
            }
            if let exception { used.insert(exception.begins) }
            #expect(exception != nil, "\(statement) binds no program")
        }
        for exception in Self.unscoped {
            #expect(
                used.contains(exception.begins), "\(exception.name): \(exception.begins)… needs no exception")
        }
    }

    /// An insert names the column; all else compares it once for each table it touches, once with a value. A
    /// head that several statements share has no WHERE yet: then each WHERE of its file binds the program.
    private func binds(_ statement: Statement, _ count: Int) -> Bool {
        let text = statement.text
        if statement.isInsert { return text.contains(/\([^)]*program_id[^)]*\)/) }
        let compared = text.matches(of: /program_id (?:=|IN)\s/).count
        if text.contains(/program_id = \\\(/) { return compared >= count }
        let wheres = statement.file.strings.map { $0.text.drop(while: \.isWhitespace) }.filter {
            $0.hasPrefix("WHERE")
        }
        return !text.contains(" WHERE ") && compared >= count - 1 && !wheres.isEmpty
            && wheres.allSatisfy { $0.contains(/program_id = \\\(/) }
    }

    @Test(
        "says nothing that only one database understands",
        arguments: [
            "INSERT OR", "REPLACE INTO", "now\\(", "strftime", "datetime\\(", "date_trunc", "json_extract",
            "->>",
            "AUTOINCREMENT", "SERIAL", "JSONB", "string_agg", "group_concat", "greatest\\(", "FOR UPDATE",
            "ILIKE",
            "CREATE TRIGGER", "rowid",
        ])
    func dialect(_ word: String) throws {
        let pattern = try Regex(word).ignoresCase()
        // The two drivers speak to their own database alone.
        let texts = Statement.all.filter { !$0.file.name.contains(/^(?:SQLite|Postgres)/) }.map {
            ("\($0)", $0.text)
        }
        let files = SwiftText.files("sql", under: "Sources").map { file in
            (file.path, file.lines.map { $0.components(separatedBy: "--")[0] }.joined(separator: "\n"))
        }
        for (place, text) in texts + files { #expect(!text.contains(pattern), "\(place)") }
    }

    @Test("keeps to the types that both databases have")
    func types() {
        for file in SwiftText.files("sql", under: "Sources") {
            let text = file.lines.map { $0.components(separatedBy: "--")[0] }.joined(separator: "\n")
            #expect(
                !text.contains(/\b(?:INTEGER|NUMERIC|TIMESTAMP|REAL|BLOB|VARCHAR|INT|DATETIME)\b/),
                "\(file.path)")
        }
    }
}

@Suite("docs/schema.sql")
struct SchemaTests {
    /// `TALLYSTICK_WRITE_SCHEMA=1 swift test --filter SchemaTests` writes it anew after a migration was
    /// added.
    @Test("is what the migrations make")
    func current() throws {
        let path = root.appending(path: "docs/schema.sql")
        let text = """
            -- The tables that the migrations in Sources/Base/Store/Texts make. Read this first.
            -- Written by `TALLYSTICK_WRITE_SCHEMA=1 swift test --filter SchemaTests`; a test holds it.


            """ + Schema.text()
        if ProcessInfo.processInfo.environment["TALLYSTICK_WRITE_SCHEMA"] == "1" {
            try FileManager.default.createDirectory(
                at: path.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: path)
        }
        let written = try String(contentsOf: path, encoding: .utf8)
        #expect(written == text, "write it anew: TALLYSTICK_WRITE_SCHEMA=1 swift test --filter SchemaTests")
    }
}
