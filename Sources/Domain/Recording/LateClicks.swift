import Conversions
import Facts
import Programs
import Store
import Tracking
import Values
import Work

/// Clicks that waited on a machine's disk while the database was away.
package enum LateClicks {
    /// Takes them into their programs, each once however often it comes, and has the conversions decided
    /// again that were decided without them.
    package static func flow(
        _ clicks: [ClickSpool.Spooled], _ shelf: TermsShelf, into house: House
    ) async throws {
        for (program, clicks) in Dictionary(grouping: clicks, by: \.program) {
            try await house.work(in: program, as: .clock, .long) { work in
                var recorder = try Recorder(shelf, through: .house, in: work)
                try recorder.takeIn(clicks.map { ($0.click, $0.place) })
            }
        }
    }
}

extension Recorder {
    mutating func takeIn(_ clicks: [ClickRows.Placed]) throws {
        try ClickRows.insertMissing(clicks, in: work)
        head.clicks += Int64(clicks.count)
        guard let earliest = clicks.map(\.click.at).min() else { return }
        let heard = try ConversionRows.named(
            clicks.map(\.click.id), by: Set(clicks.compactMap(\.click.content.visitor)).sorted(),
            from: earliest, in: work)
        // One that the database had all the time is reviewed too: a conversion may have been faster.
        for (click, _) in clicks
        where heard.clicks.contains(click.id)
            || click.content.visitor.map(heard.visitors.contains) == true
        {
            let fact = FactRecord(
                kind: .click, id: click.id, at: click.at, receivedAt: work.now,
                content: .click(click.content), body: "")
            pending.triggers.append((fact, head.sequence))
        }
        if !pending.triggers.isEmpty { try review() }
        try work.putHead(head)
    }
}
