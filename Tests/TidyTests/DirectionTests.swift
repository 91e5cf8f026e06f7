import Foundation
import Testing

@Suite("Directions")
struct DirectionTests {
    private static let faces: Set = ["Console", "API", "Tracker", "Web"]
    private static let pure: Set = ["Engine", "Facts", "Terms", "Replay"]

    @Test("lead down: no face knows another, but all may know Web")
    func faces() {
        for file in SwiftText.all where file.wing == "Faces" {
            let others = Self.faces.subtracting([file.room, "Web"]).intersection(file.imports)
            #expect(others.isEmpty, "\(file.path) imports \(others.sorted())")
            #expect(!file.imports.contains("Server"), "\(file.path) imports Server")
        }
    }

    @Test("lead down: below the faces nobody knows one, and the engine knows no database, file or process")
    func wings() {
        for file in SwiftText.all where ["Base", "Engine", "Domain"].contains(file.wing) {
            let up = Self.faces.union(["Server", "Hummingbird"]).intersection(file.imports)
            #expect(up.isEmpty, "\(file.path) imports \(up.sorted())")
            guard file.wing == "Engine" else { continue }
            let impure = Set(["Store", "Work", "Dispatch", "GRDB"]).intersection(file.imports)
            #expect(impure.isEmpty, "\(file.path) imports \(impure.sorted())")
            #expect(
                file.places(of: /\b(?:FileManager|FileHandle|ProcessInfo|Process|Thread|URLSession)\b/)
                    .isEmpty)
        }
    }

    @Test("keep Commissions and Payouts apart, and the database's driver in Store")
    func apart() {
        for file in SwiftText.all {
            if file.room == "Commissions" { #expect(!file.imports.contains("Payouts"), "\(file.path)") }
            if file.room == "Payouts" { #expect(!file.imports.contains("Commissions"), "\(file.path)") }
            let drivers = Set(["GRDB", "GRDBSQLite", "SQLite3"]).intersection(file.imports)
            #expect(drivers.isEmpty || file.room == "Store", "\(file.path) imports \(drivers.sorted())")
        }
    }

    @Test("stand in ARCHITECTURE.md: every room has a line there, and every line a room")
    func rooms() throws {
        let told = Set(try Rooms.read().keys)
        let there = Set(SwiftText.all.filter { ["Base", "Engine", "Domain"].contains($0.wing) }.map(\.room))
        #expect(told == there)
    }
}

/// The table of rooms in ARCHITECTURE.md.
enum Rooms {
    /// The tables that each room owns.
    static func read() throws -> [String: Set<String>] {
        let text = try String(contentsOf: root.appending(path: "ARCHITECTURE.md"), encoding: .utf8)
        var rooms: [String: Set<String>] = [:]
        for line in text.split(separator: "\n") {
            guard let match = line.firstMatch(of: /^\| `\w+\/(\w+)` \|.*\|([^|]*)\|$/) else { continue }
            rooms[String(match.1)] = Set(match.2.matches(of: /`(\w+)`/).map { String($0.1) })
        }
        return rooms
    }
}
