import Conversions
import Engine
import Facts
import Replay
import Store
import Tracking
import Values
import Work

/// Which clicks each stored decision weighed: what was known at a decision is evidence, not a rule.
struct Evidence {
    /// The ids that each decision of a conversion names, by its number.
    private var weighed: [String: [[String]]] = [:]

    /// Shows a book that is held whole all clicks and impressions of its program.
    static func showClicks(_ house: House, _ program: String, to book: inout Book) async throws {
        for day in try await house.look(at: program, { try ClickRows.days(at: $0) }) {
            // In their order, so that each is found its place at once.
            let clicks = try await house.look(at: program) { try ClickRows.all(day: day, at: $0) }
            for click in clicks.sorted(by: SeenClick.precedes) { book.show(click) }
        }
        book.memory.touches.findCrowds()
        var last: ImpressionRows.Place?
        while true {
            let page = try await house.look(at: program) { [last] look in
                try ImpressionRows.page(after: last, limit: impressionsPageMax, at: look)
            }
            for row in page { book.show(row.seen) }
            last = page.last?.place ?? last
            if page.count < impressionsPageMax { break }
        }
    }

    private static let impressionsPageMax = 5_000

    mutating func read(_ house: House, _ program: String) async throws {
        try await DecisionRows.rebuilt.read(house, program) { rows in
            for row in rows {
                let body = try? JSON(reading: row.text("body").utf8)
                weighed[row.text("conversion_id"), default: []].append(body.map(Evidence.clickIDs) ?? [])
            }
        }
    }

    static func clickIDs(_ decision: JSON) -> [String] {
        var ids: [String] = []
        for claim in decision["claims"]?.elements ?? [] where claim["class"]?.text == "click" {
            // A click that several share speaks for each of them.
            if let id = claim["claim"]?.text, ids.last != id { ids.append(id) }
        }
        return ids
    }

    /// The clicks of a conversion's decision with this number, else of its last.
    func weighed(for conversion: String, at number: Int) -> [String] {
        let all = weighed[conversion] ?? []
        return all.indices.contains(number) ? all[number] : all.last ?? []
    }

    /// What the last decision of every conversion weighed.
    var last: [(conversion: String, clicks: [String])] { weighed.map { ($0.key, $0.value.last ?? []) } }

    /// Those that came only after the decision with this number, as later ones show.
    func late(for conversion: String, after number: Int) -> Set<String> {
        guard let all = weighed[conversion], all.indices.contains(number), number < all.count - 1 else {
            return []
        }
        return Set(all[all.count - 1]).subtracting(all[number])
    }
}
