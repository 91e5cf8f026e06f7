import Foundation
import Testing

@Suite("No source")
struct WordTests {
    /// Something that is forbidden elsewhere and right in one place.
    struct Exception {
        let path: String
        let because: String
    }

    @Test("names a type for what it is not")
    func names() {
        let declared =
            /\b(?:struct|class|enum|actor|protocol|typealias)\s+(\w*(?:Manager|Service|Helper|Utils?|Impl))\b/
        for file in SwiftText.all {
            #expect(file.places(of: declared).isEmpty)
            #expect(!file.name.contains(/(?:Manager|Helper|Utils?|Impl)\.swift/), "\(file.path)")
        }
    }

    @Test("asks for the time but the clock")
    func time() {
        check(
            /\bDate\(\)|\bDate\.now\b|\bclock_gettime\b|\bgettimeofday\b/,
            allowed: [
                Exception(path: "Sources/Base/Values/Instant.swift", because: "the one clock")
            ])
    }

    @Test("draws by chance but the one source of chance")
    func chance() {
        check(
            /\bUUID\(\)|\.random\(|\.randomElement\(|\.shuffled?\(\)|SystemRandomNumberGenerator/,
            allowed: [
                Exception(path: "Sources/Base/Values/Clock.swift", because: "the one source of chance"),
                Exception(
                    path: "Sources/Base/Store/SQLiteStore.swift",
                    because: "the name of a file that tests throw away"),
            ])
    }

    @Test("uses floating point near money")
    func floats() {
        let rooms: Set = [
            "Engine", "Ledger", "Commissions", "Payouts", "Recording", "Replay", "Facts", "Terms",
        ]
        let values: Set = ["Money.swift", "Fraction.swift", "Rounding.swift", "Currency.swift"]
        for file in SwiftText.all
        where rooms.contains(file.room) || (file.room == "Values" && values.contains(file.name)) {
            let places = file.places(of: /\b(?:Double|Float|CGFloat|Decimal|pow)\b/)
            #expect(places.isEmpty, "\(places)")
        }
    }

    @Test("stops the program over what came from outside")
    func traps() {
        check(
            /\btry!|\bas!|\bfatalError\b|\bunowned\b|@unchecked/,
            allowed: [
                Exception(
                    path: "Sources/Base/Store/WritersLine.swift",
                    because: "the driver's ticket, which one thread at a time touches")
            ])
    }

    @Test("is public, or keeps a lock in the domain")
    func access() {
        for file in SwiftText.all {
            #expect(file.places(of: /^\s*(?:public|open)\s/).isEmpty)
            if ["Engine", "Domain"].contains(file.wing) {
                #expect(file.places(of: /\bNSLock\b|DispatchSemaphore/).isEmpty)
            }
        }
    }

    private func check(_ pattern: Regex<Substring>, allowed: [Exception]) {
        let places = SwiftText.all.flatMap { $0.places(of: pattern) }
        let paths = Set(allowed.map(\.path))
        let others = places.filter { place in !paths.contains { place.hasPrefix($0 + ":") } }
        #expect(others.isEmpty, "\(others)")
        for exception in allowed {
            #expect(
                places.contains { $0.hasPrefix(exception.path + ":") },
                "\(exception.path) needs no exception (\(exception.because))")
        }
    }
}
