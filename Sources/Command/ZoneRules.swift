import Foundation
import Store
import Values

/// The rules of time zones that the days of terms and statements follow. They are part of the program, so
/// they are held against what is known, and against the files of the machine, which its updates bring.
enum ZoneRules {
    private static let folder = "/usr/share/zoneinfo"
    private static let reach = Span.days(730)
    private static let namesMax = 5

    static var words: String {
        let there = FileManager.default.fileExists(atPath: folder)
        let machine =
            there ? "this machine's are of \(version ?? "an unknown year")" : "this machine has none"
        return "the rules are part of the program; \(machine)"
    }

    /// `2026a`
    private static var version: String? {
        let head = (try? String(contentsOfFile: "\(folder)/tzdata.zi", encoding: .utf8))?.prefix(64)
        return head?.firstMatch(of: /^# version (\w+)/).map { String($0.1) }
    }

    static func findings(at now: Instant) -> [Checkup.Finding] {
        guard isKnown("Europe/Berlin", "2026-03-30", "2026-03-29T22:00:00Z"),
            isKnown("America/New_York", "2026-11-02", "2026-11-02T05:00:00Z")
        else {
            return [
                Checkup.Finding(
                    isGrave: true,
                    "The rules of time zones are wrong: days would end at the wrong hour; install it anew.")
            ]
        }
        let names = TimeZone.knownTimeZoneIdentifiers.filter { differs($0, at: now) }.sorted()
        guard !names.isEmpty else { return [] }
        let shown = names.prefix(namesMax).joined(separator: ", ") + (names.count > namesMax ? ", …" : "")
        return [
            Checkup.Finding(
                isGrave: false,
                """
                \(counted(names.count, "time zone")) (\(shown)) of this program and of this machine differ: \
                the older of the two wants an update.
                """)
        ]
    }

    private static func isKnown(_ name: String, _ day: String, _ start: String) -> Bool {
        guard let zone = Zone(name: name), let day = Day(text: day) else { return false }
        return zone.start(of: day) == Instant(text: start)
    }

    /// Whether the machine's file says something else of a change within two years.
    private static func differs(_ name: String, at now: Instant) -> Bool {
        guard let zone = Zone(name: name),
            let file = FileManager.default.contents(atPath: "\(folder)/\(name)"),
            let changes = ZoneFile(Array(file))?.changes
        else { return false }
        let window = now.moved(by: -reach)...now.moved(by: reach)
        return changes.contains { change in
            guard let instant = Instant(milliseconds: change.at * 1_000), window.contains(instant) else {
                return false
            }
            return zone.offset(at: instant) != change.offset * 1_000
        }
    }
}

/// A compiled time zone (TZif, RFC 9636): when its clocks change, and to what.
struct ZoneFile {
    /// Seconds since 1970, and seconds ahead of UTC from then on.
    let changes: [(at: Int64, offset: Int64)]

    private static let headLength = 44

    init?(_ bytes: [UInt8]) {
        guard let first = Head(bytes[...]), first.version >= 2,
            let rest = Optional(bytes.dropFirst(Self.headLength + first.length(times: 4))),
            let head = Head(rest)
        else { return nil }
        let body = rest.dropFirst(Self.headLength)
        guard body.count >= head.length(times: 8) else { return nil }
        let kinds = body.dropFirst(head.times * 8)
        let types = kinds.dropFirst(head.times)
        changes = (0..<head.times).compactMap { index in
            let kind = Int(kinds[kinds.startIndex + index])
            guard kind < head.types else { return nil }
            let at = Self.number(body.dropFirst(index * 8).prefix(8))
            return (at, Int64(Int32(truncatingIfNeeded: Self.number(types.dropFirst(kind * 6).prefix(4)))))
        }
    }

    fileprivate static func number(_ bytes: ArraySlice<UInt8>) -> Int64 {
        bytes.reduce(0) { $0 << 8 | Int64($1) }
    }

    private struct Head {
        let version: UInt8
        let isUTs, isStandards, leaps, times, types, letters: Int

        init?(_ bytes: ArraySlice<UInt8>) {
            guard bytes.count >= ZoneFile.headLength, bytes.starts(with: "TZif".utf8) else { return nil }
            let digit = bytes[bytes.startIndex + 4]
            version = digit >= UInt8(ascii: "2") ? digit - UInt8(ascii: "0") : 1
            let counts = (0..<6).map { Int(ZoneFile.number(bytes.dropFirst(20 + $0 * 4).prefix(4))) }
            (isUTs, isStandards, leaps) = (counts[0], counts[1], counts[2])
            (times, types, letters) = (counts[3], counts[4], counts[5])
        }

        /// Of what follows, with times of so many bytes.
        func length(times size: Int) -> Int {
            times * (size + 1) + types * 6 + letters + leaps * (size + 4) + isStandards + isUTs
        }
    }
}
