import Engine
import Facts
import Values

/// All clicks of a fold that is held whole, by visitor and by id.
package struct Clicks: Sendable {
    package struct Click: Sendable {
        package let id: String
        package let at: Instant
        package let content: ClickContent

        package init(id: String, at: Instant, content: ClickContent) {
            self.id = id
            self.at = at
            self.content = content
        }
    }

    private var all: [Click] = []
    private var byID: [String: Int] = [:]
    private var byVisitor: [String: [Int]] = [:]

    package init() {}

    package mutating func add(_ click: Click) {
        guard byID[click.id] == nil else { return }
        byID[click.id] = all.count
        if let visitor = click.content.visitor { byVisitor[visitor, default: []].append(all.count) }
        all.append(click)
    }

    /// Puts each visitor's clicks in their order; to be called once they are all there.
    package mutating func sort() {
        for (visitor, indices) in byVisitor {
            byVisitor[visitor] = indices.sorted { Clicks.precedes(all[$0], all[$1]) }
        }
    }

    package subscript(_ id: String) -> Click? { byID[id].map { all[$0] } }

    /// Where it stands among the clicks of a program: by instant, then by id.
    package static func precedes(_ a: Click, _ b: Click) -> Bool {
        a.at != b.at ? a.at < b.at : a.id.precedes(b.id)
    }

    /// The clicks that may speak at a conversion: its visitor's within reach, newest first and bounded, and
    /// the one that it names, whenever that was.
    package func evidence(visitor: String?, named: String?, at instant: Instant, _ terms: Attribution)
        -> [Click]
    {
        var found: [Click] = []
        let earliest = instant.moved(by: -terms.reach)
        if let visitor, let indices = byVisitor[visitor] {
            let end = indices.partition { all[$0].at > instant }
            for index in indices[..<end].reversed().prefix(Attribution.touchesMax) {
                guard all[index].at >= earliest else { break }
                found.append(all[index])
            }
        }
        if let named, let click = self[named], !found.contains(where: { $0.id == named }) {
            found.append(click)
        }
        return found
    }
}

extension [Int] {
    /// The first index whose element satisfies `isLate`, in a list where all that do stand last.
    fileprivate func partition(_ isLate: (Int) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if isLate(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

extension Book {
    /// Puts clicks before the engine as the evidence of `conversion`. Those whose link nobody knows say
    /// nothing.
    package mutating func present(_ clicks: [Clicks.Click], named: String?, for conversion: Ref<Conversion>) {
        memory.evidence[conversion] = clicks.compactMap { click in
            guard let partner = click.content.link.flatMap({ links[$0] }) ?? click.content.partner else {
                return nil
            }
            return click.content.touch(
                click.id, at: click.at, of: partner, isNamed: click.id == named, &names)
        }
    }
}
